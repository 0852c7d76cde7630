#include "node/record_errors.h"

#include <algorithm>
#include <cctype>

#include "node/record_values.h"

namespace ocop {

namespace {

bool is_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Does the SQL expression name the column as a word of its own?
bool names_column(std::string_view expression, std::string_view column)
{
    for (std::size_t at = expression.find(column); at != std::string_view::npos; at = expression.find(column, at + 1)) {
        const std::size_t end = at + column.size();
        const bool begins = at == 0 || !is_word(expression[at - 1]);
        const bool ends = end == expression.size() || !is_word(expression[end]);
        if (begins && ends) return true;
    }
    return false;
}

std::string assignment(const std::string& name, const Value& value)
{
    constexpr std::size_t longest = 80;
    std::string text = value_text(value);
    if (text.size() > longest) text = std::to_string(text.size()) + " byte";
    return name + " = " + (value.index() == 0 ? "NULL" : text);
}

/// SQLite ends the message with what is broken: a CHECK's expression or name, or "table.column, table.column".
std::string_view broken_part(std::string_view message)
{
    constexpr std::string_view mark = "failed: ";
    const std::size_t at = message.find(mark);
    return at == std::string_view::npos ? message : message.substr(at + mark.size());
}

Refusal check_refusal(const TableInfo& table, std::string_view broken, const Fields& fields)
{
    std::string named;
    for (const auto& [name, value] : fields) {
        if (names_column(broken, name)) named += (named.empty() ? "" : ", ") + assignment(name, value);
    }
    std::string detail = table.name + ": " + named;
    if (!named.empty()) detail += " — ";
    return {Errc::check_failed, detail + std::string{broken}};
}

Refusal unique_refusal(sqlite::Connection& db, const TableInfo& table, std::string_view broken, const Fields& fields)
{
    for (const UniqueInfo& unique : table.uniques) {
        const std::string& column = unique.columns.back();
        if (!names_column(broken, column)) continue;
        const auto field =
            std::find_if(fields.begin(), fields.end(), [&](const auto& at) { return at.first == column; });
        if (field == fields.end()) continue;
        auto query = db.query("SELECT id FROM \"" + table.name + "\" WHERE \"" + column + "\" = ?", field->second);
        const std::string holder = query.step() ? " (" + query.text(0) + ")" : "";
        return {Errc::not_unique, table.name + "." + assignment(column, field->second) + holder};
    }
    return {Errc::not_unique, std::string{broken}};
}

}  // namespace

Refusal constraint_refusal(sqlite::Connection& db, const TableInfo& table, const sqlite::Error& error,
                           std::string_view id, const Fields& fields)
{
    const std::string message = error.what();
    const std::string_view broken = broken_part(message);
    if (error.is_refused_value()) return check_refusal(table, broken, fields);
    if (!error.is_unique()) throw error;
    if (broken.find("." + std::string{"id"}) != std::string_view::npos && names_column(broken, "id"))
        return {Errc::duplicate_id, table.name + " " + std::string{id}};
    return unique_refusal(db, table, broken, fields);
}

}  // namespace ocop
