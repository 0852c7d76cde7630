#include "tests/simulator/history.h"

#include <cstdio>

namespace ocop::sim {

namespace {

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\t')
            out += "\\t";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\\')
            out += "\\\\";
        else
            out += c;
    }
    return out;
}

std::string hex(std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

}  // namespace

std::string shown(const Value& value)
{
    switch (value.index()) {
    case 0: return "~";
    case 1: return "i" + std::to_string(std::get<1>(value));
    case 2: {
        char digits[40];
        std::snprintf(digits, sizeof digits, "r%.17g", std::get<2>(value));
        return digits;
    }
    case 3: return "t" + escaped(std::get<3>(value));
    default: return "x" + hex(std::get<4>(value).bytes);
    }
}

}  // namespace ocop::sim
