// The engine's own tables, beside the domain's in the same file. Their names begin with _; nobody else writes them but the
// capture triggers, which append to `_pending`.
//
// Version 1 is engine_tables_sql(). Each later version is one SQL text more, applied once, in order, to new nodes and old ones alike, so that
// there is only one way for a table to come into being. The number reached is kept in `_engine`; a file without that table is version 1.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ocop {

std::string_view engine_tables_sql();

/// The text at index i makes version i + 2.
const std::vector<std::string_view>& engine_upgrades();

}  // namespace ocop
