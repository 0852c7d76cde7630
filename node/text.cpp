#include "node/text.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace ocop {

namespace {

bool is_ascii(std::string_view text)
{
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

/// The length of the blank that `text` starts with (front) or ends with; 0 if none.
std::size_t blank_at(std::string_view text, bool front)
{
    static constexpr std::array<std::string_view, 7> blanks = {" ", "\t", "\r", "\n", "\xC2\xA0", "\xEF\xBB\xBF", "\v"};
    for (const std::string_view blank : blanks) {
        if (front ? text.starts_with(blank) : text.ends_with(blank)) return blank.size();
    }
    return 0;
}

}  // namespace

std::optional<std::size_t> bad_utf8(std::string_view text)
{
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    std::size_t at = 0;
    while (at < text.size()) {
        if (bytes[at] == 0) return at;
        if (bytes[at] < 0x80) {
            ++at;
            continue;
        }
        utf8proc_int32_t point = 0;
        const auto length = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
        if (length <= 0) return at;
        at += static_cast<std::size_t>(length);
    }
    return std::nullopt;
}

std::string to_nfc(std::string_view text)
{
    if (is_ascii(text)) return std::string{text};
    utf8proc_uint8_t* made = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &made, options);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner{made, &std::free};
    if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc{};
    OCOP_CHECK(length >= 0);  // the caller has asked bad_utf8
    return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
}

std::string_view trimmed(std::string_view text)
{
    while (const std::size_t length = blank_at(text, true)) text.remove_prefix(length);
    while (const std::size_t length = blank_at(text, false)) text.remove_suffix(length);
    return text;
}

Result<std::string> clean_text(std::string_view text)
{
    if (const auto bad = bad_utf8(text)) return Refusal{Errc::bad_encoding, "byte " + std::to_string(*bad + 1)};
    return to_nfc(trimmed(text));
}

}  // namespace ocop
