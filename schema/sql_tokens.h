// The words of an SQL text, enough of them to ask what a CREATE TABLE says. Not a parser: SQLite is the only judge of SQL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ocop {

struct SqlToken {
    enum class Kind {
        word,
        quoted,
        string,
        other
    };  // quoted: "x", [x] or `x`; other: a number or one punctuation mark
    Kind kind;
    std::string text;   // without its quotes
    std::size_t begin;  // where it stands in the SQL
    std::size_t end;

    bool is(std::string_view upper) const;  // an unquoted keyword (any case) or a punctuation mark
    bool is_name() const { return kind == Kind::word || kind == Kind::quoted; }
};

/// Comments and white space are left out; a text that ends inside a string or comment ends there.
std::vector<SqlToken> sql_tokens(std::string_view sql);

/// The index of the ")" that closes the "(" at `open`, or tokens.size().
std::size_t sql_closing(const std::vector<SqlToken>& tokens, std::size_t open);

/// Equal but for the case of ASCII letters, as SQLite compares names.
bool sql_same_name(std::string_view a, std::string_view b);

}  // namespace ocop
