# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The model of tree_merge_rows.py with refusals. Columns a, b, s; X, the row's existence. A change that names X carries the whole row.
Anybody may write anything (a raw SQL program does); whoever takes a change from a child asks, cell by cell, whether its author's level may
write that, and whether a CHECK of its own lets the value pass. Some nodes ask nothing (an old release, a broken relay). Rules:
 1. A value that is what stands here already is nobody's to refuse.
 2. A refused cell is kept in a quarantine record (a row like any other, id = the write refused) and put nowhere else. If it would have
    won, what stands here of that cell is written anew, as this node's own edit with gen = highest gen of the row or refused + 1.
 3. A row that does not stand here and is made by a change of which any cell is refused is refused whole: what comes is 'gone', and
    its columns are not put into the log. Such a bare tombstone cannot be brought back (nobody here has its values): an edit of it is refused.
 4. What stands again is judged higher up as the edit that it repeats (`orig`), not as an edit of the node that repeated it: else the
    province's repetition of the district's star would be refused at the centre, and the district's star, which no longer stands below, lost.
 5. Of two edits of s that had not seen each other the higher level's stands (conflict = "authority"): whoever finds them and would let the
    lower level's stand writes the higher's anew, as in 4.
 6. Existence written by the engine to keep a row is nobody's to refuse, but a row that comes to life by it is judged cell by cell (3). Columns made of no refused cell may so outlive their row's
    refused creator.
Oracle: visible rows and their versions are equal everywhere; it comes to rest; every refused write is in a record at its author; nothing
refused is live; every other write is live, superseded by one that had seen it, in a conflict or in a record; a live s is no lower level's than one it had not
seen and nobody else has."""
import random, sys, bisect

COLS = 'Xabs'

class Event: __slots__ = ('id', 'row', 'col', 'value', 'version', 'seen', 'by', 'orig', 'node')
class Node:
    def __init__(s, nid, parent):
        s.id, s.parent = nid, parent
        s.level = parent.level + 1 if parent else 0
        s.lsn = 0; s.cells = {}               # (row, col) -> (event, lsn, via, ctx)
        s.cursor = s.acked = 0; s.mark = {}; s.steps = [(0, 0)]; s.ahead = {}
        s.known = set(); s.conflicts = set(); s.skew = random.choice([0, 0, 0, -10**6, 10**6])
        s.lax = parent is not None and random.random() < .3            # asks nothing
        s.check = random.choice([None, 'b', 'b', 'a'])                 # a column with a CHECK here
    def upctx(s, x): return s.steps[bisect.bisect_right(s.steps, (x, 1 << 60)) - 1][1]
    def put(s, e, via, ctx): s.lsn += 1; s.cells[e.row, e.col] = (e, s.lsn, via, ctx)
    def row(s, r): return {c: s.cells[r, c] for c in COLS if (r, c) in s.cells}
    def here(s, r): x = s.cells.get((r, 'X')); return x is not None and x[0].value == 'here'
    def whole(s, r): return all((r, c) in s.cells for c in COLS)
    def top_gen(s, r): return max((v[0].version[0] for v in s.row(r).values()), default=0)
    def write(s, r, writes, now, w, by='person', above=0, orig=None):
        gen = max(s.top_gen(r), above) + 1; seen = frozenset(s.known)
        for col, value in writes:
            e = Event(); e.id, e.row, e.col, e.value, e.by, e.node = len(w.events), r, col, value, by, s
            e.orig = orig(col) if orig else e
            if e.orig is None: e.orig = e
            e.version = (gen, now + s.skew, s.id); e.seen = seen; w.events.append(e); s.known.add(e.id); s.put(e, 'local', s.cursor)
    def take(s, e, via, ctx, bare, now, w):
        """Puts what won. Onto a bare tombstone: anew above it, for those below have refused values beneath theirs."""
        s.put(e, via, ctx)
        if e.col != 'X' and bare and e.version[0] < bare: s.write(e.row, [(e.col, e.value)], now, w, 'restate', bare, lambda c: e.orig)
    def again(s, e, now, w): s.write(e.row, [(e.col, e.value)], now, w, 'restate', 0, lambda c: e.orig)
    def bare(s, r): return s.cells[r, 'X'][0].version[0] if (r, 'X') in s.cells and not s.whole(r) else 0
    def learn(s, e): s.known |= e.seen; s.known.add(e.id)
    def conflict(s, a, b): s.conflicts.add(tuple(sorted((a.id, b.id))))
    def record(s, e):
        """The quarantine record of a write: a row of its own, found by whoever refuses the same write again."""
        key = ('q', e.orig.id)
        if (key, 'Q') in s.cells: return
        r = Event(); r.id, r.row, r.col, r.value, r.version, r.seen, r.by, r.orig, r.node = None, key, 'Q', e.orig.id, (1, 0, ''), frozenset(), 'engine', None, s
        s.put(r, 'local', s.cursor)
    def recorded(s, e): return (('q', e.orig.id), 'Q') in s.cells

def over(high, low):
    """The higher level's edit loses by its version only."""
    return high.col == 's' and high.orig.node.level < low.orig.node.level and high.version < low.version

