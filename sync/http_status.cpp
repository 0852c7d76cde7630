#include "sync/http_status.h"

#include <array>
#include <cstdint>

namespace ocop::sync {
namespace {

constexpr int stays_here = 0;

struct Row {
    Errc code;
    std::string_view name;
    int status;  // stays_here: does not cross
};

constexpr Row rows[] = {
    {Errc::usage, "usage", stays_here},
    {Errc::unknown_table, "unknown_table", stays_here},
    {Errc::unknown_column, "unknown_column", stays_here},
    {Errc::unknown_row, "unknown_row", stays_here},
    {Errc::unknown_unit, "unknown_unit", stays_here},
    {Errc::unit_not_in_force, "unit_not_in_force", stays_here},
    {Errc::duplicate_id, "duplicate_id", stays_here},
    {Errc::not_unique, "not_unique", stays_here},
    {Errc::check_failed, "check_failed", stays_here},
    {Errc::missing_reference, "missing_reference", stays_here},
    {Errc::out_of_scope, "out_of_scope", 403},
    {Errc::not_permitted, "not_permitted", 403},
    {Errc::bad_value, "bad_value", stays_here},
    {Errc::bad_encoding, "bad_encoding", stays_here},
    {Errc::bad_file, "bad_file", stays_here},
    {Errc::unknown_conflict, "unknown_conflict", stays_here},
    {Errc::still_referenced, "still_referenced", stays_here},
    {Errc::unknown_batch, "unknown_batch", stays_here},
    {Errc::no_node, "no_node", stays_here},
    {Errc::node_exists, "node_exists", stays_here},
    {Errc::node_busy, "node_busy", 503},
    {Errc::newer_database, "newer_database", stays_here},
    {Errc::corrupt_database, "corrupt_database", stays_here},
    {Errc::not_joined, "not_joined", stays_here},
    {Errc::model_mismatch, "model_mismatch", 409},
    {Errc::port_in_use, "port_in_use", stays_here},
    {Errc::parent_unreachable, "parent_unreachable", stays_here},
    {Errc::insecure_address, "insecure_address", stays_here},
    {Errc::unknown_protocol, "unknown_protocol", 426},
    {Errc::malformed, "malformed", 400},
    {Errc::too_large, "too_large", 413},
    {Errc::not_enrolled, "not_enrolled", 403},
    {Errc::invite_used, "invite_used", 403},
    {Errc::behind_mark, "behind_mark", 409},
    {Errc::wrong_parent, "wrong_parent", 421},
    {Errc::stale_answer, "stale_answer", 409},
    {Errc::verify_failed, "verify_failed", 409},
};

const Row* find(Errc code)
{
    for (const Row& row : rows) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

/// Length of the valid UTF-8 character at the start of `text`, 0 when there is none.
std::size_t character_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF5 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const std::uint8_t second = byte(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string_view error_name(Errc code)
{
    const Row* row = find(code);
    return row ? row->name : "unnamed";
}

int http_status(Errc code)
{
    return crosses_the_wire(code) ? find(code)->status : 500;
}

bool crosses_the_wire(Errc code)
{
    const Row* row = find(code);
    return row && row->status != stays_here;
}

std::optional<Errc> error_from_wire(std::string_view name)
{
    for (const Row& row : rows) {
        if (row.name == name && row.status != stays_here) return row.code;
    }
    return std::nullopt;
}

std::string wire_detail(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const auto first = static_cast<std::uint8_t>(text[0]);
        // C1 controls (U+0080..U+009F) are escape codes to some terminals
        const bool c1 = length == 2 && first == 0xC2 && static_cast<std::uint8_t>(text[1]) < 0xA0;
        const bool control = first < 0x20 || first == 0x7F || c1;
        const std::string_view character = length == 0 || control ? std::string_view("?") : text.substr(0, length);
        if (out.size() + character.size() > detail_limit) break;
        out += character;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string_view reason_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 426: return "Upgrade Required";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
    }
}

}  // namespace ocop::sync
