#include "node/row_store.h"
#include "node/sql_text.h"

#include <algorithm>

#include "schema/base/check.h"

namespace ocop {

namespace {

std::uint64_t mask_of(const std::vector<Cell>& cells)
{
    std::uint64_t mask = 0;
    for (const Cell& cell : cells) mask |= std::uint64_t{1} << cell.bit;
    return mask;
}

bool before(const Cell& a, const Cell& b)
{
    return a.bit != b.bit ? a.bit < b.bit : a.part < b.part;
}

}  // namespace

std::vector<const ColumnInfo*> columns_of(const TableInfo& table, std::uint64_t mask)
{
    std::vector<const ColumnInfo*> columns;
    for (const ColumnInfo& column : table.columns)
        if ((mask >> column.bit) & 1) columns.push_back(&column);
    return columns;
}

std::vector<Cell> cells_of(const std::vector<Cell>& cells, std::uint64_t mask)
{
    std::vector<Cell> some;
    for (const Cell& cell : cells)
        if ((mask >> cell.bit) & 1) some.push_back(cell);
    return some;
}

std::vector<Cell> overlay(std::vector<Cell> base, const std::vector<Cell>& top)
{
    for (const Cell& cell : top) {
        const auto at = std::lower_bound(base.begin(), base.end(), cell, before);
        if (at != base.end() && at->bit == cell.bit && at->part == cell.part)
            at->value = cell.value;
        else
            base.insert(at, cell);
    }
    return base;
}

RowStore::RowStore(Replica& replica) : replica_(replica), db_(replica.db())
{
    look_again();
}

// ---- reading

bool RowStore::in_table(const TableInfo& table, const std::string& row)
{
    if (!table.here) return false;
    return db_.query("SELECT 1 FROM " + sql_name(table.name) + " WHERE id = ?", row).step();
}

std::string RowStore::side_reason(const TableInfo& table, const std::string& row)
{
    auto found = db_.query("SELECT reason FROM _side WHERE tbl = ? AND row = ?", table.id, row);
    return found.step() ? found.text(0) : std::string{};
}

const std::string& RowStore::select_sql(const TableInfo& table, std::uint64_t mask)
{
    std::string& sql = select_sql_[{table.id, mask}];
    if (!sql.empty()) return sql;
    std::string list;
    for (const ColumnInfo* column : columns_of(table, mask))
        list += (list.empty() ? "" : ", ") + sql_name(column->name);
    sql = "SELECT " + list + " FROM " + sql_name(table.name) + " WHERE id = ?";
    return sql;
}

std::vector<Cell> RowStore::read_table(const TableInfo& table, const std::string& row, std::uint64_t mask)
{
    std::vector<Cell> cells;
    if ((mask & table.column_mask) == 0) return cells;
    auto found = db_.query(select_sql(table, mask & table.column_mask), row);
    if (!found.step()) return cells;
    int at = 0;
    for (const ColumnInfo* column : columns_of(table, mask))
        cells.push_back(
            {static_cast<std::uint8_t>(column->bit), static_cast<std::uint8_t>(column->part), found.value(at++)});
    return cells;
}

std::vector<Cell> RowStore::read_side(const TableInfo& table, const std::string& row, std::uint64_t mask)
{
    std::vector<Cell> cells;
    for (const ColumnInfo* column : columns_of(table, mask))
        cells.push_back(
            {static_cast<std::uint8_t>(column->bit), static_cast<std::uint8_t>(column->part), column->fallback});
    auto found = db_.query("SELECT bit, part, value FROM _side_cell WHERE tbl = ? AND row = ?", table.id, row);
    while (found.step())
        for (Cell& cell : cells)
            if (cell.bit == found.integer(0) && cell.part == found.integer(1)) cell.value = found.value(2);
    return cells;
}

std::vector<Cell> RowStore::side_cells(const TableInfo& table, const std::string& row)
{
    std::vector<Cell> cells;
    auto found = db_.query("SELECT bit, part, value FROM _side_cell WHERE tbl = ? AND row = ? ORDER BY bit, part",
                           table.id, row);
    while (found.step())
        cells.push_back(
            {static_cast<std::uint8_t>(found.integer(0)), static_cast<std::uint8_t>(found.integer(1)), found.value(2)});
    return cells;
}

void RowStore::overlay_displaced(const TableInfo& table, const std::string& row, std::vector<Cell>& cells)
{
    if (!any_displaced_) return;
    auto found = db_.query("SELECT bit, part, value FROM _displaced WHERE tbl = ? AND row = ?", table.id, row);
    while (found.step())
        for (Cell& cell : cells)
            if (cell.bit == found.integer(0) && cell.part == found.integer(1)) cell.value = found.value(2);
}

std::vector<Cell> RowStore::read(const TableInfo& table, const std::string& row, std::uint64_t mask)
{
    std::vector<Cell> cells = read_table(table, row, mask);
    if (cells.empty()) cells = read_side(table, row, mask);
    overlay_displaced(table, row, cells);
    if ((mask & ~table.column_mask & ~existence_bit) == 0) return cells;
    return overlay(std::move(cells), read_unknown(table, row, mask));
}

// ---- columns of a newer model

std::vector<Cell> RowStore::read_unknown(const TableInfo& table, const std::string& row, std::uint64_t mask)
{
    std::vector<Cell> cells;
    auto found =
        db_.query("SELECT bit, part, value FROM _unknown WHERE tbl = ? AND row = ? ORDER BY bit, part", table.id, row);
    while (found.step())
        if (((mask >> found.integer(0)) & 1) != 0)
            cells.push_back({static_cast<std::uint8_t>(found.integer(0)), static_cast<std::uint8_t>(found.integer(1)),
                             found.value(2)});
    return cells;
}

std::vector<Cell> RowStore::keep_unknown(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    std::vector<Cell> known;
    for (const Cell& cell : cells)
        if (((table.column_mask >> cell.bit) & 1) != 0)
            known.push_back(cell);
        else
            db_.run("INSERT OR REPLACE INTO _unknown VALUES (?,?,?,?,?)", table.id, row, int{cell.bit}, int{cell.part},
                    cell.value);
    return known;
}

// ---- writing

const std::string& RowStore::update_sql(const TableInfo& table, std::uint64_t mask)
{
    std::string& sql = update_sql_[{table.id, mask}];
    if (!sql.empty()) return sql;
    std::string list;
    for (const ColumnInfo* column : columns_of(table, mask))
        list += (list.empty() ? "" : ", ") + sql_name(column->name) + " = ?";
    sql = "UPDATE " + sql_name(table.name) + " SET " + list + " WHERE id = ?";
    return sql;
}

const std::string& RowStore::insert_sql(const TableInfo& table)
{
    std::string& sql = insert_sql_[table.id];
    if (!sql.empty()) return sql;
    std::string names = "id";
    std::string marks = "?";
    for (const ColumnInfo& column : table.columns) {
        names += ", " + sql_name(column.name);
        marks += ", ?";
    }
    sql = "INSERT INTO " + sql_name(table.name) + " (" + names + ") VALUES (" + marks + ")";
    return sql;
}

void RowStore::insert(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    OCOP_CHECK(cells.size() == table.columns.size());
    replica_.merging();
    auto running = db_.query(insert_sql(table), row);
    int index = 1;
    for (const Cell& cell : cells) running.bind(++index, cell.value);
    while (running.step()) {}
}

bool RowStore::update(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    replica_.merging();
    auto running = db_.query(update_sql(table, mask_of(cells)));
    int index = 0;
    for (const Cell& cell : cells) running.bind(++index, cell.value);
    running.bind(++index, row);
    while (running.step()) {}
    return db_.changes() > 0;
}

void RowStore::displace(const TableInfo& table, const std::string& row, const Cell& cell, const std::string& reason)
{
    any_displaced_ = true;
    db_.run("INSERT OR REPLACE INTO _displaced VALUES (?,?,?,?,?,?)", table.id, row, int{cell.bit}, int{cell.part},
            cell.value, reason);
}

std::vector<Cell> RowStore::set_aside(const TableInfo& table, const std::string& row, std::vector<Cell> cells)
{
    for (const UniqueInfo& unique : table.uniques)
        for (Cell& cell : cells) {
            const ColumnInfo* column = table.column(unique.yields);
            if (cell.bit != column->bit || cell.part != column->part || cell.value.index() == 0) continue;
            displace(table, row, cell, "unique");
            cell.value = Value{};
        }
    return cells;
}

bool RowStore::update_or_displace(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    try {
        return update(table, row, cells);
    } catch (const sqlite::Error& error) {
        if (!error.is_unique() && !error.is_refused_value()) throw;
        if (error.is_unique()) {
            try {
                return update(table, row, set_aside(table, row, cells));
            } catch (const sqlite::Error& again) {
                if (!again.is_unique() && !again.is_refused_value()) throw;
            }
        }
    }
    return update_bit_by_bit(table, row, cells);
}

/// One value that cannot be shown does not keep the others from it.
bool RowStore::update_bit_by_bit(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    for (std::uint64_t rest = mask_of(cells); rest != 0; rest &= rest - 1) {
        const std::uint64_t bit = rest & (~rest + 1);
        std::vector<Cell> group;
        for (const Cell& cell : cells)
            if (((bit >> cell.bit) & 1) != 0) group.push_back(cell);
        try {
            if (!update(table, row, group)) return false;
        } catch (const sqlite::Error& error) {
            if (!error.is_unique() && !error.is_refused_value()) throw;
            if (refuse_ && error.is_refused_value())
                refused_bits_ |= bit;
            else
                for (const Cell& cell : group) displace(table, row, cell, error.is_unique() ? "unique" : "refused");
        }
    }
    return true;
}

RowStore::Written RowStore::insert_or_park(const TableInfo& table, const std::string& row, std::vector<Cell> cells)
{
    try {
        insert(table, row, cells);
        return Written::inserted;
    } catch (const sqlite::Error& error) {
        if (!error.is_unique() && !error.is_refused_value()) throw;
        if (error.is_unique() && in_table(table, row)) {
            update_or_displace(table, row, cells);
            return Written::updated;
        }
        if (error.is_unique()) {
            cells = set_aside(table, row, std::move(cells));
            try {
                insert(table, row, cells);
                return Written::inserted;
            } catch (const sqlite::Error& again) {
                if (!again.is_unique() && !again.is_refused_value()) throw;
                if (refuse_ && again.is_refused_value()) return Written::refused;
            }
        } else if (refuse_) {
            return Written::refused;
        }
    }
    store_side_cells(table, row, cells);
    set_reason(table, row, "parked");
    return Written::not_shown;
}

RowStore::Written RowStore::show(const TableInfo& table, const std::string& row, const std::vector<Cell>& all,
                                 bool was_live)
{
    refused_bits_ = 0;
    const bool unknown = (mask_of(all) & ~table.column_mask) != 0;
    const std::vector<Cell> known = unknown ? keep_unknown(table, row, all) : std::vector<Cell>{};
    const std::vector<Cell>& cells = unknown ? known : all;
    if (!table.here) return Written::updated;
    if (!cells.empty()) forget_displaced(table, row, mask_of(cells));
    if (was_live && (cells.empty() ? in_table(table, row) : update_or_displace(table, row, cells)))
        return Written::updated;
    if (side_reason(table, row) == "shown_as_gone") {
        forget_side(table, row);
        if (!cells.empty()) update_or_displace(table, row, cells);
        return Written::updated;
    }
    std::vector<Cell> whole = overlay(read_side(table, row, table.column_mask), cells);
    forget_side(table, row);
    return insert_or_park(table, row, std::move(whole));
}

void RowStore::store_side_cells(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells)
{
    for (const Cell& cell : cells)
        db_.run("INSERT OR REPLACE INTO _side_cell VALUES (?,?,?,?,?)", table.id, row, int{cell.bit}, int{cell.part},
                cell.value);
}

void RowStore::put_away(const TableInfo& table, const std::string& row, const std::vector<Cell>& all,
                        const std::string& reason)
{
    const std::vector<Cell> cells = keep_unknown(table, row, all);
    if (!table.here) return;
    const std::vector<Cell> whole = overlay(read(table, row, table.column_mask), cells);
    replica_.merging();
    db_.run("DELETE FROM " + sql_name(table.name) + " WHERE id = ?", row);
    store_side_cells(table, row, whole);
    set_reason(table, row, reason);
    forget_displaced(table, row, table.column_mask);
}

void RowStore::keep_last(const TableInfo& table, const std::string& row, const std::vector<Value>& last)
{
    set_reason(table, row, "gone");
    if (last.size() != table.columns.size()) return;
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < last.size(); ++i)
        cells.push_back({static_cast<std::uint8_t>(table.columns[i].bit),
                         static_cast<std::uint8_t>(table.columns[i].part), last[i]});
    overlay_displaced(table, row, cells);
    store_side_cells(table, row, cells);
    forget_displaced(table, row, table.column_mask);
}

