#include "tests/simulator/checkers/reference_model.h"

#include <algorithm>
#include <tuple>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

ReferenceModel::ReferenceModel(const Facts& facts)
    : facts_(facts), heard_(facts.story().nodes.size()), pending_(facts.story().nodes.size())
{
    for (const auto& [row, conflicts] : facts.all_conflicts()) {
        for (const Conflict& conflict : conflicts) {
            if (conflict.kind == "edit" && !conflict.again) continue;
            not_predicted_.insert(row);
            not_predicted_.insert({row.table, conflict.other_row});
        }
    }
    for (const auto& [row, refusals] : facts.all_refusals()) not_predicted_.insert(row);
}

Complaints ReferenceModel::run()
{
    const Story& story = facts_.story();
    for (const Story::Mark& mark : story.order) {
        if (mark.deed)
            write(story.deeds[mark.index]);
        else
            step(story.steps[mark.index]);
    }
    Complaints complaints;
    compare_rows(complaints);
    compare_conflicts(complaints);
    return complaints;
}

void ReferenceModel::write(const Deed& deed)
{
    if (!deed.counts()) return;
    auto& waiting = pending_[static_cast<std::size_t>(deed.node)];
    for (const Cell& cell : deed.cells) {
        if (is_engine_table(cell.key.table)) continue;
        auto at = std::find_if(waiting.begin(), waiting.end(),
                               [&](const Pending& one) { return one.row == cell.key.of_row(); });
        if (at == waiting.end()) {
            waiting.push_back({cell.key.of_row(), cell.unit, {}, false, false});
            at = waiting.end() - 1;
        }
        if (cell.key.column != "id") {
            if (!at->deleted) at->cells[cell.key.column] = cell.after;
        } else if (cell.after == null) {
            at->deleted = true;
        } else {
            at->inserted = true;
        }
        if (at->deleted && cell.after == null) at->cells.erase("id");
    }
}

void ReferenceModel::seal(int node, std::int64_t clock)
{
    auto& waiting = pending_[static_cast<std::size_t>(node)];
    for (const Pending& pending : waiting) {
        std::uint64_t gen = 0;
        for (const std::size_t i : by_row_[pending.row])
            if (heard_[static_cast<std::size_t>(node)].has(i)) gen = std::max(gen, changes_[i].gen);
        if (pending.inserted && pending.deleted) continue;  // came and went between two seals
        if (!pending.deleted || !pending.cells.empty()) change(node, clock, pending, false, ++gen);
        if (pending.deleted) change(node, clock, pending, true, ++gen);
    }
    waiting.clear();
}

void ReferenceModel::change(int node, std::int64_t clock, const Pending& pending, bool deletes, std::uint64_t gen)
{
    Heard& heard = heard_[static_cast<std::size_t>(node)];
    const std::size_t index = changes_.size();
    changes_.push_back({pending.row, pending.unit, pending.cells, deletes, gen, clock, node, heard.list.size()});
    if (deletes) changes_.back().cells.clear();
    by_row_[pending.row].push_back(index);
    heard.add(index);
}

void ReferenceModel::step(const Step& step)
{
    if (step.what != "make" && step.what != "serve" && step.what != "finish" && step.what != "seal") return;
    seal(step.node, step.clock);
    const Message all{step.node, heard_[static_cast<std::size_t>(step.node)].list.size()};
    if (step.what == "make") messages_[step.message] = all;
    if (step.what == "finish") hear(step.node, messages_[step.message], true);
    if (step.what != "serve") return;
    if (step.flag) hear(step.node, messages_[step.message], false);
    messages_[step.answer] = {step.node, heard_[static_cast<std::size_t>(step.node)].list.size()};
}

