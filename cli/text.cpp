#include "cli/text.h"

#include <utf8proc.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

namespace ocop::cli {

namespace {

constexpr std::int64_t vietnam_offset_ms = 7LL * 3600 * 1000;

// Calls `each` with every code point and its bytes; broken UTF-8 comes as U+FFFD.
void for_each_letter(std::string_view text, const std::function<void(utf8proc_int32_t, std::string_view)>& each)
{
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    std::size_t at = 0;
    while (at < text.size()) {
        utf8proc_int32_t letter = 0;
        const auto length = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &letter);
        if (length < 1) {
            each(0xFFFD, "\xEF\xBF\xBD");
            ++at;
        } else {
            each(letter, text.substr(at, static_cast<std::size_t>(length)));
            at += static_cast<std::size_t>(length);
        }
    }
}

std::size_t width_of(utf8proc_int32_t letter)
{
    const int width = utf8proc_charwidth(letter);
    return width > 0 ? static_cast<std::size_t>(width) : 0;
}

// Controls, and the invisible letters that turn the direction of what follows.
bool steers(utf8proc_int32_t letter)
{
    return letter < 0x20 || (letter >= 0x7F && letter < 0xA0) || (letter >= 0x202A && letter <= 0x202E) ||
           (letter >= 0x2066 && letter <= 0x2069);
}

struct Calendar {
    int year;
    unsigned month, day;
    int hour, minute, second;
};

Calendar calendar(std::int64_t ms)
{
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds{ms}};
    const auto midnight = floor<days>(time);
    const year_month_day date{midnight};
    const auto seconds = duration_cast<std::chrono::seconds>(time - midnight).count();
    return {int(date.year()),
            unsigned(date.month()),
            unsigned(date.day()),
            static_cast<int>(seconds / 3600),
            static_cast<int>(seconds / 60 % 60),
            static_cast<int>(seconds % 60)};
}

template <class... Args>
std::string print_format(const char* format, Args... arguments)
{
    std::array<char, 80> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, arguments...);
    return buffer.data();
}

}  // namespace

std::string fill(std::string_view pattern, std::initializer_list<std::string_view> arguments)
{
    std::string result;
    const auto* next = arguments.begin();
    for (std::size_t at = 0; at < pattern.size();) {
        if (pattern.substr(at, 2) == "{}" && next != arguments.end()) {
            result += *next++;
            at += 2;
        } else {
            result += pattern[at++];
        }
    }
    return result;
}

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    for_each_letter(text, [&](utf8proc_int32_t letter, std::string_view) { width += width_of(letter); });
    return width;
}

std::string fit(std::string_view text, std::size_t width)
{
    const std::size_t whole = display_width(text);
    if (whole <= width) return std::string(text) + std::string(width - whole, ' ');
    std::string result;
    std::size_t used = 0;
    bool full = width == 0;
    for_each_letter(text, [&](utf8proc_int32_t letter, std::string_view bytes) {
        if (full) return;
        if (used + width_of(letter) + 1 > width) {
            full = true;
            return;
        }
        result += bytes;
        used += width_of(letter);
    });
    if (width > 0) {
        result += "…";
        ++used;
    }
    return result + std::string(width - used, ' ');
}

std::string printable(std::string_view text)
{
    std::string result;
    for_each_letter(text, [&](utf8proc_int32_t letter, std::string_view bytes) {
        if (letter == '\n' || letter == '\r' || letter == '\t')
            result += ' ';
        else if (!steers(letter))
            result += bytes;
    });
    return result;
}

std::string number(std::uint64_t value, Language language)
{
    std::string digits = std::to_string(value);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, language == Language::vi ? "." : ",");
    }
    return digits;
}

std::string byte_count(std::uint64_t bytes, Language language)
{
    static constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    std::string text = print_format(unit == 0 || value >= 99.95 ? "%.0f" : "%.1f", value);
    if (const auto point = text.find('.'); point != std::string::npos && language == Language::vi) text[point] = ',';
    return text + " " + units[unit];
}

std::string moment(std::int64_t ms)
{
    const Calendar local = calendar(ms + vietnam_offset_ms);
    return print_format("%02d:%02d %02u/%02u/%04d", local.hour, local.minute, local.day, local.month, local.year);
}

std::string rfc3339(std::int64_t ms)
{
    if (ms == 0) return {};
    const Calendar utc = calendar(ms);
    return print_format("%04d-%02u-%02uT%02d:%02d:%02dZ", utc.year, utc.month, utc.day, utc.hour, utc.minute,
                        utc.second);
}

std::string iso_date(std::int64_t ms)
{
    const Calendar local = calendar(ms + vietnam_offset_ms);
    return print_format("%04d-%02u-%02u", local.year, local.month, local.day);
}

bool is_date(std::string_view text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    int parts[3] = {0, 0, 0};
    std::size_t part = 0;
    for (const char letter : text) {
        if (letter == '-') {
            ++part;
        } else if (letter < '0' || letter > '9' || part > 2) {
            return false;
        } else {
            parts[part] = parts[part] * 10 + (letter - '0');
        }
    }
    using namespace std::chrono;
    return part == 2 &&
           year_month_day{year{parts[0]}, month{static_cast<unsigned>(parts[1])}, day{static_cast<unsigned>(parts[2])}}
               .ok();
}

}  // namespace ocop::cli
