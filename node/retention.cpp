#include "node/retention.h"

#include <algorithm>
#include <string>
#include <vector>

#include "node/neighbours.h"
#include "node/row_key.h"
#include "node/row_store.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

constexpr std::int64_t a_day = 86'400'000;

class Forgetting {
public:
    explicit Forgetting(ChangeLog& log) : log_(log), replica_(log.replica()), db_(replica_.db()), store_(replica_)
    {
        auto row = db_.query("SELECT settled, days, looked_at FROM _retention");
        if (!row.step()) return;
        settled_ = std::min(row.natural(0), replica_.state().acked);
        arrived_by_ = replica_.environment().clock->now_ms() - row.integer(1) * a_day;
        looked_at_ = row.natural(2);
    }

    std::size_t run(std::size_t most)
    {
        const std::uint64_t before = looked_at_;
        const std::vector<Tombstone> found = next(most);
        if (looked_at_ != before) db_.run("UPDATE _retention SET looked_at = ?", looked_at_);
        if (!found.empty()) floors_ = floors(db_);
        std::size_t gone = 0;
        for (const Tombstone& at : found) gone += forget(at) ? 1u : 0u;
        return gone;
    }

private:
    struct Tombstone {
        std::uint32_t table;
        std::string row;
    };

    /// The next tombstones in log order that have been here long enough; after the last comes the first again.
    std::vector<Tombstone> next(std::size_t most)
    {
        std::vector<Tombstone> found;
        std::size_t seen = 0;
        auto rows = db_.query("SELECT lsn, tbl, row FROM _log WHERE gone = 1 AND lsn > ? ORDER BY lsn LIMIT ?",
                              looked_at_, most);
        while (rows.step()) {
            ++seen;
            looked_at_ = rows.natural(0);
            if (!here_long_enough(looked_at_)) continue;
            found.push_back({static_cast<std::uint32_t>(rows.integer(1)), row_of(rows.value(2))});
        }
        if (seen < most) looked_at_ = 0;
        return found;
    }

    bool here_long_enough(std::uint64_t lsn)
    {
        if (const auto batch = batch_at(db_, lsn)) return batch->at <= arrived_by_;
        auto newest = db_.query("SELECT max(last) FROM _batch");  // older than the batches kept, or of this transaction
        return newest.step() && !newest.is_null(0) && lsn < newest.natural(0);
    }

    bool forget(const Tombstone& at)
    {
        const TableInfo* table = replica_.catalog().table(at.table);
        if (table == nullptr || !table->here || table->unit_is_key()) return false;
        LogRow row = log_.row(at.table, at.row);
        if (row.existence() == nullptr || row.live() || row.leaving() || !heard_above(row)) return false;
        if (!heard_below(*table, row) || store_.side_reason(*table, at.row) != "gone") return false;
        db_.run("INSERT INTO _forgotten VALUES (?1, ?2, ?3) ON CONFLICT (tbl) DO UPDATE SET gen = max(gen, ?2), "
                "lsn = max(lsn, ?3)",
                at.table, row.highest_gen(), row.last_lsn());
        log_.history().evicting(row);
        store_.drop(*table, at.row);
        row.drop();
        return true;
    }

    /// The parent has what is ours of it, and nothing it had to say of the row was left.
    bool heard_above(const LogRow& row) const
    {
        const State& state = replica_.state();
        return std::all_of(row.entries().begin(), row.entries().end(), [&](const LogEntry& entry) {
            if (entry.via == via_parent) return entry.via_lsn <= state.cursor;
            return !state.parent || entry.lsn <= settled_;
        });
    }

    bool heard_below(const TableInfo& table, const LogRow& row)
    {
        // A move says that somebody below is yet to hear of the row (node/moves.h).
        if (db_.query("SELECT 1 FROM _move WHERE tbl = ? AND row = ?", row.table(), log_key(row.row())).step())
            return false;
        if (db_.query("SELECT 1 FROM _held WHERE tbl = ? AND row = ?", row.table(), row.row()).step()) return false;
        const std::uint64_t place = row.last_lsn();
        if (exhibit("compaction-slow-peer")) return true;
        return std::all_of(floors_.begin(), floors_.end(), [&](const Floor& floor) {
            return floor.place >= place || !replica_.units().holds(floor.unit, table.model->audience, row.unit());
        });
    }

    ChangeLog& log_;
    Replica& replica_;
    sqlite::Connection& db_;
    RowStore store_;
    std::uint64_t settled_ = 0;
    std::int64_t arrived_by_ = 0;
    std::uint64_t looked_at_ = 0;
    std::vector<Floor> floors_;
};

}  // namespace

std::int64_t retention_days(sqlite::Connection& db)
{
    auto row = db.query("SELECT days FROM _retention");
    return row.step() ? row.integer(0) : default_retention_days;
}

void set_retention_days(sqlite::Connection& db, std::int64_t days)
{
    db.run("UPDATE _retention SET days = ?", days);
}

void note_settled(sqlite::Connection& db, std::uint64_t mark)
{
    db.run("UPDATE _retention SET settled = ?", mark);
}

std::size_t forget_deletions(ChangeLog& log, std::size_t most)
{
    return Forgetting{log}.run(most);
}

std::uint64_t forgotten_gen(sqlite::Connection& db, std::uint32_t table)
{
    auto row = db.query("SELECT gen FROM _forgotten WHERE tbl = ?", table);
    return row.step() ? row.natural(0) : 0;
}

}  // namespace ocop
