#include "node/moves.h"

#include <algorithm>
#include <map>

#include "node/neighbours.h"
#include "node/row_key.h"
#include "node/row_store.h"
#include "node/sql_text.h"

namespace ocop {

namespace {

/// The table whose rows are the units themselves; null in a model without any.
const TableInfo* unit_table(Replica& replica)
{
    for (const TableInfo& table : replica.catalog().tables())
        if (table.unit_is_key()) return &table;
    return nullptr;
}

/// The units on the way up from `unit` that are leaving.
std::vector<std::string> leaving_units(ChangeLog& log, const std::string& unit)
{
    std::vector<std::string> found;
    if (!log.any_leaving()) return found;
    const TableInfo* units = unit_table(log.replica());
    if (units == nullptr) return found;
    for (std::string& at : log.replica().units().path(unit))
        if (log.leaving(units->id, at)) found.push_back(std::move(at));
    return found;
}

struct Place {
    std::uint32_t table;
    std::string row;
    std::string unit;
};

std::vector<Place> all_rows(ChangeLog& log)
{
    std::vector<Place> all;
    auto rows = log.replica().db().query("SELECT DISTINCT tbl, row, unit FROM _log");
    while (rows.step())
        all.push_back(
            {static_cast<std::uint32_t>(rows.integer(0)), row_of(rows.value(1)), log.unit_id(rows.integer(2))});
    return all;
}

/// All rows of a unit and of those below it, but its own.
std::vector<Place> rows_inside(ChangeLog& log, const LogRow& unit)
{
    std::vector<Place> inside;
    const TableInfo* table = log.replica().catalog().table(unit.table());
    if (table == nullptr || !table->unit_is_key() || !log.any_children()) return inside;
    for (Place& place : all_rows(log))
        if (place.row != unit.row() && log.replica().units().is_within(place.unit, unit.row()))
            inside.push_back(std::move(place));
    return inside;
}

}  // namespace

void ChangeLog::moved(std::uint32_t table, const std::string& row, const std::string& old_unit)
{
    if (!any_children_) return;
    any_moves_ = true;
    const std::uint64_t place = ++replica_.mutable_state().lsn;
    const auto remember = [&](std::int64_t old) {
        db_.run("INSERT OR REPLACE INTO _move VALUES (?,?,?,?)", table, log_key(row), old, place);
    };
    remember(old_unit.empty() ? 0 : unit_ref(old_unit));
    // Some below were told that the old unit is away, and so hold nothing of it.
    if (!old_unit.empty() && !leaving_units(*this, old_unit).empty()) remember(0);
}

// ---- units

namespace {

class TreeChange {
public:
    explicit TreeChange(ChangeLog& log) : log_(log), db_(log.replica().db()) {}

    void run()
    {
        const bool first = !db_.query("SELECT 1 FROM _tree LIMIT 1").step();
        read();
        for (const auto& [unit, was] : changed_)
            db_.run("INSERT OR REPLACE INTO _tree SELECT id, coalesce(parent, '') FROM admin_unit WHERE id = ?", unit);
        db_.run("DELETE FROM _tree WHERE unit NOT IN (SELECT id FROM admin_unit)");
        if (first || changed_.empty() || !log_.any_children()) return;
        for (const Place& place : just_left()) move(place, false);
        for (const Place& place : all_rows(log_)) move(place, true);
    }

private:
    void read()
    {
        auto rows = db_.query("SELECT a.id, t.parent FROM admin_unit AS a LEFT JOIN _tree AS t ON t.unit = a.id "
                              "WHERE t.unit IS NULL OR t.parent <> coalesce(a.parent, '')");
        while (rows.step()) changed_[rows.text(0)] = rows.is_null(1) ? std::string{} : rows.text(1);
    }

    /// Rows that left a unit which has now gone elsewhere itself: who held it there is yet to hear of them.
    std::vector<Place> just_left()
    {
        std::vector<Place> rows;
        auto moves = db_.query("SELECT tbl, row, old FROM _move WHERE old <> 0");
        while (moves.step())
            rows.push_back(
                {static_cast<std::uint32_t>(moves.integer(0)), row_of(moves.value(1)), log_.unit_id(moves.integer(2))});
        return rows;
    }

