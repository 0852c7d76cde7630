// Checkers of order: what a node may show, given what it and others had seen.
#include <algorithm>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

namespace {

/// `shown` is what stood before `value` came: the reader has not heard of `value`, though it should have.
bool is_older(const Facts& facts, const CellKey& key, Text shown, Text value)
{
    if (shown == value || is_unique_column(key.table, key.column) || facts.written_twice(key) || is_followed_unit(key))
        return false;
    if (facts.any_refused(key)) return false;  // its author goes back to what stands
    return shown == null || facts.saw(key, value, shown);
}

/// The rows of one reading, by key.
class View {
public:
    explicit View(const Reading& reading)
    {
        for (const Row& row : reading.rows) rows_[row.key] = &row;
    }
    const Row* row(const RowKey& key) const
    {
        const auto found = rows_.find(key);
        return found == rows_.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<RowKey, const Row*, Hash> rows_;
};

bool ever_deleted(const Facts& facts, const Deed& deed, const RowKey& key)
{
    const auto gone = [&](const RowKey& row) { return !facts.deletions(row).empty() || facts.refused_whole(row); };
    if (gone(key)) return true;
    for (const Cell& cell : deed.cells) {  // what it refers to may be gone, and then it waits
        if (cell.key.of_row() != key || cell.after == null) continue;
        const Text target = cell.key.column == "organization" ? "organization"
                            : cell.key.column == "product"    ? "product"
                                                              : "";
        if (target.empty()) continue;
        if (gone({target, cell.after.substr(1)})) return true;
    }
    for (const char* column : {"organization", "product"})
        for (const Write& write : facts.writes({key.table, key.row, column}))
            if (gone({column, write.cell->after.substr(1)})) return true;
    return false;
}

/// By then somebody had moved the row, or what it belongs to, out of the reader's sight: until it is told, and has said its own last word, the
/// reader shows what stood then.
bool had_left(const Facts& facts, const RowKey& key, int reader, std::size_t place)
{
    for (const Write& write : facts.writes({key.table, key.row, "unit"}))
        if (write.cell->before != null && write.cell->after != null && write.deed->place < place &&
            facts.holds(reader, key.table, write.cell->before.substr(1)) &&
            !facts.holds(reader, key.table, write.cell->after.substr(1)))
            return true;
    for (const char* column : {"organization", "product"})
        for (const Write& write : facts.writes({key.table, key.row, column}))
            if (key.table != column && write.cell->after != null &&
                had_left(facts, {column, write.cell->after.substr(1)}, reader, place))
                return true;
    return false;
}

/// What of `deed` the reader ought to show and does not.
void missing_of(const Facts& facts, const Deed& deed, const View& view, const Reading& reading, const std::string& why,
                Complaints& complaints)
{
    const int reader = reading.node;
    if (deed.fate != Fate::ok) return;
    for (const Cell& cell : deed.cells) {
        if (is_engine_table(cell.key.table) || cell.after == null || !facts.holds(reader, cell.key.table, cell.unit))
            continue;
        const Row* row = view.row(cell.key.of_row());
        if (row == nullptr && facts.moved(cell.key.of_row())) continue;  // not here yet, or no more
        if (row == nullptr && ever_deleted(facts, deed, cell.key.of_row())) continue;
        if (row != nullptr && cell.key.column == "id") continue;
        if (row != nullptr && had_left(facts, cell.key.of_row(), reader, reading.place)) continue;
        if (row == nullptr || is_older(facts, cell.key, row->value(cell.key.column), cell.after))
            complaints.push_back("node " + std::to_string(reader) + " shows not yet " + name_of(cell.key) + " = " +
                                 std::string{cell.after} + ", " + why);
    }
}

/// By then somebody had written the cell who is not in its past: a log that folds may have forgotten it, and what took its place may be in
/// a later batch.
bool rivalled_before(const Facts& facts, const Cell& cell, std::size_t place)
{
    const auto& writes = facts.writes(cell.key);
    return std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
        return write.cell->after != cell.after && write.deed->place < place &&
               !facts.saw(cell.key, cell.after, write.cell->after);
    });
}

