// Words for people: always in Vietnamese and English, side by side, so that neither is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ocop::cli {

enum class Language { vi, en };

struct Text {
    std::string_view vi;
    std::string_view en;
    std::string_view in(Language language) const { return language == Language::vi ? vi : en; }
};

/// Replaces each {} of the pattern by the next argument: fill("{} of {}", {"1", "2"}).
std::string fill(std::string_view pattern, std::initializer_list<std::string_view> arguments);

/// Columns of a terminal the UTF-8 text takes (combining marks none, wide letters two).
std::size_t display_width(std::string_view text);
/// Text padded with spaces, or cut with … so that it takes exactly `width` columns.
std::string fit(std::string_view text, std::size_t width);
/// Without control characters, so that a value of somebody else cannot steer the terminal; line breaks become spaces.
std::string printable(std::string_view text);

/// "1.234.567" in Vietnamese, "1,234,567" in English.
std::string number(std::uint64_t value, Language language);
/// "1,2 MB", "1.2 MB".
std::string byte_count(std::uint64_t bytes, Language language);
/// "09:40 21/11/2026" in Vietnam's time (UTC+7).
std::string moment(std::int64_t ms);
/// "2026-11-21T02:40:00Z"; empty for 0.
std::string rfc3339(std::int64_t ms);
/// "2026-11-21" of Vietnam's day.
std::string iso_date(std::int64_t ms);
/// Is it a day of the calendar, written YYYY-MM-DD?
bool is_date(std::string_view text);

}  // namespace ocop::cli
