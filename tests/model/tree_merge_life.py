"""Rows, restores and clones together, with detection: nobody tells a node that it was put back; it is found out.

Beyond tree_merge_rows.py (rows with existence, deletes against edits) and tree_merge_restore.py (lines of incarnations):
 - a restore is noticed at once by the witness file (then the fork is exact), or the witness was put back too and only the session token finds it, at
   the next exchange with some neighbour; until then the node writes on, giving places out a second time;
 - a token is (count, nonce), given with each answer to a fresh request, one count a child. A request shows the token of the last answer, its own number, and the
   numbers of the requests since the last that was answered. The parent judges (judge() below); a number it knows is a late or repeated request, and is served;
 - the verdicts: the child was put back (it begins a new life, forked at what it knew to be acknowledged), the parent was (likewise, and serves on), or both;
 - an answer names the request that its mark comes from: a child that does not remember that request drops the answer (its places may have been given out twice);
 - where digests differ all the same (both ends of a link put back unseen, sticks between), the child begins a life that shares nothing with its former ones:
   everything is compared, nothing is dropped;
 - a clone is the same with both machines living on: marks, numbers and tokens are kept a life, so both are served.
 - a life's number is a count and chance: a node put back twice must not give one number to two lives that others may have met.
Oracle: all replicas show equal rows; every edit that survived anywhere is live, or seen by a later write of its column or deletion of its row, or in a conflict;
no row edited unaware of its deletion stays deleted without a conflict. After restores a conflict may be needless (counted, not bad)."""
import random, sys, bisect, copy

INF = 1 << 60
class Event: __slots__ = ('id', 'row', 'col', 'value', 'version', 'seen', 'by')

def fork(a, b):
    """(last place two lives of one node have in common, what it knew to be acknowledged where they part)."""
    common = sure = 0
    for x, y in zip(a, b):
        if x[0] != y[0]: break
        common, sure = min(x[1], y[1]), min(x[2], y[2])
        if x != y: break
    return common, sure
def parted(a, b):
    """The life of b's in which a's owner left it, None if it did not."""
    for x, y in zip(a, b):
        if x[0] != y[0]: return None
        if x != y: return y[0]
    return None
def former(a, b): return a != b and any(life[0] == a[-1][0] for life in b[:-1])      # a is a life that b came from

class Life:                                       # what a parent keeps of one life of a child
    def __init__(s): s.mark = 0; s.number = 0; s.token = (0, 0); s.known = []; s.cursor = 0
