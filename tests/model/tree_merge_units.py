# A model of the engine's merge, kept with the tests. Its source is the design's text, not the engine's code: where the two differ, judge by the design.
"""The model of tree_merge_rows.py with scope: a row has a unit (column u), a node holds the rows of its unit's subtree, rows move, units move.
A node may move a row between any two units of its own subtree. A row with an owner (a product's organization) has its owner's unit. Units are
rows too (their u is their parent), written by the root only; those without an office at or below them are added and moved about.
Messages are cut anywhere; one that says that a row exists carries the whole row, so cells run ahead of the cursor.
Rules added to those of tree_merge_rows.py:
 1 move     Whenever a row's unit changes in a node's log, the node remembers a *move* (row, old unit) at a place of its own in the log, the
            latest place for each old unit. When a unit comes under another parent, all rows of it, and rows that just left it, move, with the
            former parent in place of the old unit.
 2 reading  A reader below is told, at the first thing of a row above its cursor, if a move of the row above its cursor says so: "away", and
            nothing else of the row, if it held the old unit and does not hold the row now; the whole row, whatever it has heard, if it holds
            the row now and did not hold the old unit. Never less: a thing passed over in silence would pass for seen.
 3 leaving  A row heard to be away stays as it stands; as regards it the cursor stops where "away" was said, or where the reader was, or where
            the row was whole, whichever is most (its cap: for ctx, its translation, and what counts as heard). Children are told "away" in turn.
            It is dropped, without a tombstone, when nothing of it is unacknowledged and every child that held it has a floor above the last
            of its moves; a row that one that stays refers to stays, and so does a unit while a row or a move names it. The whole row coming
            again ends the leaving (a move from nowhere, so that children hear of it).
 4 floor    A request never promises a floor above a cap. So moves may be forgotten below every floor, and a relay still holds the row while
            anybody below it may have something to say of it.
 5 scope    A parent takes a row from a child that may not know better: one that held the old unit of a move of the row, or of its unit.
            If that child is not to hold it now and would not be told, that too is a move.
 6 owner    A row from below whose owner is of another unit follows it: the parent writes its unit anew. A node whose parent's rows do not
            fit its own waits: its parent will find the pair.
 7 ahead    The reader remembers (row, own place, sender's place as of which it was whole) until its cursor passes. Whole again and nothing
            new: own place stays, for whoever had read that far had seen it all.
 8 late     An answer that gives a row again, made before the parent had heard what we know it has heard, is dropped: of a row that went
            since, it would lack our own last edits, which nobody tells us again.
 9 unheard  Something heard before says nothing unless it is in a whole row, where it fills what is missing; a message of which all was heard
            says nothing at all (or a late stick would bring back what was dropped).
Oracle: each node shows exactly the rows and units of its subtree, as the root has them; nothing is leaving, no move is left; every edit is
live, seen by a later write of its column or a delete, or kept in a conflict; conflicts only between writes that had not seen each other."""
import random, sys, bisect
from collections import defaultdict

INF = 1 << 60
class Event: __slots__ = ('id', 'row', 'col', 'value', 'version', 'seen', 'by')
class Cell:
    __slots__ = ('e', 'lsn', 'via', 'vlsn', 'ctx')
    def __init__(s, e, lsn, via, vlsn, ctx): s.e, s.lsn, s.via, s.vlsn, s.ctx = e, lsn, via, vlsn, ctx
class Item:                                       # of a message: cells are (event, sender's lsn, ctx, echo)
    def __init__(s, kind, place, row, unit, cells): s.kind, s.place, s.row, s.unit, s.cells = kind, place, row, unit, cells

class World:
    def __init__(s): s.events, s.owner, s.owned, s.made, s.now, s.refused = [], {}, defaultdict(list), set(), 0, 0

