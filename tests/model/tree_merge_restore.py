# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The same model with restores: any node may at any time be put back to an old snapshot of itself (a backup, a cloned disk).
Rules added to tree_merge.py:
 - a restored node takes a new incarnation and remembers its line: [(incarnation, forked at lsn), ...];
 - 'via' names child and incarnation; marks and cursors are kept per incarnation and translated along the line (common prefix only);
 - what was acknowledged is judged by the memory of the side that was restored: it says how much it knew to be acknowledged (marks) or
   read (served) at the fork, because a log that folds may since have moved an entry past the place where it stood;
 - a child whose parent was restored re-sends what it had learnt from the part of the parent's log that is gone;
 - a request of a former life is still served (a stick may bring back what a restore lost); an answer to a former life is dropped.
Oracle as before, over every write that reached any node that still has it. After a restore a conflict may be recorded between writes that
had seen each other (a needless question to a person, counted as 'false'); nothing may be lost, and all must converge."""
import random, sys, bisect, copy

class Event: __slots__ = ('id', 'cell', 'version', 'seen')

def shared(line_a, line_b):
    """Last lsn that two incarnations of one node have in common. A line is a tuple of (incarnation, first lsn NOT shared with the next one)."""
    return fork(line_a, line_b)[0]

def fork(line_a, line_b):
    common = sure = 1 << 60
    for (ia, ea, ka), (ib, eb, kb) in zip(line_a, line_b):
        if ia != ib: break
        common, sure = min(ea, eb), min(ka, kb)      # sure: what the node itself knew to be acknowledged where its lives part
        if (ea, ka) != (eb, kb): break
    return common, sure

def life(line): return int(line[-1][0].split('.')[1])

class Node:
    def __init__(s, nid, parent):
        s.id, s.parent = nid, parent
        s.line = ((f'{nid}.0', 1 << 60, 1 << 60),)
        s.lsn = 0; s.cells = {}           # cell -> (event, lsn, via, ctx); via: 'local' | ('up', parent line) | (child id, child line)
        s.cursor = 0; s.pline = None      # cursor into the parent's log, and the parent's line it belongs to
        s.acked = 0
        s.mark = {}                       # child id -> {child line: lsn}
        s.served = {}                     # child id -> how far it had told us it had read our log
        s.steps = [(0, 0)]; s.known = set(); s.got = set(); s.conflicts = set()
        s.skew = random.choice([0, 0, 0, -10**6, 10**6]); s.snaps = []; s.n = 0
    KEEP = ('line', 'lsn', 'cells', 'cursor', 'pline', 'acked', 'mark', 'served', 'steps', 'known', 'got', 'conflicts')
    def snapshot(s): s.snaps.append({k: copy.copy(getattr(s, k)) if k != 'mark' else {c: dict(m) for c, m in s.mark.items()} for k in s.KEEP})
    def restore(s, i):
        for k, v in s.snaps[i].items(): setattr(s, k, copy.copy(v) if k != 'mark' else {c: dict(m) for c, m in v.items()})
        s.n += 1                                                # from the witness or the parent: never used before
        s.line = s.line[:-1] + ((s.line[-1][0], s.lsn, s.acked), (f'{s.id}.{s.n}', 1 << 60, 1 << 60))
    def to_parent_ctx(s, x): return s.steps[bisect.bisect_right(s.steps, (x, 1 << 60)) - 1][1]
    def put(s, cell, e, via, ctx): s.lsn += 1; s.cells[cell] = (e, s.lsn, via, ctx)
    def write(s, cell, now, eid):
        e = Event(); e.id, e.cell = eid, cell; cur = s.cells.get(cell)
        e.version = ((cur[0].version[0] if cur else 0) + 1, now + s.skew, s.line[-1][0])
        e.seen = frozenset(s.known); s.known.add(e.id); s.got.add(e.id); s.put(cell, e, 'local', s.cursor); return e
    def learn(s, e): s.known |= e.seen; s.known.add(e.id); s.got.add(e.id)
    def conflict(s, a, b):
        w, l = (a, b) if a.version > b.version else (b, a); s.conflicts.add((w.id, l.id))
    def heard(s, child_id, line):         # how far we have this incarnation's log, counting what its earlier lives sent us
        return max((min(m, fork(l, line)[1]) for l, m in s.mark.get(child_id, {}).items()), default=0)

def up(v): return v[2] != 'local' and v[2][0] == 'up'

def meet_parent(n, pline, safe):
    """The child sees which life the parent is in; forget what the parent has forgotten, keep what we had from it as ours to re-send."""
    if n.pline is None: n.pline = pline
    if pline == n.pline: return
    common = min(shared(n.pline, pline), safe)     # safe: what the restored parent itself knew we had read
    for c, (e, lsn, via, ctx) in list(n.cells.items()):
        if via != 'local' and via[0] == 'up' and ctx > common: n.put(c, e, 'local', common)     # for 'up' entries ctx holds the parent's lsn
        elif via == 'local' or via[0] != 'up': n.cells[c] = (e, lsn, via, min(ctx, common))
    n.cursor = min(n.cursor, common); n.steps = [(a, min(b, common)) for a, b in n.steps]; n.pline = pline

def request(n, limit):
    out = sorted((v for v in n.cells.values() if v[1] > n.acked and not up(v)), key=lambda v: v[1])[:limit]
    return n.line, n.acked, (out[-1][1] if len(out) == limit else n.lsn), out, n.cursor, n.pline, frozenset(n.conflicts)   # conflicts are rows like any other

def serve(p, cid, req, limit):
    line, frm, top, out, cursor, pline, conflicts = req
    p.conflicts |= conflicts
    mark = p.heard(cid, line); common = 1 << 60 if pline in (None, p.line) else min(shared(pline, p.line), p.served.get(cid, 0))
    if frm <= mark:
        for e, lsn, via, ctx in out:
            if lsn <= mark: continue
            ctx = min(ctx, common); p.learn(e); cur = p.cells.get(e.cell)
            if cur and cur[0].id == e.id: continue
            same = False
            if cur and cur[2] != 'local' and cur[2][0] == cid:
                common_lsn = shared(cur[2][1], line)
                same = cur[2][2] <= common_lsn or lsn <= common_lsn < cur[2][2]   # our past, or a later life's heir of this very write
            if cur and cur[1] > ctx and not same: p.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: p.put(e.cell, e, (cid, line, lsn), p.to_parent_ctx(ctx))
        p.mark.setdefault(cid, {})[line] = max(mark, top)
    cursor = min(cursor, common); safe = p.served.get(cid, 0)
    if pline in (None, p.line): p.served[cid] = max(safe, cursor)
    mine = lambda v: v[2] != 'local' and v[2][0] == cid and v[2][2] <= shared(v[2][1], line)
    out = sorted((v for v in p.cells.values() if v[1] > cursor and not mine(v)), key=lambda v: v[1])[:limit]
    return p.line, line, p.heard(cid, line), cursor, (out[-1][1] if len(out) == limit else p.lsn), out, frozenset(p.conflicts), safe

def finish(n, ans):
    pline, line, mark, frm, top, out, conflicts, safe = ans
    if line != n.line: return                      # an answer to a former life of ours: it leaves out what that life had
    n.conflicts |= conflicts
    if n.pline is not None and life(pline) < life(n.pline): return                              # an answer of a former life of the parent
    meet_parent(n, pline, safe)
    n.acked = mark
    if frm > n.cursor: return
    for e, lsn, via, _ in out:
        if lsn <= n.cursor: continue
        n.learn(e); cur = n.cells.get(e.cell)
        if cur and cur[0].id == e.id: continue
        if cur and not up(cur) and cur[1] > mark: n.conflict(cur[0], e)
        if not cur or e.version > cur[0].version: n.put(e.cell, e, ('up',), lsn)
        n.steps.append((n.lsn, lsn))
    n.cursor = max(n.cursor, top); n.steps.append((n.lsn, n.cursor))

def run(seed):
    random.seed(seed)
    nodes = [Node('r', None)]
    for i in range(random.randint(2, 8)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    cells, events, sticks = list(range(random.randint(1, 4))), {}, []
    restores = 0
    for t in range(random.randint(20, 140)):
        n = random.choice(nodes); r = random.random()
        if r < .08: n.snapshot()
        elif r < .12 and n.snaps: n.restore(random.randrange(len(n.snaps))); restores += 1
        elif r < .5: e = n.write(random.choice(cells), t, len(events)); events[e.id] = e
        elif n.parent:
            lim = random.choice([1, 2, 1000]); req = request(n, lim)
            if random.random() < .2: sticks.append(('up', n, req, lim))
            if random.random() < .8:
                ans = serve(n.parent, n.id, req, lim)
                if random.random() < .2: sticks.append(('down', n, ans, lim))
                if random.random() < .8: finish(n, ans)
        if sticks and random.random() < .15:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up': serve(m.parent, m.id, x, lim)
            else: finish(m, x)
    for _ in range(30):
        for n in reversed(nodes):
            if n.parent: finish(n, serve(n.parent, n.id, request(n, 10**6), 10**6))
    state = lambda n: {c: v[0].id for c, v in n.cells.items()}
    converge = all(state(n) == state(nodes[0]) for n in nodes)
    conflicts = set().union(*(n.conflicts for n in nodes))
    known = set().union(*(n.got for n in nodes))                 # what survived somewhere, itself and not by hearsay
    live = set(state(nodes[0]).values()); kept = {x for p in conflicts for x in p}
    seen = {e.id for e in events.values() for o in events.values() if (o.id in known or o.id in kept) and o.cell == e.cell and o.id != e.id and e.id in o.seen}
    lost = [e for e in events if e in known and e not in live and e not in seen and e not in kept]
    false = [(w, l) for w, l in conflicts if w in events[l].seen or l in events[w].seen]
    return converge, lost, false, len(conflicts), restores

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); bad = [0, 0, 0]; total = rs = 0; shown = 0
    for s in range(a, b):
        c, lost, false, k, r = run(s); total += k; rs += r
        bad[0] += not c; bad[1] += bool(lost); bad[2] += bool(false)
        if (not c or lost or false) and shown < 6: shown += 1; print('seed', s, 'converged', c, 'lost', lost, 'false', false)
    print(f'{b-a} seeds, {rs} restores, {total} conflicts; diverged {bad[0]}, lost {bad[1]}, false {bad[2]}')