/// How many of each node's transactions; of those not named, none. Most clocks name few of the nodes of a country.
class Clock {
public:
    using Frozen = std::vector<std::pair<int, std::size_t>>;

    std::size_t of(int node) const
    {
        const auto found = counts_.find(node);
        return found == counts_.end() ? 0 : found->second;
    }
    void raise(int node, std::size_t count) { counts_[node] = count; }
    void join(const Frozen& other)
    {
        for (const auto& [node, count] : other) {
            std::size_t& mine = counts_[node];
            mine = std::max(mine, count);
        }
    }
    Frozen frozen() const { return {counts_.begin(), counts_.end()}; }

private:
    std::unordered_map<int, std::size_t> counts_;
};

/// Goes through a history in its order, keeping what each node must have seen.
class Order {
public:
    explicit Order(const Facts& facts)
        : facts_(facts), sessions_(facts.story().nodes.size()), written_(sessions_.size()), last_(sessions_.size()),
          end_(sessions_.size())
    {
        for (const Deed& deed : facts.story().deeds) end_[static_cast<std::size_t>(deed.node)] = deed.place;
        for (const Reading& reading : facts.story().readings) {
            std::size_t& end = end_[static_cast<std::size_t>(reading.node)];
            end = std::max(end, reading.place);
        }
    }

    Complaints run()
    {
        const Story& story = facts_.story();
        const auto place_of = [&](const Story::Mark& one) {
            return one.deed ? story.deeds[one.index].place : story.steps[one.index].place;
        };
        auto mark = story.order.begin();
        for (const Reading& reading : story.readings) {
            for (; mark != story.order.end() && place_of(*mark) < reading.place; ++mark) {
                if (mark->deed)
                    take(story.deeds[mark->index]);
                else if (const Step& step = story.steps[mark->index]; step.what == "restore")
                    last_[static_cast<std::size_t>(step.node)].clear();
            }
            take(reading);
        }
        return std::move(complaints_);
    }

private:
    struct Numbered {
        const Deed* deed;
        std::size_t number;  // among its node's, from 1
        Clock::Frozen clock;
    };

    /// What is seen at `place`; at a node's last one nothing is kept for the next.
    void see(int node, const CellKey& key, Text value, std::size_t place)
    {
        auto& seen = last_[static_cast<std::size_t>(node)];
        const auto found = seen.find(key);
        if (found != seen.end() && value != found->second && !written_anew(facts_, key) &&
            is_older(facts_, key, value, found->second))
            complaints_.push_back("node " + std::to_string(node) + " went back: " + name_of(key) + " from " +
                                  std::string{found->second} + " to " + std::string{value});
        if (place < end_[static_cast<std::size_t>(node)]) seen[key] = value;
    }

    void take(const Deed& deed)
    {
        if (!deed.counts()) return;
        Clock& session = sessions_[static_cast<std::size_t>(deed.node)];
        for (const Cell& cell : deed.cells) {
            if (is_engine_table(cell.key.table)) continue;
            if (cell.before != null) {
                see(deed.node, cell.key, cell.before, deed.place);
                learn(session, cell.key, cell.before);
            }
            if (cell.after != null) last_[static_cast<std::size_t>(deed.node)][cell.key] = cell.after;
        }
        const std::size_t number = ++written_[static_cast<std::size_t>(deed.node)];
        session.raise(deed.node, number);
        numbered_.push_back({&deed, number, session.frozen()});
        by_deed_[&deed] = numbered_.size() - 1;
        std::set<Text> units;
        for (const Cell& cell : deed.cells)
            if (units.insert(cell.unit).second) by_unit_[cell.unit].push_back(numbered_.size() - 1);
    }

