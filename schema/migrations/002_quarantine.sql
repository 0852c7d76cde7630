-- A row is one value, or one whole row, that a node above its author refused: what was refused, whose it was, why, and what stands instead.
-- The engine makes it; its id is the UUID-shaped hash of what was refused. It belongs to a unit that its author holds, so it reaches the
-- author, who may send the value again or let it go: an ordinary edit of the last three columns.
CREATE TABLE quarantine (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'create', 'delete')),
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    column_name TEXT,                                   -- edit: the column; a group: its columns, by commas
    value ANY,                                          -- edit: the value, a group's as a JSON array; create: a JSON object
    reason TEXT NOT NULL,                               -- a permanent name: not_permitted, check_failed, row_out_of_scope, ...
    detail TEXT,                                        -- whose it is to write, by which decision
    author_origin TEXT NOT NULL,
    author_unit TEXT,
    author_time INTEGER NOT NULL,
    author_gen INTEGER NOT NULL,
    refused_by TEXT NOT NULL,                           -- the unit of the node that refused
    refused_origin TEXT NOT NULL,
    refused_at INTEGER NOT NULL,
    again_gen INTEGER,                                  -- what stands was written anew by refused_origin in this edit
    standing_origin TEXT,                               -- as a repetition of an edit made by
    standing_unit TEXT,
    standing_time INTEGER,
    standing_gen INTEGER,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resubmitted', 'dismissed')),
    closed_by TEXT,
    closed_at INTEGER
) STRICT;
CREATE INDEX quarantine_unit ON quarantine (unit);
CREATE INDEX quarantine_row ON quarantine (table_name, row_id);

-- Whose nodes the two edits of a conflict came from: higher up, what the finder wrote anew is judged as theirs.
ALTER TABLE conflict ADD COLUMN winner_unit TEXT;
ALTER TABLE conflict ADD COLUMN loser_unit TEXT;
-- conflict = "authority": the winner's value was written anew by again_origin, in this edit.
ALTER TABLE conflict ADD COLUMN again_gen INTEGER;
ALTER TABLE conflict ADD COLUMN again_origin TEXT;