def clash(e, f): return {e.value if e.col == 'X' else 'edit', f.value if f.col == 'X' else 'edit'} == {'gone', 'edit'}

def read(n, frm, reader, limit):
    """The log above frm, a row with X whole; (row, [(event, lsn, echo, ctx)], place)."""
    out, done, top = [], set(), frm
    for (r, c), v in sorted(n.cells.items(), key=lambda kv: kv[1][1]):
        if v[1] <= frm or v[2] == reader or r in done: continue
        if len(out) == limit: return top, False, out
        cells = [v]
        if c == 'X': done.add(r); cells = sorted(n.row(r).values(), key=lambda x: x[1])
        out.append((r, [(x[0], x[1], x[2] == reader, x[3]) for x in cells], v[1])); top = v[1]
    return n.lsn, True, out

def request(n, limit):
    top, complete, out = read(n, n.acked, 'up', limit)
    return n.acked, top, out, n.cursor, n.lsn

def refused(p, e, here, w):
    """The authority function: pure; `here` is what stands of the cell."""
    if p.lax or e.col == 'Q': return None
    if here.value == e.value if here is not None else e.value == 'gone': return None
    if e.col == 'X' and e.by == 'engine': return None
    if e.col != 'X' and p.check == e.col and e.value % 5 == 0: return 'check'
    if e.col == 's' and e.orig.node.level > w.star_level: return 'not_permitted'
    if e.col == 'X' and e.orig.node.level > w.row_level[e.value]: return 'not_permitted'
    return None

def refuse_row(p, r, cells, bad, w, now):
    for e in (e for e in cells if e.value != 'gone'):
        p.record(e); (w.refused if e in bad else w.with_it).add(e.orig.id)
    top = max(e.version[0] for e in cells)
    old = p.row(r)
    again = [(c, v[0].value) for c, v in old.items() if c != 'X' and any(e.col == c and e.version > v[0].version for e in cells)]
    p.write(r, [('X', 'gone')] + again, now, w, 'restate', top, lambda c: old[c][0].orig if c in old else None)

def take_refusals(p, r, cells, w, now):
    """Splits the fresh cells of a change; True: the change is dealt with."""
    row = p.row(r)
    bare = 'X' in row and not p.whole(r)
    makes = any(e.col == 'X' and e.value == 'here' for e in cells) and not p.here(r)
    bad = [e for e in cells if refused(p, e, row[e.col][0] if e.col in row else None, w)]
    if makes and bad or any(e.col not in row for e in bad) or bare and not p.here(r) and not makes and any(e.col != 'X' for e in cells):
        refuse_row(p, r, cells, bad, w, now); return []
    for e in bad: p.record(e); w.refused.add(e.orig.id)
    again = [e for e in bad if e.col in row and e.version > row[e.col][0].version]
    if again:
        top = max(e.version[0] for e in again)
        p.write(r, [(e.col, row[e.col][0].value) for e in again], now, w, 'restate', top, lambda c: row[c][0].orig)
    return [e for e in cells if e not in bad]