    void move(const Place& place, bool stands)
    {
        const TableInfo* table = log_.replica().catalog().table(place.table);
        if (table == nullptr) return;
        for (const std::string& unit : log_.replica().units().path(place.unit)) {
            const auto found = changed_.find(unit);
            if (found == changed_.end()) continue;
            const std::string& was = found->second;
            if (was.empty() && (!stands || (table->unit_is_key() && place.row == unit))) continue;  // new
            log_.moved(place.table, place.row, was);
            // The former parent stands for the unit's former place: exact for those above it, not for those below.
            if (table->model->audience != Audience::lineage && !was.empty()) log_.moved(place.table, place.row, {});
        }
    }

    ChangeLog& log_;
    sqlite::Connection& db_;
    std::map<std::string, std::string> changed_;  // unit, and its former parent; empty for a new one
};

}  // namespace

void follow_units(ChangeLog& log)
{
    if (!log.units_touched() || unit_table(log.replica()) == nullptr) return;
    log.replica().units_changed();
    TreeChange{log}.run();
}

bool unit_stays(ChangeLog& log, const std::string& unit, const std::string& reader)
{
    const UnitTree& units = log.replica().units();
    const std::vector<std::string> leaving = leaving_units(log, unit);
    return std::all_of(leaving.begin(), leaving.end(),
                       [&](const std::string& at) { return units.is_within(reader, at); });
}

bool serves_office(ChangeLog& log, const std::string& unit, const std::string& reader)
{
    const UnitTree& units = log.replica().units();
    const std::vector<std::string> leaving = leaving_units(log, unit);
    return std::any_of(leaving.begin(), leaving.end(),
                       [&](const std::string& at) { return units.is_within(reader, at); });
}

bool unit_was_within(ChangeLog& log, const std::string& unit, const std::string& child)
{
    const TableInfo* table = unit_table(log.replica());
    if (!log.any_moves() || table == nullptr) return false;
    const UnitTree& units = log.replica().units();
    for (const std::string& at : units.path(unit)) {
        auto moves = log.replica().db().query("SELECT old FROM _move WHERE tbl = ? AND row = ? AND old <> 0", table->id,
                                              log_key(at));
        while (moves.step())
            if (units.is_within(log.unit_id(moves.integer(0)), child)) return true;
    }
    return false;
}

bool row_was_within(ChangeLog& log, const LogRow& row, const std::string& child)
{
    if (!log.any_moves()) return false;
    auto moves = log.replica().db().query("SELECT old FROM _move WHERE tbl = ? AND row = ? AND old <> 0", row.table(),
                                          log_key(row.row()));
    while (moves.step())
        if (log.replica().units().is_within(log.unit_id(moves.integer(0)), child)) return true;
    return false;
}

// ---- leaving

void start_leaving(ChangeLog& log, LogRow& row, std::uint64_t place, std::uint64_t heard)
{
    if (!row.known() || row.leaving()) return;
    const std::uint64_t cap = std::max({place - 1, heard, log.ahead(via_parent, row.table(), row.row())});
    for (const Place& inside : rows_inside(log, row)) log.moved(inside.table, inside.row, inside.unit);
    log.moved(row.table(), row.row(), row.unit());
    row.set_leaving(Leaving{cap, log.replica().state().lsn});
}

void end_leaving(ChangeLog& log, LogRow& row)
{
    row.set_leaving(std::nullopt);
    for (const Place& inside : rows_inside(log, row)) log.moved(inside.table, inside.row, {});
    log.moved(row.table(), row.row(), {});
}

std::uint64_t lowest_cap(sqlite::Connection& db)
{
    auto lowest = db.query("SELECT min(cap) FROM _leaving");
    return lowest.step() && !lowest.is_null(0) ? lowest.natural(0) : UINT64_MAX;
}

// ---- going

namespace {

class Eviction {
public:
    explicit Eviction(ChangeLog& log)
        : log_(log), replica_(log.replica()), db_(replica_.db()), store_(replica_), floors_(floors(db_))
    {
    }

