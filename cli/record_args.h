// What the verbs about records share: column=value arguments, and a row as JSON or as text.
#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "cli/text.h"
#include "node/records.h"

namespace ocop::cli {

/// Splits each "column=value" at its first '='. Refusals: usage (detail: the argument).
Result<TypedFields> split_assignments(const std::vector<std::string>& arguments);

/// Refusals: missing_reference, for a node that has not met its parent and so knows no unit a row could belong to.
Status has_its_unit(Replica& replica);

boost::json::value to_json(const Value& value);
/// {"id": …, column: value, …} in form order.
boost::json::object to_json(const Row& row);

/// The table's label in the person's language; the name of a table that the model does not have.
std::string table_label(std::string_view table, Language language);
/// The same for a column.
std::string column_label(std::string_view table, std::string_view column, Language language);

/// The column's label in the person's language; its name if it has none.
std::string label_of(const TableInfo& table, std::string_view column, Language language);

/// A value for a person: the name of a unit beside its id, "" for NULL.
std::string shown(const TableInfo& table, std::string_view column, const Value& value, const UnitTree& units);

/// What a person calls the row: its `name`, else its number, subject or id.
std::string title_of(const Row& row);

}  // namespace ocop::cli
