#include "schema/sql_tokens.h"

#include <algorithm>

namespace ocop {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Bytes above 127 belong to names, as in SQLite.
bool name_char(char c)
{
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// The end of a comment that starts at `from`, or `from` if none does.
std::size_t skip_comment(std::string_view sql, std::size_t from)
{
    if (sql.substr(from, 2) == "--") return std::min(sql.find('\n', from), sql.size());
    if (sql.substr(from, 2) == "/*") {
        const std::size_t close = sql.find("*/", from + 2);
        return close == std::string_view::npos ? sql.size() : close + 2;
    }
    return from;
}

// A quote inside is written twice; "[...]" has no such escape.
SqlToken quoted(std::string_view sql, std::size_t begin)
{
    const char open = sql[begin];
    const char close = open == '[' ? ']' : open;
    SqlToken token{open == '\'' ? SqlToken::Kind::string : SqlToken::Kind::quoted, {}, begin, sql.size()};
    for (std::size_t i = begin + 1; i < sql.size(); ++i) {
        if (sql[i] == close && close != ']' && i + 1 < sql.size() && sql[i + 1] == close) {
            ++i;
        } else if (sql[i] == close) {
            token.end = i + 1;
            break;
        }
        token.text += sql[i];
    }
    return token;
}

}  // namespace

bool sql_same_name(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool SqlToken::is(std::string_view upper) const
{
    return (kind == Kind::word || kind == Kind::other) && sql_same_name(text, upper);
}

std::vector<SqlToken> sql_tokens(std::string_view sql)
{
    std::vector<SqlToken> tokens;
    for (std::size_t i = 0; i < sql.size();) {
        if (const std::size_t after = skip_comment(sql, i); after != i) {
            i = after;
            continue;
        }
        const char c = sql[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            ++i;
            continue;
        }
        if (c == '\'' || c == '"' || c == '`' || c == '[') {
            tokens.push_back(quoted(sql, i));
        } else {
            std::size_t end = i + 1;
            while (name_char(c) && end < sql.size() && name_char(sql[end])) ++end;
            const bool word = name_char(c) && !(c >= '0' && c <= '9');
            tokens.push_back(
                {word ? SqlToken::Kind::word : SqlToken::Kind::other, std::string(sql.substr(i, end - i)), i, end});
        }
        i = tokens.back().end;
    }
    return tokens;
}

std::size_t sql_closing(const std::vector<SqlToken>& tokens, std::size_t open)
{
    int depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        depth += tokens[i].is("(") ? 1 : 0;
        depth -= tokens[i].is(")") ? 1 : 0;
        if (depth == 0) return i;
    }
    return tokens.size();
}

}  // namespace ocop