class Node:
    def __init__(s, nid, parent):
        s.id, s.parent, s.skew = nid, parent, random.choice([0, 0, 0, -10**6, 10**6])
        s.line = ((1, INF, INF, INF, None),); s.lsn = 0; s.cells = {}            # (row, col) -> (event, lsn, via, ctx); via: 'local' | ('up', their lsn) | (child, line, lsn)
        s.cursor = s.acked = 0; s.pline = None; s.steps = [(0, 0)]
        s.token = (0, 0); s.sent = {}                                 # numbers of our requests, in order -> answered, or one after it was
        s.lives = {}; s.counts = {}                                   # (child, line) -> Life; child -> last token's count
        s.common = {}                                                 # (child, a life, another) -> last place they have in common
        s.forks = {}                                                  # (life of ours, child, its line) -> mark and cursor when that life ended
        s.highest = {}                                                # child -> highest incarnation heard of
        s.known = set(); s.got = set(); s.conflicts = set(); s.witness = 1; s.last = None
    KEEP = ('line', 'lsn', 'cells', 'cursor', 'acked', 'pline', 'steps', 'token', 'sent', 'lives', 'counts', 'highest', 'forks', 'common', 'known', 'got', 'conflicts', 'last')
    def image(s):
        kept = {k: copy.copy(getattr(s, k)) for k in s.KEEP}; kept['lives'] = {k: copy.deepcopy(v) for k, v in s.lives.items()}; return kept
    def put_back(s, image):
        for k, v in image.items(): setattr(s, k, copy.copy(v))
        s.lives = {k: copy.deepcopy(v) for k, v in image['lives'].items()}
    def new_life(s, forked, at_least=0):
        n = (max([life[0] for life in s.line] + [s.witness, at_least]) // 65536 + 1) * 65536 + random.getrandbits(16); s.witness = n
        for (cid, line), l in s.lives.items(): s.forks[s.line[-1][0], cid, line] = (l.mark, l.cursor)
        s.line = s.line[:-1] + ((s.line[-1][0], forked, s.acked, s.cursor, s.pline[-1][0] if s.pline else None), (n, INF, INF, INF, None)); s.sent = {}; s.last = None
    def repair(s):                                # the digests differ: a life that shares nothing with those before it compares everything
        s.acked = s.cursor = 0; s.new_life(0); s.line = s.line[-1:]; COUNT['repairs'] += 1
    def row(s, r): return {c: s.cells[r, c] for c in 'Xab' if (r, c) in s.cells}
    def here(s, r): x = s.cells.get((r, 'X')); return x is not None and x[0].value == 'here'
    def put(s, e, via, ctx): s.lsn += 1; s.cells[e.row, e.col] = (e, s.lsn, via, ctx)
    def upctx(s, x): return s.steps[bisect.bisect_right(s.steps, (x, INF)) - 1][1]
    def write(s, r, writes, now, events, by='person'):
        gen = max((v[0].version[0] for v in s.row(r).values()), default=0) + 1; seen = frozenset(s.known)
        for col, value in writes:
            e = Event(); e.id, e.row, e.col, e.value, e.by = len(events), r, col, value, by
            e.version = (gen, now + s.skew, s.id, s.line[-1][0]); e.seen = seen; events.append(e)
            s.known.add(e.id); s.got.add(e.id); s.put(e, ('local',), s.cursor)
    def learn(s, e): s.known |= e.seen; s.known.add(e.id); s.got.add(e.id)
    def conflict(s, a, b):
        if a.id != b.id: s.conflicts.add(tuple(sorted((a.id, b.id))))
    def marks(s, cid, ended=None):                # of each of the child's lives: (line, mark, cursor), now or when a life of ours ended
        if ended is None: return [(k, l.mark, l.cursor) for (c, k), l in s.lives.items() if c == cid]
        return [(k, *v) for (i, c, k), v in s.forks.items() if c == cid and i == ended]
    def heard(s, cid, line, ended=None): return max((min(m, fork(k, line)[1]) for k, m, _ in s.marks(cid, ended)), default=0)
    def served(s, cid, line, ended, pline):
        """How far that life had read ours when it ended; a life we never heard of had read what its forebear had, up to where they part."""
        for k, _, c in s.marks(cid, ended):
            if k == line: return c
        if len(line) < 2 or line[-2][4] != pline: return 0
        before = line[:-2] + ((line[-2][0], INF, INF, INF, None),)
        return min(line[-2][3], s.served(cid, before, ended, pline))

def clash(e, f): return {e.value if e.col == 'X' else 'edit', f.value if f.col == 'X' else 'edit'} == {'gone', 'edit'}
def shared(p, cid, a, b): return INF if a == b else p.common.get((cid, a, b), p.common.get((cid, b, a), 0))
def mine(p, v, cid, line): return v[2][0] == cid and v[2][2] <= shared(p, cid, v[2][1], line)
def meet_life(p, cid, line, ended):
    """A life not heard before: it inherits what its forebears had said, as far as both sides remember the same."""
    life = Life(); life.mark = p.heard(cid, line, ended)
    told = {k: m for k, m, _ in p.marks(cid, ended)}
    for c, k in list(p.lives):
        if c == cid: p.common[cid, k, line] = min(fork(k, line)[0], INF if ended is None else told.get(k, 0))
    p.lives[cid, line] = life
    return life

def request(n, limit):
    out = sorted((v for v in n.cells.values() if v[1] > n.acked and v[2][0] != 'up'), key=lambda v: v[1])[:limit]
    number = random.getrandbits(60); unanswered = [k for k, done in n.sent.items() if not done][-16:]
    n.sent[number] = False
    while len(n.sent) > 32: del n.sent[next(iter(n.sent))]
    return dict(line=n.line, acked=n.acked, top=out[-1][1] if len(out) == limit else n.lsn, out=out, cursor=n.cursor, pline=n.pline,
                number=number, unanswered=unanswered, token=n.token, conflicts=frozenset(n.conflicts), cid=n.id)

def judge(life, count, q, met):
    """(the request is known, the child must begin a new life, the parent must). met: the child knows our present life."""
    if life and q['number'] in life.known: return True, False, False
    if life and (q['token'] == life.token or life.number in q['unanswered']): return False, False, False
    return False, life is not None, met and (q['token'][0] > count or life is not None and q['token'][0] == count)

def serve(p, q, limit, now, events):
    cid, line = q['cid'], q['line']
    life = p.lives.get((cid, line)); p.highest[cid] = max(p.highest.get(cid, 0), line[-1][0])
    met = q['pline'] in (None, p.line)
    repeat, child_back, we_back = judge(life, p.counts.get(cid, 0), q, met)
    if we_back or not repeat and q['pline'] and q['pline'][-1][0] // 65536 > p.line[-1][0] // 65536:      # it has met a life that we have forgotten
        p.new_life(p.acked if p.parent else p.lsn, q['pline'][-1][0]); COUNT['parent found'] += 1; met = False
    ended = None if met else parted(q['pline'], p.line) or 0             # the life of ours that it met last, where that has ended
    base = dict(pline=p.line, met=q['pline'], line=line, number=q['number'], conflicts=frozenset(p.conflicts))
    if child_back: return dict(base, rewound=p.highest[cid])
    common = INF if met else min(fork(q['pline'], p.line)[0], p.served(cid, line, ended, q['pline'][-1][0]))
    base['common'] = common
    p.conflicts |= q['conflicts']; base['conflicts'] = frozenset(p.conflicts)
    if life is None: life = meet_life(p, cid, line, ended)
    mark = life.mark
    if q['acked'] <= mark:
        again = set()
        for e, lsn, via, ctx in q['out']:
            if lsn <= mark: continue
            ctx = min(ctx, common); p.learn(e)
            def same(cur):
                if cur[2][0] != cid: return False
                both = shared(p, cid, cur[2][1], line)
                return cur[2][2] <= both or lsn <= both < cur[2][2]
            unseen = lambda v: v[1] > ctx and not same(v)
            for f in p.row(e.row).values():
                if unseen(f) and clash(e, f[0]): p.conflict(e, f[0]); again.add(e.row)
            cur = p.cells.get((e.row, e.col))
            if cur and cur[0].id == e.id: continue
            if cur and unseen(cur): p.conflict(cur[0], e)
            if not cur or e.version > cur[0].version: p.put(e, (cid, line, lsn), p.upctx(ctx))
        if q['top'] > mark: life.number_of_mark = q['number']
        life.mark = max(mark, q['top'])
        for r in again:
            if not p.here(r): p.write(r, [('X', 'here')], now, events, 'engine')
    if not repeat:
        p.counts[cid] = p.counts.get(cid, 0) + 1; life.token = (p.counts[cid], random.getrandbits(60)); life.number = q['number']
        life.known = (life.known + q['unanswered'] + [q['number']])[-64:]
    elif q['number'] not in life.known: life.known.append(q['number'])
    cursor = min(q['cursor'], common)
    if q['pline'] in (None, p.line) and not repeat: life.cursor = max(life.cursor, cursor)
    out = sorted((v for v in p.cells.values() if v[1] > cursor and not mine(p, v, cid, line)), key=lambda v: v[1])[:limit]
    return dict(base, mark=life.mark, gap=q['acked'] > mark, of=life.number, frm=cursor, top=out[-1][1] if len(out) == limit else p.lsn, out=out,
                conflicts=frozenset(p.conflicts), token=life.token)

def meet_parent(n, pline, common, now, events):
    if n.pline is None: n.pline = pline
    if pline == n.pline: return False
    again = set()
    for c, (e, lsn, via, ctx) in list(n.cells.items()):
        if via[0] == 'up' and via[1] > common:
            x = n.cells.get((c[0], 'X'))          # a value younger than its row's deletion: what made the row again is lost
            if x and c[1] != 'X' and x[0].value == 'gone' and e.version[0] > x[0].version[0]: n.conflict(e, x[0]); again.add(c[0])
            for f in n.row(c[0]).values():         # what the lost life was to judge when it heard it
                if f[2][0] != 'up' and f[1] > n.acked and clash(e, f[0]): n.conflict(e, f[0]); again.add(c[0])
    for c, (e, lsn, via, ctx) in list(n.cells.items()):
        if via[0] == 'up' and via[1] > common: n.put(e, ('local',), common)
        elif via[0] != 'up': n.cells[c] = (e, lsn, via, min(ctx, common))
    n.cursor = min(n.cursor, common); n.steps = [(a, min(b, common)) for a, b in n.steps]; n.pline = pline
    for r in again:
        if not n.here(r): n.write(r, [('X', 'here')], now, events, 'engine')
    return True

def finish(n, a, now, events):
    if a['line'] != n.line or a['number'] not in n.sent: return                  # to a former life, or to a request we do not remember
    if n.pline is not None and former(a['pline'], n.pline): return               # of a former life of the parent
    if a['pline'] != n.pline and n.pline is not None and a['met'] != n.pline: return   # compares its life with one we have left since
    if 'rewound' in a:
        if n.sent[a['number']]: return
        n.new_life(n.acked if n.parent else n.lsn, a['rewound']); COUNT['child found'] += 1; return
    if a['of'] not in n.sent: return                                             # its mark is of a request we do not remember
    n.conflicts |= a['conflicts']
    met = meet_parent(n, a['pline'], a['common'], now, events)
    mark = a['mark']
    n.acked = mark if met or a['gap'] else max(n.acked, mark)
    for k in n.sent:                                                             # what was sent before an answer cannot explain a later gap
        n.sent[k] = True
        if k == a['number']: break
    if a['token'][0] > n.token[0] or met: n.token = a['token']
    if a['frm'] > n.cursor: return
    for e, lsn, via, _ in a['out']:
        if lsn <= n.cursor: continue
        n.learn(e); cur = n.cells.get((e.row, e.col))
        if cur and cur[0].id == e.id: continue
        if cur and cur[2][0] != 'up' and cur[1] > mark: n.conflict(cur[0], e)
        if not cur or e.version > cur[0].version: n.put(e, ('up', lsn), 0)
        n.steps.append((n.lsn, lsn))
    n.cursor = max(n.cursor, a['top']); n.steps.append((n.lsn, n.cursor))

COUNT = {}
def run(seed):
    random.seed(seed)
    for k in ('restores', 'unseen', 'clones', 'repairs', 'child found', 'parent found'): COUNT.setdefault(k, 0)
    nodes = [Node('r', None)]
    for i in range(random.randint(1, 7)): nodes.append(Node(f'n{i}', random.choice(nodes)))
    rows, events, sticks, images = list(range(random.randint(1, 3))), [], [], {}
    risky = random.choice([.02, .04, .1]); unseen = random.choice([0, .5, 1]); clones = random.choice([0, 0, .01])
    def act(n, t):
        r = random.choice(rows)
        if n.here(r):
            if random.random() < .2: n.write(r, [('X', 'gone')], t, events)
            else: n.write(r, [(random.choice('ab'), t)], t, events)
        elif not n.row(r) and n is nodes[0] or n.row(r) and random.random() < .1: n.write(r, [('X', 'here'), ('a', t), ('b', t)], t, events)
    def deliver(n, q, lim, t):
        return serve(n.parent, q, lim, t, events)
    for t in range(random.randint(20, 160)):
        n = random.choice(nodes); x = random.random()
        if x < .08: images.setdefault(n, []).append(n.image())
        elif x < .08 + risky and n in images:
            n.put_back(random.choice(images[n])); COUNT['restores'] += 1
            if random.random() < unseen: n.witness = n.line[-1][0]; COUNT['unseen'] += 1
            else: n.new_life(n.lsn)
        elif random.random() < clones and n.parent and len(nodes) < 10:
            twin = Node(n.id, n.parent); twin.put_back(n.image()); twin.witness = n.witness; nodes.append(twin); COUNT['clones'] += 1
        elif x < .5: act(n, t)
        elif n.parent:
            lim = random.choice([1, 2, 1000]); q = request(n, lim)
            if random.random() < .25: sticks.append(('up', n, q, lim))
            if random.random() < .3: act(n, t)
            if random.random() < .8:
                a = deliver(n, q, lim, t)
                if random.random() < .25: sticks.append(('down', n, a, lim))
                if random.random() < .8: finish(n, a, t, events)
        if sticks and random.random() < .2:
            kind, m, x, lim = s = random.choice(sticks)
            if random.random() < .6: sticks.remove(s)
            if kind == 'up': finish(m, deliver(m, x, lim, t), t, events)
            else: finish(m, x, t, events)
    vis = lambda n: {r: {c: v[0].id for c, v in n.row(r).items() if c != 'X'} for r in rows if n.here(r)}
    quiet = 0
    for k in range(80):
        for n in reversed(nodes):
            if n.parent: finish(n, deliver(n, request(n, 10**6), 10**6, 200 + k), 200 + k, events)
        if k in (20, 40):
            for n in nodes:
                if n.parent and vis(n) != vis(n.parent): n.repair()
        if all(vis(n) == vis(nodes[0]) for n in nodes): quiet = quiet or k
        else: quiet = 0
    converge = all(vis(n) == vis(nodes[0]) for n in nodes) and all({c: v[0].id for c, v in n.cells.items()} == {c: v[0].id for c, v in nodes[0].cells.items()} for n in nodes)
    conflicts = set().union(*(n.conflicts for n in nodes)); kept = {i for c in conflicts for i in c}
    known = set().union(*(n.got for n in nodes)); live = {i for r in vis(nodes[0]).values() for i in r.values()}
    sees = lambda o, e: e.id in o.seen
    alive = [o for o in events if o.id in known or o.id in kept]
    lost = [e.id for e in events if e.col != 'X' and 'X' in nodes[0].row(e.row)     # of a row whose making is lost everywhere nothing is shown
            and e.id in known and e.id not in live and e.id not in kept
            and not any(sees(o, e) for o in alive if o.row == e.row and (o.col == e.col or o.value == 'gone'))]
    unfair = [r for r in rows if 'X' in nodes[0].row(r) and not nodes[0].here(r) for d in [nodes[0].row(r)['X'][0]]
              if any(e.row == r and e.col != 'X' and e.by == 'person' and e.id in known and not sees(d, e) and not sees(e, d) and e.id not in kept
                     and not any(sees(o, e) and o.col in (e.col, 'X') and o.row == r for o in alive) for e in events)]
    false = [c for c in conflicts if sees(events[c[0]], events[c[1]]) or sees(events[c[1]], events[c[0]])]
    return converge, lost, unfair, false, len(conflicts), quiet

if __name__ == '__main__':
    a, b = int(sys.argv[1]), int(sys.argv[2]); d = l = u = f = k = shown = worst = 0
    for s in range(a, b):
        c, lost, unfair, false, n, quiet = run(s); d += not c; l += bool(lost); u += bool(unfair); f += len(false); k += n; worst = max(worst, quiet)
        if (not c or lost or unfair) and shown < 6: shown += 1; print('seed', s, 'converged', c, 'lost', lost, 'unfair', unfair)
    print(f'{b-a} seeds, {COUNT}, {k} conflicts of which {f} needless; diverged {d}, lost {l}, deleted unfairly {u}; quiet after {worst} rounds at most')
