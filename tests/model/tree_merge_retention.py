# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The model of tree_merge_rows.py with tombstones that go. Every node holds every row; messages are cut anywhere; one that says that a row
exists carries the whole row, so cells run ahead of the cursor (as in tree_merge_units.py, whose rules for that and for floors stand here too).
Rules added:
 1 purge     A tombstone goes, with the row's last values, once its deleter's side is acknowledged and every child has a *floor* above it: no
             entry yet to come from below was written without having read it. A floor is promised by a complete request only, and a relay's is
             never above those of its own children; so what goes here is settled in the whole subtree.
 2 lapse     A child silent for longer than the retention (here: whenever chance says so) holds up nothing any more: its floor does not count,
             neither for what goes here nor for what we promise above. Nothing is taken from it until it *compares*.
 3 keep      What goes leaves two numbers: `purged`, the highest place that went, and `G`, the highest gen. A new row starts above G. A cursor
             below `purged` means comparing, too.
 4 compare   Who is told to compare sends, from then on, whole rows for whatever is unsent. When nothing is left to say either way, it asks
             what its parent has in ranges of rows; the parent tells the rows, where they are few, else where it cuts the range and the sum
             of each part; the child asks on where sums differ. What is asked and found outlives a lost message; only the answer to the last
             question counts. A row that is missing above and has an edit of which nothing is heard there stays in question until that has
             gone up whole. It is done when nothing is left to ask or mend. With each answer meanwhile the child learns its parent's G, so
             that what it makes meanwhile stands above. A row that its parent did not list is not sent up but as unsent work.
 5 leave     A row that the parent does not have *leaves*: it is no edit and makes no tombstone. It stays until all of it is acknowledged and
             every child has a floor above the place where it was told in turn ("away"); then it is dropped. As long as it stands here, what is
             unsent of it goes up whole.
 6 again     The parent of a whole row that it does not have, in which something is new but not the row's existence, had deleted it: it takes
             the row, writes all of it anew above G, keeps a conflict that says so, and gives the row again to those who let it leave. One that
             was made unaware (ctx below what went here, gen not above G) is written anew above G as well, a tombstone too.
 7 mend      A row that its parent listed and that differs, with nothing unsent, goes up whole, as if never heard but for what stands above in the same version; the
             parent merges it and gives the row whole as it then has it; the child merges that in the same way. Never from a late request.
 8 back      From "told to compare" on, the child's old floor counts again: nothing it may need goes while it compares.
