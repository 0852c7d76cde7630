// Checker of who may write what, by a rule of its own: three lines for each table instead of the model's.
#include <algorithm>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

namespace {

/// May the node write this? The centre is nobody's to judge.
bool is_lawful(const Facts& facts, int node, const Cell& cell)
{
    const Story& story = facts.story();
    const Text unit = story.nodes[static_cast<std::size_t>(node)].unit;
    const auto office = story.units.find(unit);
    if (office == story.units.end() || office->second.level == "central") return true;
    const Text level = office->second.level;
    if (cell.key.table == "directive") return level != "commune" && facts.within(cell.unit, unit);
    if (cell.key.table == "evaluation") {
        if (cell.key.column == "star" && cell.after == "i5") return false;
        return level != "commune" || cell.key.column == "unit";
    }
    if (cell.key.table != "certificate" || cell.key.column == "unit") return true;
    const auto& stars = facts.writes({cell.key.table, cell.key.row, "star"});
    if (stars.empty()) return true;
    const Text star = stars.front().cell->after;
    return (star == "i4" && level == "province") || (star == "i3" && (level == "district" || level == "province"));
}

bool anybody_erred(const Facts& facts, const RowKey& row)
{
    for (const Deed& deed : facts.story().deeds)
        for (const Cell& cell : deed.cells)
            if (cell.key.of_row() == row && !is_lawful(facts, deed.node, cell)) return true;
    return false;
}

/// The row, or one that it refers to, was no honest one.
bool may_be_refused(const Facts& facts, const RowKey& row)
{
    if (anybody_erred(facts, row)) return true;
    for (const char* column : {"organization", "product"})
        for (const Write& write : facts.writes({row.table, row.row, column}))
            if (row.table != column && write.cell->after != null &&
                may_be_refused(facts, {column, write.cell->after.substr(1)}))
                return true;
    return false;
}

void check_unlawful(const Facts& facts, const Deed& deed, const Cell& cell, Complaints& complaints)
{
    const Row* row = facts.final_row(cell.key.of_row());
    if (cell.key.column == "id") {
        const auto& all = facts.deletions(cell.key.of_row());
        const bool others = std::any_of(all.begin(), all.end(), [&](const Write& write) {
            return is_lawful(facts, write.deed->node, *write.cell);
        });
        const bool made_so = anybody_erred(facts, cell.key.of_row()) && facts.refused_whole(cell.key.of_row());
        const Write* maker = facts.writer(cell.key, "t" + std::string{cell.key.row});
        const bool honest = maker != nullptr && is_lawful(facts, maker->deed->node, *maker->cell);
        if (cell.after == null && row == nullptr && honest && !others && !made_so)
            complaints.push_back("deleted by who may not, and gone: " + name_of(cell.key.of_row()));
        if (cell.after == null || row == nullptr) return;
    } else if (cell.after == null || row == nullptr || facts.written_twice(cell.key) ||
               row->value(cell.key.column) != cell.after) {
        return;
    }
    complaints.push_back("stands, though node " + std::to_string(deed.node) +
                         " may not write it: " + name_of(cell.key) + " = " + std::string{cell.after});
}

void check_record(const Facts& facts, const RowKey& row, const Refusal& refusal, Complaints& complaints)
{
    if (refusal.record == nullptr) return;
    const auto& nodes = facts.story().nodes;
    for (int node = 0; node < static_cast<int>(nodes.size()); ++node) {
        const Text origin = nodes[static_cast<std::size_t>(node)].origin;
        if (refusal.author_origin.substr(0, origin.size()) != origin) continue;
        if (!facts.holds(node, "quarantine", refusal.record->unit))
            complaints.push_back("refused, and its author never hears: " + name_of(row) + " of node " +
                                 std::to_string(node));
    }
    if (row.row.ends_with("beef") || facts.any_restore()) return;  // a liar's; a past that is gone
    if (refusal.reason != "refers_to_refused" && refusal.reason != "row_refused" && !may_be_refused(facts, row))
        complaints.push_back("refused, though nobody did wrong: " + name_of(row) + ", " + std::string{refusal.columns} +
                             " " + std::string{refusal.reason});
}

}  // namespace

Complaints check_refusals(const Facts& facts)
{
    Complaints complaints;
    for (const Deed& deed : facts.story().deeds) {
        if (deed.fate != Fate::ok) continue;
        for (const Cell& cell : deed.cells)
            if (!is_engine_table(cell.key.table) && !is_lawful(facts, deed.node, cell))
                check_unlawful(facts, deed, cell, complaints);
    }
    for (const auto& [row, refusals] : facts.all_refusals())
        for (const Refusal& refusal : refusals) check_record(facts, row, refusal, complaints);
    return complaints;
}

Complaints check_authority(const Facts& facts)
{
    static const std::map<Text, int> tiers = {{"central", 0}, {"province", 1}, {"district", 2}, {"commune", 3}};
    const auto tier = [&](const Write& write) {
        const Story& story = facts.story();
        const auto unit = story.units.find(story.nodes[static_cast<std::size_t>(write.deed->node)].unit);
        return unit == story.units.end() ? 0 : tiers.at(unit->second.level);
    };
    Complaints complaints;
    for (const auto& [row, conflicts] : facts.all_conflicts()) {
        for (const Conflict& conflict : conflicts) {
            const CellKey key{row.table, row.row, conflict.columns};
            if (conflict.kind != "edit" || !is_authority_column(key.table, key.column) || facts.written_twice(key))
                continue;
            const Write* winner = facts.writer(key, conflict.winner);
            const Write* loser = facts.writer(key, conflict.loser);
            if (winner != nullptr && loser != nullptr && tier(*loser) < tier(*winner))
                complaints.push_back("a lower tier's edit stands: " + name_of(key) + " = " +
                                     std::string{conflict.winner} + " over " + std::string{conflict.loser});
        }
    }
    return complaints;
}

}  // namespace ocop::sim::judge