class Node:
    def __init__(s, w, nid, parent):
        s.w, s.id, s.parent, s.kids = w, nid, parent, []
        s.lsn = 0; s.cells = defaultdict(dict)    # row -> column -> Cell
        s.cursor = s.acked = 0; s.mark = {}; s.floor = {}; s.steps = [(0, 0)]
        s.ahead = {}                              # (peer, row) -> (theirs, mine): whole as of theirs, from our place mine on
        s.moves = {}                              # (row, old unit) -> lsn; old unit None: from outside
        s.hint = {}                               # row -> its unit, while no cell says so
        s.leaving = {}                            # row -> (cap, our lsn when told)
        s.known = defaultdict(set); s.conflicts = set(); s.skew = random.choice([0, 0, 0, -10**6, 10**6])
        if parent: parent.kids.append(s)
    # ---- reading state
    def path(s, unit):                            # the unit and those above it, by what this node knows; half a message may make a circle
        found = []
        while unit is not None and unit not in found:
            found.append(unit); c = s.cells[unit].get('u') if unit in s.cells else None
            unit = c.e.value if c else None
        return found
    def within(s, unit, above): return above in s.path(unit)
    def inside(s, unit): return [r for r in list(s.cells) if isinstance(unit, str) and r != unit and s.cells[r] and s.within(s.unit(r), unit)]
    def stays(s, unit): return not any(u in s.leaving for u in s.path(unit))
    def told_away(s, unit, kid):                  # the unit, or one above it, has left the child's subtree, which the child may not know
        return any(x in s.path(unit) and s.within(o, kid) for x, o in s.moves)
    def unit(s, r):
        if isinstance(r, str): return r           # a unit is its own; its u is its parent
        u = s.cells[r].get('u') if r in s.cells else None; return u.e.value if u else s.hint.get(r)
    def here(s, r): x = s.cells[r].get('X') if r in s.cells else None; return x is not None and x.e.value == 'here'
    def holds(s, r): return bool(s.cells.get(r))
    def ahead_of(s, peer, r): return s.ahead.get((peer, r), (0, 0))[0]
    def heard_up(s, r):                           # how far we have read our parent's log, as regards this row
        return s.leaving[r][0] if r in s.leaving else max(s.cursor, s.ahead_of('up', r))
    def to_parent(s, x, r):
        if not s.parent: return 0
        y = s.steps[bisect.bisect_right(s.steps, (x, INF)) - 1][1] if s.steps[0][0] <= x else 0
        theirs, mine = s.ahead.get(('up', r), (0, 0))
        if mine <= x: y = max(y, theirs)
        y = max([y] + [c.vlsn for c in s.cells[r].values() if c.via == 'up' and c.lsn <= x])
        return min(y, s.leaving[r][0]) if r in s.leaving else y
    # ---- writing state
    def put(s, e, via, vlsn, ctx):
        was = None if not s.holds(e.row) else s.unit(e.row) if not isinstance(e.row, str) else s.cells[e.row]['u'].e.value if 'u' in s.cells[e.row] else None
        if e.col == 'u' and isinstance(e.row, str) and was != e.value: s.put_unit(e, was, via, vlsn, ctx); return
        if e.col == 'u' and was not in (None, e.value): s.moved(e.row, was)   # before the entry: a step stands at the last
        s.lsn += 1; s.cells[e.row][e.col] = Cell(e, s.lsn, via, vlsn, ctx)
    def put_unit(s, e, was, via, vlsn, ctx):      # new, or under another parent: all that is in it moves
        s.lsn += 1; s.cells[e.row]['u'] = Cell(e, s.lsn, via, vlsn, ctx)
        left = {r for (r, old) in s.moves if old is not None and s.within(old, e.row)}      # and what had just left it
        for r in [e.row] * (was is not None) + sorted(set(s.inside(e.row)) | left - {e.row}, key=str): s.moved(r, was)
    def read_ahead(s, peer, r, theirs, won):
        if s.ahead_of(peer, r) >= theirs: return
        before = s.ahead.get((peer, r))
        s.ahead[peer, r] = (theirs, s.lsn if won or not before else before[1])      # nothing new: whoever had read us so far had seen it
    def forget_ahead(s, peer, upto): s.ahead = {k: v for k, v in s.ahead.items() if k[0] != peer or v[0] > upto}
    def moved(s, r, old):
        s.lsn += 1; s.moves[r, old] = s.lsn
        if old is not None and not s.stays(old): s.moves[r, None] = s.lsn      # some below were told that the old unit is away
    def write(s, r, writes, by='person'):
        gen = max((c.e.version[0] for c in s.cells[r].values()), default=0) + 1
        seen = frozenset(s.known[r])
        for col, value in writes:
            e = Event(); e.id, e.row, e.col, e.value, e.by = len(s.w.events), r, col, value, by
            e.version = (gen, s.w.now + s.skew, s.id); e.seen = seen; s.w.events.append(e); s.known[r].add(e.id)
            s.put(e, 'local', 0, s.heard_up(r))
    def move(s, r, unit, by='person'):
        s.write(r, [('u', unit)], by)
        for x in s.w.owned[r]:
            if s.here(x): s.move(x, unit, by)
    def learn(s, e): s.known[e.row] |= e.seen; s.known[e.row].add(e.id)
    def conflict(s, a, b): s.conflicts.add(tuple(sorted((a.id, b.id))))
    # ---- what the row's going needs
    def lowest(s):                                # no entry to come from here has a smaller ctx
        low = s.steps[0][1] if s.kids else s.cursor
        return min([low, s.cursor] + [cap for cap, _ in s.leaving.values()])
    def sweep(s):
        w = s.w
        going = set()
        for r, (cap, m) in s.leaving.items():
            if any(c.via != 'up' and c.lsn > s.acked for c in s.cells[r].values()): continue
            olds = [old for (x, old) in s.moves if x == r] + [s.unit(r)]
            m = max([m] + [lsn for (x, _), lsn in s.moves.items() if x == r])
            if any(s.floor.get(k.id, 0) < m for k in s.kids if any(s.within(o, k.id) for o in olds)): continue
            going.add(r)
        while True:                               # a row that one that stays refers to stays
            stay = {r for r in going if any(s.here(x) and x not in going for x in w.owned[r])}
            kept = {u for r in s.cells if s.cells[r] and r not in going for u in (s.unit(r), s.cells[r]['u'].e.value if isinstance(r, str) and 'u' in s.cells[r] else None)}
            kept |= {old for (r, old) in s.moves if r not in going}
            stay |= {r for r in going if r in kept}
            if not stay: break
            going -= stay
        for r in going:
            del s.cells[r], s.leaving[r]; s.hint.pop(r, None)
            for key in [k for k in s.ahead if k[1] == r]: del s.ahead[key]
        for (r, old), lsn in list(s.moves.items()):
            if r in s.leaving: continue
            if all(s.floor.get(k.id, 0) >= lsn for k in s.kids if s.within(old, k.id) or s.within(s.unit(r), k.id)): del s.moves[r, old]

