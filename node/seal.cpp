#include "node/seal.h"

#include <unordered_map>

#include "node/capture.h"
#include "node/change_log.h"
#include "node/guard.h"
#include "node/row_key.h"
#include "node/row_store.h"

namespace ocop {

namespace {

// Rows folded at a time: keeps memory flat after an import of any size.
constexpr int chunk = 8192;

/// What the journal says of one row since the last seal.
struct Touched {
    std::uint32_t table = 0;
    std::string row;
    std::uint64_t mask = 0;          // columns that updates changed
    bool inserted = false;
    bool removed = false;
    std::string first_last;          // values removed by the first removal: those the log still names
    std::string last;                // values removed by the last one
};

class Sealing {
public:
    explicit Sealing(ChangeLog& log) : log_(log), replica_(log.replica()), db_(replica_.db()), store_(replica_) {}

    std::uint64_t run()
    {
        for (;;) {
            const std::vector<Touched> rows = next_chunk();
            if (rows.empty()) return made_;
            for (const Touched& row : rows) fold(row);
            db_.run("DELETE FROM _pending WHERE seq <= ?", up_to_);
        }
    }

private:
    std::vector<Touched> next_chunk()
    {
        std::vector<Touched> rows;
        std::unordered_map<std::string, std::size_t> index;
        auto journal = db_.query("SELECT seq, tbl, row, mask, last FROM _pending ORDER BY seq LIMIT ?", chunk);
        while (journal.step()) {
            up_to_ = journal.integer(0);
            const auto table = static_cast<std::uint32_t>(journal.integer(1));
            const std::string key = std::to_string(table) + '/' + journal.text(2);
            const auto [at, fresh] = index.emplace(key, rows.size());
            if (fresh) rows.push_back({table, journal.text(2), 0, false, false, {}, {}});
            add(rows[at->second], journal);
        }
        return rows;
    }

    static void add(Touched& touched, const sqlite::Query& journal)
    {
        const std::uint64_t mask = journal.natural(3);
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

    void fold(const Touched& touched)
    {
        const TableInfo* table = replica_.catalog().table(touched.table);
        if (table == nullptr) return;
        const bool exists = store_.in_table(*table, touched.row);
        LogRow row = log_.row(touched.table, touched.row);
        if (exists && row.live())
            edit(*table, row, touched);
        else if (exists && (touched.inserted || touched.mask != 0 || store_.side_reason(*table, touched.row) != "shown_as_gone"))
            create(*table, row);
        else if (!exists && row.live() && store_.side_reason(*table, touched.row).empty())
            remove(*table, row, touched);
        row.close();
    }

    void edit(const TableInfo& table, LogRow& row, const Touched& touched)
    {
        std::uint64_t mask = touched.mask;
        if (touched.inserted) mask |= touched.first_last.empty() ? table.column_mask : difference(table, row.row(), touched.first_last);
        mask &= table.column_mask;
        if (mask == 0) return;
        if (table.unit_bit() != 0 && ((mask >> table.unit_bit()) & 1)) row.set_unit(unit_in_table(table, row.row()));
        store_.forget_displaced(table, row.row(), mask);
        put(row, mask, false);
    }

    void create(const TableInfo& table, LogRow& row)
    {
        store_.forget_side(table, row.row());
        row.set_unit(table.unit_is_key() ? row.row() : unit_in_table(table, row.row()));
        put(row, table.column_mask | existence_bit, false);
    }

    void remove(const TableInfo& table, LogRow& row, const Touched& touched)
    {
        store_.keep_last(table, row.row(), parse_literals(touched.last));
        if (touched.last.empty()) row.keep_only_existence();
        put(row, existence_bit, true);
    }

    void put(LogRow& row, std::uint64_t mask, bool gone)
    {
        const Version version{row.highest_gen() + 1, replica_.environment().clock->now_ms(), replica_.state().self};
        row.put({0, mask, gone, version, via_local, 0, log_.local_ctx(row.table(), row.row())});
        ++made_;
    }

    std::string unit_in_table(const TableInfo& table, const std::string& row)
    {
        auto found = db_.query("SELECT \"" + table.unit_column + "\" FROM \"" + table.name + "\" WHERE id = ?", row);
        return found.step() ? found.text(0) : std::string{};
    }

    std::uint64_t difference(const TableInfo& table, const std::string& row, const std::string& last)
    {
        const std::vector<Value> then = parse_literals(last);
        const std::vector<Cell> now = store_.read(table, row, table.column_mask);
        if (then.size() != now.size()) return table.column_mask;
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < now.size(); ++i)
            if (now[i].value != then[i]) mask |= std::uint64_t{1} << now[i].bit;
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
    return Sealing{log}.run();
}

}  // namespace ocop
