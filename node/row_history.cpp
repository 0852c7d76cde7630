#include "node/row_history.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>

#include "node/history.h"
#include "node/row_store.h"

namespace ocop {

namespace {

using Cells = std::vector<Cell>;

std::optional<Cells> of_bit(const Cells& cells, int bit)
{
    Cells some;
    for (const Cell& cell : cells)
        if (cell.bit == bit) some.push_back(cell);
    if (some.empty()) return std::nullopt;
    return some;
}

class Life {
public:
    Life(ChangeLog& log, const TableInfo& table, const std::string& row) : log_(log), table_(table), row_(row) {}

    std::vector<RowEvent> run()
    {
        log_.history().write();  // what this transaction has sealed
        read_history(log_.replica().db(), 0, std::numeric_limits<std::uint64_t>::max() >> 1, [this](const Past& past) {
            if (past.table == table_.id && past.row == row_) add(past);
            return true;
        });
        add_standing();
        return told();
    }

private:
    struct Drawn {
        RowEvent event;
        std::map<int, ColumnChange> columns;
        bool existed = false;  // the existence it took was that of a live row
    };

    static void set(std::map<int, ColumnChange>& columns, int bit, std::optional<Cells> ColumnChange::*side,
                    std::optional<Cells> cells)
    {
        ColumnChange& change = columns[bit];
        change.bit = bit;
        if (cells) change.*side = std::move(cells);
    }

    void add(const Past& past)
    {
        if (past.kind == Past::Kind::lost) {
            Drawn lost;
            identify(lost, past.version, past.unit, past.via, past.by);
            lost.event.what = RowEvent::What::lost;
            for (std::uint64_t rest = past.mask & table_.column_mask; rest != 0; rest &= rest - 1)
                set(lost.columns, std::countr_zero(rest), &ColumnChange::to,
                    of_bit(past.cells, std::countr_zero(rest)));
            lost_.push_back(std::move(lost));
            return;
        }
        Drawn& was = drawn_[past.lsn];
        identify(was, past.version, past.unit, past.via, past.lsn);
        exists(was, past.mask, past.gone);
        Drawn& took = drawn_[past.by];
        const bool evicted = past.kind == Past::Kind::evicted;
        if (evicted) evicted_ = past.by;
        if ((past.mask & existence_bit) != 0) took.existed = !past.gone;
        for (const ColumnInfo& column : table_.columns) {
            const bool taken = ((past.mask >> column.bit) & 1) != 0;
            const auto cells = of_bit(past.cells, column.bit);
            if (taken) set(was.columns, column.bit, &ColumnChange::to, cells);
            if ((taken || cells) && !evicted) set(took.columns, column.bit, &ColumnChange::from, cells);
        }
    }

    void add_standing()
    {
        RowStore store{log_.replica()};
        const LogRow row = log_.row(table_.id, row_);
        for (const LogEntry& entry : row.entries()) {
            Drawn& stands = drawn_[entry.lsn];
            identify(stands, entry.version, row.unit(), entry.via, entry.lsn);
            exists(stands, entry.mask, entry.gone);
            stands.event.stands = true;
            const Cells cells = store.read(table_, row_, entry.mask);
            for (const Cell& cell : cells) set(stands.columns, cell.bit, &ColumnChange::to, of_bit(cells, cell.bit));
        }
    }

    static void identify(Drawn& drawn, const Version& version, const std::string& unit, std::int64_t via,
                         std::uint64_t lsn)
    {
        drawn.event.version = version;
        drawn.event.unit = unit;
        drawn.event.via = via;
        drawn.event.lsn = lsn;
    }

    static void exists(Drawn& drawn, std::uint64_t mask, bool gone)
    {
        if ((mask & existence_bit) == 0) return;
        drawn.event.what = gone ? RowEvent::What::deleted : RowEvent::What::created;
    }

    std::vector<RowEvent> told()
    {
        std::vector<RowEvent> events;
        for (auto& [lsn, drawn] : drawn_) {
            drawn.event.lsn = lsn;
            if (drawn.event.what == RowEvent::What::created && drawn.existed)
                drawn.event.what = RowEvent::What::edited;  // it moved, or was told anew
            if (lsn == evicted_ && drawn.event.version.gen == 0) drawn.event.what = RowEvent::What::evicted;
            events.push_back(finish(drawn));
        }
        for (Drawn& lost : lost_) {
            const auto after = std::upper_bound(events.begin(), events.end(), lost.event.lsn,
                                                [](std::uint64_t lsn, const RowEvent& e) { return lsn < e.lsn; });
            events.insert(after, finish(lost));
        }
        return events;
    }

    RowEvent finish(Drawn& drawn)
    {
        for (auto& [bit, change] : drawn.columns) drawn.event.columns.push_back(std::move(change));
        if (const auto batch = batch_at(log_.replica().db(), drawn.event.lsn)) {
            drawn.event.batch = batch->first;
            drawn.event.at = batch->at;
        }
        return std::move(drawn.event);
    }

    ChangeLog& log_;
    const TableInfo& table_;
    const std::string& row_;
    std::map<std::uint64_t, Drawn> drawn_;
    std::vector<Drawn> lost_;
    std::uint64_t evicted_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace

std::vector<RowEvent> row_history(ChangeLog& log, const TableInfo& table, const std::string& row)
{
    return Life{log, table, row}.run();
}

}  // namespace ocop
