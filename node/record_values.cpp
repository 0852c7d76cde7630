#include "node/record_values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "node/text.h"

namespace ocop {

namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text)
{
    if (text.starts_with('+')) text.remove_prefix(1);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Refusal not_a_value(const TableInfo& table, std::string_view column, std::string_view text)
{
    return {Errc::bad_value, table.name + "." + std::string{column} + " = " + std::string{text}};
}

std::string hex(std::string_view bytes)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

/// The shortest text that reads back as the same number.
std::string real_text(double number)
{
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    OCOP_CHECK(error == std::errc{});
    return {buffer.data(), end};
}

Result<Value> typed_value(const TableInfo& table, const ColumnInfo& column, const std::string& text)
{
    if (column.type == "INTEGER") {
        if (const auto number = number_of<std::int64_t>(text)) return Value{*number};
        return not_a_value(table, column.name, text);
    }
    if (column.type == "REAL") {
        const auto number = number_of<double>(text);
        if (number && std::isfinite(*number)) return Value{*number};
        return not_a_value(table, column.name, text);
    }
    if (column.type == "BLOB") return not_a_value(table, column.name, text);
    return Value{text};
}

}  // namespace

bool holds_unit(const TableInfo& table, std::string_view column)
{
    for (const ForeignKeyInfo& key : table.references) {
        if (key.target == "admin_unit" && key.columns.size() == 1 && key.columns[0] == column) return true;
    }
    return false;
}

Result<std::string> unit_id(const UnitTree& units, std::string_view typed, std::string_view today)
{
    if (const Unit* unit = units.find(typed)) return unit->id;
    const std::size_t at = typed.find('@');
    const auto found = at == std::string_view::npos ? units.by_code(typed, today)
                                                    : units.by_code(typed.substr(0, at), typed.substr(at + 1));
    if (!found) return found.refusal();
    return (*found)->id;
}

Result<Value> parse_value(const TableInfo& table, std::string_view column, std::string_view text, const UnitTree& units,
                          std::string_view today)
{
    const ColumnInfo* info = table.column(column);
    if (info == nullptr && column != "id") return Refusal{Errc::unknown_column, table.name + "." + std::string{column}};
    auto cleaned = clean_text(text);
    if (!cleaned) return Refusal{cleaned.refusal().code, std::string{column} + ": " + cleaned.refusal().detail};
    if (cleaned->empty()) return Value{};
    if (info == nullptr) return Value{*cleaned};
    if (holds_unit(table, column)) {
        auto unit = unit_id(units, *cleaned, today);
        if (!unit) return unit.refusal();
        return Value{*unit};
    }
    return typed_value(table, *info, *cleaned);
}

std::string value_text(const Value& value)
{
    switch (value.index()) {
    case 0: return {};
    case 1: return std::to_string(std::get<std::int64_t>(value));
    case 2: return real_text(std::get<double>(value));
    case 3: return std::get<std::string>(value);
    default: return hex(std::get<Blob>(value).bytes);
    }
}

}  // namespace ocop
