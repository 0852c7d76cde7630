#include "schema/base/toml.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace ocop {

namespace {

constexpr std::uint32_t last_plane = 0x100000;

std::uint32_t low_bits(std::string_view bytes, std::uint32_t code)
{
    for (const char byte : bytes) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
    return code;
}

void append(std::string& text, std::uint32_t code)
{
    const auto last = [&](int shift) { text += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
    if (code >= 0x10000) {
        text += static_cast<char>(0xf0 | code >> 18);
        last(12);
        last(6);
    } else if (code >= 0x800) {
        text += static_cast<char>(0xe0 | code >> 12);
        last(6);
    } else {
        text += static_cast<char>(0xc0 | code >> 6);
    }
    last(0);
}

/// How many bytes of UTF-8 begin with this one: 0 if none do.
std::size_t length_of(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/// Two and three bytes become four. What is not UTF-8 stays as it is and is refused by the parser.
std::string lifted(std::string_view text)
{
    std::string out;
    const std::size_t begin = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    out.append(text.substr(0, begin));
    for (std::size_t at = begin; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = length_of(first);
        const std::string_view rest = text.substr(at + 1, length == 0 ? 0 : length - 1);
        const bool whole = rest.size() + 1 == length && std::all_of(rest.begin(), rest.end(), [](char byte) {
                               return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
                           });
        if (whole && first == 0xf4)
            throw TomlSurprise(
                std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
                ": ");
        if (whole && (length == 2 || length == 3)) {
            const std::uint32_t code = low_bits(rest, first & (length == 2 ? 0x1fu : 0x0fu));
            const bool form = length == 2 || (code >= 0x800 && (code < 0xd800 || code > 0xdfff));
            if (form)
                append(out, last_plane + code);
            else
                out.append(text.substr(at, length));
        } else {
            out.append(text.substr(at, whole ? length : 1));
        }
        at += whole ? length : 1;
    }
    return out;
}

std::string lowered(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        if (first == 0xf4 && at + 4 <= text.size()) {
            append(out, low_bits(text.substr(at + 1, 3), first & 0x07u) - last_plane);
            at += 4;
        } else {
            out += text[at++];
        }
    }
    return out;
}

void lower(toml::node& node);

void lower(toml::table& table)
{
    std::vector<toml::key> strange;
    for (auto&& [key, value] : table) {
        lower(value);
        if (key.str().find('\xf4') != std::string_view::npos) strange.push_back(key);
    }
    for (const toml::key& key : strange) {
        const toml::key own(lowered(key.str()), toml::source_region{key.source()});
        table.get(key.str())->visit([&](auto& value) { table.insert(own, std::move(value)); });
        table.erase(key.str());
    }
}

void lower(toml::node& node)
{
    if (toml::table* table = node.as_table()) {
        lower(*table);
    } else if (toml::array* array = node.as_array()) {
        for (toml::node& item : *array) lower(item);
    } else if (auto* text = node.as_string()) {
        **text = lowered(**text);
    }
}

}  // namespace

toml::table parse_toml(std::string_view text)
{
    try {
        toml::table table = toml::parse(lifted(text));
        lower(table);
        return table;
    } catch (const toml::parse_error& error) {
        throw toml::parse_error(lowered(error.description()).c_str(), toml::source_region{error.source()});
    }
}

}  // namespace ocop