    void learn(Clock& clock, const CellKey& key, Text value)
    {
        const Write* writer = facts_.writer(key, value);
        if (writer == nullptr) return;
        const auto found = by_deed_.find(writer->deed);
        if (found == by_deed_.end()) return;
        const Numbered& deed = numbered_[found->second];
        // Who has seen a node's n-th transaction has seen all that stood before it.
        if (clock.of(deed.deed->node) >= deed.number || facts_.written_twice(key)) return;
        clock.join(deed.clock);
    }

    void take(const Reading& reading)
    {
        Clock& session = sessions_[static_cast<std::size_t>(reading.node)];
        const View view{reading};
        for (const Row& row : reading.rows) {
            refers(row, view, reading.node);
            if (is_engine_table(row.key.table)) continue;
            for (const auto& [column, value] : row.values) {
                const CellKey key{row.key.table, row.key.row, column};
                see(reading.node, key, value, reading.place);
                learn(session, key, value);
            }
        }
        if (!facts_.story().whole || facts_.any_restore()) return;
        std::unordered_set<std::size_t> asked;
        for (const Text unit : facts_.may_concern(reading.node)) {
            const auto found = by_unit_.find(unit);
            if (found == by_unit_.end()) continue;
            for (const std::size_t i : found->second)
                if (numbered_[i].number <= session.of(numbered_[i].deed->node) && asked.insert(i).second)
                    missing_of(facts_, *numbered_[i].deed, view, reading, "though it shows what came after",
                               complaints_);
        }
    }

    void refers(const Row& row, const View& view, int node)
    {
        for (const char* column : {"organization", "product"}) {
            if (is_engine_table(row.key.table)) return;
            const Text target = row.value(column);
            if (target == null || row.key.table == column) continue;
            if (view.row({column, target.substr(1)}) == nullptr)
                complaints_.push_back("node " + std::to_string(node) + " shows " + name_of(row.key) + " without its " +
                                      column);
        }
    }

    const Facts& facts_;
    std::vector<Clock> sessions_;       // by node
    std::vector<std::size_t> written_;  // by node
    std::vector<std::unordered_map<CellKey, Text, Hash>> last_;
    std::vector<std::size_t> end_;  // by node: where it writes or reads for the last time
    std::vector<Numbered> numbered_;
    std::unordered_map<const Deed*, std::size_t> by_deed_;
    std::unordered_map<Text, std::vector<std::size_t>> by_unit_;
    Complaints complaints_;
};

}  // namespace

Complaints check_causal_order(const Facts& facts)
{
    return Order{facts}.run();
}

Complaints check_atomicity(const Facts& facts)
{
    Complaints complaints;
    for (const Reading& reading : facts.story().readings) {
        const View view{reading};
        std::set<const Deed*> seen;
        for (const Row& row : reading.rows) {
            if (is_engine_table(row.key.table)) continue;
            for (const auto& [column, value] : row.values) {
                const CellKey key{row.key.table, row.key.row, column};
                const Write* writer = facts.writer(key, value);
                if (writer == nullptr || facts.written_twice(key)) continue;
                if (facts.story().whole && !facts.any_restore()) {
                    if (seen.insert(writer->deed).second)
                        missing_of(facts, *writer->deed, view, reading, "of a transaction it shows", complaints);
                    continue;
                }
                for (const Cell& cell : writer->deed->cells)
                    if (cell.key.of_row() == row.key && cell.key.column != "id" && cell.after != null &&
                        is_older(facts, cell.key, row.value(cell.key.column), cell.after) &&
                        !rivalled_before(facts, cell, reading.place))
                        complaints.push_back("node " + std::to_string(reading.node) + " shows a part of a change: " +
                                             name_of(key) + " but not " + name_of(cell.key));
            }
        }
    }
    return complaints;
}

}  // namespace ocop::sim::judge
