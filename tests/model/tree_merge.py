# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""Model of the engine's merge: is one integer a link enough for exact concurrency in a tree?
Checks, over random trees, wrong clocks, writes, partial exchanges, lost answers, and sticks that arrive late, twice or out of order:
 converge: all replicas equal at quiescence; lost: every write is live, seen by a later write of the cell, or kept in a conflict;
 false: every recorded conflict is between truly concurrent writes (oracle: sets of seen writes)."""
import random, sys, bisect

class Event:
    __slots__ = ('id', 'cell', 'version', 'seen')
class Node:
    def __init__(s, nid, parent):
        s.id, s.parent, s.children = nid, parent, []
        s.lsn = 0; s.cells = {}            # cell -> (event, lsn, via, ctx in parent's numbering)
        s.cursor = 0                       # how far into the parent's log we have read
        s.acked = 0                        # how far the parent has our log
        s.mark = {}                        # child id -> how far we have its log
        s.steps = [(0, 0)]                 # (our lsn after a pull, parent's cursor)
        s.known = set(); s.conflicts = set()
        s.skew = random.choice([0, 0, 0, -10**6, 10**6])
        if parent: parent.children.append(s)
    def to_parent_ctx(s, x):               # our lsn x -> cursor into our parent's log
        i = bisect.bisect_right(s.steps, (x, 1 << 60)) - 1
        return s.steps[i][1]
    def put(s, cell, e, via, ctx):
        s.lsn += 1; s.cells[cell] = (e, s.lsn, via, ctx)
    def write(s, cell, now, eid):
        e = Event(); e.id, e.cell = eid, cell
        cur = s.cells.get(cell)
        e.version = ((cur[0].version[0] if cur else 0) + 1, now + s.skew, s.id)
        e.seen = frozenset(s.known); s.known.add(e.id)
        s.put(cell, e, 'local', s.cursor)
        return e
    def learn(s, e): s.known |= e.seen; s.known.add(e.id)
    def conflict(s, a, b):
        w, l = (a, b) if a.version > b.version else (b, a)
        s.conflicts.add((w.id, l.id))

def request(child, limit):
    """Bytes a child sends: its log from what it knows to be acknowledged. May be delayed, lost, repeated, carried on a stick."""
    out = sorted((v for v in child.cells.values() if v[1] > child.acked and v[2] != 'parent'), key=lambda v: v[1])[:limit]
    return child.acked, (out[-1][1] if len(out) == limit else child.lsn), out, child.cursor

def serve(parent, child_id, req, limit):
    frm, top, out, cursor = req
    mark = parent.mark.get(child_id, 0)
    if frm <= mark:                                # else: a gap, ask again from the mark
        for e, lsn, via, ctx in out:
            if lsn <= mark: continue               # heard already: a repeat says nothing
            parent.learn(e)
            cur = parent.cells.get(e.cell)
            if cur and cur[0].id == e.id: continue
            if cur and cur[1] > ctx and cur[2] != child_id: parent.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: parent.put(e.cell, e, child_id, parent.to_parent_ctx(ctx))
        parent.mark[child_id] = max(mark, top)
    out = sorted((v for v in parent.cells.values() if v[1] > cursor and v[2] != child_id), key=lambda v: v[1])[:limit]
    return parent.mark.get(child_id, 0), cursor, (out[-1][1] if len(out) == limit else parent.lsn), out

def finish(child, answer):
    mark, frm, top, out = answer
    child.acked = max(child.acked, mark)
    if frm > child.cursor: return                  # a gap
    for e, lsn, via, _ in out:
        if lsn <= child.cursor: continue
        child.learn(e)
        cur = child.cells.get(e.cell)
        if cur and cur[0].id == e.id: continue
        unsent = cur and cur[2] != 'parent' and cur[1] > mark
        if unsent: child.conflict(cur[0], e)       # whichever wins: the parent may never hear of the other
        if not cur or e.version > cur[0].version: child.put(e.cell, e, 'parent', 0)
        child.steps.append((child.lsn, lsn))       # a step an entry: a child of ours may have read any prefix of this
    child.cursor = max(child.cursor, top)
    child.steps.append((child.lsn, child.cursor))

def run(seed):
    random.seed(seed)
    root = Node('r', None); nodes = [root]
    for i in range(random.randint(2, 9)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    cells, events, sticks = list(range(random.randint(1, 4))), {}, []
    for t in range(random.randint(20, 160)):
        n = random.choice(nodes)
        if random.random() < .45:
            e = n.write(random.choice(cells), t, len(events)); events[e.id] = e
        elif n.parent:
            lim = random.choice([1, 2, 1000])
            req = request(n, lim)
            if random.random() < .3: sticks.append(('up', n, req, lim))           # a copy travels by stick, too
            if random.random() < .3:                                              # a write while the exchange runs
                e = n.write(random.choice(cells), t, len(events)); events[e.id] = e
            if random.random() < .8:
                ans = serve(n.parent, n.id, req, lim)
                if random.random() < .3: sticks.append(('down', n, ans, lim))
                if random.random() < .8: finish(n, ans)                           # else the answer was lost
        if sticks and random.random() < .2:                                       # some stick arrives, in any order, perhaps not for the last time
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up':
                a = serve(m.parent, m.id, x, lim)
                if random.random() < .5: finish(m, a)
                else: sticks.append(('down', m, a, lim))
            else: finish(m, x)
    for _ in range(12):
        for n in reversed(nodes):
            if n.parent: finish(n, serve(n.parent, n.id, request(n, 10**6), 10**6))
        for n in nodes:
            if n.parent: finish(n, serve(n.parent, n.id, request(n, 10**6), 10**6))
    state = lambda n: {c: v[0].id for c, v in n.cells.items()}
    converge = all(state(n) == state(root) for n in nodes)
    conflicts = set().union(*(n.conflicts for n in nodes))
    live = set(state(root).values()); kept = {l for _, l in conflicts} | {w for w, _ in conflicts}
    superseded = set()
    for e in events.values():
        for o in events.values():
            if o.cell == e.cell and e.id in o.seen and o.id != e.id: superseded.add(e.id); break
    lost = [e for e in events if e not in live and e not in superseded and e not in kept]
    false = [(w, l) for w, l in conflicts if w in events[l].seen or l in events[w].seen]
    return converge, lost, false, len(conflicts)

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); bad = total = 0
    for s in range(a, b):
        c, lost, false, k = run(s); total += k
        if not c or lost or false:
            bad += 1
            if bad < 6: print('seed', s, 'converged', c, 'lost', lost, 'false', false)
    print(f'{b-a} seeds, {bad} bad, {total} conflicts')