void RowStore::park(const TableInfo& table, const std::string& row, const std::string& reason)
{
    store_side_cells(table, row, read_table(table, row, table.column_mask));
    replica_.merging();
    db_.run("DELETE FROM " + sql_name(table.name) + " WHERE id = ?", row);
    set_reason(table, row, reason);
}

bool RowStore::bring_back(const TableInfo& table, const std::string& row)
{
    const std::vector<Cell> cells = read_side(table, row, table.column_mask);
    const auto placed = [&](const std::vector<Cell>& values) {
        try {
            insert(table, row, values);
        } catch (const sqlite::Error& error) {
            if (!error.is_unique() && !error.is_refused_value()) throw;
            return false;
        }
        return true;
    };
    // While the row was out of sight another may have been given its unique value: that alone waits then, not the row.
    if (!placed(cells)) {
        const std::vector<Cell> rest = set_aside(table, row, cells);
        if (!placed(rest)) {
            for (std::size_t i = 0; i < cells.size(); ++i)
                if (cells[i].value != rest[i].value) forget_displaced(table, row, std::uint64_t{1} << cells[i].bit);
            return false;
        }
    }
    forget_side(table, row);
    return true;
}

void RowStore::set_reason(const TableInfo& table, const std::string& row, const std::string& reason)
{
    db_.run("INSERT OR REPLACE INTO _side VALUES (?,?,?)", table.id, row, reason);
}

