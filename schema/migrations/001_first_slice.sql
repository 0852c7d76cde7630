-- The first slice of the OCOP model: units, organizations, products, evaluations, certificates, directives, conflicts.
--
-- Rules every table here keeps:
--  * ordinary STRICT tables that any SQL program can read and write with no extension loaded;
--  * the key is `id`; where a UUIDv7 is the key, the DEFAULT makes one in plain SQL (48 bits of milliseconds, version 7,
--    variant 10, 74 random bits) and the CHECK asks for any UUID in canonical lower-case form, which travels as 16 bytes;
--  * `unit` says whose row it is, and a child's unit follows its owner's by a composite foreign key;
--  * foreign keys are deferred and plain: an action on a parent's deletion would run unseen by the change log;
--  * a UNIQUE column other than the key may be NULL: of two clashing claims the yielding one is set aside as NULL;
--  * a CHECK names one column, or only columns that share a bit in ocop.toml, so that a merge cannot break it.

-- A row is one administrative unit during one stretch of its life. A rename, a change of kind, parent or level, or a merger
-- ends the row (valid_to) and starts another. The id is made by whoever records the unit: CODE@VALID_FROM, e.g.
-- '29338@2020-12-31'; 'VN' is the root. Nothing may take an id apart: it is a name and no more.
CREATE TABLE admin_unit (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 40),
    code TEXT NOT NULL CHECK (code <> ''),              -- the state's code, leading zeros kept
    name TEXT NOT NULL CHECK (name <> ''),              -- full, with its kind: 'Xã Thạnh Phú'
    kind TEXT NOT NULL,                                 -- 'Xã', 'Thị trấn', 'Huyện', 'Tỉnh', 'Thành phố Trung ương', ...
    level TEXT NOT NULL CHECK (level IN ('central', 'province', 'district', 'commune')),
    parent TEXT REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,   -- NULL: the root
    valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    valid_to TEXT CHECK (valid_to GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),   -- exclusive; NULL: in force
    resolution TEXT                                     -- the act that made it
) STRICT;
CREATE INDEX admin_unit_parent ON admin_unit (parent);
CREATE INDEX admin_unit_code ON admin_unit (code);

-- A row is one chủ thể OCOP: the firm, cooperative, group or household that makes products, at its commune.
CREATE TABLE organization (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (printf('%08x-%04x-7%03x-%s%03x-%s',
                        (CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) >> 16) & 4294967295,
                        CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) & 65535,
                        random() & 4095, substr('89ab', 1 + (random() & 3), 1), random() & 4095,
                        lower(hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^-0-9a-f]*'
               AND length(replace(id, '-', '')) = 32),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    name TEXT NOT NULL CHECK (name <> ''),
    village TEXT,                                       -- thôn, ấp, bản, tổ dân phố
    kind TEXT CHECK (kind IN ('doanh nghiệp', 'hợp tác xã', 'tổ hợp tác', 'hộ/cơ sở sản xuất', 'khác')),
    registration_no TEXT UNIQUE,                        -- business or cooperative registration
    tax_code TEXT,
    representative TEXT,
    phone TEXT,
    address TEXT,
    workers INTEGER CHECK (workers >= 0),
    status TEXT NOT NULL DEFAULT 'đang hoạt động'
        CHECK (status IN ('đang hoạt động', 'tạm ngừng', 'đã giải thể')),
    note TEXT,
    UNIQUE (id, unit)                                   -- the target of product's composite key
) STRICT;
CREATE INDEX organization_unit ON organization (unit);

