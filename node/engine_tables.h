// The engine's own tables, beside the domain's in the same file. Their names begin with _; nobody else writes them but the
// capture triggers, which append to `_pending`.
#pragma once

#include <string_view>

namespace ocop {

std::string_view engine_tables_sql();

}  // namespace ocop
