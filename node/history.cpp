#include "node/history.h"

#include <algorithm>
#include <limits>

#include "node/change_log.h"
#include "node/history_bytes.h"
#include "node/identity.h"
#include "node/row_store.h"
#include "schema/base/check.h"

namespace ocop {

namespace {

constexpr std::size_t chunk_bytes = 64u << 10;
constexpr std::size_t hash_bytes = 32;

void append(std::string& message, std::int64_t value)
{
    for (int shift = 0; shift < 64; shift += 8) message.push_back(static_cast<char>(value >> shift));
}

/// Each chunk's hash is over all that its row says, and the hash of the chunk before.
std::string chunk_hash(std::string_view before, std::int64_t seq, std::int64_t at, std::int64_t entries,
                       std::uint64_t top, std::string_view body)
{
    std::string message{before};
    append(message, seq);
    append(message, at);
    append(message, entries);
    append(message, static_cast<std::int64_t>(top));
    message += body;
    return hash32(message);
}

struct Head {
    std::int64_t seq = 0;
    std::string hash;
    std::int64_t pruned_seq = 0;
    std::string pruned_hash;
};

Head read_head(sqlite::Connection& db)
{
    auto row = db.query("SELECT seq, hash, pruned_seq, pruned_hash FROM _history_head");
    if (!row.step()) return {0, {}, 0, {}};
    return {row.integer(0), row.blob(1), row.integer(2), row.blob(3)};
}

}  // namespace

History::History(Replica& replica) : replica_(replica), begun_(replica.state().lsn) {}

bool History::keeps(std::uint32_t table) const
{
    const TableInfo* info = replica_.catalog().table(table);
    return info != nullptr && info->model->history;
}

/// The values of the columns as they stand, or as the seal says they stood.
std::vector<Cell> History::values(const LogRow& row, std::uint64_t mask, bool all)
{
    const TableInfo* table = replica_.catalog().table(row.table());
    const std::uint64_t wanted = (all ? table->column_mask : 0) | (mask & ~existence_bit);
    if (before_) return cells_of(*before_, wanted);
    if (wanted == 0) return {};
    if (!store_) store_.emplace(replica_);
    store_->look_again();
    return store_->read(*table, row.row(), wanted);
}

void History::replacing(const LogRow& row, const LogEntry& next, std::uint64_t by)
{
    if (!row.known() || !keeps(row.table())) return;
    std::uint64_t taken = 0;
    for (const LogEntry& entry : row.entries()) taken |= entry.mask & next.mask;
    if (taken == 0) return;
    const bool deletes = (next.mask & existence_bit) != 0 && next.gone && row.live();
    const std::vector<Cell> cells = values(row, taken, deletes);
    for (const LogEntry& entry : row.entries()) {
        const std::uint64_t both = entry.mask & next.mask;
        if (both == 0) continue;
        const bool whole = deletes && (both & existence_bit) != 0;
        note({Past::Kind::replaced, row.table(), row.row(), row.unit(), entry.lsn, by, entry.via, both,
              entry.gone && (both & existence_bit) != 0, entry.version, whole ? cells : cells_of(cells, both)});
    }
}

void History::lost(const LogRow& row, const Change& change, const Entry& entry, std::uint64_t mask, std::int64_t via)
{
    if (!keeps(change.table)) return;
    std::uint64_t by = 0;
    for (const LogEntry& stands : row.entries())
        if ((stands.mask & mask) != 0) by = std::max(by, stands.lsn);
    note({Past::Kind::lost, change.table, change.row, change.unit, entry.lsn, by, via, mask,
          entry.gone && (mask & existence_bit) != 0, entry.version, cells_of(change.cells, mask)});
}

void History::evicting(const LogRow& row)
{
    if (!row.known() || !keeps(row.table())) return;
    const std::vector<Cell> cells = values(row, 0, true);
    for (const LogEntry& entry : row.entries())
        note({Past::Kind::evicted, row.table(), row.row(), row.unit(), entry.lsn, replica_.state().lsn, entry.via,
              entry.mask, entry.gone, entry.version, cells_of(cells, entry.mask)});
}

void History::note(const Past& past)
{
    append_past(body_, names_, past);
    ++entries_;
    if (body_.size() >= chunk_bytes) write_chunk();
}

void History::write_chunk()
{
    if (entries_ == 0) return;
    sqlite::Connection& db = replica_.db();
    const Head head = read_head(db);
    const std::int64_t at = replica_.environment().clock->now_ms();
    const std::uint64_t top = replica_.state().lsn + 1;  // what is being taken over from now gets this place
    const std::string hash = chunk_hash(head.hash, head.seq + 1, at, entries_, top, body_);
    db.run("INSERT INTO _history (seq, at, entries, top, body, hash) VALUES (?,?,?,?,?,?)", head.seq + 1, at, entries_,
           top, Blob{body_}, Blob{hash});
    db.run("UPDATE _history_head SET seq = ?, hash = ?", head.seq + 1, Blob{hash});
    body_.clear();
    names_.clear();
    entries_ = 0;
}

void History::end_batch()
{
    const std::uint64_t lsn = replica_.state().lsn;
    if (lsn > begun_)
        replica_.db().run("INSERT INTO _batch (first, last, at, via) VALUES (?,?,?,?)", begun_ + 1, lsn,
                          replica_.environment().clock->now_ms(), via_);
    begun_ = lsn;
}

void History::write()
{
    write_chunk();
    end_batch();
}

// ---- reading

namespace {

std::int64_t last_pending(sqlite::Connection& db)
{
    auto row = db.query("SELECT max(seq) FROM _pending");
    return row.step() ? row.integer(0) : 0;
}

void add_mark(sqlite::Connection& db)
{
    db.run("INSERT INTO _pending (tbl, row, mask) VALUES (0, '', 0)");
}

}  // namespace

BatchMark::BatchMark(sqlite::Connection& db) : db_(db)
{
    add_mark(db);
    seq_ = last_pending(db);
}

void BatchMark::end()
{
    if (last_pending(db_) == seq_)
        db_.run("DELETE FROM _pending WHERE seq = ?", seq_);  // nothing was written
    else
        add_mark(db_);
}

std::optional<LogBatch> batch_at(sqlite::Connection& db, std::uint64_t lsn)
{
    auto row = db.query("SELECT first, last, at, via FROM _batch WHERE first <= ? ORDER BY first DESC LIMIT 1", lsn);
    if (!row.step() || row.natural(1) < lsn) return std::nullopt;
    return LogBatch{row.natural(0), row.natural(1), row.integer(2), row.integer(3)};
}

bool read_history(sqlite::Connection& db, std::uint64_t from, std::uint64_t to,
                  const std::function<bool(const Past&)>& each)
{
    std::uint64_t above = 0;  // what a chunk names was taken over from above the top of the one before it, or at it
    auto chunks = db.query("SELECT body, top FROM _history WHERE top >= ? ORDER BY seq", from);
    while (chunks.step() && above <= to) {
        const std::string body = chunks.blob(0);
        PastReader reader{body};
        for (Past past; reader.next(past);)
            if (past.by >= from && past.by <= to && !each(past)) return true;
        if (!reader.sound()) return false;
        above = chunks.natural(1);
    }
    return true;
}

namespace {

std::string chunk_name(std::int64_t seq)
{
    return "_history " + std::to_string(seq);
}

}  // namespace

HistoryCheck verify_history(sqlite::Connection& db)
{
    HistoryCheck found;
    const Head head = read_head(db);
    found.pruned = head.pruned_seq;
    std::int64_t seq = head.pruned_seq;
    std::string hash = head.pruned_hash;
    if (hash.size() != hash_bytes || head.hash.size() != hash_bytes) found.complaint = "_history_head";
    auto chunks = db.query("SELECT seq, at, entries, top, body, hash FROM _history ORDER BY seq");
    while (found.sound() && chunks.step()) {
        ++seq;
        if (chunks.integer(0) != seq) {
            found.complaint = chunk_name(seq) + ": missing";
            break;
        }
        const std::string body = chunks.blob(4);
        hash = chunk_hash(hash, seq, chunks.integer(1), chunks.integer(2), chunks.natural(3), body);
        std::int64_t entries = 0;
        PastReader reader{body};
        for (Past past; reader.next(past);) ++entries;
        if (hash != chunks.blob(5) || !reader.sound() || entries != chunks.integer(2))
            found.complaint = chunk_name(seq) + ": altered";
        ++found.chunks;
        found.entries += static_cast<std::uint64_t>(entries);
    }
    if (found.sound() && seq < head.seq) found.complaint = chunk_name(seq + 1) + ": missing";
    if (found.sound() && (seq != head.seq || hash != head.hash)) found.complaint = "_history_head";
    return found;
}

std::uint64_t prune_history(Replica& replica, std::int64_t before)
{
    replica.merging();  // a trigger forbids it to everybody else
    sqlite::Connection& db = replica.db();
    const Head head = read_head(db);
    std::int64_t last = head.pruned_seq;
    std::uint64_t top = 0;
    std::uint64_t forgotten = 0;
    std::string hash = head.pruned_hash;
    {
        auto chunks = db.query("SELECT seq, at, entries, top, hash FROM _history ORDER BY seq");
        while (chunks.step() && chunks.integer(1) < before) {
            last = chunks.integer(0);
            forgotten += chunks.natural(2);
            top = chunks.natural(3);
            hash = chunks.blob(4);
        }
    }
    if (last == head.pruned_seq) return 0;
    db.run("DELETE FROM _history WHERE seq <= ?", last);
    db.run("UPDATE _history_head SET pruned_seq = ?, pruned_hash = ?", last, Blob{hash});
    db.run("DELETE FROM _batch WHERE last < ? AND at < ?", top, before);
    return forgotten;
}

}  // namespace ocop