def clash(e, f): return {e.value if e.col == 'X' else 'edit', f.value if f.col == 'X' else 'edit'} == {'gone', 'edit'}

def read(n, peer, frm, limit):
    """What `peer` ('up' or a child's id) has not read: items, top, complete."""
    w = n.w
    things = [(c.lsn, r, c) for r, row in n.cells.items() for c in row.values() if c.lsn > frm and c.via != peer]
    if peer != 'up': things += [(lsn, r, None) for (r, _), lsn in n.moves.items() if lsn > frm]
    out, told, top = [], set(), frm
    def cell(c): return (c.e, c.lsn, (0 if c.via == 'up' else c.ctx) if peer == 'up' else n.ahead_of(peer, c.e.row), c.via == peer)
    for lsn, r, c in sorted(things, key=lambda t: t[0]):
        if r in told: continue
        if peer == 'up':
            kind = 'whole' if c.e.col == 'X' else 'cell'
        else:
            now = n.holds(r) and r not in n.leaving and n.stays(n.unit(r)) and n.within(n.unit(r), peer)
            olds = [old for (x, old), l in n.moves.items() if x == r and l > frm]
            if now: kind = 'arrival' if any(not n.within(o, peer) for o in olds) else None if c is None else 'whole' if c.e.col == 'X' else 'cell'
            else: kind = 'away' if any(n.within(o, peer) for o in olds) else None
        if kind is None: continue
        if len(out) >= limit: return out, top, False
        if kind != 'cell': told.add(r)
        cells = [] if kind == 'away' else [cell(c)] if kind == 'cell' else [cell(x) for x in sorted(n.cells[r].values(), key=lambda x: x.lsn)]
        out.append(Item(kind, lsn, r, n.unit(r), cells)); top = lsn
    return out, n.lsn, True