void ReferenceModel::hear(int node, const Message& message, bool as_child)
{
    if (message.sender < 0) return;
    Heard& heard = heard_[static_cast<std::size_t>(node)];
    const std::vector<std::size_t>& said = heard_[static_cast<std::size_t>(message.sender)].list;
    for (std::size_t& next = taken_[{node, message.sender}]; next < message.heard; ++next) {
        const Change& change = changes_[said[next]];
        if (!as_child || facts_.holds(node, change.row.table, change.unit)) heard.add(said[next]);
    }
}

bool ReferenceModel::newer(const Change& a, const Change& b) const
{
    const auto& nodes = facts_.story().nodes;
    const Text origin_a = nodes[static_cast<std::size_t>(a.origin)].origin;
    const Text origin_b = nodes[static_cast<std::size_t>(b.origin)].origin;
    return std::tie(a.gen, a.time, origin_a) > std::tie(b.gen, b.time, origin_b);
}

bool ReferenceModel::concurrent(std::size_t a, std::size_t b) const
{
    const auto knew = [&](std::size_t later, std::size_t earlier) {
        const auto& at = heard_[static_cast<std::size_t>(changes_[later].origin)].at;
        const auto found = at.find(earlier);
        return found != at.end() && found->second < changes_[later].past;
    };
    return a != b && !knew(a, b) && !knew(b, a);
}

void ReferenceModel::compare_rows(Complaints& complaints) const
{
    for (const auto& [row, all] : by_row_) {
        if (not_predicted_.count(row) != 0 || all.empty() || facts_.moved(row)) continue;
        const Row* shown = facts_.final_row(row);
        const bool gone = std::any_of(all.begin(), all.end(), [&](std::size_t i) { return changes_[i].deletes; });
        if (gone != (shown == nullptr)) {
            complaints.push_back(name_of(row) + (gone ? " is gone" : " is there") + " in the model only");
            continue;
        }
        if (gone) continue;
        std::map<Text, const Change*> winners;
        for (const std::size_t i : all)
            for (const auto& [column, value] : changes_[i].cells) {
                const Change*& winner = winners[column];
                if (winner == nullptr || newer(changes_[i], *winner)) winner = &changes_[i];
            }
        for (const auto& [column, winner] : winners)
            if (shown->value(column) != winner->cells.at(column))
                complaints.push_back(name_of(row) + " " + std::string{column} + " shows " +
                                     std::string{shown->value(column)} + ", the model " +
                                     std::string{winner->cells.at(column)});
    }
}

std::vector<std::size_t> ReferenceModel::changes_to(const CellKey& key, Text value) const
{
    std::vector<std::size_t> found;
    const auto all = by_row_.find(key.of_row());
    if (all == by_row_.end()) return found;
    for (const std::size_t i : all->second) {
        const auto cell = changes_[i].cells.find(key.column);
        if (cell != changes_[i].cells.end() && cell->second == value) found.push_back(i);
    }
    return found;
}

void ReferenceModel::compare_conflicts(Complaints& complaints) const
{
    for (const auto& [row, conflicts] : facts_.all_conflicts()) {
        for (const Conflict& conflict : conflicts) {
            if (conflict.kind != "edit" || conflict.columns.find(',') != Text::npos) continue;
            const CellKey key{row.table, row.row, conflict.columns};
            // A value written anew for its author's tier is a new edit, and may meet who saw the old one.
            if (is_unique_column(key.table, key.column) || written_anew(facts_, key) || !facts_.refusals(row).empty() ||
                facts_.moved(row))
                continue;
            bool any = false;
            for (const std::size_t a : changes_to(key, conflict.winner))
                for (const std::size_t b : changes_to(key, conflict.loser)) any = any || concurrent(a, b);
            if (!any)
                complaints.push_back("the model has no conflict on " + name_of(key) + " between " +
                                     std::string{conflict.winner} + " and " + std::string{conflict.loser});
        }
    }
}

Complaints check_against_model(const Facts& facts)
{
    if (!facts.story().whole || facts.any_restore()) return {};
    return ReferenceModel{facts}.run();
}

}  // namespace ocop::sim::judge
