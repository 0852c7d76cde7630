// Merge: takes changes of a neighbour into this replica, inside one sealed transaction.
//
// The higher version wins, bit by bit. Two edits are concurrent, exactly, by one integer a link (design and oracle-checked model in
// tests/model):
//   from a child    the entry that stands here has a place above the incoming ctx and did not come from that same child;
//   from the parent the entry that stands here is ours and lies above the parent's mark, so the parent has not heard of it.
// Concurrent and different values become a conflict record. A row deleted here and edited there is kept: the parent, which finds the pair,
// writes its existence anew. What a constraint refuses after the batch is resolved in merge_repair.cpp.
//
// Of a child's changes each cell is judged before it is taken (merge_judge.cpp): what its author's tier may not write, or what lies outside
// the sender's or the author's subtree, is refused. So is, when it is written, what a CHECK here does not let pass. A refused value is kept
// in a quarantine record; what stands is written anew above it (node/quarantine.h).
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
#include "node/quarantine.h"
#include "node/row_store.h"
#include "schema/authority.h"

namespace ocop {

/// The neighbour whose changes are merged, and how far each side had heard the other.
struct Sender {
    std::int64_t via = via_parent;  // via_parent, or the child's ref
    std::uint64_t heard = 0;        // places of the sender's log up to here are not new to us (our mark or cursor)
    std::uint64_t mark = 0;         // parent only: how far it had our log
    std::uint64_t top = 0;          // how far these changes go
    std::uint64_t whole_as_of = 0;
    std::string unit;  // a child's: what it may tell of lies in its subtree
    bool complete = false;
    bool mending = false;  // whole rows, told beside the order of the log: taken as if never heard (node/compare.h)
    bool is_parent() const { return via == via_parent; }
};

class Merge {
public:
    Merge(ChangeLog& log, const Sender& sender);

    /// Changes in the sender's log order. A child's records (conflicts, refusals) are taken before the rows they speak of.
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

    /// What was found wrong with one bit of an incoming entry.
    struct Fault {
        const Entry* entry = nullptr;
        int bit = 0;
        std::string reason;
        std::string detail;
        bool quiet = false;  // not the child's to say, but no wish of its own either: passed over
    };
    /// A change from a child, while it is judged.
    struct Hearing;

    void take_one(const Change& change);
    Change as_never_heard(const LogRow& row, const Change& change) const;
    bool may_tell(const LogRow& row, const std::string& unit);
    bool within(const LogRow& row, const std::string& unit, const std::string& over);
    void take_away(LogRow& row, const Change& change);
    bool same_find(const TableInfo& table, const LogRow& row, const Change& change);
    bool nothing_new(const Change& change) const;
    void tell_the_sender(LogRow& row);
    bool all_known(const LogRow& row, const Change& change) const;
    void return_row(const TableInfo& table, const std::string& row, std::uint64_t common);
    void take_judged(const TableInfo& table, LogRow& row, const Change& change, std::uint64_t heard);

    // merge_judge.cpp
    bool is_lost_word(const Entry& entry) const;
    /// Has somebody else moved the row since? Then the unit it has now is not asked of whoever made it.
    static bool moved_after(const Hearing& hearing, const Entry& entry);
    std::uint64_t unfounded(const Hearing& hearing, std::uint64_t heard);
    std::vector<std::uint64_t> bits_to_judge(Hearing& hearing, std::uint64_t heard) const;
    std::uint64_t judge_change(const TableInfo& table, LogRow& row, const Change& change, std::uint64_t heard);
    bool in_scope(const LogRow& row, const Change& change);
    std::uint64_t fresh_bits(const TableInfo& table, const LogRow& row, const Entry& entry, std::uint64_t heard) const;
    void judge_entry(const Hearing& hearing, const Entry& entry, std::uint64_t fresh, std::vector<Fault>& faults);
    Judgement ask(const Hearing& hearing, const Entry& entry, std::uint64_t bits, const Author& author);
    bool excused(const Hearing& hearing, const Entry& entry, int bit, Judgement& judgement);
    std::string refused_target(const TableInfo& table, const Change& change, int bit);

    // merge_refuse.cpp
    void refuse_row(const Hearing& hearing, LogRow& row, const std::vector<Fault>& faults);
    void refuse_bits(const TableInfo& table, LogRow& row, const Change& change, const std::vector<LogEntry>& before,
                     const std::vector<Fault>& faults);
    void keep_refused(const TableInfo& table, const LogRow& row, const Change& change, const Fault& fault,
                      std::uint64_t again, const LogEntry* standing);
    void keep_refused_row(const TableInfo& table, const Change& change, const Fault& fault, std::uint64_t again);
    void refuse_unwritable(const TableInfo& table, LogRow& row, const Change& change,
                           const std::vector<LogEntry>& before, std::uint64_t won);
    void refuse_revival(const TableInfo& table, LogRow& row, const std::vector<Cell>& cells);
    void make_bare(const TableInfo& table, LogRow& row, std::uint64_t gen);
    void lift_over_bare(LogRow& row, const Change& change, std::uint64_t won, std::uint64_t bare);
    bool overruled(const Clash& clash);
    void apply_authority(const TableInfo& table, LogRow& row);
    std::uint64_t not_refused(const TableInfo& table, const LogRow& row, std::uint64_t bits, const Entry& entry);

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
    bool any_row_refused_ = false;
    bool not_shown_ = false;  // the row being taken could not be put into its table
    bool held_here_ = false;  // the row being taken is too long to have been told
    std::vector<Touched> touched_;
    std::vector<Touched> deleted_;
    std::vector<Place> moved_;  // rows whose unit changed: those that refer to them follow
    std::set<Place> to_reassert_;
    std::uint64_t conflicts_ = 0;
    std::uint64_t taken_ = 0;
    /// conflict = "authority": the higher tier's value lost by its version only.
    struct Overruled {
        Clash clash;
        std::vector<Cell> cells;
    };
    std::vector<Overruled> overruled_;  // of the row being taken
};

}  // namespace ocop