def request(n, limit):
    out, top, complete = read(n, 'up', n.acked, limit)
    return dict(acked=n.acked, top=top, out=out, complete=complete, cursor=n.cursor, low=n.lowest(), whole=n.lsn)

def merge(n, item, peer, heard, top, whole, mark):
    """One item into n; peer 'up' or a child's id. Returns whether anything won."""
    r = item.row; won = False
    if not n.holds(r): n.hint[r] = item.unit
    for e, lsn, ctx, echo in item.cells:
        if peer == 'up': unseen = lambda c: c.via != 'up' and c.lsn > max(mark, ctx)
        else: unseen = lambda c: c.lsn > ctx and c.via != peer
        cur = n.cells[r].get(e.col)
        if echo or lsn <= heard:
            if cur is None: n.put(e, peer, lsn, n.to_parent(ctx, r) if peer != 'up' else 0); n.learn(e); won = True
            continue
        n.learn(e)
        if peer != 'up':
            for c in n.cells[r].values():
                if unseen(c) and c.e.id != e.id and clash(e, c.e): n.conflict(e, c.e); n.again.add(r)
        if cur and cur.e.id == e.id: continue
        if cur and unseen(cur) and not (e.col == 'X' and e.value == cur.e.value) and not (e.col == 'u' and e.value == cur.e.value): n.conflict(cur.e, e)
        if not cur or e.version > cur.e.version: n.put(e, peer, lsn, n.to_parent(ctx, r) if peer != 'up' else 0); won = True
    if item.kind in ('whole', 'arrival') and max(c[1] for c in item.cells) > top: n.read_ahead(peer, r, whole, won)
    return won

def serve(p, kid, q, limit):
    w, mark = p.w, p.mark.get(kid.id, 0)
    if q['acked'] <= mark:
        p.again = set(); touched = set()
        for item in q['out']:
            heard = max(mark, p.ahead_of(kid.id, item.row))
            if all(c[1] <= mark for c in item.cells): continue
            r = item.row
            if not (p.within(item.unit, kid.id) or p.told_away(item.unit, kid.id)) or p.holds(r) and not p.within(p.unit(r), kid.id) \
                    and not p.told_away(p.unit(r), kid.id) and not any(x == r and p.within(o, kid.id) for x, o in p.moves):
                w.refused += 1; w.last_refused = (p.id, kid.id, r, item.kind, item.unit, w.now); continue
            merge(p, item, kid.id, heard, q['top'], q['whole'], 0); touched.add(r)
            if not (p.stays(p.unit(r)) and p.within(p.unit(r), kid.id)) and not any(x == r and p.within(o, kid.id) for x, o in p.moves): p.moved(r, kid.id)
        p.mark[kid.id] = mark = max(mark, q['top'])
        p.forget_ahead(kid.id, mark)
        if q['complete']: p.floor[kid.id] = max(p.floor.get(kid.id, 0), q['low'])
        for r in sorted(p.again):
            if not p.here(r): p.write(r, [('X', 'here')], 'engine'); touched.add(r)
        follow(p, touched)
        p.sweep()
    out, top, complete = read(p, kid.id, q['cursor'], limit)
    return dict(mark=p.mark.get(kid.id, 0), frm=q['cursor'], top=top, out=out, complete=complete, whole=p.lsn)

