// A constraint that SQLite says is broken, told so that a person finds the value.
#pragma once

#include <string_view>

#include "node/catalog.h"
#include "node/records.h"
#include "node/sqlite.h"
#include "schema/base/result.h"

namespace ocop {

/// The refusal behind a constraint error of an edit of row `id` (empty: not known yet) with these values: check_failed,
/// not_unique (detail: the value, and the row that has it), duplicate_id. Any other error is thrown again.
Refusal constraint_refusal(sqlite::Connection& db, const TableInfo& table, const sqlite::Error& error,
                           std::string_view id, const Fields& fields);

}  // namespace ocop
