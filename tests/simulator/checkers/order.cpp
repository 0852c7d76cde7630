// Checkers of order: what a node may show, given what it and others had seen.
#include <algorithm>

#include "tests/simulator/checkers/checkers.h"

namespace ocop::sim::judge {

namespace {

/// `shown` is what stood before `value` came: the reader has not heard of `value`, though it should have.
bool is_older(const Facts& facts, const CellKey& key, Text shown, Text value)
{
    if (shown == value || is_unique_column(key.table, key.column) || facts.written_twice(key)) return false;
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
    if (!facts.deletions(key).empty()) return true;
    for (const Cell& cell : deed.cells) {  // what it refers to may be gone, and then it waits
        if (cell.key.of_row() != key || cell.after == null) continue;
        const Text target = cell.key.column == "organization" ? "organization"
                            : cell.key.column == "product"    ? "product"
                                                              : "";
        if (target.empty()) continue;
        if (!facts.deletions({target, cell.after.substr(1)}).empty()) return true;
    }
    for (const char* column : {"organization", "product"})
        for (const Write& write : facts.writes({key.table, key.row, column}))
            if (!facts.deletions({column, write.cell->after.substr(1)}).empty()) return true;
    return false;
}

/// What of `deed` the reader ought to show and does not.
void missing_of(const Facts& facts, const Deed& deed, const View& view, int reader, const std::string& why,
                Complaints& complaints)
{
    if (deed.fate != Fate::ok) return;
    for (const Cell& cell : deed.cells) {
        if (is_engine_table(cell.key.table) || cell.after == null || !facts.holds(reader, cell.key.table, cell.unit))
            continue;
        const Row* row = view.row(cell.key.of_row());
        if (row == nullptr && ever_deleted(facts, deed, cell.key.of_row())) continue;
        if (row != nullptr && cell.key.column == "id") continue;
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

using Clock = std::vector<std::size_t>;  // by node: how many of its transactions

void join(Clock& clock, const Clock& other)
{
    for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

/// Goes through a history in its order, keeping what each node must have seen.
class Order {
public:
    explicit Order(const Facts& facts)
        : facts_(facts), nodes_(facts.story().nodes.size()), sessions_(nodes_, Clock(nodes_, 0)), deeds_of_(nodes_),
          last_(nodes_)
    {
    }

    Complaints run()
    {
        const Story& story = facts_.story();
        auto deed = story.deeds.begin();
        auto restored = story.steps.begin();
        for (const Reading& reading : story.readings) {
            for (; deed != story.deeds.end() && deed->place < reading.place; ++deed) take(*deed);
            for (; restored != story.steps.end() && restored->place < reading.place; ++restored)
                if (restored->what == "restore") last_[static_cast<std::size_t>(restored->node)].clear();
            take(reading);
        }
        return std::move(complaints_);
    }

private:
    void see(int node, const CellKey& key, Text value)
    {
        Text& last = last_[static_cast<std::size_t>(node)].try_emplace(key, value).first->second;
        if (value != last && is_older(facts_, key, value, last))
            complaints_.push_back("node " + std::to_string(node) + " went back: " + name_of(key) + " from " +
                                  std::string{last} + " to " + std::string{value});
        last = value;
    }

    void take(const Deed& deed)
    {
        if (!deed.counts()) return;
        Clock& session = sessions_[static_cast<std::size_t>(deed.node)];
        for (const Cell& cell : deed.cells) {
            if (is_engine_table(cell.key.table)) continue;
            if (cell.before != null) {
                see(deed.node, cell.key, cell.before);
                learn(session, cell.key, cell.before);
            }
            if (cell.after != null) last_[static_cast<std::size_t>(deed.node)][cell.key] = cell.after;
        }
        auto& own = deeds_of_[static_cast<std::size_t>(deed.node)];
        own.push_back(&deed);
        session[static_cast<std::size_t>(deed.node)] = own.size();
        clocks_[&deed] = session;
    }

    void learn(Clock& clock, const CellKey& key, Text value)
    {
        const Write* writer = facts_.writer(key, value);
        if (writer == nullptr || facts_.written_twice(key)) return;
        const auto found = clocks_.find(writer->deed);
        if (found != clocks_.end()) join(clock, found->second);
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
                see(reading.node, key, value);
                learn(session, key, value);
            }
        }
        if (!facts_.story().whole || facts_.any_restore()) return;
        for (std::size_t node = 0; node < nodes_; ++node)
            for (std::size_t i = 0; i < session[node]; ++i)
                missing_of(facts_, *deeds_of_[node][i], view, reading.node, "though it shows what came after",
                           complaints_);
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
    std::size_t nodes_;
    std::vector<Clock> sessions_;
    std::vector<std::vector<const Deed*>> deeds_of_;
    std::vector<std::unordered_map<CellKey, Text, Hash>> last_;
    std::unordered_map<const Deed*, Clock> clocks_;
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
                        missing_of(facts, *writer->deed, view, reading.node, "of a transaction it shows", complaints);
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
