# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The model of tree_merge.py with rows: columns a and b, and X, the row's existence ('here' or 'gone').
Added rules:
 - one edit count a row: every write of a row takes the row's highest gen + 1;
 - a tombstone keeps the row's last values;
 - a delete and an edit of the same row that have not seen each other: the conflict is recorded and the row is kept. The finder is the parent
   (by lsn > ctx, not by that same child); it re-asserts X as a new write. The child needs no such rule: what the parent has not heard yet
   will be judged there when it is sent.
Oracle: visible rows converge; every edit is live, seen by a later write of its column or by a delete of its row, or kept in a conflict;
no row that anybody edited unaware of its deletion stays deleted without a conflict; conflicts only between writes that had not seen each other."""
import random, sys, bisect

class Event: __slots__ = ('id', 'row', 'col', 'value', 'version', 'seen', 'by')
class Node:
    def __init__(s, nid, parent):
        s.id, s.parent = nid, parent
        s.lsn = 0; s.cells = {}               # (row, col) -> (event, lsn, via, ctx)
        s.cursor = s.acked = 0; s.mark = {}; s.steps = [(0, 0)]
        s.known = set(); s.conflicts = set(); s.skew = random.choice([0, 0, 0, -10**6, 10**6])
    def upctx(s, x): return s.steps[bisect.bisect_right(s.steps, (x, 1 << 60)) - 1][1]
    def put(s, e, via, ctx): s.lsn += 1; s.cells[e.row, e.col] = (e, s.lsn, via, ctx)
    def row(s, r): return {c: s.cells[r, c] for c in 'Xab' if (r, c) in s.cells}
    def here(s, r): x = s.cells.get((r, 'X')); return x is not None and x[0].value == 'here'
    def write(s, r, writes, now, events, by='person'):
        gen = max((v[0].version[0] for v in s.row(r).values()), default=0) + 1
        seen = frozenset(s.known)
        for col, value in writes:
            e = Event(); e.id, e.row, e.col, e.value, e.by = len(events), r, col, value, by
            e.version = (gen, now + s.skew, s.id); e.seen = seen; events.append(e); s.known.add(e.id); s.put(e, 'local', s.cursor)
    def learn(s, e): s.known |= e.seen; s.known.add(e.id)
    def conflict(s, a, b): s.conflicts.add(tuple(sorted((a.id, b.id))))

def clash(e, f): return {e.value if e.col == 'X' else 'edit', f.value if f.col == 'X' else 'edit'} == {'gone', 'edit'}

def request(n, limit):
    out = sorted((v for v in n.cells.values() if v[1] > n.acked and v[2] != 'up'), key=lambda v: v[1])[:limit]
    return n.acked, (out[-1][1] if len(out) == limit else n.lsn), out, n.cursor

def serve(p, cid, req, limit, now, events):
    frm, top, out, cursor = req; mark = p.mark.get(cid, 0)
    if frm <= mark:
        again = set()
        for e, lsn, via, ctx in out:
            if lsn <= mark: continue
            p.learn(e); unseen = lambda v: v[1] > ctx and v[2] != cid
            for f in p.row(e.row).values():                                   # a delete against an edit elsewhere in the row
                if unseen(f) and clash(e, f[0]): p.conflict(e, f[0]); again.add(e.row)
            cur = p.cells.get((e.row, e.col))
            if cur and cur[0].id == e.id: continue
            if cur and unseen(cur): p.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: p.put(e, cid, p.upctx(ctx))
        p.mark[cid] = max(mark, top)
        for r in again:
            if not p.here(r): p.write(r, [('X', 'here')], now, events, 'engine')
    out = sorted((v for v in p.cells.values() if v[1] > cursor and v[2] != cid), key=lambda v: v[1])[:limit]
    return p.mark.get(cid, 0), cursor, (out[-1][1] if len(out) == limit else p.lsn), out

def finish(n, ans):
    mark, frm, top, out = ans
    n.acked = max(n.acked, mark)
    if frm > n.cursor: return
    for e, lsn, via, _ in out:
        if lsn <= n.cursor: continue
        n.learn(e); unheard = lambda v: v[2] != 'up' and v[1] > mark
        cur = n.cells.get((e.row, e.col))
        if cur and cur[0].id == e.id: continue
        if cur and unheard(cur): n.conflict(cur[0], e)
        if not cur or e.version > cur[0].version: n.put(e, 'up', 0)
        n.steps.append((n.lsn, lsn))
    n.cursor = max(n.cursor, top); n.steps.append((n.lsn, n.cursor))

def run(seed):
    random.seed(seed)
    nodes = [Node('r', None)]
    for i in range(random.randint(2, 8)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    rows, events, sticks = list(range(random.randint(1, 3))), [], []
    def act(n, t):
        r = random.choice(rows)
        if n.here(r):
            if random.random() < .25: n.write(r, [('X', 'gone')], t, events)
            else: n.write(r, [(random.choice('ab'), t)], t, events)
        elif not n.row(r) and n is nodes[0] or n.row(r) and random.random() < .1: n.write(r, [('X', 'here'), ('a', t), ('b', t)], t, events)
    for t in range(random.randint(20, 160)):
        n = random.choice(nodes)
        if random.random() < .45: act(n, t)
        elif n.parent:
            lim = random.choice([1, 2, 1000]); req = request(n, lim)
            if random.random() < .3: sticks.append(('up', n, req, lim))
            if random.random() < .3: act(n, t)
            if random.random() < .8:
                ans = serve(n.parent, n.id, req, lim, t, events)
                if random.random() < .3: sticks.append(('down', n, ans, lim))
                if random.random() < .8: finish(n, ans)
        if sticks and random.random() < .2:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up': finish(m, serve(m.parent, m.id, x, lim, t, events))
            else: finish(m, x)
    for k in range(16):
        for n in reversed(nodes):
            if n.parent: finish(n, serve(n.parent, n.id, request(n, 10**6), 10**6, 200 + k, events))
    vis = lambda n: {r: {c: v[0].id for c, v in n.row(r).items() if c != 'X'} for r in rows if n.here(r)}
    converge = all(vis(n) == vis(nodes[0]) for n in nodes)
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {x for c in conflicts for x in c}
    live = {i for r in vis(nodes[0]).values() for i in r.values()}
    sees = lambda o, e: e.id in o.seen
    lost = [e.id for e in events if e.col != 'X' and e.id not in live and e.id not in kept
            and not any(sees(o, e) for o in events if o.row == e.row and (o.col == e.col or o.value == 'gone'))]
    unfair = [r for r in rows if nodes[0].row(r) and not nodes[0].here(r) for d in [nodes[0].row(r)['X'][0]]
              if any(e.row == r and e.col != 'X' and e.by == 'person' and not sees(d, e) and not sees(e, d) and e.id not in kept
                     and not any(sees(o, e) and o.col in (e.col, 'X') and o.row == r for o in events) for e in events)]
    false = [c for c in conflicts if sees(events[c[0]], events[c[1]]) or sees(events[c[1]], events[c[0]])]
    return converge, lost, unfair, false, len(conflicts), sum(e.by == 'engine' for e in events)

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); d = l = u = f = k = re = shown = 0
    for s in range(a, b):
        c, lost, unfair, false, n, m = run(s); d += not c; l += bool(lost); u += bool(unfair); f += bool(false); k += n; re += m
        if (not c or lost or unfair or false) and shown < 6: shown += 1; print('seed', s, 'converged', c, 'lost', lost, 'unfair', unfair, 'false', false)
    print(f'{b-a} seeds, {k} conflicts, {re} rows re-asserted; diverged {d}, lost {l}, deleted unfairly {u}, false {f}')
