// The merge as a specification: no log, no cursor, no SQL. A node is the set of changes it has heard of; what it shows of a cell is the
// change with the highest version (gen, time, origin); two changes are concurrent when neither's author had heard of the other. The model
// replays the exchanges of a history in which messages are whole, and so needs to know only that a message carries all that its sender had
// heard of and its receiver is entitled to. Rows on which the engine must write by itself (clashes of unique values, deletions met by
// edits) are told apart by their conflicts and not predicted: tests/model and tests/property do that.
#pragma once

#include <memory>

#include "tests/simulator/checkers/facts.h"

namespace ocop::sim::judge {

class ReferenceModel {
public:
    explicit ReferenceModel(const Facts& facts);
    Complaints run();

private:
    struct Change {
        RowKey row;
        Text unit;
        std::map<Text, Text> cells;
        bool deletes = false;
        std::uint64_t gen = 0;
        std::int64_t time = 0;
        int origin = 0;
        std::size_t past = 0;  // so many of what its origin had heard
    };
    /// What a person did to a row since the node last sealed.
    struct Pending {
        RowKey row;
        Text unit;
        std::map<Text, Text> cells;
        bool inserted = false, deleted = false;
    };
    /// The changes a node has heard of, in the order of hearing. It never forgets, so what it had heard at any moment is a beginning of
    /// the list, and a message says all that is in one.
    struct Heard {
        std::vector<std::size_t> list;
        std::unordered_map<std::size_t, std::size_t> at;  // places in the list
        bool has(std::size_t change) const { return at.count(change) != 0; }
        void add(std::size_t change)
        {
            if (at.emplace(change, list.size()).second) list.push_back(change);
        }
    };
    struct Message {
        int sender = -1;
        std::size_t heard = 0;  // so many of what its sender had heard
    };

    void write(const Deed& deed);
    void seal(int node, std::int64_t clock);
    void change(int node, std::int64_t clock, const Pending& pending, bool deletes, std::uint64_t gen);
    void step(const Step& step);
    /// A child is told what it is entitled to, a parent everything.
    void hear(int node, const Message& message, bool as_child);

    bool newer(const Change& a, const Change& b) const;
    bool concurrent(std::size_t a, std::size_t b) const;
    void compare_rows(Complaints& complaints) const;
    void compare_conflicts(Complaints& complaints) const;
    /// The changes of a cell that gave it this value.
    std::vector<std::size_t> changes_to(const CellKey& key, Text value) const;

    const Facts& facts_;
    std::vector<Change> changes_;
    std::unordered_map<RowKey, std::vector<std::size_t>, Hash> by_row_;
    std::vector<Heard> heard_;                   // by node
    std::vector<std::vector<Pending>> pending_;  // by node
    std::unordered_map<std::uint64_t, Message> messages_;
    std::map<std::pair<int, int>, std::size_t> taken_;  // by receiver and sender: so far in the sender's list
    std::set<RowKey> not_predicted_;
};

}  // namespace ocop::sim::judge