def follow(p, touched):
    todo = sorted(touched)
    while todo:
        r = todo.pop(); o = p.w.owner.get(r)
        if o is not None and p.here(r) and p.here(o) and p.unit(o) != p.unit(r): p.write(r, [('u', p.unit(o))], 'engine')
        for x in p.w.owned[r]:
            if p.here(x) and p.here(r) and p.unit(x) != p.unit(r): todo.append(x)

def finish(n, a):
    if a['mark'] < n.acked and any(i.kind == 'arrival' for i in a['out']): return      # as if it were lost: it lacks what of ours went since
    n.acked = max(n.acked, a['mark'])
    if a['frm'] <= n.cursor and a['top'] > n.cursor:
        before = n.cursor
        for item in a['out']:
            r = item.row
            if item.kind == 'away':
                if n.holds(r) and r not in n.leaving:
                    cap = max(item.place - 1, before, n.ahead_of('up', r))
                    for x in n.inside(r): n.moved(x, n.unit(x))
                    n.moved(r, n.unit(r)); n.leaving[r] = (cap, n.lsn)
            else:
                if item.kind != 'arrival' and all(c[1] <= before for c in item.cells): continue
                start = n.lsn
                back = r in n.leaving and item.kind == 'arrival'      # else it was said before "away" was
                won = merge(n, item, 'up', n.heard_up(r), a['top'], a['whole'], a['mark'])
                if back:
                    del n.leaving[r]
                    for x in [r] + n.inside(r): n.moved(x, None)
                    n.read_ahead('up', r, a['whole'], True)
            n.steps.append((n.lsn, max(item.place, before)))
        n.cursor = a['top']
    if a['frm'] <= n.cursor:
        n.steps.append((n.lsn, n.cursor)); n.steps.sort()
        low = min([n.floor.get(k.id, 0) for k in n.kids], default=n.lsn)
        i = bisect.bisect_right(n.steps, (low, INF)) - 1
        if i > 0: n.steps = n.steps[i:]
        least = n.steps[0][1]
        n.forget_ahead('up', least)
    n.sweep()

# ---- a run

def run(seed, stats=None):
    random.seed(seed)
    w = World(); root = Node(w, 'r', None); nodes = [root]
    for i in range(random.randint(2, 6)): nodes.append(Node(w, f'n{i}', random.choice(nodes)))
    def talk(lim=10**6):
        for n in reversed(nodes):
            if n.parent: finish(n, serve(n.parent, n, request(n, lim), lim))
    def new_unit(u, above): root.write(u, [('X', 'here'), ('u', above)]); units.append(u)
    units = []; offices = {n.id for n in nodes}
    for n in nodes: new_unit(n.id, n.parent.id if n.parent else None)
    for i in range(random.randint(1, 4)): new_unit(f'x{i}', random.choice(units))      # units without an office
    for _ in range(8): talk()
    rows = list(range(random.randint(1, 5))); trees = random.random() < .6
    for r in rows:
        if r and random.random() < .5: w.owner[r] = random.choice(rows[:r]); w.owned[w.owner[r]].append(r)
    moves = 0; sticks = []
    def change_tree():
        if random.random() < .3: new_unit(f'x{len(units)}', random.choice(units)); return
        free = [u for u in units if u not in offices and not any(root.within(o, u) for o in offices)]
        u = random.choice(free); to = [v for v in units if not root.within(v, u) and v != root.cells[u]['u'].e.value]
        if to: root.write(u, [('u', random.choice(to))])
    def act(n):
        nonlocal moves
        if n is root and trees and random.random() < .2: change_tree(); return
        mine = [r for r in rows if n.here(r)]; below = [u for u in units if n.here(u) and n.within(u, n.id)]
        new = [r for r in rows if r not in w.made and (w.owner.get(r) is None or n.here(w.owner[r]))]
        if new and random.random() < .3:
            r = random.choice(new); w.made.add(r); o = w.owner.get(r)
            n.write(r, [('X', 'here'), ('u', n.unit(o) if o is not None else random.choice(below)), ('a', w.now), ('b', w.now)]); return
        if not mine: return
        r = random.choice(mine); x = random.random()
        if x < .12 and not w.owned[r]: n.write(r, [('X', 'gone')])
        elif x < .45 and w.owner.get(r) is None and len(below) > 1 and n.within(n.unit(r), n.id):
            n.move(r, random.choice([u for u in below if u != n.unit(r)])); moves += 1
        else: n.write(r, [(random.choice('ab'), w.now)])
    for t in range(random.randint(30, 160)):
        w.now = t; n = random.choice(nodes)
        if random.random() < .4: act(n)
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
    for k in range(24):
        w.now = 200 + k
        lim = random.choice([1, 2, 10**6]) if k < 8 else 10**6
        talk(lim)
    return judge(w, nodes, rows) + (moves,)

