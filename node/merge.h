// Merge: takes changes of a neighbour into this replica, inside one sealed transaction.
//
// The higher version wins, bit by bit. Two edits are concurrent, exactly, by one integer a link (design and oracle-checked model in
// tests/model):
//   from a child    the entry that stands here has a place above the incoming ctx and did not come from that same child;
//   from the parent the entry that stands here is ours and lies above the parent's mark, so the parent has not heard of it.
// Concurrent and different values become a conflict record. A row deleted here and edited there is kept: the parent, which finds the pair,
// writes its existence anew. What a constraint refuses after the batch is resolved in merge_repair.cpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/change.h"
#include "node/change_log.h"
#include "node/conflict.h"
#include "node/lives.h"
#include "node/row_store.h"

namespace ocop {

/// The neighbour whose changes are merged, and how far each side had heard the other.
struct Sender {
    std::int64_t via = via_parent;  // via_parent, or the child's ref
    std::uint64_t heard = 0;        // places of the sender's log up to here are not new to us (our mark or cursor)
    std::uint64_t mark = 0;         // parent only: how far it had our log
    std::uint64_t top = 0;          // how far these changes go
    std::uint64_t whole_as_of = 0;
    std::string unit;  // a child's: rows outside its subtree are not its to tell
    bool complete = false;
    bool is_parent() const { return via == via_parent; }
};

class Merge {
public:
    Merge(ChangeLog& log, const Sender& sender);

    /// Changes in the sender's log order.
    void take(const std::vector<Change>& changes);
    /// The parent was put back: what we had from beyond the place `common` of its log is ours to tell it again.
    void take_back(std::uint64_t common);
    /// After an upgrade: a row of the log whose values the table can show from now on (node/unknown.h).
    void show_again(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    /// After the last change: foreign keys, unique values, rows and values that waited.
    void repair();

    std::uint64_t conflicts() const { return conflicts_; }
    std::uint64_t taken() const { return taken_; }

private:
    using Place = std::pair<const TableInfo*, std::string>;  // a row of a table
    struct Touched {
        const TableInfo* table;
        std::string row;
        Version version;    // of the newest entry that touched it
        std::uint64_t ctx;  // the smallest of its entries
    };

    void take_one(const Change& change);
    bool in_scope(const LogRow& row, const Change& change);
    void take_away(LogRow& row, const Change& change);
    bool same_find(const TableInfo& table, const LogRow& row, const Change& change);
    bool nothing_new(const Change& change) const;
    void tell_the_sender(LogRow& row);
    bool all_known(const LogRow& row, const Change& change) const;
    bool is_own_lost_word(const Change& change) const;
    void return_row(const TableInfo& table, const std::string& row, std::uint64_t common);
    void release_held(LogRow& row);
    std::uint64_t take_entry(const TableInfo& table, LogRow& row, const Change& change, const Entry& entry,
                             std::uint64_t heard);
    bool concurrent(const LogEntry& here, const Entry& incoming) const;
    void find_delete_against_edit(const TableInfo& table, const LogRow& row, const Entry& incoming);
    void find_edit_conflicts(const TableInfo& table, const LogRow& row, const Change& change, const LogEntry& here,
                             const Entry& incoming);
    void show(const TableInfo& table, const LogRow& row, const Change& change, std::uint64_t won, bool was_live);
    void remember(const Change& change, std::uint64_t mine, bool won);
    void keep_delete_conflict(const TableInfo& table, const LogRow& row, const Contender& edit, const Version& deletion,
                              const std::string& referrer);

    // merge_repair.cpp
    void write_existence(const TableInfo& table, const std::string& row);
    bool repair_references();
    void park_violators();
    bool check_references(const Touched& touched);
    bool mend_reference(const Touched& touched, const ForeignKeyInfo& key, const std::string& target);
    bool follow_owner(const TableInfo& table, const std::string& row, const ForeignKeyInfo& key);
    bool check_followers(const TableInfo& table, const std::string& row);
    bool check_referrers(const Touched& deleted);
    std::string missing_target(const TableInfo& table, const std::string& row, const ForeignKeyInfo** key);
    std::string referrer_of(const TableInfo& table, const std::string& row, const TableInfo** referring);
    bool retry_parked();
    bool retry_shown_as_gone();
    void repair_uniques();
    void resolve_unique(const RowStore::Displaced& claim);
    void set_value(const TableInfo& table, const std::string& row, int bit, std::vector<Cell> cells);

    ChangeLog& log_;
    Replica& replica_;
    sqlite::Connection& db_;
    RowStore store_;
    Sender sender_;
    Kin kin_;
    bool keep_steps_ = false;
    bool any_held_ = false;
    bool held_here_ = false;  // the row being taken is too long to have been told
    std::vector<Touched> touched_;
    std::vector<Touched> deleted_;
    std::vector<Place> moved_;  // rows whose unit changed: those that refer to them follow
    std::set<Place> to_reassert_;
    std::uint64_t conflicts_ = 0;
    std::uint64_t taken_ = 0;
};

}  // namespace ocop
