#include "node/row_key.h"

#include <charconv>
#include <cstdlib>

#include "schema/base/check.h"

namespace ocop {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::string take_text(std::string_view& rest)
{
    std::string text;
    rest.remove_prefix(1);
    while (!rest.empty()) {
        if (rest[0] == '\'') {
            if (rest.size() < 2 || rest[1] != '\'') break;
            rest.remove_prefix(1);
        }
        text.push_back(rest[0]);
        rest.remove_prefix(1);
    }
    if (!rest.empty()) rest.remove_prefix(1);
    return text;
}

Value take_blob(std::string_view& rest)
{
    rest.remove_prefix(1);
    std::string hex = take_text(rest);
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; };
        bytes.push_back(static_cast<char>(hex_digit(lower(hex[i])) * 16 + hex_digit(lower(hex[i + 1]))));
    }
    return Blob{bytes};
}

Value take_number(std::string_view& rest)
{
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string word{rest.substr(0, end)};
    rest.remove_prefix(end);
    if (word == "NULL") return {};
    std::int64_t integer = 0;
    const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), integer);
    if (error == std::errc{} && at == word.data() + word.size()) return integer;
    return std::strtod(word.c_str(), nullptr);
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
    if (const auto* blob = std::get_if<Blob>(&log_key)) return uuid_from_bytes(blob->bytes);
    return std::get<std::string>(log_key);
}

std::vector<Value> parse_literals(std::string_view text)
{
    std::vector<Value> values;
    while (!text.empty()) {
        if (text[0] == '\'')
            values.emplace_back(take_text(text));
        else if (text[0] == 'X')
            values.push_back(take_blob(text));
        else
            values.push_back(take_number(text));
        if (text.empty()) break;
        if (text[0] != ',') return {};
        text.remove_prefix(1);
    }
    return values;
}

}  // namespace ocop
