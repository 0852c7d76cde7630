// The life of one row as this node knows it: what stands (log and table) and what no longer does (node/history.h), put together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/change_log.h"

namespace ocop {

/// What a version did to one column (or group). No value where it is not known: the row was made here, or a program without our triggers
/// wrote it, or its history was pruned.
struct ColumnChange {
    int bit = 0;
    std::optional<std::vector<Cell>> from;
    std::optional<std::vector<Cell>> to;
};

struct RowEvent {
    enum class What { edited, created, deleted, lost, evicted };

    What what = What::edited;
    Version version;  // gen 0: not known any more
    std::string unit;
    std::int64_t via = 0;     // the neighbour it came from; 0: made here
    std::uint64_t lsn = 0;    // its place in our log; of a lost one: the place of what beat it
    std::uint64_t batch = 0;  // the stretch of the log it came with; 0: not known any more
    std::int64_t at = 0;      // when it came here, by our clock; 0: not known any more
    bool stands = false;      // at least in part
    std::vector<ColumnChange> columns;
};

/// Oldest first. Inside a sealed transaction; empty for a row never heard of.
std::vector<RowEvent> row_history(ChangeLog& log, const TableInfo& table, const std::string& row);

}  // namespace ocop
