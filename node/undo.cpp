#include "node/undo.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "node/history.h"
#include "node/records.h"
#include "node/row_key.h"

namespace ocop {

namespace {

constexpr std::uint64_t highest = std::numeric_limits<std::uint64_t>::max() >> 1;

/// What a batch did to one row, and what has become of that.
struct Touched {
    std::uint64_t stands = 0;  // bits of the batch that are still in force
    std::uint64_t taken = 0;   // bits that somebody edited since
    bool gone = false;         // the batch deleted it, and so it stands
    bool was_live = false;     // before the batch, as far as the batch changed its existence
    bool touched_since = false;
    std::vector<Cell> before;  // values the batch replaced
    std::vector<Cell> last;    // all values of the row it deleted
};

class Undo {
public:
    Undo(Replica& replica, const std::string& today, const LogBatch& batch)
        : replica_(replica), db_(replica.db()), records_(replica, today), batch_(batch)
    {
    }

    std::vector<Undone> run(std::uint32_t only_table = 0, const std::string& only_row = {})
    {
        read_what_stands(only_table, only_row);
        read_what_was();
        for (auto& [place, touched] : rows_) plan(place.first, place.second, touched);
        execute();
        return std::move(report_);
    }

private:
    using Place = std::pair<std::uint32_t, std::string>;
    struct Step {
        const TableInfo* table;
        std::string row;
        Undone::What what;
        Fields fields;
    };

    void read_what_stands(std::uint32_t only_table, const std::string& only_row)
    {
        auto entries = db_.query("SELECT tbl, row, mask, gone FROM _log WHERE lsn BETWEEN ? AND ? ORDER BY lsn",
                                 batch_.first, batch_.last);
        while (entries.step()) {
            const Place place{static_cast<std::uint32_t>(entries.integer(0)), row_of(entries.value(1))};
            if (only_table != 0 && place != Place{only_table, only_row}) continue;
            const TableInfo* table = replica_.catalog().table(place.first);
            if (table == nullptr || !table->here || table->model->engine) continue;
            Touched& touched = rows_[place];
            touched.stands |= entries.natural(2);
            if ((entries.natural(2) & existence_bit) != 0) touched.gone = entries.integer(3) != 0;
        }
        only_ = only_table != 0 ? std::optional<Place>{{only_table, only_row}} : std::nullopt;
    }

    void read_what_was()
    {
        read_history(db_, batch_.first, highest, [this](const Past& past) {
            const Place place{past.table, past.row};
            if (past.kind != Past::Kind::replaced || (only_ && place != *only_)) return true;
            const TableInfo* table = replica_.catalog().table(past.table);
            if (table == nullptr || !table->here || table->model->engine) return true;
            const bool of_batch = past.lsn >= batch_.first && past.lsn <= batch_.last;
            if (past.by > batch_.last) {
                if (of_batch) rows_[place].taken |= past.mask;
                return true;
            }
            Touched& touched = rows_[place];
            if ((past.mask & existence_bit) != 0 && past.lsn < batch_.first) touched.was_live = !past.gone;
            if (past.cells.empty()) return true;
            if ((past.mask & existence_bit) != 0) touched.last = past.cells;
            // Of a deletion all values are told; of those, the ones its own bits are not about were not replaced.
            std::vector<Cell> replaced;
            for (const Cell& cell : past.cells)
                if (past.lsn < batch_.first && ((past.mask >> cell.bit) & 1) != 0) replaced.push_back(cell);
            touched.before = overlay(std::move(replaced), touched.before);
            return true;
        });
    }

    bool edited_since(std::uint32_t table, const std::string& row)
    {
        if (db_.query("SELECT 1 FROM _log WHERE row = ? AND tbl = ? AND lsn > ?", log_key(row), table, batch_.last)
                .step())
            return true;
        return db_.query("SELECT 1 FROM _pending WHERE tbl = ? AND row = ?", table, row).step();
    }

    Fields fields_of(const TableInfo& table, const std::vector<Cell>& cells, std::uint64_t mask)
    {
        Fields fields;
        for (const ColumnInfo& column : table.columns)
            for (const Cell& cell : cells)
                if (cell.bit == column.bit && cell.part == column.part && ((mask >> cell.bit) & 1) != 0)
                    fields.emplace_back(column.name, cell.value);
        return fields;
    }

    static std::vector<std::string> names_of(const TableInfo& table, std::uint64_t mask)
    {
        std::vector<std::string> names;
        for (const ColumnInfo* column : columns_of(table, mask)) names.push_back(column->name);
        return names;
    }

    void leave(const TableInfo& table, const std::string& row, Undone::What why, std::uint64_t mask)
    {
        report_.push_back({why, table.name, row, names_of(table, mask), {Errc::usage, {}}});
    }

