#include "node/engine_tables.h"

namespace ocop {

std::string_view engine_tables_sql()
{
    return R"sql(
-- A row per journalled write, in order of writing, made by the capture triggers of whatever program wrote. `mask` has a bit per column
-- that changed, bit 0 for the row's existence. `last` holds the row's values, as SQL literals, where the write removed them.
CREATE TABLE _pending (
    seq INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, row TEXT NOT NULL, unit TEXT, old_unit TEXT,
    mask INTEGER NOT NULL, last TEXT);

-- The change log is the version index: an entry per (row, version, arrival). The masks of a row's entries never overlap, and an entry
-- left without bits goes; so the log is its own snapshot. row: 16 bytes for a UUID, text otherwise. unit, origin, via: references
-- into _unit, _origin and _neighbour (via 0: made here). via_lsn: the neighbour's own place of it. ctx: how far into the parent's log
-- its author had read (0 where it came from the parent).
CREATE TABLE _log (
    lsn INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, row NOT NULL, unit INTEGER NOT NULL, mask INTEGER NOT NULL, gone INTEGER NOT NULL,
    gen INTEGER NOT NULL, time INTEGER NOT NULL, origin INTEGER NOT NULL, via INTEGER NOT NULL, via_lsn INTEGER NOT NULL,
    ctx INTEGER NOT NULL);
CREATE INDEX _log_row ON _log (row, tbl);

CREATE TABLE _origin (ref INTEGER PRIMARY KEY, node BLOB NOT NULL, incarnation INTEGER NOT NULL, UNIQUE (node, incarnation));
CREATE TABLE _unit (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);

-- A row per node we exchange with. Ref 1 is the parent; the rest are children. mark: how far we have its log. cursor: how far it had
-- told us it had read ours. floor: no entry it has yet to send was written with a smaller ctx.
CREATE TABLE _neighbour (
    ref INTEGER PRIMARY KEY, node BLOB UNIQUE, incarnation INTEGER NOT NULL DEFAULT 0, unit TEXT, public_key BLOB, mark INTEGER NOT NULL DEFAULT 0,
    cursor INTEGER NOT NULL DEFAULT 0, floor INTEGER NOT NULL DEFAULT 0, token BLOB, number INTEGER NOT NULL DEFAULT 0,
    schema INTEGER NOT NULL DEFAULT 0, last_contact INTEGER NOT NULL DEFAULT 0, verified_at INTEGER NOT NULL DEFAULT 0,
    verified_equal INTEGER NOT NULL DEFAULT 0);
INSERT INTO _neighbour (ref) VALUES (1);

CREATE TABLE _invite (secret BLOB PRIMARY KEY, unit TEXT NOT NULL, made_at INTEGER NOT NULL, used_by BLOB);

-- Our place `mine` was reached with the parent's log read up to `parents`: translates a child's ctx into our parent's numbering.
CREATE TABLE _step (mine INTEGER PRIMARY KEY, parents INTEGER NOT NULL);
INSERT INTO _step VALUES (0, 0);

-- A row that arrived whole ahead of the cursor: after our place `mine` we hold it as it stood at the peer's place `theirs`.
CREATE TABLE _ahead (
    peer INTEGER NOT NULL, tbl INTEGER NOT NULL, row NOT NULL, theirs INTEGER NOT NULL, mine INTEGER NOT NULL,
    PRIMARY KEY (peer, tbl, row)) WITHOUT ROWID;

-- Rows of the log that their table does not show ('gone', 'parked'), with their values; and rows a table still shows although the log
-- says they are gone ('shown_as_gone').
CREATE TABLE _side (tbl INTEGER NOT NULL, row TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (tbl, row)) WITHOUT ROWID;
CREATE INDEX _side_waiting ON _side (reason) WHERE reason <> 'gone';
CREATE TABLE _side_cell (
    tbl INTEGER NOT NULL, row TEXT NOT NULL, bit INTEGER NOT NULL, part INTEGER NOT NULL, value,
    PRIMARY KEY (tbl, row, bit, part)) WITHOUT ROWID;

-- Values of the log that their row cannot show for now ('unique': another row has it; 'refused': a CHECK).
CREATE TABLE _displaced (
    tbl INTEGER NOT NULL, row TEXT NOT NULL, bit INTEGER NOT NULL, part INTEGER NOT NULL, value, reason TEXT NOT NULL,
    PRIMARY KEY (tbl, row, bit, part)) WITHOUT ROWID;

-- Rows that no message can carry, however few go with them. They stay here, named in status, and go whole once an edit makes them smaller.
CREATE TABLE _held (tbl INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (tbl, row)) WITHOUT ROWID;

-- Digests by table and unit, kept up to date entry by entry (node/digest.h).
CREATE TABLE _digest (tbl INTEGER NOT NULL, unit INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, PRIMARY KEY (tbl, unit)) WITHOUT ROWID;

-- The schema as last seen: a change means that somebody may have dropped our triggers.
CREATE TABLE _capture (id INTEGER PRIMARY KEY CHECK (id = 1), schema_version INTEGER NOT NULL);
INSERT INTO _capture VALUES (1, -1);

-- What the engine had to do that a person should know, in Vietnamese and English.
CREATE TABLE _notice (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, vi TEXT NOT NULL, en TEXT NOT NULL);

CREATE TABLE _state (
    id INTEGER PRIMARY KEY CHECK (id = 1), node BLOB NOT NULL, incarnation INTEGER NOT NULL, public_key BLOB NOT NULL, unit TEXT NOT NULL,
    tree_key BLOB NOT NULL, lsn INTEGER NOT NULL, cursor INTEGER NOT NULL, acked INTEGER NOT NULL, parent BLOB, parent_incarnation INTEGER NOT NULL,
    parent_url TEXT NOT NULL, invite BLOB NOT NULL, token BLOB NOT NULL, unanswered BLOB NOT NULL, number INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL, last_success INTEGER NOT NULL, last_error TEXT NOT NULL, verified_at INTEGER NOT NULL, verified_equal INTEGER NOT NULL,
    parent_digest_high INTEGER NOT NULL, parent_digest_low INTEGER NOT NULL, bytes_sent INTEGER NOT NULL, bytes_received INTEGER NOT NULL,
    round_trips INTEGER NOT NULL);
)sql";
}

