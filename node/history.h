// History: what no longer stands.
//
// What stands is in the tables, and its versions are in the log. The moment a version is about to be forgotten here (a later one takes
// its columns, its row is deleted or leaves this node, or it arrives and loses against what stands) it goes into the history with its
// values: who, which office, when, which columns, what, how it had come, and the place of what took over from it. So history, log and
// table together are everything that was ever recorded here, nothing is stored twice, and rows that are only ever added cost nothing.
// Versions are those of the seal: of several edits of a value between two seals only the last ever was a version.
//
// `_history` is append-only: a chunk per transaction (or 64 KiB), each hashed with the one before. Pruning takes chunks off the front
// and keeps the hash of the last one taken, so that the rest can still be verified.
//
// `_batch` says when each stretch of the log came about here, and from whom: a batch with via 0 is what people and programs wrote on
// this node between two seals (or marks: an import is a batch of its own). Its number is the place of its first entry. node/undo.h takes one back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/change.h"
#include "node/replica.h"
#include "node/row_store.h"

namespace ocop {

class LogRow;
struct LogEntry;

/// One version that does not stand any more.
struct Past {
    enum class Kind : std::uint8_t { replaced, lost, evicted };

    Kind kind = Kind::replaced;
    std::uint32_t table = 0;
    std::string row;
    std::string unit;
    std::uint64_t lsn = 0;   // the place it had in our log; of a lost one: in its sender's
    std::uint64_t by = 0;    // the place of what took over from it, or beat it; 0 when its row left this node
    std::int64_t via = 0;    // the neighbour it came from; 0: made here
    std::uint64_t mask = 0;  // the columns it lost (bit 0: existence)
    bool gone = false;       // with bit 0: it said that the row was deleted
    Version version;
    std::vector<Cell> cells;  // its values; with bit 0 taken by a deletion: all values the row had. Empty: not known
    friend bool operator==(const Past&, const Past&) = default;
};

/// Writes history; belongs to one transaction.
class History {
public:
    explicit History(Replica& replica);

    /// To be said before `next` takes its columns, at place `by`, and before the tables show its values.
    void replacing(const LogRow& row, const LogEntry& next, std::uint64_t by);
    /// Columns of an incoming entry that lose against what stands.
    void lost(const LogRow& row, const Change& change, const Entry& entry, std::uint64_t mask, std::int64_t via);
    /// The row is about to leave this node (it moved out of our scope).
    void evicting(const LogRow& row);
    /// What the columns of the row held, where its table shows newer values already. Until `forget_before`.
    void before(std::vector<Cell> cells) { before_ = std::move(cells); }
    void forget_before() { before_.reset(); }

    bool keeps(std::uint32_t table) const;

    /// From here on places are given to what `via` sent.
    void merging(std::int64_t via) { via_ = via; }
    /// The places given so far are one batch.
    void end_batch();
    /// At the end of the transaction: what was noted becomes chunks, what was left over a batch.
    void write();

private:
    std::vector<Cell> values(const LogRow& row, std::uint64_t mask, bool all);
    void note(const Past& past);
    void write_chunk();

    Replica& replica_;
    std::optional<RowStore> store_;
    std::optional<std::vector<Cell>> before_;
    std::string body_;
    std::int64_t entries_ = 0;
    std::vector<std::string> names_;  // units and origins named in this chunk
    std::uint64_t begun_ = 0;         // the first batch not yet ended starts above this place
    std::int64_t via_ = 0;
};

/// When a stretch of the log came about here.
struct LogBatch {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t at = 0;  // by our clock, ms
    std::int64_t via = 0;
};

/// Inside a LocalWrite: what is written from here until end() is a batch of its own, though one seal may take it with what stands before
/// and after it in the journal.
class BatchMark {
public:
    explicit BatchMark(sqlite::Connection& db);
    void end();

private:
    sqlite::Connection& db_;
    std::int64_t seq_ = 0;
};

/// The batch that holds this place; none for what is older than the batches kept.
std::optional<LogBatch> batch_at(sqlite::Connection& db, std::uint64_t lsn);

/// Calls `each` with every past version, oldest first, that was taken over from at a place in [from, to]; stops when it returns false.
/// False when a chunk cannot be read (verify_history says which).
bool read_history(sqlite::Connection& db, std::uint64_t from, std::uint64_t to,
                  const std::function<bool(const Past&)>& each);

struct HistoryCheck {
    std::uint64_t chunks = 0;
    std::uint64_t entries = 0;
    std::int64_t pruned = 0;  // chunks taken off the front, in all
    std::string complaint;    // empty: sound; else which chunk is not
    bool sound() const { return complaint.empty(); }
};

HistoryCheck verify_history(sqlite::Connection& db);

/// Takes off the front what is older than `before` (ms, by the clock of its time here); returns the number of past versions forgotten.
/// Batches go with it. Inside a transaction.
std::uint64_t prune_history(Replica& replica, std::int64_t before);

}  // namespace ocop
