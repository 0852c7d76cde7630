#include "node/quarantine.h"

#include <algorithm>

#include "node/conflict.h"
#include "node/identity.h"
#include "node/record_id.h"

namespace ocop {

namespace {

std::string refusal_id(const RefusedEdit& refused, const std::string& unit)
{
    RecordId id{"refused " + refused.row + '\0' + unit + '\0'};
    id.add(refused.table->id);
    id.add(static_cast<std::uint32_t>(refused.bit));
    id.add(refused.version);
    return id.uuid();
}

const TableInfo* records(ChangeLog& log)
{
    return log.replica().catalog().table(std::string_view{"quarantine"});
}

Value text_or_null(const std::string& text)
{
    return text.empty() ? Value{} : Value{text};
}

/// Of the row's unit if its author holds that, else of the author's own: so it reaches the author.
std::string unit_of_record(Replica& replica, const RefusedEdit& refused, const Author& author)
{
    const UnitTree& units = replica.units();
    const std::string& theirs = author.unit.empty() ? refused.sender_unit : author.unit;
    if (!units.is_within(theirs, refused.sender_unit)) return refused.sender_unit;
    return units.is_within(refused.unit, theirs) ? refused.unit : theirs;
}

}  // namespace

bool record_refusal(ChangeLog& log, const RefusedEdit& refused)
{
    const TableInfo* table = records(log);
    if (table == nullptr) return false;
    Replica& replica = log.replica();
    const Author author = author_of(log, *refused.table, refused.row, refused.bit, refused.version);
    const std::string unit = unit_of_record(replica, refused, author);
    LogRow record = log.row(table->id, refusal_id(refused, unit));
    if (record.known()) return false;
    const std::int64_t now = replica.environment().clock->now_ms();
    const std::string column = column_names(*refused.table, refused.bit);
    const Author standing = refused.standing.value_or(Author{});
    replica.merging();
    replica.db().run(
        "INSERT INTO quarantine (id, unit, kind, table_name, row_id, column_name, value, reason, detail, "
        "author_origin, "
        "author_unit, author_time, author_gen, refused_by, refused_origin, refused_at, again_gen, standing_origin, "
        "standing_unit, standing_time, standing_gen, state) VALUES "
        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,'open')",
        record.row(), unit, refused.kind, refused.table->name, refused.row, text_or_null(column), refused.value,
        refused.reason, text_or_null(refused.detail), author.origin, text_or_null(author.unit), author.time, author.gen,
        replica.state().unit, origin_text(replica.state().self), now,
        refused.again_gen != 0 ? Value{static_cast<std::int64_t>(refused.again_gen)} : Value{},
        text_or_null(standing.origin), text_or_null(standing.unit), refused.standing ? Value{standing.time} : Value{},
        refused.standing ? Value{static_cast<std::int64_t>(standing.gen)} : Value{});
    record.set_unit(unit);
    record.put_own(table->column_mask | existence_bit, 1);
    record.close();
    return true;
}

bool is_refused(ChangeLog& log, const TableInfo& table, const std::string& row, int bit, const Version& version)
{
    if (records(log) == nullptr) return false;
    auto found = log.replica().db().query(
        "SELECT 1 FROM quarantine WHERE table_name = ? AND row_id = ? AND author_gen = ? AND "
        "author_time = ? AND author_origin = ? AND coalesce(column_name, '') = ?",
        table.name, row, version.gen, version.time, origin_text(version.origin), column_names(table, bit));
    return found.step();
}

bool any_row_refused(ChangeLog& log)
{
    return records(log) != nullptr &&
           log.replica().db().query("SELECT 1 FROM quarantine WHERE kind <> 'delete' LIMIT 1").step();
}

Author author_of(ChangeLog& log, const TableInfo& table, const std::string& row, int bit, const Version& version)
{
    sqlite::Connection& db = log.replica().db();
    const std::string origin = origin_text(version.origin);
    const std::string column = column_names(table, bit);
    const auto read = [](const sqlite::Query& found) {
        return Author{found.text(0), found.is_null(1) ? std::string{} : found.text(1), found.integer(2),
                      found.natural(3)};
    };
    if (records(log) != nullptr) {
        auto refused =
            db.query("SELECT standing_origin, standing_unit, standing_time, standing_gen FROM quarantine WHERE "
                     "table_name = ? AND row_id = ? AND again_gen = ? AND refused_origin = ? AND "
                     "coalesce(column_name, '') = ? AND standing_origin IS NOT NULL LIMIT 1",
                     table.name, row, version.gen, origin, column);
        if (refused.step()) return read(refused);
    }
    const TableInfo* conflicts = log.replica().catalog().table(std::string_view{"conflict"});
    if (bit != 0 && conflicts != nullptr && conflicts->column("again_gen") != nullptr) {
        auto settled = db.query("SELECT winner_origin, winner_unit, winner_time, winner_gen FROM conflict WHERE "
                                "table_name = ? AND row_id = ? AND again_gen = ? AND again_origin = ? AND "
                                "column_name = ? LIMIT 1",
                                table.name, row, version.gen, origin, column);
        if (settled.step()) return read(settled);
    }
    return {origin, log.unit_of(version.origin), version.time, version.gen};
}

bool decided_by_engine(ChangeLog& log, const TableInfo& table, const std::string& row, int bit)
{
    if (log.replica().catalog().table(std::string_view{"conflict"}) == nullptr) return false;
    // A child could make such a record up: it excuses no more than the engine may do.
    const bool may_yield = std::any_of(table.uniques.begin(), table.uniques.end(),
                                       [&](const UniqueInfo& unique) { return unique.yields_bit == bit; });
    if (bit != 0 && !may_yield) return false;
    auto found = log.replica().db().query(
        "SELECT 1 FROM conflict WHERE table_name = ? AND row_id = ? AND kind = ? AND coalesce(column_name, '') = ?",
        table.name, row, bit == 0 ? "delete" : "unique", column_names(table, bit));
    return found.step();
}

}  // namespace ocop
