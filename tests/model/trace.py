"""Runs a model unchanged and prints what it did, step by step, so that the engine can be put through the same.

    python3 trace.py cells|rows|cut FROM TO

cells  tree_merge.py. Every row exists everywhere before the schedule starts, so gen is the model's + 1. A message that its limit
       cuts just where nothing more was to be said goes to the end of the log, as the engine's does (the model stops at the entry).
rows   tree_merge_rows.py, with two differences: messages are never cut (the model sends a new row in pieces, the engine only
       whole), and a row that is made gets a column u, its unit, that nobody edits (the engine has one, and it counts as an edit).
cut    the same schedule, but each message carries the limit that the model had drawn: what arrives is then the engine's own
       affair, so gen, winners and conflicts are not to be compared, and a write is one only where the row's state allows it.

One trace:
    trace MODE SEED
    node NODE PARENT                                     in order of creation; the first has parent -
    write NODE TIME GEN ROW COLUMN=EVENT ...             by a person; X alone: the row is deleted; X with others: it is made
    again NODE TIME GEN ROW X=EVENT                      by the model itself, within the next serve: the row is kept after all
    request NODE MESSAGE LIMIT
    serve NODE REQUEST ANSWER LIMIT TIME                 TIME: what NODE's clock shows; 0: any
    finish NODE ANSWER
    round                                                from here on, exchanges until nothing moves
    row ROW here|gone COLUMN=EVENT ...                   how it ends, everywhere
    conflict EVENT EVENT
    end

Times are milliseconds since 1970 as the node's clock has them. The model breaks ties by node name and the engine by node id, so the name's
rank is put into the time: (now + skew) * 16 + rank orders exactly as (now + skew, name), and no tie is left.
"""
import importlib, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
EPOCH, WHOLE = 1_600_000_000_000, 10**6      # WHOLE: the limit the models use in their closing rounds only


def rank(name): return 15 if name == 'r' else int(name[1:])
def clock(node, now): return EPOCH + (now + node.skew) * 16 + rank(node.id)


class Recorder:
    def __init__(s, mode):
        s.mode, s.cells = mode, mode == 'cells'
        s.model = importlib.import_module('tree_merge' if s.cells else 'tree_merge_rows')
        s.Node, s.inner = s.model.Node, {n: getattr(s.model, n) for n in ('request', 'serve', 'finish')}
        s.node_init, s.node_write = s.Node.__init__, s.Node.write
        s.hook()

    def hook(s):
        def init(node, nid, parent):
            s.node_init(node, nid, parent)
            s.nodes.append(node); s.say('node', nid, parent.id if parent else '-')
        def write_cell(node, cell, now, eid):
            e = s.node_write(node, cell, now, eid)
            s.say('write', node.id, clock(node, now), e.version[0] + 1, cell, f'a={e.id}')
            return e
        def write_row(node, r, writes, now, events, by='person'):
            if len(writes) > 1: writes = writes + [('u', 'unit')]
            first = len(events)
            s.node_write(node, r, writes, now, events, by)
            new = events[first:]
            s.say('write' if by == 'person' else 'again', node.id, clock(node, now), new[0].version[0], r, *(f'{e.col}={e.id}' for e in new))
        def row(node, r): return {c: node.cells[r, c] for c in 'Xuab' if (r, c) in node.cells}
        s.Node.__init__, s.Node.write = init, write_cell if s.cells else write_row
        if not s.cells: s.Node.row = row
        s.model.request, s.model.serve, s.model.finish = s.request, s.serve, s.finish

    def say(s, *words): s.lines.append(' '.join(str(w) for w in words))
    def number(s, message):                      # a stick carries the same object again
        s.kept.append(message)
        return s.numbers.setdefault(id(message), len(s.numbers))

    def request(s, child, limit):
        if limit == WHOLE:
            if s.closing % ((2 if s.cells else 1) * (len(s.nodes) - 1)) == 0: s.say('round')
            s.closing += 1
        frm, top, out, cursor = s.inner['request'](child, limit if s.cells else WHOLE)
        message = frm, s.top(child, top, 'parent' if s.cells else 'up'), out, cursor
        s.say('request', child.id, s.number(message), s.shown(limit))
        return message

    def serve(s, parent, cid, message, limit, *clocked):
        mark, frm, top, out = s.inner['serve'](parent, cid, message, limit if s.cells else WHOLE, *clocked)
        answer = mark, frm, s.top(parent, top, cid), out
        s.say('serve', parent.id, s.number(message), s.number(answer), s.shown(limit), clock(parent, clocked[0]) if clocked else 0)
        return answer

    def finish(s, child, answer):
        s.say('finish', child.id, s.number(answer))
        s.inner['finish'](child, answer)

    def top(s, node, top, reader):               # how far a message goes: to the end if nothing is left to say
        return top if any(v[1] > top and v[2] != reader for v in node.cells.values()) else node.lsn

    def shown(s, limit): return WHOLE if s.mode == 'rows' else limit

    def trace(s, seed):
        s.lines, s.nodes, s.kept, s.numbers, s.closing = [], [], [], {}, 0
        s.say('trace', s.mode, seed)
        verdict = s.model.run(seed)
        if not verdict[0] or any(verdict[1:3 if s.cells else 4]): sys.exit(f'the model itself fails at seed {seed}: {verdict}')
        root = s.nodes[0]
        if s.cells:
            for cell, v in sorted(root.cells.items()): s.say('row', cell, 'here', f'a={v[0].id}')
        else:
            for r in sorted({r for r, _ in root.cells}):
                s.say('row', r, 'here' if root.here(r) else 'gone', *(f'{c}={v[0].id}' for c, v in root.row(r).items()))
        for pair in sorted({tuple(sorted(c)) for n in s.nodes for c in n.conflicts}): s.say('conflict', *pair)
        s.say('end')
        return '\n'.join(s.lines)


if __name__ == '__main__':
    recorder = Recorder(sys.argv[1])
    for seed in range(int(sys.argv[2]), int(sys.argv[3])): print(recorder.trace(seed))
