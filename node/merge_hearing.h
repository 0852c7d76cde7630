// A change from a child while it is judged and, if need be, refused. Of merge_judge.cpp and merge_refuse.cpp only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/merge.h"
#include "node/record_values.h"

namespace ocop {

struct Merge::Hearing {
    const TableInfo& table;
    const LogRow& row;
    const Change& change;
    std::uint64_t fresh;        // bits to be judged, of all entries
    std::vector<Cell> here;     // the row's values as they stand here; nothing if no row does
    std::vector<Cell> to_come;  // and with what is fresh
    bool makes;                 // a row comes to life

    RowLookup lookup(const std::vector<Cell>& cells) const
    {
        return [this, &cells](std::string_view name) -> std::optional<std::string> {
            if (name == "id") return row.row();
            const ColumnInfo* column = table.column(name);
            for (const Cell& cell : cells)
                if (column != nullptr && cell.bit == column->bit && cell.part == column->part &&
                    cell.value.index() != 0)
                    return value_text(cell.value);
            return std::nullopt;
        };
    }
};

}  // namespace ocop