Oracle: all replicas end equal, nothing is left of deleted rows; every edit is live, seen by a later write of its column or a delete, or kept in a
conflict; a deleted row is live only if it was made again by somebody who knew; conflicts only between writes that had not seen each other."""
import random, sys, bisect
from collections import defaultdict

INF = 1 << 60
class Event: __slots__ = ('id', 'row', 'col', 'value', 'version', 'seen', 'by')
class Cell:
    __slots__ = ('e', 'lsn', 'via', 'vlsn', 'ctx')
    def __init__(s, e, lsn, via, vlsn, ctx): s.e, s.lsn, s.via, s.vlsn, s.ctx = e, lsn, via, vlsn, ctx
class Item:                                       # of a message: cells are (event, sender's lsn, ctx, echo)
    def __init__(s, kind, place, row, cells): s.kind, s.place, s.row, s.cells = kind, place, row, cells
class World:
    def __init__(s): s.events, s.now, s.number, s.count = [], 0, 0, defaultdict(int)

class Node:
    def __init__(s, w, nid, parent):
        s.w, s.id, s.parent, s.kids = w, nid, parent, []
        s.lsn = 0; s.cells = defaultdict(dict)    # row -> column -> Cell
        s.cursor = s.acked = 0; s.mark = {}; s.floor = {}; s.steps = [(0, 0)]
        s.ahead = {}                              # (peer, row) -> (theirs, mine): whole as of theirs, from our place mine on
        s.moves = {}                              # row -> lsn: left, or is back
        s.leaving = {}                            # row -> (cap, our lsn when told)
        s.purged = s.G = s.heard_G = s.settled = 0              # settled: our mark as of the last answer with which we had read everything
        s.need = {}                               # child -> INF: lapsed; else the place that its comparison must reach
        s.comparing = False; s.compared = 0
        s.ranges = []; s.differs = {}; s.asked = 0; s.told = {}  # ranges yet to ask about, rows found to differ, the question's number; child -> its last
        s.known = defaultdict(set); s.conflicts = set(); s.skew = random.choice([0, 0, 0, -10**6, 10**6])
        if parent: parent.kids.append(s)
    def here(s, r): x = s.cells[r].get('X') if r in s.cells else None; return x is not None and x.e.value == 'here'
    def gone(s, r): x = s.cells[r].get('X') if r in s.cells else None; return x is not None and x.e.value == 'gone'
    def holds(s, r): return bool(s.cells.get(r))
    def ahead_of(s, peer, r): return s.ahead.get((peer, r), (0, 0))[0]
    def heard_up(s, r): return s.leaving[r][0] if r in s.leaving else max(s.cursor, s.ahead_of('up', r))
    def to_parent(s, x, r):
        if not s.parent: return 0
        y = s.steps[bisect.bisect_right(s.steps, (x, INF)) - 1][1] if s.steps[0][0] <= x else 0
        theirs, mine = s.ahead.get(('up', r), (0, 0))
        if mine <= x: y = max(y, theirs)
        y = max([y] + [c.vlsn for c in s.cells[r].values() if c.via == 'up' and c.lsn <= x])
        return min(y, s.leaving[r][0]) if r in s.leaving else y
    def put(s, e, via, vlsn, ctx):
        s.lsn += 1; s.cells[e.row][e.col] = Cell(e, s.lsn, via, vlsn, ctx)
        if e.value == 'here' and via != 'up' and s.leaving.get(e.row, (0, 0, False))[2]: del s.leaving[e.row]; s.moved(e.row)   # made again
    def read_ahead(s, peer, r, theirs, won):
        if s.ahead_of(peer, r) >= theirs: return
        before = s.ahead.get((peer, r)); s.ahead[peer, r] = (theirs, s.lsn if won or not before else before[1])
    def forget_ahead(s, peer, upto): s.ahead = {k: v for k, v in s.ahead.items() if k[0] != peer or v[0] > upto}
    def moved(s, r): s.lsn += 1; s.moves[r] = s.lsn
    def write(s, r, writes, by='person'):
        gen = max([c.e.version[0] for c in s.cells[r].values()] + [s.G if 'X' in dict(writes) else 0]) + 1; seen = frozenset(s.known[r])
        for col, value in writes:
            e = Event(); e.id, e.row, e.col, e.value, e.by = len(s.w.events), r, col, value, by
            e.version = (gen, s.w.now + s.skew, s.id); e.seen = seen; s.w.events.append(e); s.known[r].add(e.id)
            s.put(e, 'local', 0, s.heard_up(r))
    def learn(s, e): s.known[e.row] |= e.seen; s.known[e.row].add(e.id)
    def conflict(s, a, b): s.conflicts.add(tuple(sorted((a.id, b.id))))
    def least(s): return min([s.floor.get(k.id, 0) for k in s.kids if s.need.get(k.id, 0) < INF], default=INF)
    def lowest(s):                                # no entry to come from here has a smaller ctx
        low = s.steps[0][1] if s.kids else s.cursor
        return min([low, s.cursor] + [v[0] for v in s.leaving.values()])
    def drop(s, r, place):
        s.G = max([s.G] + [c.e.version[0] for c in s.cells[r].values()]); s.purged = max(s.purged, place)
        del s.cells[r]; s.moves.pop(r, None); s.leaving.pop(r, None)
        s.ahead = {k: v for k, v in s.ahead.items() if k[1] != r}
    def sweep(s):
        least = s.least()
        for r in list(s.cells):
            if not s.holds(r) or not (s.gone(r) or r in s.leaving): continue
            cells = s.cells[r].values()
            if s.parent and any(c.vlsn > s.cursor if c.via == 'up' else c.lsn > s.settled for c in cells): continue
            place = max([c.lsn for c in cells] + [s.moves.get(r, 0)])
            if place > least: continue
            s.w.count['left' if r in s.leaving else 'purged'] += 1; s.drop(r, place)
        for r, place in list(s.moves.items()):
            if place <= least and r not in s.leaving: del s.moves[r]; s.purged = max(s.purged, place)

def clash(e, f): return {e.value if e.col == 'X' else 'edit', f.value if f.col == 'X' else 'edit'} == {'gone', 'edit'}

def read(n, peer, frm, limit):
    """What `peer` ('up' or a child's id) has not read: items, top, complete."""
    things = [(c.lsn, r, c) for r, row in n.cells.items() for c in row.values() if c.lsn > frm and c.via != peer]
    if peer != 'up': things += [(lsn, r, None) for r, lsn in n.moves.items() if lsn > frm]
    out, told, top = [], set(), frm
    def cell(c): return (c.e, c.lsn, (0 if c.via == 'up' else c.ctx) if peer == 'up' else n.ahead_of(peer, c.e.row), c.via == peer)
    for lsn, r, c in sorted(things, key=lambda t: t[0]):
        if r in told: continue
        if peer == 'up': kind = 'whole' if c.e.col == 'X' or n.comparing or r in n.leaving or n.gone(r) else 'cell'
        else:
            moved = n.moves.get(r, 0) > frm
            if r in n.leaving or not n.holds(r): kind = 'away' if moved else None
            else: kind = 'arrival' if moved else 'whole' if c.e.col == 'X' or n.gone(r) else 'cell'
        if kind is None: continue
        if len(out) >= limit: return out, top, False
        if kind != 'cell': told.add(r)
        cells = [] if kind == 'away' else [cell(c)] if kind == 'cell' else [cell(x) for x in sorted(n.cells[r].values(), key=lambda x: x.lsn)]
        out.append(Item(kind, lsn, r, cells)); top = lsn
    return out, n.lsn, True

LAST = 99
def sign(n, r): return tuple(sorted(c.e.id for c in n.cells[r].values())) if n.holds(r) and not n.gone(r) and r not in n.leaving else None
def rows_in(n, lo, hi): return [(r, sign(n, r)) for r in sorted(n.cells) if lo <= r < hi and n.holds(r) and sign(n, r)]
def tell(n, lo, hi):
    rows = rows_in(n, lo, hi)
    if len(rows) <= 1: return ('rows', lo, hi, rows)
    cut = rows[len(rows) // 2][0]
    return ('parts', lo, hi, [(lo, cut, rows_in(n, lo, cut)), (cut, hi, rows_in(n, cut, hi))])
def unsent(n, r, mark): return any(c.via != 'up' and c.lsn > mark for c in n.cells[r].values())
def whole_item(n, r): return Item('whole', 0, r, [(c.e, c.lsn, n.cursor if c.via == 'up' else c.ctx, False) for c in sorted(n.cells[r].values(), key=lambda c: c.lsn)])
def request(n, limit):
    out, top, complete = read(n, 'up', n.acked, limit)
    q = dict(acked=n.acked, top=top, out=out, complete=complete, cursor=n.cursor, low=n.lowest(), whole=n.lsn, comparing=n.comparing, compared=n.compared, ask=[], mends=[], wanted=[])
    n.w.number += 1; q['number'] = n.w.number
    if n.comparing and complete:
        n.asked = q['number']; q['ask'] = n.ranges[:2]
        if not q['ask']:
            names = sorted(n.differs)[:2]
            q['mends'] = [whole_item(n, r) for r in names if n.differs[r] and n.holds(r)]; q['wanted'] = names
    return q

def merge(n, item, peer, heard, top, whole, mark):
    """One item into n; peer 'up' or a child's id. Returns whether anything won."""
    r = item.row; won = False
    if peer != 'up' and 'X' not in n.cells[r] and item.kind != 'cell': deleted_here(n, item, heard)
    for e, lsn, ctx, echo in item.cells:
        if peer == 'up': unseen = lambda c: c.via != 'up' and c.lsn > max(mark, ctx)
        else: unseen = lambda c: c.lsn > ctx and c.via != peer
        cur = n.cells[r].get(e.col)
        if echo or lsn <= heard:
            if cur is None or item.kind != 'cell' and e.version > cur.e.version: n.put(e, peer, lsn, n.to_parent(ctx, r) if peer != 'up' else 0); n.learn(e); won = True
            continue
        n.learn(e)
        if peer != 'up':
            for c in n.cells[r].values():
                if unseen(c) and c.e.id != e.id and clash(e, c.e): n.conflict(e, c.e); n.again.add(r)
        if cur and cur.e.id == e.id: continue
        if cur and unseen(cur) and not (e.col == 'X' and e.value == cur.e.value): n.conflict(cur.e, e)
        if not cur or e.version > cur.e.version: n.put(e, peer, lsn, n.to_parent(ctx, r) if peer != 'up' else 0); won = True
    if item.kind in ('whole', 'arrival') and max(c[1] for c in item.cells) > top: n.read_ahead(peer, r, whole, won)
    return won

def deleted_here(n, item, heard):
    new = [e for e, lsn, _, echo in item.cells if not echo and lsn > heard]
    x, ctx = next(((e, ctx) for e, _, ctx, _ in item.cells if e.col == 'X'), (None, 0))
    if x is None: return                          # half of a row, told by its parent's parent so far
    if x in new:                                  # made there, or made again by somebody who knew
        if min(e.version[0] for e, _, _, _ in item.cells) <= n.G and ctx < max(n.purged, n.heard_G): (n.below if x.value == 'here' else n.under).add(item.row); n.w.count['lifted'] += 1
        return
    for e in new: n.conflicts.add((e.id, 'purged'))
    n.below.add(item.row); n.w.count['again'] += 1

def serve(p, kid, q, limit):
    mark = p.mark.get(kid.id, 0); need = p.need.get(kid.id, 0)
    if q['compared'] >= need: p.need.pop(kid.id, None)
    fresh = q['number'] > p.told.get(kid.id, 0); p.told[kid.id] = max(p.told.get(kid.id, 0), q['number'])
    if not q['comparing'] and q['compared'] < max(need, p.purged if q['cursor'] < p.purged else 0):
        return dict(mark=mark, frm=q['cursor'], compare=True, G=p.G)
    if q['comparing'] and need == INF: p.need[kid.id] = p.lsn
    if q['acked'] <= mark:
        p.again, p.below, p.under = set(), set(), set()
        for item in q['out']:
            if all(c[1] <= mark for c in item.cells): continue
            merge(p, item, kid.id, max(mark, p.ahead_of(kid.id, item.row)), q['top'], q['whole'], 0)
        if fresh:
            for item in q['mends']: merge(p, as_never_heard(p, item), kid.id, 0, q['top'], q['whole'], 0); p.w.count['mended'] += 1
        p.mark[kid.id] = mark = max(mark, q['top']); p.forget_ahead(kid.id, mark)
        if q['complete'] and not q['comparing']: p.floor[kid.id] = max(p.floor.get(kid.id, 0), q['low'])
        for r in sorted(p.again | p.below | p.under):
            if r in p.below: p.write(r, [('X', 'here')] + [(c, p.cells[r][c].e.value) for c in 'ab' if c in p.cells[r]], 'engine'); p.moved(r)
            elif r in p.again and not p.here(r): p.write(r, [('X', 'here')], 'engine')
            elif not p.here(r): p.write(r, [('X', 'gone')], 'engine')
        p.sweep()
    out, top, complete = read(p, kid.id, q['cursor'], limit)
    held = [tell(p, *r) for r in q['ask']] if complete else []
    looked = {r: Item('whole', 0, r, [(c.e, c.lsn, 0, False) for c in sorted(p.cells[r].values(), key=lambda c: c.lsn)]) if p.holds(r) and r not in p.leaving else None for r in q['wanted']} if complete else {}
    return dict(mark=mark, frm=q['cursor'], top=top, out=out, complete=complete, whole=p.lsn, compare=False, held=held, looked=looked, number=q['number'], G=p.G)

def as_never_heard(n, item):
    same = lambda e: n.holds(item.row) and e.col in n.cells[item.row] and n.cells[item.row][e.col].e.id == e.id
    return Item(item.kind, item.place, item.row, [(e, lsn, ctx, same(e)) for e, lsn, ctx, _ in item.cells])
def finish(n, a):
    if a['compare']:
        if a['frm'] >= n.cursor and not n.comparing: start_comparing(n)
        learn_G(n, a)
        return
    if a['mark'] < n.acked and any(i.kind == 'arrival' or i.kind == 'whole' and (not n.holds(i.row) or i.row in n.leaving) for i in a['out']): return      # as if it were lost: it lacks what of ours went since
    n.acked = max(n.acked, a['mark'])
    learn_G(n, a)
    if a['frm'] <= n.cursor and a['top'] > n.cursor:
        before = n.cursor
        for item in a['out']:
            r = item.row
            if item.kind == 'away':
                if n.holds(r) and r not in n.leaving: leave(n, r, max(item.place - 1, before, n.ahead_of('up', r)), False)
            else:
                if item.kind != 'arrival' and all(c[1] <= before for c in item.cells): continue
                back = r in n.leaving and (item.kind == 'arrival' or n.leaving[r][2] and item.kind == 'whole' and any(c[0].col == 'X' and c[1] > n.leaving[r][0] for c in item.cells))
                merge(n, item, 'up', n.heard_up(r), a['top'], a['whole'], a['mark'])
                if back: del n.leaving[r]; n.moved(r); n.read_ahead('up', r, a['whole'], True)
            n.steps.append((n.lsn, max(item.place, before)))
        n.cursor = a['top']
    if a['complete'] and a['top'] == n.cursor: n.settled = max(n.settled, a['mark'])
    if n.comparing and a['complete'] and a['top'] == n.cursor and a['number'] == n.asked: narrow(n, a)
    if a['frm'] <= n.cursor:
        n.steps.append((n.lsn, n.cursor)); n.steps.sort()
        i = bisect.bisect_right(n.steps, (min(n.least(), n.lsn), INF)) - 1
        if i > 0: n.steps = n.steps[i:]
        n.forget_ahead('up', n.steps[0][1])
    n.sweep()

def leave(n, r, cap, compared): n.moved(r); n.leaving[r] = (cap, n.lsn, compared)
def learn_G(n, a):                                # at once: what is made while it compares must stand above what it has yet to miss
    if n.comparing and a['G'] > n.G: n.lsn += 1; n.G, n.heard_G = a['G'], n.lsn
def start_comparing(n): n.comparing = True; n.ranges = [(0, LAST)]; n.differs = {}; n.asked = 0
def narrow(n, a):
    n.asked = 0
    for kind, lo, hi, parts in a['held']:
        n.ranges.remove((lo, hi)); n.w.count['questions'] += 1
        if kind == 'parts': n.ranges += [(l, h) for l, h, rows in parts if rows_in(n, l, h) != rows]; continue
        ours = dict(rows_in(n, lo, hi)); theirs = dict(parts)
        for r in set(ours) | set(theirs):
            if ours.get(r) != theirs.get(r) and r not in n.leaving and (r not in theirs or not unsent(n, r, a['mark'])): n.differs[r] = r in theirs
    for r, item in a['looked'].items():
        if r not in n.differs or not item and n.holds(r) and unsent(n, r, a['mark']): continue     # its edit goes up whole first
        del n.differs[r]
        if r in n.leaving: continue
        if item: merge(n, as_never_heard(n, item), 'up', 0, n.cursor, a['whole'], a['mark']); n.w.count['mended down'] += 1
        elif n.holds(r) and not n.gone(r): leave(n, r, n.cursor, True)
    n.ranges.sort()
    if not n.ranges and not n.differs:
        n.comparing = False; n.compared = a['top']; n.w.count['compared'] += 1

# ---- a run

def run(seed, count):
    random.seed(seed)
    w = World(); w.count = count; root = Node(w, 'r', None); nodes = [root]
    for i in range(random.randint(1, 7)): nodes.append(Node(w, f'n{i}', random.choice(nodes)))
    rows, sticks = list(range(random.randint(1, 4))), []
    deaf = random.choice([0, .05, .15]); often = random.choice([.15, .3, .5])
    def act(n):
        r = random.choice(rows)
        if n.here(r):
            if random.random() < often: n.write(r, [('X', 'gone')])
            else: n.write(r, [(random.choice('ab'), w.now)])
        elif not n.holds(r) and random.random() < (.5 if n is root else .1) and (n is root or any(e.row == r for e in w.events)) \
                or n.holds(r) and 'X' in n.cells[r] and random.random() < .1: n.write(r, [('X', 'here'), ('a', w.now), ('b', w.now)])
    def talk(n, lim):
        finish(n, serve(n.parent, n, request(n, lim), lim))
    for t in range(random.randint(30, 200)):
        w.now = t; n = random.choice(nodes)
        if random.random() < deaf and n.kids: n.need[random.choice(n.kids).id] = INF; count['lapsed'] += 1; n.sweep()
        elif random.random() < .4: act(n)
        elif n.parent:
            lim = random.choice([1, 1, 2, 3, 1000]); q = request(n, lim)
            if random.random() < .3: sticks.append(('up', n, q, lim))
            if random.random() < .3: act(n)
            if random.random() < .8:
                a = serve(n.parent, n, q, lim)
                if random.random() < .3: sticks.append(('down', n, a, lim))
                if random.random() < .3: act(n)
                if random.random() < .8: finish(n, a)
        if sticks and random.random() < .25:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up':
                a = serve(m.parent, m, x, lim)
                if random.random() < .5: finish(m, a)
                else: sticks.append(('down', m, a, lim))
            else: finish(m, x)
    for k in range(90):
        w.now = 300 + k
        for n in reversed(nodes):
            if n.parent and k == 20 and [look(n, r) for r in rows] != [look(n.parent, r) for r in rows]: start_comparing(n); count['repairs'] += 1
            if n.parent: talk(n, random.choice([1, 2, 10**6]) if k < 8 else 10**6)
    return judge(w, nodes, rows)

def look(n, r): return {c: x.e.id for c, x in n.cells[r].items()} if n.here(r) else None
def judge(w, nodes, rows):
    root, events, wrong = nodes[0], w.events, []
    view = lambda n: {r: look(n, r) for r in rows if n.here(r)}
    want = view(root)
    for n in nodes:
        if view(n) != want: wrong.append((n.id, view(n), want))
        rest = [r for r in n.cells if n.holds(r) and not n.here(r)]
        if rest or n.leaving or n.moves or n.need or n.comparing: wrong.append((n.id, 'left over', rest, n.leaving, n.moves, n.need, n.comparing))
    for r in want:
        if len(want[r]) < 3: wrong.append(('partial', r))
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {x for c in conflicts for x in c}
    live = {i for r in want.values() for i in r.values()}; of = defaultdict(list)
    for e in events: of[e.row].append(e)
    lost = [e.id for e in events if e.col != 'X' and e.id not in live and e.id not in kept
            and not any(e.id in o.seen for o in of[e.row] if o.col == e.col or o.value == 'gone')]
    risen = [(r, d.id) for r in want for d in of[r] if d.value == 'gone' and want[r]['X'] in d.seen]
    apart = lambda a, b: a.id not in b.seen and b.id not in a.seen
    false = [c for c in conflicts if (not any(d.value == 'gone' and apart(events[c[0]], d) for d in of[events[c[0]].row]) if c[1] == 'purged' else not apart(events[c[0]], events[c[1]]))]
    return wrong, lost, risen, false, len(conflicts)

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); d = l = u = f = k = shown = 0; count = defaultdict(int)
    for s in range(a, b):
        wrong, lost, risen, false, n = run(s, count); d += bool(wrong); l += bool(lost); u += bool(risen); f += len(false); k += n
        if (wrong or lost or risen) and shown < 5: shown += 1; print('seed', s, 'wrong', wrong[:2], 'lost', lost, 'risen', risen, 'false', false)
    print(f'{b-a} seeds, {dict(count)}, {k} conflicts; unequal or left over {d}, lost {l}, risen {u}, false conflicts {f}')
