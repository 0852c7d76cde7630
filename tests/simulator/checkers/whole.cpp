// Checkers of the whole: equal replicas, nothing out of scope, an end in time, bounded size; and the list of all checkers.
#include <algorithm>
#include <map>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

namespace {

// An empty database has some 75 pages; a row with its log entry, indexes and tombstone takes about one.
constexpr std::uint64_t bytes_of_none = 600'000;
constexpr std::uint64_t bytes_of_row = 5'000;

bool same(const Row& a, const Row& b)
{
    return a.unit == b.unit && a.values == b.values;
}

std::string text_of(const Row& row)
{
    std::string text = std::string{row.unit};
    for (const auto& [column, value] : row.values) text += " " + std::string{column} + "=" + std::string{value};
    return text;
}

}  // namespace

Complaints check_history(const Facts& facts)
{
    const Story& story = facts.story();
    Complaints complaints = story.malformed;
    if (story.nodes.empty() || story.seed.empty()) complaints.emplace_back("no run, or no node");
    if (story.quiet == 0) complaints.emplace_back("the faults never stopped");
    for (const Deed& deed : story.deeds)
        if (deed.fate == Fate::open)
            complaints.push_back("line " + std::to_string(deed.place) + ": a transaction without an end");
    std::unordered_set<int> proved;
    for (const Proof& proof : story.proofs) proved.insert(proof.node);
    for (std::size_t node = 0; node < story.nodes.size(); ++node) {
        if (facts.end(static_cast<int>(node)) == nullptr || proved.count(static_cast<int>(node)) == 0)
            complaints.push_back("node " + std::to_string(node) + " has no last reading or no proof");
    }
    return complaints;
}

Complaints check_convergence(const Facts& facts)
{
    Complaints complaints;
    const Story& story = facts.story();
    if (facts.end(0) == nullptr) return complaints;             // check_history says so
    std::unordered_map<Text, std::vector<const Row*>> at_root;  // by unit
    for (const Row& row : facts.end(0)->rows) at_root[row.unit].push_back(&row);
    for (int node = 1; node < static_cast<int>(story.nodes.size()); ++node) {
        if (facts.end(node) == nullptr) continue;
        std::unordered_map<RowKey, const Row*, Hash> here;
        for (const Row& row : facts.end(node)->rows) here[row.key] = &row;
        const std::string name = "node " + std::to_string(node) + ": ";
        for (const Text unit : facts.may_concern(node)) {
            const auto rows = at_root.find(unit);
            if (rows == at_root.end()) continue;
            for (const Row* row : rows->second) {
                if (!facts.holds(node, row->key.table, row->unit)) continue;
                const auto found = here.find(row->key);
                if (found == here.end())
                    complaints.push_back(name + "lacks " + name_of(row->key));
                else if (!same(*found->second, *row))
                    complaints.push_back(name + name_of(row->key) + " is " + text_of(*found->second) +
                                         ", at the root " + text_of(*row));
            }
        }
        for (const auto& [key, row] : here) {
            const Row* there = facts.final_row(key);
            if (there == nullptr) complaints.push_back(name + "has, alone, " + name_of(key));
            if (there != nullptr && !facts.holds(node, key.table, there->unit))
                complaints.push_back(name + "has still " + name_of(key) + ", which went to " +
                                     std::string{there->unit});
        }
    }
    return complaints;
}

Complaints check_scope(const Facts& facts)
{
    Complaints complaints;
    for (const Reading& reading : facts.story().readings)
        for (const Row& row : reading.rows)
            if (!facts.holds(reading.node, row.key.table, row.unit))
                complaints.push_back("node " + std::to_string(reading.node) + " shows " + name_of(row.key) +
                                     " of unit " + std::string{row.unit});
    return complaints;
}

Complaints check_liveness(const Facts& facts)
{
    Complaints complaints;
    const Story& story = facts.story();
    std::map<int, int> calls;
    for (const Step& step : story.steps) {
        if (story.quiet == 0 || step.place < story.quiet) continue;
        if (step.what == "refused")
            complaints.push_back("refused after the faults stopped: node " + std::to_string(step.node) + ", " +
                                 std::string{step.cause});
        if (step.what == "finish" && !step.flag) ++calls[step.node];
    }
    for (const auto& [node, count] : calls)
        if (count > 2 * story.depth)
            complaints.push_back("node " + std::to_string(node) + " was given more than 2 x depth exchanges");
    for (const Proof& proof : story.proofs) {
        const std::string name = "node " + std::to_string(proof.node) + ": ";
        if (!proof.sound) complaints.push_back(name + "its log, digests and tables disagree");
        if (proof.node != 0 && !(proof.compared && proof.equal))
            complaints.push_back(name + (proof.compared ? "digests differ" : "digests were not compared"));
        if (proof.withheld != 0) complaints.push_back(name + "still withholds " + std::to_string(proof.withheld));
    }
    return complaints;
}

Complaints check_bounds(const Facts& facts)
{
    Complaints complaints;
    std::uint64_t moved = 0;                                       // anybody's for a time
    std::unordered_map<Text, std::map<Text, std::uint64_t>> ever;  // by unit and table: the rows that ever were
    for (const auto& [key, writes] : facts.all_writes())
        if (key.column == "id" && facts.moved(key.of_row()))
            ++moved;
        else if (key.column == "id")
            ++ever[writes.front().cell->unit][key.table];
    for (const auto& [node, bytes] : facts.story().sizes) {
        std::uint64_t rows = moved;
        for (const Text unit : facts.may_concern(node))
            if (const auto of = ever.find(unit); of != ever.end())
                for (const auto& [table, count] : of->second) rows += facts.holds(node, table, unit) ? count : 0;
        if (const Reading* end = facts.end(node); end != nullptr)
            for (const Row& row : end->rows) rows += is_engine_table(row.key.table) ? 1U : 0U;
        if (bytes > bytes_of_none + rows * bytes_of_row)
            complaints.push_back("node " + std::to_string(node) + " takes " + std::to_string(bytes) + " bytes for " +
                                 std::to_string(rows) + " rows");
    }
    return complaints;
}

const std::vector<Checker>& checkers()
{
    static const std::vector<Checker> list = {
        {"history", check_history},
        {"convergence", check_convergence},
        {"lost update", check_no_lost_update},
        {"invention", check_no_invention},
        {"causal order", check_causal_order},
        {"atomicity", check_atomicity},
        {"scope", check_scope},
        {"liveness", check_liveness},
        {"bounds", check_bounds},
        {"true conflicts", check_conflicts_are_true},
        {"reference model", check_against_model},
        {"refusals", check_refusals},
        {"authority", check_authority},
    };
    return list;
}

Complaints judge(Text history)
{
    const Story story = read_story(history);
    Complaints all;
    if (story.nodes.empty()) return {"history: no run, or no node"};
    const Facts facts{story};
    for (const Checker& checker : checkers())
        for (const std::string& complaint : checker.check(facts))
            all.push_back(std::string{checker.name} + ": " + complaint);
    return all;
}

}  // namespace ocop::sim::judge
