// The line of a node: its lives (incarnations), the ended ones and the present one.
//
// A life ends when history may have rewound: a backup was restored, a disk cloned, a file swapped. What the node remembers of that moment is all that may be
// taken for common with what others heard from it: places up to `forked`, and of those only what it knew to be acknowledged or read. tests/model/tree_merge_life.py
// is the executable form. A life's number is a count and chance, so that a node put back twice never gives one number to two lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ocop {

struct EndedLife {
    std::uint32_t incarnation = 0;
    std::uint64_t forked = 0;  // last place of its log that the next life shares
    std::uint64_t acked = 0;   // how far it knew the parent to have that log
    std::uint64_t read = 0;    // how far it had read the parent's log
    std::uint32_t met = 0;     // in which life of the parent; 0: none yet
    friend bool operator==(const EndedLife&, const EndedLife&) = default;
};

/// A node met in one life, `now`, that came from the `ended` ones, oldest first.
struct Line {
    std::vector<EndedLife> ended;
    std::uint32_t now = 0;
    friend bool operator==(const Line&, const Line&) = default;
};

/// What two lives of one node have in common.
struct Common {
    std::uint64_t places = 0;  // last place of the log
    std::uint64_t acked = 0;   // of which it knew so much to be acknowledged
};
Common common(const Line& a, const Line& b);

/// The life of `b` at whose end `a` and `b` part; nothing where they share none, or where `b` has not left `a`'s life.
std::optional<std::uint32_t> parted(const Line& a, const Line& b);

/// `a` is a life that `b` came from.
bool is_former(const Line& a, const Line& b);

/// How many times a life had ended before this one.
constexpr std::uint32_t life_count(std::uint32_t incarnation)
{
    return incarnation >> 16;
}
/// A number for a life after all of those up to `highest`; `chance` is taken modulo 2^16.
constexpr std::uint32_t next_life(std::uint32_t highest, std::uint64_t chance)
{
    return ((highest >> 16) + 1) << 16 | static_cast<std::uint32_t>(chance & 0xffff);
}

/// As kept in a database: 32 bytes a life.
std::string to_bytes(const std::vector<EndedLife>& ended);
std::vector<EndedLife> ended_lives(std::string_view bytes);

}  // namespace ocop