namespace {

constexpr std::string_view version_2 = R"sql(
CREATE TABLE _engine (version INTEGER NOT NULL);
INSERT INTO _engine VALUES (2);

-- The hash of our triggers as last installed: an upgrade renews them where nobody else has touched them. Here: those of release 1.
ALTER TABLE _capture ADD COLUMN triggers BLOB NOT NULL DEFAULT x'78ab5689d1b1718a2165d6db4c78d1fd';

-- What no longer stands: a chunk of past versions per transaction, each hashed with the one before (node/history.h). Our own transactions
-- run no triggers; any other program is told that nothing is taken away here.
CREATE TABLE _history (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, entries INTEGER NOT NULL, top INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX _history_top ON _history (top);
CREATE TRIGGER _history_kept BEFORE DELETE ON _history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER _history_unaltered BEFORE UPDATE ON _history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TABLE _history_head (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL, pruned_seq INTEGER NOT NULL, pruned_hash BLOB NOT NULL);
INSERT INTO _history_head VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

-- When, and from whom, each stretch of the log came about here. via 0: local edits sealed together.
CREATE TABLE _batch (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL, via INTEGER NOT NULL);

-- A row, or all rows of a unit, that left the unit `old` (into _unit; 0: came from outside) at our place `lsn`: what readers below are told
-- by (node/moves.h). Only the last one for each old unit; forgotten once every child has read it.
CREATE TABLE _move (
    tbl INTEGER NOT NULL, row NOT NULL, old INTEGER NOT NULL, lsn INTEGER NOT NULL, PRIMARY KEY (tbl, row, old)) WITHOUT ROWID;
CREATE INDEX _move_lsn ON _move (lsn);

-- A row that our parent said is not ours any more, until it may go. cap: as regards it, how far we have read the parent's log. place: ours,
-- when we were told.
CREATE TABLE _leaving (
    tbl INTEGER NOT NULL, row NOT NULL, cap INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (tbl, row)) WITHOUT ROWID;

-- The tree of units as the moves know it.
CREATE TABLE _tree (unit TEXT PRIMARY KEY, parent TEXT NOT NULL) WITHOUT ROWID;

-- Lives (node/line.h). line: our own ended lives; parent_line: those of the parent, as we met it; beat: of the witness (node/witness.h).
-- unanswered becomes sent: the numbers of our last requests, 8 bytes each and 1 that says whether one as young was answered.
ALTER TABLE _state RENAME COLUMN unanswered TO sent;
ALTER TABLE _state ADD COLUMN line BLOB NOT NULL DEFAULT x'';
ALTER TABLE _state ADD COLUMN parent_line BLOB NOT NULL DEFAULT x'';
ALTER TABLE _state ADD COLUMN beat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _state ADD COLUMN unequal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _state ADD COLUMN repaired_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _state ADD COLUMN secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE _state ADD COLUMN parent_unit TEXT NOT NULL DEFAULT '';
UPDATE _state SET secret = randomblob(16), sent = x'', token = zeroblob(16), number = 0;

-- A row a life of each child: what that life told and was told. known: numbers of its requests that we have heard of, 8 bytes each.
CREATE TABLE _neighbour_2 (
    ref INTEGER PRIMARY KEY, node BLOB, incarnation INTEGER NOT NULL DEFAULT 0, unit TEXT, public_key BLOB, mark INTEGER NOT NULL DEFAULT 0,
    cursor INTEGER NOT NULL DEFAULT 0, floor INTEGER NOT NULL DEFAULT 0, token BLOB, number INTEGER NOT NULL DEFAULT 0,
    schema INTEGER NOT NULL DEFAULT 0, last_contact INTEGER NOT NULL DEFAULT 0, verified_at INTEGER NOT NULL DEFAULT 0,
    verified_equal INTEGER NOT NULL DEFAULT 0, line BLOB NOT NULL DEFAULT x'', known BLOB NOT NULL DEFAULT x'', UNIQUE (node, incarnation));
INSERT INTO _neighbour_2 (ref, node, incarnation, unit, public_key, mark, cursor, floor, schema, last_contact, verified_at, verified_equal)
    SELECT ref, node, incarnation, unit, public_key, mark, cursor, floor, schema, last_contact, verified_at, verified_equal FROM _neighbour;
DROP TABLE _neighbour;
ALTER TABLE _neighbour_2 RENAME TO _neighbour;

-- Mark and cursor of each child's life when the life `ended` of ours ended.
CREATE TABLE _fork (ended INTEGER NOT NULL, ref INTEGER NOT NULL, mark INTEGER NOT NULL, cursor INTEGER NOT NULL, PRIMARY KEY (ended, ref)) WITHOUT ROWID;
-- The last place that two lives of one child have in common, as far as we and they remember the same.
CREATE TABLE _shared (a INTEGER NOT NULL, b INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
-- Since when (by our clock) a neighbour has had our log up to a place. peer 1: the parent (tier 1), its parent (tier 2), ... as the parent
-- tells; else a child (tier 1).
CREATE TABLE _reached (
    peer INTEGER NOT NULL, tier INTEGER NOT NULL, lsn INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (peer, tier, lsn)) WITHOUT ROWID;

-- Deletions that were forgotten (node/retention.h): of each table the highest gen and place that went. settled: how far the parent had our log
-- when it had last told us all of its own. looked_at: the tombstone looked at last. days: how long deletions are kept.
CREATE TABLE _forgotten (tbl INTEGER PRIMARY KEY, gen INTEGER NOT NULL, lsn INTEGER NOT NULL);
CREATE TABLE _retention (
    id INTEGER PRIMARY KEY CHECK (id = 1), settled INTEGER NOT NULL, looked_at INTEGER NOT NULL, days INTEGER NOT NULL);
INSERT INTO _retention VALUES (1, 0, 0, 400);
CREATE INDEX _log_gone ON _log (lsn) WHERE gone = 1;

-- What only a newer model knows: its tables, and values of its columns until this node is upgraded (node/unknown.h).
CREATE TABLE _unknown_table (id INTEGER PRIMARY KEY, audience INTEGER NOT NULL, engine INTEGER NOT NULL, first_heard INTEGER NOT NULL);
CREATE TABLE _unknown (
    tbl INTEGER NOT NULL, row TEXT NOT NULL, bit INTEGER NOT NULL, part INTEGER NOT NULL, value,
    PRIMARY KEY (tbl, row, bit, part)) WITHOUT ROWID;
-- Comparing with the parent (node/compare.h). how: 0 not now, 1 look only, 2 mend. asked: the last request that asked; open: it has no answer
-- yet. Then the ranges yet to ask about, and the rows that differ (how: 1 only here, 2 only there, 3 other versions; state: 0 found, 1 mended,
-- 2 stays different, 3 named in the last question, as its nth).
CREATE TABLE _comparing (
    id INTEGER PRIMARY KEY CHECK (id = 1), how INTEGER NOT NULL, asked INTEGER NOT NULL, open INTEGER NOT NULL, began INTEGER NOT NULL,
    ended INTEGER NOT NULL, questions INTEGER NOT NULL, given_up INTEGER NOT NULL);
INSERT INTO _comparing VALUES (1, 0, 0, 0, 0, 0, 0, 0);
CREATE TABLE _range (
    tbl INTEGER NOT NULL, unit TEXT NOT NULL, row NOT NULL, to_tbl INTEGER NOT NULL, to_unit TEXT NOT NULL, to_row NOT NULL,
    depth INTEGER NOT NULL, PRIMARY KEY (tbl, unit, row)) WITHOUT ROWID;
CREATE TABLE _differs (
    tbl INTEGER NOT NULL, row NOT NULL, how INTEGER NOT NULL, state INTEGER NOT NULL, nth INTEGER, PRIMARY KEY (tbl, row)) WITHOUT ROWID;
CREATE INDEX _differs_state ON _differs (state);
-- Whose node an origin is, as a neighbour vouched for it first.
ALTER TABLE _origin ADD COLUMN unit TEXT;
)sql";

}  // namespace

const std::vector<std::string_view>& engine_upgrades()
{
    static const std::vector<std::string_view> upgrades = {version_2};
    return upgrades;
}

}  // namespace ocop