    void plan(std::uint32_t id, const std::string& row, const Touched& touched)
    {
        const TableInfo& table = *replica_.catalog().table(id);
        const std::uint64_t columns = touched.stands & table.column_mask;
        const bool existence = (touched.stands & existence_bit) != 0;
        const bool now_gone = !records_.get(table, row).ok();
        if (existence && touched.gone) {
            if (!now_gone) return leave(table, row, Undone::What::edited_since, existence_bit);
            if (touched.last.empty()) return leave(table, row, Undone::What::unknown, existence_bit);
            const std::vector<Cell> values = overlay(touched.last, touched.before);
            steps_.push_back({&table, row, Undone::What::brought_back, fields_of(table, values, table.column_mask)});
            return;
        }
        if (existence && !touched.was_live) {
            if (now_gone || touched.taken != 0 || edited_since(id, row))
                return leave(table, row, Undone::What::edited_since, touched.taken);
            steps_.push_back({&table, row, Undone::What::removed, {}});
            return;
        }
        plan_columns(table, row, touched, columns, now_gone);
    }

    void plan_columns(const TableInfo& table, const std::string& row, const Touched& touched, std::uint64_t columns,
                      bool now_gone)
    {
        if ((touched.taken | (now_gone ? columns : 0)) != 0)
            leave(table, row, Undone::What::edited_since, touched.taken | (now_gone ? columns : 0));
        if (columns == 0 || now_gone) return;
        if (db_.query("SELECT 1 FROM _pending WHERE tbl = ? AND row = ?", table.id, row).step())
            return leave(table, row, Undone::What::edited_since, columns);
        std::uint64_t known = 0;
        for (const Cell& cell : touched.before) known |= std::uint64_t{1} << cell.bit;
        if ((columns & ~known) != 0) leave(table, row, Undone::What::unknown, columns & ~known);
        if ((columns & known) != 0)
            steps_.push_back({&table, row, Undone::What::restored, fields_of(table, touched.before, columns & known)});
    }

    Status take(const Step& step)
    {
        if (step.what == Undone::What::removed) return records_.erase(*step.table, step.row);
        if (step.what == Undone::What::restored) return records_.update(*step.table, step.row, step.fields);
        Fields fields = step.fields;
        fields.emplace_back("id", Value{step.row});
        if (auto inserted = records_.insert(*step.table, fields); !inserted) return inserted.refusal();
        Fields emptied;  // an insert leaves NULL to the column's DEFAULT
        for (const auto& field : step.fields)
            if (field.second.index() == 0) emptied.push_back(field);
        return emptied.empty() ? Status{Done{}} : records_.update(*step.table, step.row, emptied);
    }

    /// Rows that refer to others of the batch come after them, or go before: whoever is refused for that is tried again.
    void execute()
    {
        for (bool progress = true; progress && !steps_.empty();) {
            progress = false;
            std::vector<Step> waiting;
            for (Step& step : steps_) {
                const Status taken = take(step);
                if (taken) {
                    progress = true;
                    tell(step, {Errc::usage, {}}, step.what);
                } else if (taken.refusal().code == Errc::missing_reference ||
                           taken.refusal().code == Errc::still_referenced || taken.refusal().code == Errc::not_unique) {
                    waiting.push_back(std::move(step));
                } else {
                    tell(step, taken.refusal(), Undone::What::refused);
                }
            }
            steps_ = std::move(waiting);
        }
        for (const Step& step : steps_) tell(step, take(step).refusal(), Undone::What::refused);
    }

    void tell(const Step& step, const Refusal& refusal, Undone::What what)
    {
        std::vector<std::string> names;
        if (step.what == Undone::What::restored)
            for (const auto& [name, value] : step.fields) names.push_back(name);
        report_.push_back({what, step.table->name, step.row, std::move(names), refusal});
    }

    Replica& replica_;
    sqlite::Connection& db_;
    Records records_;
    LogBatch batch_;
    std::optional<Place> only_;
    std::map<Place, Touched> rows_;
    std::vector<Step> steps_;
    std::vector<Undone> report_;
};

}  // namespace

std::uint64_t last_batch(Replica& replica)
{
    auto row = replica.db().query("SELECT max(first) FROM _batch WHERE via = 0");
    return row.step() ? row.natural(0) : 0;
}

Result<std::vector<Undone>> undo_batch(Replica& replica, const std::string& today, std::uint64_t number)
{
    const auto batch = batch_at(replica.db(), number);
    if (!batch || batch->first != number || batch->via != 0)
        return Refusal{Errc::unknown_batch, std::to_string(number)};
    return Undo{replica, today, *batch}.run();
}

Result<std::vector<Undone>> undo_row(Replica& replica, const std::string& today, const std::string& table,
                                     const std::string& row)
{
    const TableInfo* info = replica.catalog().table(std::string_view{table});
    if (info == nullptr) return Refusal{Errc::unknown_table, table};
    auto last = replica.db().query("SELECT max(lsn) FROM _log WHERE row = ? AND tbl = ?", log_key(row), info->id);
    if (!last.step() || last.is_null(0)) return Refusal{Errc::unknown_row, table + " " + row};
    const std::uint64_t lsn = last.natural(0);
    // A deletion may have a second entry just before it, of values edited in the same seal.
    const LogBatch batch = batch_at(replica.db(), lsn).value_or(LogBatch{lsn, lsn, 0, 0});
    return Undo{replica, today, batch}.run(info->id, row);
}

}  // namespace ocop