def serve(p, cid, req, limit, now, w):
    frm, top, out, cursor, whole_as_of = req; mark = p.mark.get(cid, 0)
    if frm <= mark:
        again = set()
        for r, entries, place in out:
            heard = max(mark, p.ahead.get((cid, r), 0))
            if r[0] == 'q':
                for e, lsn, echo, ctx in entries:
                    if (r, 'Q') not in p.cells: p.put(e, cid, p.upctx(ctx))
                continue
            for e, *_ in entries: p.learn(e)
            same = lambda e: (r, e.col) in p.cells and p.cells[r, e.col][0].id == e.id
            fresh = [x for x in entries if not x[2] and x[1] > heard and not same(x[0])]
            if any(x[0].value == 'here' for x in fresh) and not p.here(r):       # a row that comes to life is judged cell by cell, heard or not
                fresh += [x for x in entries if x not in fresh and (r, x[0].col) not in p.cells]
            repeats = [x for x in entries if x not in fresh]
            bare = p.bare(r)
            ok = take_refusals(p, r, [x[0] for x in fresh], w, now) if fresh else []
            for e, lsn, echo, ctx in fresh:
                if e not in ok: continue
                unseen = lambda v: v[1] > ctx and v[2] != cid
                for f in p.row(r).values():
                    if unseen(f) and clash(e, f[0]): p.conflict(e, f[0]); again.add(r)
                cur = p.cells.get((r, e.col))
                met = cur and unseen(cur)
                if met: p.conflict(cur[0], e)
                if not cur or e.version > cur[0].version: p.take(e, cid, p.upctx(ctx), bare, now, w)
                if met and over(cur[0], e): p.again(cur[0], now, w)
                if met and over(e, cur[0]): p.again(e, now, w)
            for e, lsn, echo, ctx in repeats:
                if (r, e.col) not in p.cells and not p.row(r) and not p.recorded(e): p.put(e, cid, p.upctx(ctx))
            if len(entries) > 1 and max(x[1] for x in entries) > top: p.ahead[cid, r] = max(p.ahead.get((cid, r), 0), whole_as_of)
        p.mark[cid] = max(mark, top)
        for r in again:
            if not p.here(r) and p.whole(r): p.write(r, [('X', 'here')], now, w, 'engine')
    t, complete, out = read(p, cursor, cid, limit)
    return p.mark.get(cid, 0), cursor, t, out, p.lsn

def finish(n, ans, now, w):
    mark, frm, top, out, whole_as_of = ans
    n.acked = max(n.acked, mark)
    if frm > n.cursor: return
    for r, entries, place in out:
        bare = n.bare(r); heard = max(n.cursor, n.ahead.get(('up', r), 0))
        for e, lsn, echo, ctx in entries:
            if r[0] == 'q':
                if (r, 'Q') not in n.cells: n.put(e, 'up', 0)
                continue
            n.learn(e); unheard = lambda v: v[2] != 'up' and v[1] > mark
            cur = n.cells.get((r, e.col))
            if cur and (cur[0].id == e.id or echo or lsn <= heard): continue
            met = cur and unheard(cur)
            if met: n.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: n.take(e, 'up', 0, bare, now, w)
            if met and over(cur[0], e): n.again(cur[0], now, w)
            if met and over(e, cur[0]): n.again(e, now, w)
        if len(entries) > 1 and max(x[1] for x in entries) > top: n.ahead['up', r] = max(n.ahead.get(('up', r), 0), whole_as_of)
        if place > n.cursor: n.steps.append((n.lsn, place))
    n.cursor = max(n.cursor, top); n.steps.append((n.lsn, n.cursor))

class World: pass

