#include "sync/sane.h"

#include <algorithm>

#include "node/retention.h"
#include "node/row_store.h"

namespace ocop::sync {

namespace {

// A log that grows by a million entries a second for a million years.
constexpr std::uint64_t highest_place = std::uint64_t{1} << 62;
// Edits of one row: each tier lets pass `gens_a_tier` more than the one below it. With one limit for all, a child that names it would have its
// parent, whose next edit of the row is one above, refused by the next tier, for ever.
constexpr std::uint64_t gens_a_tier = std::uint64_t{1} << 52;
constexpr std::uint64_t most_tiers = 64;
constexpr std::uint64_t highest_gen =
    most_tiers * gens_a_tier + gens_a_tier;  // from above: more than any tier lets pass
// And above its limit, so much more than what is here already: whoever inherits a row that was spoilt so may go on with it.
constexpr std::uint64_t most_edits_at_once = std::uint64_t{1} << 20;

std::uint64_t highest_gen_from_below(Replica& replica)
{
    const std::uint64_t tiers_above = replica.units().path(replica.state().unit).size();
    return (most_tiers - std::min(tiers_above, most_tiers - 1)) * gens_a_tier;
}

std::uint64_t highest_gen_here(Replica& replica, std::uint32_t table)
{
    auto row = replica.db().query("SELECT max(gen) FROM _log WHERE tbl = ?", table);
    const std::uint64_t stands = row.step() && !row.is_null(0) ? row.natural(0) : 0;
    return std::max(stands, forgotten_gen(replica.db(), table));
}

std::uint64_t highest_gen_of(const Change& change)
{
    std::uint64_t gen = 0;
    for (const Entry& entry : change.entries) gen = std::max(gen, entry.version.gen);
    return gen;
}

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
    const std::uint64_t limit = highest_gen_from_below(parent);
    for (const Change& change : request.changes) {
        const std::uint64_t gen = highest_gen_of(change);
        if (gen > limit && gen > highest_gen_here(parent, change.table) + most_edits_at_once)
            return Refusal{Errc::malformed, "change of " + change.row};
    }
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
