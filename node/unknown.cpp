#include "node/unknown.h"

#include <vector>

#include "node/merge.h"
#include "node/notice.h"
#include "node/row_key.h"

namespace ocop {

namespace {

// A model has some dozens of tables. Whoever tells of more is not a newer release of ours.
constexpr std::uint32_t highest_table = 1'000'000;
constexpr std::int64_t most_tables = 256;

struct Waiting {
    const TableInfo* table;
    std::string row;
};

/// Rows of tables known since the upgrade, and rows with values of columns known since.
std::vector<Waiting> rows_waiting(Replica& replica)
{
    std::vector<Waiting> rows;
    const Catalog& catalog = replica.catalog();
    for (const TableInfo& table : catalog.tables()) {
        if (!replica.db().query("SELECT 1 FROM _unknown_table WHERE id = ?", table.id).step()) {
            auto cells = replica.db().query("SELECT DISTINCT row FROM _unknown WHERE tbl = ? AND (?2 >> bit) & 1",
                                            table.id, table.column_mask);
            while (cells.step()) rows.push_back({&table, cells.text(0)});
            continue;
        }
        auto entries = replica.db().query("SELECT DISTINCT row FROM _log WHERE tbl = ?", table.id);
        while (entries.step()) rows.push_back({&table, row_of(entries.value(0))});
    }
    return rows;
}

std::vector<Cell> take_cells(Replica& replica, const Waiting& waiting)
{
    std::vector<Cell> cells;
    {
        auto found =
            replica.db().query("SELECT bit, part, value FROM _unknown WHERE tbl = ? AND row = ? ORDER BY bit, part",
                               waiting.table->id, waiting.row);
        while (found.step())
            for (const ColumnInfo& column : waiting.table->columns)
                if (column.bit == found.integer(0) && column.part == found.integer(1))
                    cells.push_back({static_cast<std::uint8_t>(column.bit), static_cast<std::uint8_t>(column.part),
                                     found.value(2)});
    }
    replica.db().run("DELETE FROM _unknown WHERE tbl = ? AND row = ? AND (?3 >> bit) & 1", waiting.table->id,
                     waiting.row, waiting.table->column_mask);
    return cells;
}

}  // namespace

bool learn_table(ChangeLog& log, std::uint32_t id, Audience audience, bool engine)
{
    Replica& replica = log.replica();
    const TableInfo* known = replica.catalog().table(id);
    if (known != nullptr && known->here) return true;
    const bool same = known != nullptr && known->model->audience == audience && known->model->engine == engine &&
                      replica.db().query("SELECT 1 FROM _unknown_table WHERE id = ?", id).step();
    if (same) return true;
    if (id == 0 || id > highest_table) return false;
    {
        auto count = replica.db().query("SELECT count(*) FROM _unknown_table WHERE id <> ?", id);
        if (count.step() && count.integer(0) >= most_tables) return false;
    }
    replica.db().run("INSERT INTO _unknown_table VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET audience = ?2, "
                     "engine = ?3",
                     id, static_cast<int>(audience), engine, replica.environment().clock->now_ms());
    replica.mutable_catalog().add_unknown(id, audience, engine);
    leave_notice(replica,
                 "Có dữ liệu của phiên bản phần mềm mới hơn (bảng #" + std::to_string(id) +
                     "): được giữ và chuyển tiếp nguyên vẹn, sẽ hiện ra khi máy này được nâng cấp.",
                 "Data of a newer release arrived (table #" + std::to_string(id) +
                     "): kept and passed on as they are; they will show once this node is upgraded.");
    return true;
}

void read_unknown_tables(Replica& replica)
{
    auto tables = replica.db().query("SELECT id, audience, engine FROM _unknown_table");
    while (tables.step()) {
        const auto id = static_cast<std::uint32_t>(tables.integer(0));
        const TableInfo* known = replica.catalog().table(id);
        if (known == nullptr || !known->here)
            replica.mutable_catalog().add_unknown(id, static_cast<Audience>(tables.integer(1)), tables.integer(2) != 0);
    }
}

bool anything_unknown(Replica& replica)
{
    return replica.db()
        .query("SELECT 1 FROM (SELECT tbl FROM _unknown UNION ALL SELECT id FROM _unknown_table) LIMIT 1")
        .step();
}

void adopt_unknown(Replica& replica)
{
    Transaction transaction{replica};
    Merge merge{transaction.log(), Sender{}};
    for (const Waiting& waiting : rows_waiting(replica))
        merge.show_again(*waiting.table, waiting.row, take_cells(replica, waiting));
    for (const TableInfo& table : replica.catalog().tables())
        replica.db().run("DELETE FROM _unknown_table WHERE id = ?", table.id);
    merge.repair();  // also what a CHECK refused that has been widened
    replica.units_changed();
    transaction.commit();
}

}  // namespace ocop