def run(seed):
    random.seed(seed); w = World(); w.events = []; w.refused = set(); w.with_it = set()
    w.star_level = random.choice([0, 1, 1, 2]); w.row_level = {'here': random.choice([1, 2, 9, 9]), 'gone': random.choice([0, 1, 9])}
    nodes = [Node('r', None)]
    for i in range(random.randint(2, 8)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    rows, sticks = [('p', i) for i in range(random.randint(1, 3))], []
    def act(n, t):
        r = random.choice(rows); value = lambda: len(w.events)
        if n.here(r):
            if random.random() < .25: n.write(r, [('X', 'gone')], t, w)
            else:
                v = value(); n.write(r, [(c, v + i) for i, c in enumerate(random.choice(['a', 'b', 's', 's', 'as', 'ab']))], t, w)
        elif not n.row(r) or random.random() < .15:
            v = value(); n.write(r, [('X', 'here'), ('a', v + 1), ('b', v + 2), ('s', v + 3)], t, w)
    for t in range(random.randint(20, 160)):
        n = random.choice(nodes)
        if random.random() < .4: act(n, t)
        elif n.parent:
            lim = random.choice([1, 2, 1000]); req = request(n, lim)
            if random.random() < .3: sticks.append(('up', n, req, lim))
            if random.random() < .3: act(n, t)
            if random.random() < .8:
                ans = serve(n.parent, n.id, req, lim, t, w)
                if random.random() < .3: sticks.append(('down', n, ans, lim))
                if random.random() < .8: finish(n, ans, t, w)
        if sticks and random.random() < .2:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up': finish(m, serve(m.parent, m.id, x, lim, t, w), t, w)
            else: finish(m, x, t, w)
    rest = False
    for k in range(60):
        before = [(n.lsn, n.acked, n.cursor) for n in nodes]
        for n in reversed(nodes):
            if n.parent: finish(n, serve(n.parent, n.id, request(n, 10**6), 10**6, 200 + k, w), 200 + k, w)
        if before == [(n.lsn, n.acked, n.cursor) for n in nodes]: rest = True; break
    return judge(nodes, rows, w) + (rest,)

def judge(nodes, rows, w):
    events, root = w.events, nodes[0]
    vis = lambda n: {r: {c: v[0].id for c, v in n.row(r).items()} for r in rows if n.here(r)}
    known_records = lambda n: {r for r, _ in n.cells if r[0] == 'q'}
    converge = all(vis(n) == vis(root) and known_records(n) == known_records(root) for n in nodes)
    records = {r[1] for r in known_records(root)}
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {x for c in conflicts for x in c}
    live = {i for r in vis(root).values() for i in r.values()}
    live |= {events[i].orig.id for i in live}
    unreturned = [e for e in w.refused | w.with_it if not events[e].node.recorded(events[e])]
    zombies = [i for i in live if i in w.refused and events[i].col != 'X']
    for r in rows:                                  # only where somebody who may has made it, too, or where it was kept (6)
        made = [e.id for e in events if e.row == r and e.value == 'here' and e.by == 'person']
        if root.here(r) and root.row(r)['X'][0].orig.by == 'person' and all(i in w.refused for i in made): zombies.append(made[0])
    usurps = []; sees = lambda o, e: e.id in o.seen
    for e in (events[i] for i in live if events[i].col == 's'):
        over_it = [events[x] for c in conflicts if e.id in c for x in c if x != e.id and events[x].col == 's']
        usurps += [e.id for y in over_it if over(y, e) and not any(sees(o, y) for o in events if o.row == e.row and o.col == 's')]
    stand = {e.orig.id for e in events if e.id in live or e.id in kept}      # a value repeated stands for the one repeated
    lost = [e.id for e in events if e.by == 'person' and e.col != 'X' and e.id not in stand and e.id not in kept and e.id not in records
            and not any(sees(o, e) for o in events if o.row == e.row and (o.col == e.col and o.orig is not e or o.value == 'gone'))]
    return converge, lost, unreturned, zombies, usurps, len(conflicts), len(w.refused), sum(e.by == 'restate' for e in events), len(events)

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); sums = [0] * 4; bad = [0] * 6; shown = 0
    for s in range(a, b):
        c, lost, unreturned, zombies, usurps, k, q, re, n, rest = run(s)
        for i, x in enumerate((k, q, re, n)): sums[i] += x
        wrong = (not c, bool(lost), bool(unreturned), bool(zombies), bool(usurps), not rest)
        for i, x in enumerate(wrong): bad[i] += x
        if any(wrong) and shown < 6: shown += 1; print('seed', s, 'converged', c, 'lost', lost, 'unreturned', unreturned, 'live', zombies, 'usurps', usurps, 'rest', rest)
    print(f'{b-a} seeds, {sums[3]} writes, {sums[0]} conflicts, {sums[1]} refused, {sums[2]} written anew; diverged {bad[0]}, lost {bad[1]}, '
          f'not returned {bad[2]}, refused and live {bad[3]}, lower over higher {bad[4]}, no rest {bad[5]}')
    sys.exit(any(bad))
