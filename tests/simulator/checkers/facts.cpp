#include "tests/simulator/checkers/facts.h"

#include <algorithm>
#include <cstdlib>

namespace ocop::sim::judge {

namespace {

template <class Map, class Key>
const auto& found_or_none(const Map& map, const Key& key)
{
    static const typename Map::mapped_type none;
    const auto found = map.find(key);
    return found == map.end() ? none : found->second;
}

/// A text's own characters.
Text bare(Text value)
{
    return value.empty() || value == null ? Text{} : value.substr(1);
}

/// What a JSON object of cells has at `column`, against a value as a history writes it.
bool object_has(Text object, Text column, Text value)
{
    const std::string name = "\"" + std::string{column} + "\":";
    const std::size_t at = object.find(name);
    if (at == Text::npos || value == null || value.empty()) return false;
    const std::string rest{object.substr(at + name.size())};
    if (value.front() == 't') return rest.starts_with("\"" + std::string{value.substr(1)} + "\"");
    return std::strtod(rest.c_str(), nullptr) == std::strtod(std::string{value.substr(1)}.c_str(), nullptr);
}

bool names(Text columns, Text column)
{
    for (Text rest = columns; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        if (rest.substr(0, comma) == column) return true;
        if (comma == Text::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return false;
}

}  // namespace

bool is_unique_column(Text table, Text column)
{
    return (table == "product" && column == "product_code") ||
           (table == "organization" && column == "registration_no") ||
           ((table == "certificate" || table == "directive") && column == "number");
}

bool is_authority_column(Text table, Text column)
{
    return table == "evaluation" && (column == "star" || column == "result");
}

bool written_anew(const Facts& facts, const CellKey& key)
{
    const auto& conflicts = facts.conflicts({key.table, key.row});
    return std::any_of(conflicts.begin(), conflicts.end(),
                       [&](const Conflict& conflict) { return conflict.again && conflict.columns == key.column; });
}

bool is_engine_table(Text table)
{
    return table == "conflict" || table == "quarantine" || table == "admin_unit";
}

std::string name_of(const CellKey& key)
{
    return std::string{key.table} + " " + std::string{key.row} + " " + std::string{key.column};
}

std::string name_of(const RowKey& key)
{
    return std::string{key.table} + " " + std::string{key.row};
}

bool Conflict::is_about(Text column) const
{
    return names(columns, column);
}

bool Conflict::loses(Text value) const
{
    return loser == value || (columns.find(',') != Text::npos && loser.find(bare(value)) != Text::npos);
}

bool Conflict::keeps(Text value) const
{
    return loses(value) || winner == value ||
           (columns.find(',') != Text::npos && winner.find(bare(value)) != Text::npos);
}

bool Refusal::holds(Text column, Text cell_value) const
{
    if (kind == "create") return column == "id" || object_has(bare(value), column, cell_value);
    if (kind != "edit" || !names(columns, column)) return false;
    return value == cell_value || (columns.find(',') != Text::npos && value.find(bare(cell_value)) != Text::npos);
}

bool is_followed_unit(const CellKey& key)
{
    return key.column == "unit" && (key.table == "product" || key.table == "evaluation" || key.table == "certificate");
}

Facts::Facts(const Story& story) : story_(story), ends_(story.nodes.size(), nullptr)
{
    take_deeds();
    take_readings();
    take_units();
    for (const Step& step : story_.steps) any_restore_ = any_restore_ || step.what == "restore" || step.what == "clone";
}

void Facts::take_deeds()
{
    for (const Deed& deed : story_.deeds) {
        if (!deed.counts()) continue;
        std::set<RowKey> removed;
        for (const Cell& cell : deed.cells) {
            if (cell.key.column != "id" || cell.after != null) continue;
            removed.insert(cell.key.of_row());
            deletions_[cell.key.of_row()].push_back({&deed, &cell});
        }
        for (const Cell& cell : deed.cells)
            if (cell.after != null || removed.count(cell.key.of_row()) == 0)
                writes_[cell.key].push_back({&deed, &cell});
    }
}

void Facts::take_readings()
{
    for (const Reading& reading : story_.readings)
        if (reading.why == "end") ends_[static_cast<std::size_t>(reading.node)] = &reading;
    if (ends_.empty() || ends_.front() == nullptr) return;
    for (const Row& row : ends_.front()->rows) {
        final_rows_[row.key] = &row;
        if (row.key.table == "quarantine")
            refusals_[{bare(row.value("table_name")), bare(row.value("row_id"))}].push_back(
                {bare(row.value("kind")), bare(row.value("column_name")), row.value("value"), bare(row.value("reason")),
                 bare(row.value("author_origin")), &row});
        if (row.key.table != "conflict") continue;
        conflicts_[{bare(row.value("table_name")), bare(row.value("row_id"))}].push_back(
            {bare(row.value("kind")), bare(row.value("column_name")), row.value("winner_value"),
             row.value("loser_value"), bare(row.value("other_row")), bare(row.value("state")),
             row.value("again_gen") != null});
    }
}

void Facts::take_units()
{
    std::unordered_map<Text, std::vector<Text>> below;
    std::vector<Text> provinces;
    for (const auto& [unit, about] : story_.units) {
        below[about.parent].push_back(unit);
        if (about.level == "province") provinces.push_back(unit);
    }
    for (const Node& node : story_.nodes) {
        std::vector<Text> units = {node.unit};
        for (std::size_t i = 0; i < units.size() && units.size() <= story_.units.size(); ++i)
            if (const auto found = below.find(units[i]); found != below.end())
                units.insert(units.end(), found->second.begin(), found->second.end());
        std::unordered_set<Text> listed(units.begin(), units.end());
        Text above = node.unit;
        for (auto found = story_.units.find(above); found != story_.units.end(); found = story_.units.find(above)) {
            above = found->second.parent;
            if (!listed.insert(above).second) {
                if (above == node.unit) break;  // a tree that bites its tail
                continue;
            }
            units.push_back(above);
        }
        for (const Text province : provinces)
            if (listed.insert(province).second) units.push_back(province);
        concerns_.push_back(std::move(units));
    }
}

const Row* Facts::final_row(const RowKey& key) const
{
    const auto found = final_rows_.find(key);
    return found == final_rows_.end() ? nullptr : found->second;
}

const std::vector<Write>& Facts::writes(const CellKey& key) const
{
    return found_or_none(writes_, key);
}
const std::vector<Write>& Facts::deletions(const RowKey& key) const
{
    return found_or_none(deletions_, key);
}
const std::vector<Conflict>& Facts::conflicts(const RowKey& key) const
{
    return found_or_none(conflicts_, key);
}

bool Facts::moved(const RowKey& key) const
{
    for (const Write& write : writes({key.table, key.row, "unit"}))
        if (write.cell->before != null && write.cell->after != null) return true;
    for (const char* column : {"organization", "product"})
        for (const Write& write : writes({key.table, key.row, column}))
            if (key.table != column && write.cell->after != null && moved({column, write.cell->after.substr(1)}))
                return true;
    return false;
}

const std::vector<Refusal>& Facts::refusals(const RowKey& key) const
{
    return found_or_none(refusals_, key);
}

bool Facts::refused(const CellKey& key, Text value) const
{
    const auto& all = refusals(key.of_row());
    return std::any_of(all.begin(), all.end(), [&](const Refusal& one) { return one.holds(key.column, value); });
}

bool Facts::any_refused(const CellKey& key) const
{
    const auto& all = refusals(key.of_row());
    return std::any_of(all.begin(), all.end(),
                       [&](const Refusal& one) { return one.kind == "create" || names(one.columns, key.column); });
}

bool Facts::refused_whole(const RowKey& key) const
{
    const auto& all = refusals(key);
    return std::any_of(all.begin(), all.end(), [](const Refusal& one) { return one.kind == "create"; });
}

const Write* Facts::writer(const CellKey& key, Text value) const
{
    for (const Write& write : writes(key))
        if (write.cell->after == value) return &write;
    return nullptr;
}

bool Facts::saw(const CellKey& key, Text newer, Text older) const
{
    const std::vector<Write>& all = writes(key);
    for (std::size_t steps = 0; steps <= all.size(); ++steps) {
        const Write* write = writer(key, newer);
        if (write == nullptr) return false;
        newer = write->cell->before;
        if (newer == older) return true;
    }
    return false;
}

bool Facts::written_twice(const CellKey& key) const
{
    std::set<Text> values;
    for (const Write& write : writes(key))
        if (!values.insert(write.cell->after).second || write.cell->after == null) return true;
    return false;
}

bool Facts::written_over(const CellKey& key, Text value) const
{
    const auto has = [&](const std::vector<Write>& all) {
        return std::any_of(all.begin(), all.end(), [&](const Write& write) {
            const auto& cells = write.deed->cells;
            return std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) {
                return cell.key == key && cell.before == value && cell.after != value;
            });
        });
    };
    return has(writes(key)) || has(deletions(key.of_row()));
}

bool Facts::within(Text unit, Text ancestor) const
{
    for (int steps = 0; steps < 16; ++steps) {
        if (unit == ancestor) return true;
        const auto found = story_.units.find(unit);
        if (found == story_.units.end()) return false;
        unit = found->second.parent;
    }
    return false;
}

bool Facts::holds(int node, Text table, Text unit) const
{
    const Text own = story_.nodes[static_cast<std::size_t>(node)].unit;
    if (within(unit, own)) return true;
    if (table != "directive" && table != "admin_unit") return false;  // the lineage's
    if (within(own, unit)) return true;
    if (table == "directive") return false;  // the subtree's
    const auto found = story_.units.find(unit);
    return found != story_.units.end() && found->second.level == "province";  // the line's
}

}  // namespace ocop::sim::judge