    void run()
    {
        std::vector<Place> going;
        {
            auto rows = db_.query("SELECT tbl, row, place FROM _leaving");
            while (rows.step()) {
                const auto table = static_cast<std::uint32_t>(rows.integer(0));
                const std::string row = row_of(rows.value(1));
                if (may_go(table, row, rows.natural(2))) going.push_back({table, row, {}});
            }
        }
        // A row goes after those that refer to it.
        for (bool progress = true; progress;) {
            const auto rest = std::remove_if(going.begin(), going.end(), [&](const Place& at) { return go(at); });
            progress = rest != going.end();
            going.erase(rest, going.end());
        }
    }

private:
    bool may_go(std::uint32_t table_id, const std::string& row_id, std::uint64_t told)
    {
        const TableInfo* table = replica_.catalog().table(table_id);
        if (table == nullptr) return false;
        const LogRow row = log_.row(table_id, row_id);
        for (const LogEntry& entry : row.entries())
            if (entry.via != via_parent && entry.lsn > replica_.state().acked) return false;
        if (db_.query("SELECT 1 FROM _held WHERE tbl = ? AND row = ?", table_id, row_id).step()) return false;
        std::vector<std::string> held_under = {row.unit()};
        {
            auto moves = db_.query("SELECT old, lsn FROM _move WHERE tbl = ? AND row = ?", table_id, log_key(row_id));
            while (moves.step()) {
                told = std::max(told, moves.natural(1));
                if (moves.integer(0) != 0) held_under.push_back(log_.unit_id(moves.integer(0)));
            }
        }
        return std::all_of(floors_.begin(), floors_.end(), [&](const Floor& reader) {
            return done_with(reader, *table, row.unit(), held_under, told);
        });
    }

    bool done_with(const Floor& reader, const TableInfo& table, const std::string& unit,
                   const std::vector<std::string>& held_under, std::uint64_t told)
    {
        const UnitTree& units = replica_.units();
        const bool served = std::any_of(held_under.begin(), held_under.end(), [&](const std::string& held) {
            return units.holds(reader.unit, table.model->audience, held);
        });
        if (!served) return true;
        if (serves_office(log_, unit, reader.unit)) return false;
        return reader.place >= told;
    }

    bool go(const Place& at)
    {
        const TableInfo* table = replica_.catalog().table(at.table);
        if (referred_to(*table, at.row) || (table->unit_is_key() && unit_in_use(*table, at.row))) return false;
        LogRow row = log_.row(at.table, at.row);
        store_.drop(*table, at.row);
        row.drop();
        if (table->unit_is_key()) {
            db_.run("DELETE FROM _tree WHERE unit = ?", at.row);
            replica_.units_changed();
        }
        return true;
    }

    bool referred_to(const TableInfo& table, const std::string& row)
    {
        for (const ForeignKeyInfo& key : table.referrers) {
            std::string match;
            for (std::size_t i = 0; i < key.columns.size(); ++i)
                match += " AND r." + sql_name(key.columns[i]) + " = t." + sql_name(key.target_columns[i]);
            if (db_.query("SELECT 1 FROM " + sql_name(table.name) + " AS t JOIN " + sql_name(key.table) +
                              " AS r WHERE t.id = ?" + match + " LIMIT 1",
                          row)
                    .step())
                return true;
        }
        return false;
    }

    bool unit_in_use(const TableInfo& table, const std::string& unit)
    {
        const std::int64_t ref = log_.unit_ref(unit);
        return db_
            .query("SELECT 1 FROM _log WHERE unit = ?1 AND NOT (tbl = ?2 AND row = ?3) UNION ALL "
                   "SELECT 1 FROM _move WHERE old = ?1 AND NOT (tbl = ?2 AND row = ?3) LIMIT 1",
                   ref, table.id, log_key(unit))
            .step();
    }

    ChangeLog& log_;
    Replica& replica_;
    sqlite::Connection& db_;
    RowStore store_;
    std::vector<Floor> floors_;
};

}  // namespace

void finish_moves(ChangeLog& log)
{
    if (log.any_leaving()) Eviction{log}.run();
    if (!log.any_moves()) return;
    log.replica().db().run(
        "DELETE FROM _move WHERE lsn <= ? AND NOT EXISTS (SELECT 1 FROM _leaving AS l WHERE l.tbl = _move.tbl "
        "AND l.row = _move.row)",
        lowest_floor(log.replica().db(), std::uint64_t{1} << 62));
}

}  // namespace ocop
