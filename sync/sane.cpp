#include "sync/sane.h"

#include <algorithm>

#include "node/row_store.h"

namespace ocop::sync {

namespace {

// A row edited once a second for a million years, a log that grows by a million entries a second for as long.
constexpr std::uint64_t highest_gen = std::uint64_t{1} << 45;
constexpr std::uint64_t highest_place = std::uint64_t{1} << 62;

/// Numbers a neighbour may name: beyond them our own next edit, or SQLite's integers, would overflow.
bool sane_numbers(const Entry& entry)
{
    return entry.version.gen != 0 && entry.version.gen <= highest_gen && entry.lsn <= highest_place &&
           entry.ctx <= highest_place;
}

/// The cells of a table we know are exactly the columns of the bits that change, and the unit named is the row's own.
bool fits_table(const TableInfo& table, const Change& change)
{
    std::uint64_t mask = 0;
    for (const Entry& entry : change.entries) mask |= entry.mask;
    auto cell = change.cells.begin();
    for (const ColumnInfo* column : columns_of(table, mask)) {
        while (cell != change.cells.end() && ((table.column_mask >> cell->bit) & 1) == 0) ++cell;  // a newer model's
        if (cell == change.cells.end() || cell->bit != column->bit || cell->part != column->part) return false;
        const auto* text = std::get_if<std::string>(&cell->value);
        if (column->name == table.unit_column && (text == nullptr || *text != change.unit)) return false;
        ++cell;
    }
    while (cell != change.cells.end() && ((table.column_mask >> cell->bit) & 1) == 0) ++cell;
    return cell == change.cells.end() && (!table.unit_is_key() || change.unit == change.row);
}

}  // namespace

Status check_changes(Replica& replica, const std::vector<Change>& changes)
{
    for (const Change& change : changes) {
        const TableInfo* table = replica.catalog().table(change.table);
        const bool sane = std::all_of(change.entries.begin(), change.entries.end(), sane_numbers);
        if (!sane || change.row.empty() || change.unit.empty() || (table != nullptr && !fits_table(*table, change)))
            return Refusal{Errc::malformed, "change of " + change.row};
    }
    return Done{};
}

Status check_request(Replica& parent, const Request& request)
{
    if (const Status sane = check_changes(parent, request.changes); !sane) return sane.refusal();
    if (request.top > highest_place || request.cursor > highest_place || request.whole_as_of > highest_place)
        return Refusal{Errc::malformed, "top"};
    return Done{};
}

Status check_answer(Replica& child, const Answer& answer)
{
    if (const Status sane = check_changes(child, answer.changes); !sane) return sane.refusal();
    if (answer.top > highest_place || answer.mark > highest_place || answer.whole_as_of > highest_place)
        return Refusal{Errc::malformed, "top"};
    return Done{};
}

}  // namespace ocop::sync
