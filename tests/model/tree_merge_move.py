# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The model of tree_merge.py with a tier that is dissolved: an inner node drains into its parent and its children re-attach there.
Added rules:
 - `via` keeps the child's own lsn; `ctx` names the log it counts in (parent, lsn), so writes made under the former parent stay exact;
 - the drained node hands its marks for its children and its step table to its parent;
 - "came from that same child" is asked of the write's origin: does it sit in that child's subtree?
Children learn of the change whenever they next call, and may write for long under the former parent; sticks may still be addressed to it."""
import random, sys, bisect

class Event: __slots__ = ('id', 'cell', 'version', 'seen')
def at(steps, x): return steps[bisect.bisect_right(steps, (x, (chr(1114111), 1 << 60))) - 1][1]

class Node:
    def __init__(s, nid, parent):
        s.id, s.parent = nid, parent
        s.lsn = 0; s.cells = {}                   # cell -> (event, lsn, via, ctx)
        s.cursor = (parent.id if parent else '', 0); s.acked = 0; s.mark = {}
        s.steps = [(0, s.cursor)]                 # (our lsn, how far into which parent's log)
        s.former = {}                             # a dissolved child's id -> its step table
        s.known = set(); s.conflicts = set(); s.skew = random.choice([0, 0, 0, -10**6, 10**6])
    def put(s, cell, e, via, ctx): s.lsn += 1; s.cells[cell] = (e, s.lsn, via, ctx)
    def write(s, cell, now, eid):
        e = Event(); e.id, e.cell = eid, cell; cur = s.cells.get(cell)
        e.version = ((cur[0].version[0] if cur else 0) + 1, now + s.skew, s.id)
        e.seen = frozenset(s.known); s.known.add(e.id); s.put(cell, e, ('local', 0), s.cursor); return e
    def learn(s, e): s.known |= e.seen; s.known.add(e.id)
    def conflict(s, a, b): s.conflicts.add((a.id, b.id) if a.version > b.version else (b.id, a.id))
    def here(s, ctx):                             # a context counted in our log, or in that of a dissolved child of ours
        pid, x = ctx
        return x if pid == s.id or pid not in s.former else at(s.former[pid], x)[1]
    def saw(s, ctx, cur): return cur[1] <= s.here(ctx) or (ctx[0] != s.id and cur[2][0] == ctx[0] and cur[2][1] <= ctx[1])

def below(origin, child, tree):
    while origin:
        if origin == child: return True
        origin = tree.get(origin)
    return False

def request(n, limit):
    out = sorted((v for v in n.cells.values() if v[1] > n.acked and v[2][0] != 'up'), key=lambda v: v[1])[:limit]
    return n.acked, (out[-1][1] if len(out) == limit else n.lsn), out, n.cursor

def serve(p, cid, req, limit, tree):
    frm, top, out, cursor = req; mark = p.mark.get(cid, 0)
    if frm <= mark:
        for e, lsn, via, ctx in out:
            if lsn <= mark: continue
            p.learn(e); cur = p.cells.get(e.cell)
            if cur and cur[0].id == e.id: continue
            if cur and not p.saw(ctx, cur) and not below(cur[0].version[2], cid, tree): p.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: p.put(e.cell, e, (cid, lsn), at(p.steps, p.here(ctx)))
        p.mark[cid] = max(mark, top)
    c = p.here(cursor)
    out = sorted((v for v in p.cells.values() if v[1] > c and not below(v[0].version[2], cid, tree)), key=lambda v: v[1])[:limit]
    return p.id, p.mark.get(cid, 0), c, (out[-1][1] if len(out) == limit else p.lsn), out

def finish(n, ans):
    pid, mark, frm, top, out = ans
    if pid != n.parent.id: return                  # from a parent that is no more
    n.acked = max(n.acked, mark)
    if n.cursor[0] != pid: n.cursor = (pid, frm)   # first word from the new parent, in its own numbering
    if frm > n.cursor[1]: return
    for e, lsn, via, _ in out:
        if lsn <= n.cursor[1]: continue
        n.learn(e); cur = n.cells.get(e.cell)
        if cur and cur[0].id == e.id: continue
        if cur and cur[2][0] != 'up' and cur[1] > mark: n.conflict(cur[0], e)
        if not cur or e.version > cur[0].version: n.put(e.cell, e, ('up', lsn), (pid, lsn))
        n.steps.append((n.lsn, (pid, lsn)))
    n.cursor = (pid, max(n.cursor[1], top)); n.steps.append((n.lsn, n.cursor))

def run(seed):
    random.seed(seed)
    nodes = [Node('r', None)]
    for i in range(random.randint(3, 9)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    tree = {n.id: n.parent.id if n.parent else None for n in nodes}
    cells, events, sticks, gone, moved = list(range(random.randint(1, 4))), {}, [], set(), 0
    def talk(n, lim): finish(n, serve(n.parent, n.id, request(n, lim), lim, tree))
    for t in range(random.randint(30, 160)):
        n = random.choice([x for x in nodes if x.id not in gone]); r = random.random()
        kids = [x for x in nodes if x.parent is n and x.id not in gone]
        if r < .03 and n.parent and kids:                                     # dissolve n
            while request(n, 10**6)[2]: talk(n, 10**6)
            p = n.parent; p.former[n.id] = [(a, (p.id, p.here(x))) for a, x in n.steps]
            p.former.update({k: [(a, (p.id, p.here(at(n.steps, n.here(x))))) for a, x in v] for k, v in n.former.items()})
            for k in kids: p.mark[k.id] = n.mark.get(k.id, 0); k.parent = p; tree[k.id] = p.id
            gone.add(n.id); moved += 1
        elif r < .5: e = n.write(random.choice(cells), t, len(events)); events[e.id] = e
        elif n.parent:
            lim = random.choice([1, 2, 1000]); req = request(n, lim)
            if random.random() < .25: sticks.append(('up', n, req, lim))
            if random.random() < .3: e = n.write(random.choice(cells), t, len(events)); events[e.id] = e
            if random.random() < .8:
                ans = serve(n.parent, n.id, req, lim, tree)
                if random.random() < .25: sticks.append(('down', n, ans, lim))
                if random.random() < .8: finish(n, ans)
        if sticks and random.random() < .15:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if m.id in gone: continue
            if kind == 'up': finish(m, serve(m.parent, m.id, x, lim, tree))
            else: finish(m, x)
    alive = [n for n in nodes if n.id not in gone]
    for _ in range(14):
        for n in reversed(alive):
            if n.parent: talk(n, 10**6)
    state = lambda n: {c: v[0].id for c, v in n.cells.items()}
    converge = all(state(n) == state(nodes[0]) for n in alive)
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {x for c in conflicts for x in c}; live = set(state(nodes[0]).values())
    seen = {e.id for e in events.values() for o in events.values() if o.cell == e.cell and o.id != e.id and e.id in o.seen}
    lost = [e for e in events if e not in live and e not in seen and e not in kept]
    false = [(w, l) for w, l in conflicts if w in events[l].seen or l in events[w].seen]
    return converge, lost, false, len(conflicts), moved

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); d = l = f = k = m = shown = 0
    for s in range(a, b):
        c, lost, false, n, mv = run(s); d += not c; l += bool(lost); f += bool(false); k += n; m += mv
        if (not c or lost or false) and shown < 6: shown += 1; print('seed', s, 'converged', c, 'lost', lost, 'false', false)
    print(f'{b-a} seeds, {m} nodes dissolved, {k} conflicts; diverged {d}, lost {l}, false {f}')
