#include "node/seal.h"

#include <algorithm>
#include <unordered_map>

#include "node/capture.h"
#include "node/change_log.h"
#include "node/guard.h"
#include "node/moves.h"
#include "node/notice.h"
#include "node/retention.h"
#include "node/row_key.h"
#include "node/row_store.h"
#include "node/sql_text.h"
#include "node/text.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

// Rows folded at a time: keeps memory flat after an import of any size.
constexpr int chunk = 8192;
// The unit, in the log, of a row whose own is empty (a program without foreign keys wrote it): no unit's id, so it goes nowhere.
const std::string nobody = "?";

/// What the journal says of one row since the last seal.
struct Touched {
    std::uint32_t table = 0;
    std::string row;
    std::uint64_t mask = 0;  // columns that updates changed
    bool inserted = false;
    bool removed = false;
    std::string first_last;  // values removed by the first removal: those the log still names
    std::string last;        // values removed by the last one
    std::vector<Cell>
        before;  // what columns held that were written since: the first value each, of tables with history
};

/// The values a removal left. One journalled before an upgrade knows nothing of newer columns, whose bits come last.
std::vector<Value> last_values(const TableInfo& table, const std::string& literals)
{
    std::vector<Value> values = parse_literals(literals);
    if (values.empty()) return values;
    for (std::size_t i = values.size(); i < table.columns.size(); ++i) values.push_back(table.columns[i].fallback);
    return values;
}

class Sealing {
public:
    explicit Sealing(ChangeLog& log) : log_(log), replica_(log.replica()), db_(replica_.db()), store_(replica_) {}

    std::uint64_t run()
    {
        for (;;) {
            const std::vector<Touched> rows = next_chunk();
            if (exhibit("log-in-next-transaction"))
                db_.script("DELETE FROM _pending WHERE seq <= " + std::to_string(up_to_) + "; COMMIT; BEGIN IMMEDIATE");
            for (const Touched& row : rows) fold(row);
            if (db_.run("DELETE FROM _pending WHERE seq <= ?", up_to_) == 0) break;
        }
        log_.history().end_batch();
        return made_;
    }

private:
    std::vector<Touched> next_chunk()
    {
        std::vector<Touched> rows;
        std::unordered_map<std::string, std::size_t> index;
        auto journal = db_.query("SELECT seq, tbl, row, mask, last FROM _pending ORDER BY seq LIMIT ?", chunk);
        while (journal.step()) {
            const auto table = static_cast<std::uint32_t>(journal.integer(1));
            if (table == 0 && !rows.empty()) return rows;  // a mark: a batch ends here
            up_to_ = journal.integer(0);
            if (table == 0) {
                log_.history().end_batch();
                continue;
            }
            const std::string key = std::to_string(table) + '/' + journal.text(2);
            const auto [at, fresh] = index.emplace(key, rows.size());
            if (fresh) rows.push_back({table, journal.text(2), 0, false, false, {}, {}, {}});
            add(rows[at->second], journal);
        }
        return rows;
    }

    void add(Touched& touched, const sqlite::Query& journal)
    {
        const std::uint64_t mask = journal.natural(3);
        const TableInfo* table = replica_.catalog().table(touched.table);
        if (table != nullptr && table->model->history && !journal.is_null(4))
            touched.before = overlay(replaced(*table, mask, parse_literals(journal.text_view(4))), touched.before);
        if ((mask & existence_bit) == 0) {
            touched.mask |= mask;
        } else if (journal.is_null(4)) {
            touched.inserted = true;
        } else {
            touched.removed = true;
            touched.last = journal.text(4);
            if (touched.first_last.empty()) touched.first_last = touched.last;
        }
    }

    /// What the journal says a write replaced: one column's value, or all of them.
    static std::vector<Cell> replaced(const TableInfo& table, std::uint64_t mask, const std::vector<Value>& values)
    {
        const bool whole = values.size() == table.columns.size();
        const auto columns = columns_of(table, whole ? table.column_mask : mask);
        std::vector<Cell> cells;
        if (values.size() != columns.size()) return cells;
        for (std::size_t i = 0; i < columns.size(); ++i)
            cells.push_back(
                {static_cast<std::uint8_t>(columns[i]->bit), static_cast<std::uint8_t>(columns[i]->part), values[i]});
        return cells;
    }

    /// The values that the log's versions of the row name, as far as the journal or the side store know them.
    std::vector<Cell> before(const TableInfo& table, const LogRow& row, const Touched& touched)
    {
        if (row.known() && !row.live() && !store_.side_cells(table, row.row()).empty())
            return store_.side_cells(table, row.row());
        std::vector<Cell> cells = touched.before;
        store_.overlay_displaced(table, row.row(), cells);
        return cells;
    }

    void fold(const Touched& touched)
    {
        const TableInfo* table = replica_.catalog().table(touched.table);
        if (table == nullptr) return;
        if (table->unit_is_key()) log_.touch_units();
        if (bad_utf8(touched.row) || touched.row.find('\0') != std::string::npos) {
            leave_notice(replica_,
                         "Một dòng của bảng " + table->name +
                             " có khóa không đọc được; dòng ở lại máy này và không được gửi.",
                         "A row of table " + table->name +
                             " has a key that is no text; it stays on this machine and is not sent.");
            return;
        }
        const bool exists = store_.in_table(*table, touched.row);
        LogRow row = log_.row(touched.table, touched.row);
        if (table->model->history) log_.history().before(before(*table, row, touched));
        if (exists && row.live())
            edit(*table, row, touched);
        else if (exists &&
                 (touched.inserted || touched.mask != 0 || store_.side_reason(*table, touched.row) != "shown_as_gone"))
            create(*table, row);
        else if (!exists && row.live() && store_.side_reason(*table, touched.row).empty())
            remove(*table, row, touched);
        else if (!exists && touched.removed && store_.side_reason(*table, touched.row) == "shown_as_gone")
            store_.keep_last(*table, touched.row, last_values(*table, touched.last));
        row.close();
        log_.history().forget_before();
    }

