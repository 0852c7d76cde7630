#include <set>

#include "schema/model.h"
#include "schema/sql_tokens.h"

namespace ocop {
namespace {

using Tokens = std::vector<SqlToken>;

bool followed_by(const Tokens& tokens, std::size_t i, std::string_view what)
{
    return i + 1 < tokens.size() && tokens[i + 1].is(what);
}

// The table's columns (and `id`) that the expression between `open` and `close` names. A name before "(" is a function's,
// one before "." a table's.
std::set<std::string> columns_named(const TableModel& table, const Tokens& tokens, std::size_t open, std::size_t close)
{
    std::set<std::string> named;
    for (std::size_t i = open + 1; i < close; ++i) {
        if (!tokens[i].is_name() || followed_by(tokens, i, "(") || followed_by(tokens, i, ".")) continue;
        if (sql_same_name(tokens[i].text, "id")) named.insert("id");
        for (const ColumnModel& column : table.columns)
            if (sql_same_name(tokens[i].text, column.name)) named.insert(column.name);
    }
    return named;
}

bool merges_whole(const TableModel& table, const std::set<std::string>& named)
{
    if (named.size() <= 1) return true;
    if (named.count("id") != 0 || named.count(table.unit_column) != 0) return false;
    std::set<int> bits;
    for (const std::string& name : named) bits.insert(table.column(name)->bit);
    return bits.size() == 1;
}

std::string joined(const std::set<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

// "ON DELETE CASCADE" and its like, or "ON CONFLICT REPLACE": what they do to other rows nobody journals.
std::string banned_action(const Tokens& tokens, std::size_t i)
{
    if (!tokens[i].is("ON") || i + 2 >= tokens.size()) return {};
    const bool key = tokens[i + 1].is("DELETE") || tokens[i + 1].is("UPDATE");
    if (key && tokens[i + 2].is("CASCADE")) return "CASCADE";
    if (key && tokens[i + 2].is("SET")) return followed_by(tokens, i + 2, "NULL") ? "SET NULL" : "SET DEFAULT";
    if (tokens[i + 1].is("CONFLICT") && tokens[i + 2].is("REPLACE")) return "ON CONFLICT REPLACE";
    return {};
}

}  // namespace

Status check_table_sql(const TableModel& table, std::string_view create_table_sql)
{
    const Tokens tokens = sql_tokens(create_table_sql);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (const std::string action = banned_action(tokens, i); !action.empty())
            return Refusal{Errc::model_mismatch, table.name + ": " + action};
        if (!tokens[i].is("CHECK") || !followed_by(tokens, i, "(")) continue;
        const std::set<std::string> named = columns_named(table, tokens, i + 1, sql_closing(tokens, i + 1));
        if (!merges_whole(table, named)) return Refusal{Errc::model_mismatch, table.name + ": CHECK " + joined(named)};
    }
    return Done{};
}

}  // namespace ocop
