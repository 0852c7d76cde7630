#include "node/row_key.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "node/damage.h"
#include "schema/base/check.h"

namespace ocop {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool is_dash_place(std::size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

std::optional<std::string> take_text(std::string_view& rest)
{
    std::string text;
    for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
        if (rest[0] == '\'') {
            rest.remove_prefix(1);
            if (rest.empty() || rest[0] != '\'') return text;
        }
        text.push_back(rest[0]);
    }
    return std::nullopt;
}

/// X'00FF' or T'00FF', from its letter on.
std::optional<std::string> take_hex(std::string_view& rest)
{
    rest.remove_prefix(1);
    if (rest.empty() || rest[0] != '\'') return std::nullopt;
    const auto text = take_text(rest);
    if (!text || text->size() % 2 != 0) return std::nullopt;
    const std::string& hex = *text;
    const auto digit = [](char c) { return hex_digit(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c); };
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (digit(hex[i]) < 0 || digit(hex[i + 1]) < 0) return std::nullopt;
        bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
    }
    return bytes;
}

std::optional<Value> take_number(std::string_view& rest)
{
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view word = rest.substr(0, end);
    const char* const stop = word.data() + word.size();
    rest.remove_prefix(end);
    if (word == "NULL") return Value{};
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(word.data(), stop, integer); read.ec == std::errc{} && read.ptr == stop)
        return Value{integer};
    // How quote() writes the infinities, in newer and in older releases of SQLite.
    if (word == "9.0e+999" || word == "Inf") return Value{std::numeric_limits<double>::infinity()};
    if (word == "-9.0e+999" || word == "-Inf") return Value{-std::numeric_limits<double>::infinity()};
    if (word.find_first_not_of("+-.0123456789e") != std::string_view::npos) return std::nullopt;
    double real = 0;
    if (const auto read = std::from_chars(word.data(), stop, real); read.ec != std::errc{} || read.ptr != stop)
        return std::nullopt;
    return Value{real};
}

std::optional<Value> take_literal(std::string_view& rest)
{
    const char first = rest[0];
    if (first != '\'' && first != 'X' && first != 'T') return take_number(rest);
    auto bytes = first == '\'' ? take_text(rest) : take_hex(rest);
    if (!bytes) return std::nullopt;
    return first == 'X' ? Value{Blob{std::move(*bytes)}} : Value{std::move(*bytes)};
}

}  // namespace

bool is_canonical_uuid(std::string_view text)
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_place(i) ? text[i] != '-' : hex_digit(text[i]) < 0) return false;
    }
    return true;
}

std::string uuid_to_bytes(std::string_view text)
{
    OCOP_CHECK(is_canonical_uuid(text));
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        if (is_dash_place(i)) ++i;
        bytes.push_back(static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1])));
    }
    return bytes;
}

std::string uuid_from_bytes(std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    OCOP_CHECK(bytes.size() == 16);
    std::string text;
    text.reserve(36);
    for (const char byte : bytes) {
        if (is_dash_place(text.size())) text.push_back('-');
        text.push_back(digits[(static_cast<unsigned char>(byte) >> 4) & 15]);
        text.push_back(digits[static_cast<unsigned char>(byte) & 15]);
    }
    return text;
}

Value log_key(std::string_view row)
{
    if (is_canonical_uuid(row)) return Blob{uuid_to_bytes(row)};
    return std::string{row};
}

std::string row_of(const Value& log_key)
{
    if (const auto* blob = std::get_if<Blob>(&log_key)) {
        undamaged(blob->bytes.size() == 16, "a row's key");
        return uuid_from_bytes(blob->bytes);
    }
    return std::get<std::string>(log_key);
}

std::vector<Value> parse_literals(std::string_view text)
{
    std::vector<Value> values;
    while (!text.empty()) {
        auto value = take_literal(text);
        if (!value) return {};
        values.push_back(std::move(*value));
        if (text.empty()) return values;
        if (text[0] != ',') return {};
        text.remove_prefix(1);
    }
    return {};
}

}  // namespace ocop
