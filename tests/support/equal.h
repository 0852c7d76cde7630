// What a node must hold, as its root or parent sees it.
#pragma once

#include <string>

#include "tests/support/world.h"

namespace ocop::test {

/// The rows of `table` that a node of `unit` holds, as the root sees them.
inline std::string scoped(World& world, const std::string& table, const std::string& unit)
{
    Replica& root = *world.offices.front()->replica;
    const TableInfo* info = root.catalog().table(std::string_view{table});
    std::string text;
    auto rows = root.db().query("SELECT * FROM \"" + table + "\" ORDER BY id");
    while (rows.step()) {
        std::string line;
        bool holds = false;
        for (int i = 0; i < rows.columns(); ++i) {
            if (rows.name(i) == info->unit_column)
                holds = root.units().holds(unit, info->model->audience, rows.text(i));
            line += rows.is_null(i) ? "NULL|" : rows.text(i) + "|";
        }
        if (holds) text += line + "\n";
    }
    return text;
}

/// (table, row, version, mask) of the live rows that a node of `unit` holds. Bits of one version may have arrived in parts.
inline std::string versions(Replica& replica, const std::string& unit)
{
    std::string text;
    auto entries = replica.db().query(
        "SELECT e.tbl, u.id, hex(e.row) || ' ' || e.gen || ' ' || e.time || ' ' || hex(o.node) || ' ' || sum(e.mask) "
        "FROM _log AS e JOIN _log AS x ON x.row = e.row AND x.tbl = e.tbl AND x.mask & 1 AND NOT x.gone "
        "JOIN _unit AS u ON u.ref = e.unit JOIN _origin AS o ON o.ref = e.origin "
        "GROUP BY e.tbl, e.row, e.gen, e.time, o.node ORDER BY 1, 3");
    while (entries.step()) {
        const TableInfo* table = replica.catalog().table(static_cast<std::uint32_t>(entries.integer(0)));
        if (replica.units().holds(unit, table->model->audience, entries.text(1)))
            text += table->name + " " + entries.text(1) + " " + entries.text(2) + "\n";
    }
    return text;
}

}  // namespace ocop::test
