#include "node/guard.h"

#include <unordered_map>

#include "node/capture.h"
#include "node/change_log.h"
#include "node/identity.h"
#include "node/notice.h"
#include "node/row_key.h"
#include "node/sql_text.h"

namespace ocop {

namespace {

std::int64_t schema_version(sqlite::Connection& db)
{
    auto row = db.query("PRAGMA schema_version");
    row.step();
    return row.integer(0);
}

/// Over names, tables and texts of the triggers that stand.
Blob triggers_hash(sqlite::Connection& db)
{
    std::string all;
    auto triggers = db.query("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB "
                             "'_capture_*' ORDER BY name");
    while (triggers.step())
        for (int i = 0; i < 3; ++i) all += triggers.text(i) + '\0';
    return Blob{hash16(all)};
}

void remember_schema(sqlite::Connection& db)
{
    db.run("UPDATE _capture SET schema_version = ?, triggers = ?", schema_version(db), triggers_hash(db));
}

bool stands(sqlite::Connection& db, const TableInfo& table, const Trigger& trigger)
{
    auto found = db.query("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ? AND tbl_name = ?",
                          trigger.name, table.name);
    return found.step() && found.text_view(0) == trigger.sql;
}

/// True when a trigger of the table was missing or altered; restores it.
bool restore_triggers(sqlite::Connection& db, const TableInfo& table)
{
    bool restored = false;
    for (const Trigger& trigger : capture_triggers(table)) {
        if (stands(db, table, trigger)) continue;
        db.script("DROP TRIGGER IF EXISTS \"" + trigger.name + "\"; " + trigger.sql);
        restored = true;
    }
    return restored;
}

/// The log does not keep values, so of a table that was written without our triggers only absence and presence can be proved: all its
/// rows are taken for edited, but those of units that are not ours: such edits go nowhere, and would stand above their owner's for ever.
void journal_all(ChangeLog& log, const TableInfo& table)
{
    Replica& replica = log.replica();
    sqlite::Connection& db = replica.db();
    std::unordered_map<std::string, bool> ours;
    {
        auto rows = db.query("SELECT row, unit FROM _log WHERE tbl = ? AND mask & 1 AND NOT gone", table.id);
        while (rows.step())
            ours[row_of(rows.value(0))] = !(table.unit_is_key() && replica.state().parent) &&
                                          replica.units().is_within(log.unit_id(rows.integer(1)), replica.state().unit);
    }
    auto present = db.query("SELECT id FROM " + sql_name(table.name));
    while (present.step()) {
        const auto known = ours.find(present.text(0));
        if (known == ours.end() || known->second)
            db.run("INSERT INTO _pending (tbl, row, mask) VALUES (?, ?, ?)", table.id, present.text(0),
                   table.column_mask | existence_bit);
        if (known != ours.end()) ours.erase(known);
    }
    for (const auto& [row, is_ours] : ours)
        db.run("INSERT INTO _pending (tbl, row, mask) VALUES (?, ?, 1)", table.id, row);
}

/// A table that an upgrade has just made: nothing was lost, and nobody need be told.
bool is_new(sqlite::Connection& db, const TableInfo& table)
{
    return !db.query("SELECT 1 FROM _log WHERE tbl = ? LIMIT 1", table.id).step() &&
           !db.query("SELECT 1 FROM " + sql_name(table.name) + " LIMIT 1").step();
}

void tell_rebuilt(Replica& replica, const std::string& table)
{
    leave_notice(replica,
                 "Bảng " + table +
                     " đã bị sửa cấu trúc bởi một chương trình khác; đã khôi phục việc ghi nhận thay đổi và ghi lại "
                     "mọi dòng của bảng. Dữ liệu an toàn.",
                 "Table " + table +
                     " was rebuilt by another program; change capture was restored and every row of it recorded anew. "
                     "Data are safe.");
}

}  // namespace

void install_capture(Replica& replica)
{
    for (const TableInfo& table : replica.catalog().tables())
        for (const Trigger& trigger : capture_triggers(table)) replica.db().script(trigger.sql);
    remember_schema(replica.db());
}

bool triggers_as_left(sqlite::Connection& db)
{
    const Blob now = triggers_hash(db);
    auto seen = db.query("SELECT triggers FROM _capture");
    return seen.step() && seen.blob(0) == now.bytes;
}

void renew_capture(Replica& replica)
{
    sqlite::Connection& db = replica.db();
    bool all = true;
    for (const TableInfo& table : replica.catalog().tables())
        for (const Trigger& trigger : capture_triggers(table)) all = all && stands(db, table, trigger);
    if (all) return;
    db.script("BEGIN IMMEDIATE");
    try {
        for (const TableInfo& table : replica.catalog().tables()) restore_triggers(db, table);
        remember_schema(db);
        db.script("COMMIT");
    } catch (...) {
        if (db.in_transaction()) db.script("ROLLBACK");
        throw;
    }
}

void guard_capture(ChangeLog& log)
{
    Replica& replica = log.replica();
    sqlite::Connection& db = replica.db();
    {
        auto seen = db.query("SELECT schema_version FROM _capture");
        if (seen.step() && seen.integer(0) == schema_version(db)) return;
    }
    for (const TableInfo& table : replica.catalog().tables()) {
        if (!restore_triggers(db, table)) continue;
        const bool fresh = is_new(db, table);
        journal_all(log, table);
        if (!fresh) tell_rebuilt(replica, table.name);
    }
    remember_schema(db);
}

}  // namespace ocop
