// Checkers of what became of each value: nothing lost, nothing invented, nothing made a conflict that was none.
#include <algorithm>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

namespace {

bool kept_in_conflict(const Facts& facts, const Cell& cell)
{
    const auto& conflicts = facts.conflicts(cell.key.of_row());
    return std::any_of(conflicts.begin(), conflicts.end(), [&](const Conflict& conflict) {
        return conflict.kind != "delete" && conflict.is_about(cell.key.column) && conflict.keeps(cell.after);
    });
}

bool accounted_for(const Facts& facts, const Cell& cell)
{
    const Row* row = facts.final_row(cell.key.of_row());
    if (row != nullptr && (cell.key.column == "id" || row->value(cell.key.column) == cell.after)) return true;
    if (facts.refused(cell.key, cell.after)) return true;
    if (cell.key.column == "id") return !facts.deletions(cell.key.of_row()).empty();
    return facts.written_over(cell.key, cell.after) || kept_in_conflict(facts, cell);
}

bool deletion_was_refused(const Facts& facts, const RowKey& key)
{
    const auto& refusals = facts.refusals(key);
    return std::any_of(refusals.begin(), refusals.end(), [](const Refusal& one) { return one.kind == "delete"; });
}

bool has_delete_conflict(const Facts& facts, const RowKey& key)
{
    const auto& conflicts = facts.conflicts(key);
    return std::any_of(conflicts.begin(), conflicts.end(), [](const Conflict& one) { return one.kind == "delete"; });
}

/// Somebody wrote to the row what the deleter had not seen.
bool somebody_was_not_seen(const Facts& facts, const Write& deletion, const RowKey& key)
{
    const Row* row = facts.final_row(key);
    for (const auto& [column, value] : row->values) {
        const CellKey cell{key.table, key.row, column};
        Text seen = null;
        for (const Cell& of : deletion.deed->cells)
            if (of.key == cell && of.after == null) seen = of.before;
        for (const Write& write : facts.writes(cell))
            if (write.deed != deletion.deed && seen != write.cell->after && !facts.saw(cell, seen, write.cell->after))
                return true;
    }
    return false;
}

}  // namespace

Complaints check_no_lost_update(const Facts& facts)
{
    Complaints complaints;
    const std::set<const Deed*> excused = lost_with_machines(facts);
    for (const Deed& deed : facts.story().deeds) {
        if (deed.fate != Fate::ok || excused.count(&deed) != 0) continue;
        for (const Cell& cell : deed.cells)
            if (cell.after != null && !is_engine_table(cell.key.table) && !is_followed_unit(cell.key) &&
                !accounted_for(facts, cell))
                complaints.push_back("lost: " + name_of(cell.key) + " = " + std::string{cell.after} + " of node " +
                                     std::to_string(deed.node));
    }
    for (const auto& [key, deletions] : facts.all_deletions()) {
        if (facts.final_row(key) == nullptr || has_delete_conflict(facts, key) || facts.any_restore() ||
            deletion_was_refused(facts, key))
            continue;
        for (const Write& deletion : deletions)
            if (deletion.deed->fate == Fate::ok && !somebody_was_not_seen(facts, deletion, key))
                complaints.push_back("deleted, and back without a word: " + name_of(key));
    }
    return complaints;
}

Complaints check_no_invention(const Facts& facts)
{
    Complaints complaints;
    for (const Reading& reading : facts.story().readings) {
        for (const Row& row : reading.rows) {
            if (is_engine_table(row.key.table)) continue;
            for (const auto& [column, value] : row.values) {
                const CellKey key{row.key.table, row.key.row, column};
                if (is_followed_unit(key) && facts.moved(row.key)) continue;
                const Write* writer = facts.writer(key, value);
                if (writer == nullptr || writer->deed->place > reading.place)
                    complaints.push_back("nobody wrote " + name_of(key) + " = " + std::string{value} +
                                         ", shown at node " + std::to_string(reading.node));
            }
        }
    }
    return complaints;
}

Complaints check_conflicts_are_true(const Facts& facts)
{
    Complaints complaints;
    if (facts.any_restore()) return complaints;  // there one needless question is allowed
    for (const auto& [row, conflicts] : facts.all_conflicts()) {
        for (const Conflict& conflict : conflicts) {
            if (conflict.kind != "edit" || conflict.columns.find(',') != Text::npos) continue;
            const CellKey key{row.table, row.row, conflict.columns};
            // A value that was written anew, after a refusal or for its author's tier, is a new edit and may meet who saw the old one.
            if (!facts.refusals(row).empty() || written_anew(facts, key) || facts.moved(row)) continue;
            // NULLs are the engine's own doing where values must be unique.
            if (facts.written_twice(key) || is_unique_column(key.table, key.column)) continue;
            if (facts.saw(key, conflict.winner, conflict.loser) || facts.saw(key, conflict.loser, conflict.winner))
                complaints.push_back("needless conflict: " + name_of(key) + ", " + std::string{conflict.winner} +
                                     " and " + std::string{conflict.loser} + " had seen each other");
        }
    }
    return complaints;
}

}  // namespace ocop::sim::judge