void RowStore::forget_side(const TableInfo& table, const std::string& row)
{
    db_.run("DELETE FROM _side WHERE tbl = ? AND row = ?", table.id, row);
    db_.run("DELETE FROM _side_cell WHERE tbl = ? AND row = ?", table.id, row);
}

void RowStore::drop(const TableInfo& table, const std::string& row)
{
    replica_.merging();
    db_.run("DELETE FROM " + sql_name(table.name) + " WHERE id = ?", row);
    forget_side(table, row);
    db_.run("DELETE FROM _displaced WHERE tbl = ? AND row = ?", table.id, row);
    db_.run("DELETE FROM _unknown WHERE tbl = ? AND row = ?", table.id, row);
}

// ---- displaced values, waiting rows

std::vector<RowStore::Displaced> RowStore::displaced()
{
    std::vector<Displaced> all;
    if (!any_displaced_) return all;
    auto found = db_.query("SELECT tbl, row, bit, part, value, reason FROM _displaced ORDER BY tbl, row, bit, part");
    while (found.step()) {
        const TableInfo* table = replica_.catalog().table(static_cast<std::uint32_t>(found.integer(0)));
        const Cell cell{static_cast<std::uint8_t>(found.integer(2)), static_cast<std::uint8_t>(found.integer(3)),
                        found.value(4)};
        const bool same =
            !all.empty() && all.back().table == table && all.back().row == found.text(1) && all.back().bit == cell.bit;
        if (!same) all.push_back({table, found.text(1), cell.bit, {}, found.text(5)});
        all.back().cells.push_back(cell);
    }
    return all;
}

