// The change log: which version of which columns of which row stands here, and where each arrived in this replica's own order.
//
// ChangeLog belongs to one transaction. LogRow is one row of it: load, put versions, close. Invariants:
//   - the masks of a row's entries are disjoint and not 0;
//   - lsn grows with every put and is never given twice;
//   - the digest of (table, unit) is the sum over the entries of its live rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/change.h"
#include "node/digest.h"
#include "node/history.h"
#include "node/replica.h"

namespace ocop {

/// `via`: where an entry came from.
constexpr std::int64_t via_local = 0;
constexpr std::int64_t via_parent = 1;
/// From a part of the parent's log that the parent has lost: ours to tell it again.
constexpr std::int64_t via_returned = -1;

struct LogEntry {
    std::uint64_t lsn = 0;
    std::uint64_t mask = 0;
    bool gone = false;
    Version version;
    std::int64_t via = via_local;
    std::uint64_t via_lsn = 0;
    std::uint64_t ctx = 0;
};

/// A row that our parent said is not ours any more (node/moves.h).
struct Leaving {
    std::uint64_t cap = 0;    // as regards it, how far we have read the parent's log
    std::uint64_t place = 0;  // ours, when we were told
};

class ChangeLog;

class LogRow {
public:
    const std::vector<LogEntry>& entries() const { return entries_; }
    bool known() const { return !entries_.empty(); }
    /// The log says that the row exists.
    bool live() const;
    /// The entry that holds the bit; null if none.
    const LogEntry* holder(int bit) const;
    const LogEntry* existence() const { return holder(0); }
    /// Of a tombstone under which nothing lies (what was made here was refused), the gen; 0 for any other row. It cannot be brought back,
    /// and what is put under it must be lifted above its gen: elsewhere refused values may lie there.
    std::uint64_t bare_gen(const TableInfo& table) const;
    std::uint64_t highest_gen() const;
    /// Highest place of any of the row's entries.
    std::uint64_t last_lsn() const;
    /// Id of the unit it belongs to, as the log has it; empty if unknown.
    const std::string& unit() const { return unit_; }
    std::uint32_t table() const { return table_; }
    const std::string& row() const { return row_; }
    const std::optional<Leaving>& leaving() const { return leaving_; }

    /// A new entry at the next lsn; its bits are taken from older entries. `entry.lsn` is ignored. Returns the lsn.
    std::uint64_t put(LogEntry entry);
    /// An edit of generation `gen` that this node itself makes, here and now. Returns its version.
    Version put_own(std::uint64_t mask, std::uint64_t gen, bool gone = false);
    /// A row that is known moves (node/moves.h).
    void set_unit(const std::string& unit);
    void set_leaving(const std::optional<Leaving>& leaving);
    /// Forgets the row, as if it had never been here. After close().
    void drop();
    /// Forgets all but the existence entry (the values of a removed row that nobody kept).
    void keep_only_existence();
    /// Brings the digest up to date. To be called once, when all is put.
    void close();

private:
    friend class ChangeLog;
    LogRow(ChangeLog& log, std::uint32_t table, std::string row);
    void take_bits(std::uint64_t mask);
    Digest sum() const;

    ChangeLog* log_;
    std::uint32_t table_;
    std::string row_;
    Value key_;
    std::string unit_;
    std::string unit_before_;
    Digest before_;
    std::vector<LogEntry> entries_;
    std::optional<Leaving> leaving_;
};

class ChangeLog {
public:
    explicit ChangeLog(Replica& replica);

    LogRow row(std::uint32_t table, const std::string& row);

    /// How far into our parent's log a child had read that had read ours up to `mine`, as regards this row.
    std::uint64_t to_parent(std::uint64_t mine, std::uint32_t table, const std::string& row);
    /// The ctx of an edit of this row made here now: the cursor, or what of the row we hold ahead of it.
    std::uint64_t local_ctx(std::uint32_t table, const std::string& row);

    /// How far we have read the parent's log as regards this row.
    std::uint64_t read_of_parent(std::uint32_t table, const std::string& row);

    /// The row left a unit (empty: it came from outside) at a place of its own.
    void moved(std::uint32_t table, const std::string& row, const std::string& old_unit);
    std::optional<Leaving> leaving(std::uint32_t table, const std::string& row);
    bool any_leaving() const { return any_leaving_; }
    bool any_moves() const { return any_moves_; }
    bool any_children() const { return any_children_; }
    /// A unit may have been added or moved.
    void touch_units() { units_touched_ = true; }
    bool units_touched() const { return units_touched_; }

    /// Rows that came whole ahead of the cursor or mark (ARCHITECTURE.md, "Ahead of the cursor").
    std::uint64_t ahead(std::int64_t peer, std::uint32_t table, const std::string& row);
    /// `mine`: our place from which on this holds; earlier, if the row came whole before and there was nothing new in it.
    void remember_ahead(std::int64_t peer, std::uint32_t table, const std::string& row, std::uint64_t theirs,
                        std::uint64_t mine, bool news);
    void forget_ahead(std::int64_t peer, std::uint64_t theirs);

    /// The unit of an origin's node: this node's own, a child's as enrolled, else as it was first vouched for; empty if nobody has said.
    std::string unit_of(const Origin& origin);
    /// A neighbour says whose node that is. Only the first word counts.
    void vouch(const Origin& origin, const std::string& unit);

    std::int64_t origin_ref(const Origin& origin);
    Origin origin(std::int64_t ref);
    std::int64_t unit_ref(const std::string& unit);
    std::string unit_id(std::int64_t ref);

    /// What was kept of a table and unit was wrong (node/ranges.h).
    void correct_digest(std::int64_t table, std::int64_t unit, const Digest& by);
    /// Writes what was kept in memory: digests. The state goes with the transaction.
    void flush();

    Replica& replica() { return replica_; }
    History& history() { return history_; }

private:
    friend class LogRow;
    void add_digest(std::uint32_t table, const std::string& unit, const Digest& before, const Digest& after);
    std::optional<std::pair<std::uint64_t, std::uint64_t>> ahead_of(std::int64_t peer, std::uint32_t table,
                                                                    const std::string& row);

    Replica& replica_;
    sqlite::Connection& db_;
    History history_;
    std::map<Origin, std::int64_t> origin_refs_;
    std::unordered_map<std::int64_t, Origin> origins_;
    std::map<Origin, std::string> origin_units_;
    std::unordered_map<std::string, std::int64_t> unit_refs_;
    std::unordered_map<std::int64_t, std::string> units_;
    std::map<std::pair<std::uint32_t, std::int64_t>, Digest> digests_;
    bool any_ahead_ = false;
    bool any_leaving_ = false;
    bool any_moves_ = false;
    bool any_children_ = false;
    bool units_touched_ = false;
};

}  // namespace ocop
