// Values of a row as people type and read them: text on one side, the column's declared type on the other.
#pragma once

#include <string>
#include <string_view>

#include "node/catalog.h"
#include "node/units.h"
#include "node/value.h"
#include "schema/base/result.h"

namespace ocop {

/// Does the column hold ids of administrative units (a foreign key says so)? Then a person may type a code.
bool holds_unit(const TableInfo& table, std::string_view column);

/// A unit by what a person types: its id, CODE (in force on `today`) or CODE@DATE.
/// Refusals: unknown_unit, unit_not_in_force.
Result<std::string> unit_id(const UnitTree& units, std::string_view typed, std::string_view today);

/// Empty text is NULL. A number has a decimal point, and no sign of thousands. A unit may be given by code.
/// Refusals: unknown_column, bad_encoding, bad_value, and those of unit_id; details begin with the column.
Result<Value> parse_value(const TableInfo& table, std::string_view column, std::string_view text, const UnitTree& units,
                          std::string_view today);

/// As `parse_value` would read it; empty for NULL. Bytes as hexadecimal digits.
std::string value_text(const Value& value);

}  // namespace ocop