-- A row is one product of one organization, from the idea's registration on. Its star is not here: a star is decided by
-- an evaluation and proved by a certificate.
CREATE TABLE product (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (printf('%08x-%04x-7%03x-%s%03x-%s',
                        (CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) >> 16) & 4294967295,
                        CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) & 65535,
                        random() & 4095, substr('89ab', 1 + (random() & 3), 1), random() & 4095,
                        lower(hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^-0-9a-f]*'
               AND length(replace(id, '-', '')) = 32),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    organization TEXT NOT NULL,
    name TEXT NOT NULL CHECK (name <> ''),
    product_code TEXT UNIQUE,                           -- the national system's: PROVINCE-DISTRICT-COMMUNE-SEQ-YEAR
    product_set TEXT,                                   -- one of the decision's sets, e.g. 'Gia vị khác'
    product_group TEXT,                                 -- the group above the set, e.g. 'Thực phẩm'
    description TEXT,
    packaging TEXT,
    story TEXT,                                         -- the product's story, a scored item
    local_material_percent REAL CHECK (local_material_percent BETWEEN 0 AND 100),
    capacity TEXT,                                      -- as written: '20 tấn/năm'
    stage TEXT,                                         -- where the dossier stands, in the source's words
    registered_on TEXT CHECK (registered_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    source TEXT,                                        -- where the record comes from
    note TEXT,
    UNIQUE (id, unit),                                  -- the target of evaluation's and certificate's composite keys
    FOREIGN KEY (organization, unit) REFERENCES organization (id, unit) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX product_unit ON product (unit);
CREATE INDEX product_organization ON product (organization, unit);

-- A row is what one council found about one product in one session. It belongs to the product's unit, whoever writes it.
-- star is the decision: NULL while the council only scores and proposes.
CREATE TABLE evaluation (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (printf('%08x-%04x-7%03x-%s%03x-%s',
                        (CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) >> 16) & 4294967295,
                        CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) & 65535,
                        random() & 4095, substr('89ab', 1 + (random() & 3), 1), random() & 4095,
                        lower(hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^-0-9a-f]*'
               AND length(replace(id, '-', '')) = 32),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    product TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('district', 'province', 'central')),   -- whose council
    evaluated_on TEXT NOT NULL CHECK (evaluated_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    score REAL CHECK (score BETWEEN 0 AND 100),
    star INTEGER CHECK (star BETWEEN 1 AND 5),
    result TEXT,                                        -- in the council's words: 'đạt', 'không đạt', 'đề nghị tỉnh'
    minutes_no TEXT,
    note TEXT,
    FOREIGN KEY (product, unit) REFERENCES product (id, unit) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX evaluation_unit ON evaluation (unit);
CREATE INDEX evaluation_product ON evaluation (product, unit);

-- A row is one certificate of recognition (3 to 5 stars, 36 months). Re-evaluation makes another row. A withdrawn
-- certificate stays, with the day and the reason. Invented rows of a demonstration say so in note.
CREATE TABLE certificate (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (printf('%08x-%04x-7%03x-%s%03x-%s',
                        (CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) >> 16) & 4294967295,
                        CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) & 65535,
                        random() & 4095, substr('89ab', 1 + (random() & 3), 1), random() & 4095,
                        lower(hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^-0-9a-f]*'
               AND length(replace(id, '-', '')) = 32),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    product TEXT NOT NULL,
    number TEXT UNIQUE,
    star INTEGER NOT NULL CHECK (star BETWEEN 3 AND 5),
    issued_by TEXT,
    issued_on TEXT CHECK (issued_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    valid_from TEXT CHECK (valid_from GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    valid_until TEXT CHECK (valid_until GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    decision TEXT,                                      -- the deciding act: '2919/QĐ-UBND'
    withdrawn_on TEXT CHECK (withdrawn_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    withdrawn_reason TEXT,
    note TEXT,
    CHECK (valid_until > valid_from),                   -- the two share a bit
    FOREIGN KEY (product, unit) REFERENCES product (id, unit) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX certificate_unit ON certificate (unit);
CREATE INDEX certificate_product ON certificate (product, unit);

-- A row is one document sent down the tree: a decision, letter, notice or plan. Its unit is the issuing one, and every
-- unit below reads it.
CREATE TABLE directive (
    id TEXT PRIMARY KEY NOT NULL
        DEFAULT (printf('%08x-%04x-7%03x-%s%03x-%s',
                        (CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) >> 16) & 4294967295,
                        CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) & 65535,
                        random() & 4095, substr('89ab', 1 + (random() & 3), 1), random() & 4095,
                        lower(hex(randomblob(6)))))
        CHECK (id GLOB '????????-????-????-????-????????????' AND id NOT GLOB '*[^-0-9a-f]*'
               AND length(replace(id, '-', '')) = 32),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    number TEXT UNIQUE,                                 -- with its symbol: '148/QĐ-TTg'
    issuer TEXT,
    issued_on TEXT CHECK (issued_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    kind TEXT NOT NULL DEFAULT 'CV' CHECK (kind IN ('QĐ', 'CV', 'TB', 'KH')),
    subject TEXT NOT NULL CHECK (subject <> ''),
    body TEXT,
    deadline TEXT CHECK (deadline GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1))
) STRICT;
CREATE INDEX directive_unit ON directive (unit);

-- A row is two values that met and could not both stand: who wrote what and when, and which one stands. The engine makes it;
-- its id is the UUID-shaped hash of what met, so that two finders make the same row. A person settles it by an ordinary
-- edit of the last four columns.
CREATE TABLE conflict (
    id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL CHECK (kind IN ('edit', 'delete', 'unique')),
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    column_name TEXT,                                   -- NULL: the row's existence; a group: its columns, by commas
    other_row TEXT,                                     -- unique: the row that kept the value
    winner_value ANY,
    winner_origin TEXT,
    winner_time INTEGER,
    winner_gen INTEGER,
    loser_value ANY,
    loser_origin TEXT,
    loser_time INTEGER,
    loser_gen INTEGER,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled')),
    settled_value ANY,
    settled_by TEXT,
    settled_at INTEGER
) STRICT;
CREATE INDEX conflict_unit ON conflict (unit);
CREATE INDEX conflict_row ON conflict (table_name, row_id);