bool RowStore::try_place(const Displaced& value)
{
    if (!in_table(*value.table, value.row)) return false;
    std::vector<Cell> cells = value.cells;
    const auto known = read_table(*value.table, value.row, std::uint64_t{1} << value.bit);
    cells = overlay(known, cells);
    try {
        update(*value.table, value.row, cells);
    } catch (const sqlite::Error& error) {
        if (!error.is_unique() && !error.is_refused_value()) throw;
        return false;
    }
    forget_displaced(*value.table, value.row, std::uint64_t{1} << value.bit);
    return true;
}

void RowStore::forget_displaced(const TableInfo& table, const std::string& row, std::uint64_t mask)
{
    if (!any_displaced_) return;
    for (const ColumnInfo* column : columns_of(table, mask))
        db_.run("DELETE FROM _displaced WHERE tbl = ? AND row = ? AND bit = ?", table.id, row, column->bit);
}

bool RowStore::anything_waits()
{
    return db_.query("SELECT 1 FROM _side WHERE reason <> 'gone' UNION ALL SELECT 1 FROM _displaced LIMIT 1").step();
}

std::vector<RowStore::Waiting> RowStore::waiting(const std::string& reason)
{
    std::vector<Waiting> rows;
    auto found = db_.query("SELECT tbl, row FROM _side WHERE reason = ? AND reason <> 'gone'", reason);
    while (found.step())
        rows.push_back({replica_.catalog().table(static_cast<std::uint32_t>(found.integer(0))), found.text(1)});
    return rows;
}

}  // namespace ocop