def judge(w, nodes, rows):
    root, events = nodes[0], w.events
    wrong = []
    for n in nodes:
        want = {r: {c: x.e.id for c, x in root.cells[r].items() if c != 'X'} for r in rows if root.here(r) and root.within(root.unit(r), n.id)}
        got = {r: {c: x.e.id for c, x in n.cells[r].items() if c != 'X'} for r in rows if n.here(r)}
        if want != got: wrong.append((n.id, want, got))
        known = {u for u in n.cells if isinstance(u, str) and n.cells[u]}; due = {u for u in root.cells if isinstance(u, str) and root.within(u, n.id)}
        if known != due: wrong.append((n.id, 'units', sorted(known ^ due)))
        if n.leaving: wrong.append((n.id, 'leaving', n.leaving))
        if n.moves: wrong.append((n.id, 'moves', n.moves))
        for r in n.cells:
            if n.cells[r] and not root.within(n.unit(r), n.id): wrong.append((n.id, 'out of scope', r))
    for r in rows:
        if root.holds(r) and len(root.cells[r]) < 4: wrong.append(('r', 'partial', r))
        o = w.owner.get(r)
        if o is not None and root.here(r) and root.here(o) and root.unit(r) != root.unit(o): wrong.append(('r', 'owner', r))
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {x for c in conflicts for x in c}
    live = {x.e.id for r in rows if root.here(r) for x in root.cells[r].values()}
    later = defaultdict(list)
    for e in events: later[e.row].append(e)
    twin = lambda e: e.col == 'u' and any(o.col == 'u' and o is not e and o.value == e.value and e.id not in o.seen and o.id not in e.seen for o in later[e.row])
    lost = [e.id for e in events if e.col != 'X' and not isinstance(e.row, str) and e.id not in live and e.id not in kept and e.by == 'person'
            and not any(e.id in o.seen for o in later[e.row] if o.col == e.col or o.value == 'gone')
            and not twin(e)]
    unfair = [r for r in rows if 'X' in root.cells.get(r, ()) and not root.here(r) for d in [root.cells[r]['X'].e] if d
              if any(e.col != 'X' and e.by == 'person' and e.id not in d.seen and d.id not in e.seen and e.id not in kept and not twin(e)
                     and not any(e.id in o.seen and o.col in (e.col, 'X') for o in later[r]) for e in later[r])]
    false = [c for c in conflicts if c[0] in events[c[1]].seen or c[1] in events[c[0]].seen]
    return wrong, lost, unfair, false, w.refused, len(conflicts)

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); d = l = u = f = ref = k = m = shown = 0
    for s in range(a, b):
        wrong, lost, unfair, false, refused, n, mv = run(s)
        d += bool(wrong); l += bool(lost); u += bool(unfair); f += len(false); ref += bool(refused); k += n; m += mv
        if (wrong or lost or unfair or refused) and shown < 5: shown += 1; print('seed', s, 'wrong', wrong[:2], 'lost', lost, 'unfair', unfair, 'false', false, 'refused', refused)
    print(f'{b-a} seeds, {m} moves, {k} conflicts; not in scope or unequal {d}, lost {l}, deleted unfairly {u}, refused {ref}, false conflicts {f}')
