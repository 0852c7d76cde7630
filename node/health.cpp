#include "node/health.h"

#include "node/change_log.h"
#include "node/outbox.h"
#include "node/ranges.h"
#include "node/row_key.h"
#include "node/sql_text.h"

namespace ocop {

namespace {

constexpr int most_named = 1000;
constexpr std::size_t most_differences = 100;

std::uint64_t count(sqlite::Connection& db, const std::string& sql)
{
    auto row = db.query(sql);
    return row.step() ? row.natural(0) : 0;
}

std::string table_name(Replica& replica, std::int64_t id)
{
    const TableInfo* table = replica.catalog().table(static_cast<std::uint32_t>(id));
    return table != nullptr ? table->name : std::to_string(id);
}

std::string column_name(Replica& replica, std::int64_t table_id, std::int64_t bit)
{
    const TableInfo* table = replica.catalog().table(static_cast<std::uint32_t>(table_id));
    if (table != nullptr)
        for (const ColumnInfo& column : table->columns)
            if (column.bit == bit) return column.name;
    return {};
}

void name_withheld(Replica& replica, std::vector<Withheld>& withheld)
{
    sqlite::Connection& db = replica.db();
    auto rows = db.query("SELECT tbl, row, reason FROM _side WHERE reason <> 'gone' LIMIT ?", most_named);
    while (rows.step()) withheld.push_back({table_name(replica, rows.integer(0)), rows.text(1), {}, rows.text(2)});
    auto values = db.query("SELECT tbl, row, bit FROM _displaced WHERE part = 0 LIMIT ?", most_named);
    while (values.step())
        withheld.push_back({table_name(replica, values.integer(0)), values.text(1),
                            column_name(replica, values.integer(0), values.integer(2)), "displaced"});
    auto held = db.query("SELECT tbl, row FROM _held LIMIT ?", most_named);
    while (held.step()) withheld.push_back({table_name(replica, held.integer(0)), held.text(1), {}, "too_long"});
    // A program that writes with foreign keys off may leave references to nothing.
    auto orphans = db.query("SELECT \"table\", rowid FROM pragma_foreign_key_check LIMIT ?", most_named);
    while (orphans.step()) {
        auto named = db.query("SELECT id FROM " + sql_name(orphans.text(0)) + " WHERE rowid = ?", orphans.integer(1));
        if (named.step()) withheld.push_back({orphans.text(0), named.text(0), {}, "orphan"});
    }
}

/// Rows written here for a unit that is not ours to write for: they stay, and go nowhere.
void name_out_of_scope(Transaction& transaction, std::vector<Withheld>& withheld)
{
    Replica& replica = transaction.replica();
    std::vector<std::int64_t> foreign;
    auto units = replica.db().query("SELECT DISTINCT unit FROM _log WHERE via = 0");
    while (units.step())
        if (!replica.units().is_within(transaction.log().unit_id(units.integer(0)), replica.state().unit))
            foreign.push_back(units.integer(0));
    if (replica.state().parent) {  // units come from above: one edited here is nobody else's
        for (const TableInfo& table : replica.catalog().tables()) {
            auto rows = replica.db().query("SELECT DISTINCT row FROM _log WHERE via = 0 AND tbl = ? LIMIT ?", table.id,
                                           most_named);
            while (table.unit_is_key() && rows.step())
                withheld.push_back({table.name, row_of(rows.value(0)), {}, "out_of_scope"});
        }
    }
    for (const std::int64_t unit : foreign) {
        auto rows = replica.db().query("SELECT DISTINCT tbl, row FROM _log WHERE via = 0 AND unit = ? LIMIT ?", unit,
                                       most_named);
        while (rows.step())
            withheld.push_back({table_name(replica, rows.integer(0)), row_of(rows.value(1)), {}, "out_of_scope"});
    }
}

void compare_table(Replica& replica, const TableInfo& table, Verification& found)
{
    sqlite::Connection& db = replica.db();
    auto live = db.query("SELECT row FROM _log WHERE tbl = ? AND mask & 1 AND NOT gone", table.id);
    std::uint64_t rows = 0;
    std::uint64_t shown = 0;
    while (live.step()) {
        ++rows;
        const std::string row = row_of(live.value(0));
        if (db.query("SELECT 1 FROM " + sql_name(table.name) + " WHERE id = ?", row).step()) {
            ++shown;
        } else if (!db.query("SELECT 1 FROM _side WHERE tbl = ? AND row = ?", table.id, row).step() &&
                   found.differences.size() < most_differences) {
            found.differences.push_back(table.name + " " + row + ": in the log, not in the table");
        }
    }
    found.rows += rows;
    const std::uint64_t zombies =
        db.query("SELECT 1 FROM _side WHERE reason = 'shown_as_gone' LIMIT 1").step()
            ? count(db,
                    "SELECT count(*) FROM _side WHERE reason = 'shown_as_gone' AND tbl = " + std::to_string(table.id))
            : 0;
    const std::uint64_t present = count(db, "SELECT count(*) FROM " + sql_name(table.name));
    if (present != shown + zombies)
        found.differences.push_back(table.name + ": " + std::to_string(present) + " rows in the table, " +
                                    std::to_string(shown + zombies) + " expected");
}

}  // namespace

Digest scope_digest(Replica& replica, std::string_view unit)
{
    Digest sum;
    const UnitTree& units = replica.units();
    auto kept =
        replica.db().query("SELECT d.tbl, u.id, d.high, d.low FROM _digest AS d JOIN _unit AS u ON u.ref = d.unit");
    while (kept.step()) {
        const TableInfo* table = replica.catalog().table(static_cast<std::uint32_t>(kept.integer(0)));
        if (table == nullptr || !units.holds(unit, table->model->audience, kept.text_view(1))) continue;
        sum += Digest{kept.natural(2), kept.natural(3)};
    }
    return sum;
}

Health look_at(Replica& replica)
{
    sqlite::Connection& db = replica.db();
    Health health;
    health.unsealed = count(db, "SELECT count(*) FROM _pending WHERE tbl <> 0");
    Transaction transaction{replica};
    if (replica.state().parent)
        health.unsent =
            read_log(transaction.log(), {replica.state().acked, via_parent, {}, SIZE_MAX, SIZE_MAX}).changes.size();
    if (replica.catalog().table(std::string_view{"conflict"}) != nullptr)
        health.open_conflicts = count(db, "SELECT count(*) FROM conflict WHERE state = 'open'");
    if (replica.catalog().table(std::string_view{"quarantine"}) != nullptr)
        health.open_refusals = count(db, "SELECT count(*) FROM quarantine WHERE state = 'open'");
    health.children = count(db, "SELECT count(DISTINCT node) FROM _neighbour WHERE ref > 1");
    health.rows = count(db, "SELECT count(*) FROM _log WHERE mask & 1 AND NOT gone");
    name_withheld(replica, health.withheld);
    if (replica.state().parent) name_out_of_scope(transaction, health.withheld);
    auto notices = db.query("SELECT vi || '|' || en FROM _notice ORDER BY id DESC LIMIT 20");
    while (notices.step()) health.notices.insert(health.notices.begin(), notices.text(0));
    notices.reset();
    transaction.commit();
    return health;
}

Verification verify(Replica& replica)
{
    Verification found;
    sqlite::Connection& db = replica.db();
    Transaction transaction{replica};
    {
        auto check = db.query("PRAGMA quick_check(1)");
        found.file_complaint = check.step() ? check.text(0) : "no answer";
        found.file_sound = found.file_complaint == "ok";
    }
    transaction.log().flush();
    for (const TableInfo& table : replica.catalog().tables()) compare_table(replica, table, found);
    found.log_matches_tables = found.differences.empty();
    found.digest_matches_log = digest_errors(transaction.log()).empty();
    found.history = verify_history(db);
    const State& state = replica.state();
    found.digest = scope_digest(replica, state.unit);
    found.compared_at = state.verified_at;
    const bool unsent =
        state.parent && !read_log(transaction.log(), {state.acked, via_parent, {}, 1, SIZE_MAX}).changes.empty();
    const bool held = db.query("SELECT 1 FROM _held LIMIT 1").step();
    found.compared = state.parent && state.verified_at != 0 && !unsent && !held;
    found.equal = found.compared && state.verified_equal && found.digest == state.parent_digest;
    transaction.commit();
    return found;
}

}  // namespace ocop