    void edit(const TableInfo& table, LogRow& row, const Touched& touched)
    {
        std::uint64_t mask = touched.mask;
        // Somebody wrote a row that was waiting: all of it is as it stands now, and it waits no more.
        if (touched.inserted && store_.side_reason(table, row.row()) == "parked") store_.forget_side(table, row.row());
        if (touched.inserted)
            mask |= difference(table, last_values(table, touched.first_last), in_table(table, row.row()));
        mask &= table.column_mask;
        if (mask == 0) return;
        store_.forget_displaced(table, row.row(), mask);
        if (table.unit_bit() != 0 && ((mask >> table.unit_bit()) & 1)) {
            // Of a unit that is not ours nobody above was told: the row goes whole. Those below are told by the move (node/moves.h).
            if (!replica_.units().is_within(row.unit(), replica_.state().unit)) mask |= existence_bit;
            row.set_unit(unit_in_table(table, row.row()));
        }
        // A row that was too long to send has never been told: it goes whole.
        if (release_held(row)) mask |= existence_bit;
        put(row, mask, false);
    }

    bool release_held(const LogRow& row)
    {
        return db_.run("DELETE FROM _held WHERE tbl = ? AND row = ?", row.table(), row.row()) > 0;
    }

    void create(const TableInfo& table, LogRow& row)
    {
        release_held(row);
        store_.forget_side(table, row.row());
        row.set_unit(table.unit_is_key() ? row.row() : unit_in_table(table, row.row()));
        put(row, table.column_mask | existence_bit, false);
    }

    void remove(const TableInfo& table, LogRow& row, const Touched& touched)
    {
        const std::uint64_t above = row.highest_gen();  // of the columns too, though their values may be forgotten
        if (release_held(row)) row.keep_only_existence();
        const std::vector<Value> last = last_values(table, touched.last);
        if (last.size() != table.columns.size()) {
            row.keep_only_existence();
        } else if (const std::uint64_t mask =
                       touched.mask | difference(table, last_values(table, touched.first_last), last);
                   mask != 0) {
            // Edited, then deleted: the last values are not those the log names, and may come back.
            if (table.unit_bit() != 0 && ((mask >> table.unit_bit()) & 1)) row.set_unit(unit_among(table, last));
            store_.forget_displaced(table, row.row(), mask);
            put(row, mask, false);
        }
        store_.keep_last(table, row.row(), last);
        if (table.model->history) log_.history().before(replaced(table, table.column_mask, last));
        put(row, existence_bit, true, above);
    }

    void put(LogRow& row, std::uint64_t mask, bool gone, std::uint64_t above = 0)
    {
        if (!row.known()) above = std::max(above, forgotten_gen(db_, row.table()));
        Version version{std::max(row.highest_gen(), above) + 1, replica_.environment().clock->now_ms(),
                        replica_.state().self};
        if (exhibit("actual-8706")) version.gen &= 0xffff;
        for (const LogEntry& heard : row.entries())
            if (exhibit("actual-8905")) version.time = std::max(version.time, heard.version.time);
        row.put({0, mask, gone, version, via_local, 0, log_.local_ctx(row.table(), row.row())});
        ++made_;
    }

    std::string unit_in_table(const TableInfo& table, const std::string& row)
    {
        return unit_among(table, in_table(table, row));
    }

    static std::string unit_among(const TableInfo& table, const std::vector<Value>& values)
    {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto* unit = std::get_if<std::string>(&values[i]);
            if (table.columns[i].name == table.unit_column && unit != nullptr && !unit->empty()) return *unit;
        }
        return nobody;
    }

    /// What the table itself shows, in catalogue order: a displaced value is not among them.
    std::vector<Value> in_table(const TableInfo& table, const std::string& row)
    {
        auto found =
            db_.query("SELECT " + literal_list(table, "") + " FROM " + sql_name(table.name) + " WHERE id = ?", row);
        return found.step() ? parse_literals(found.text_view(0)) : std::vector<Value>{};
    }

    static std::uint64_t difference(const TableInfo& table, const std::vector<Value>& then,
                                    const std::vector<Value>& now)
    {
        if (then.size() != table.columns.size() || now.size() != table.columns.size()) return table.column_mask;
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < now.size(); ++i)
            if (now[i] != then[i]) mask |= std::uint64_t{1} << table.columns[i].bit;
        return mask;
    }

    ChangeLog& log_;
    Replica& replica_;
    sqlite::Connection& db_;
    RowStore store_;
    std::int64_t up_to_ = 0;
    std::uint64_t made_ = 0;
};

}  // namespace

std::uint64_t seal(ChangeLog& log)
{
    guard_capture(log);
    const std::uint64_t made = Sealing{log}.run();
    follow_units(log);
    return made;
}

}  // namespace ocop
