#include "node/line.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace ocop {

namespace {

constexpr std::uint64_t open_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t bytes_a_life = 32;

/// The lives of a line with the present one as one that has not ended.
std::vector<EndedLife> all_of(const Line& line)
{
    std::vector<EndedLife> lives = line.ended;
    lives.push_back({line.now, open_end, open_end, open_end, 0});
    return lives;
}

template <class Number>
void append(std::string& bytes, Number value)
{
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Number>
void take(std::string_view& bytes, Number& value)
{
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
}

}  // namespace

Common common(const Line& a, const Line& b)
{
    Common shared;
    const auto lives_a = all_of(a);
    const auto lives_b = all_of(b);
    for (std::size_t i = 0; i < std::min(lives_a.size(), lives_b.size()); ++i) {
        if (lives_a[i].incarnation != lives_b[i].incarnation) break;
        shared = {std::min(lives_a[i].forked, lives_b[i].forked), std::min(lives_a[i].acked, lives_b[i].acked)};
        if (lives_a[i] != lives_b[i]) break;
    }
    return shared;
}

std::optional<std::uint32_t> parted(const Line& a, const Line& b)
{
    const auto lives_a = all_of(a);
    const auto lives_b = all_of(b);
    for (std::size_t i = 0; i < std::min(lives_a.size(), lives_b.size()); ++i) {
        if (lives_a[i].incarnation != lives_b[i].incarnation) return std::nullopt;
        if (lives_a[i] != lives_b[i]) return lives_b[i].incarnation;
    }
    return std::nullopt;
}

bool is_former(const Line& a, const Line& b)
{
    return a.now != b.now && std::any_of(b.ended.begin(), b.ended.end(),
                                         [&](const EndedLife& life) { return life.incarnation == a.now; });
}

std::string to_bytes(const std::vector<EndedLife>& ended)
{
    std::string bytes;
    for (const EndedLife& life : ended) {
        append(bytes, life.incarnation);
        append(bytes, life.met);
        append(bytes, life.forked);
        append(bytes, life.acked);
        append(bytes, life.read);
    }
    return bytes;
}

std::vector<EndedLife> ended_lives(std::string_view bytes)
{
    std::vector<EndedLife> ended(bytes.size() / bytes_a_life);
    for (EndedLife& life : ended) {
        take(bytes, life.incarnation);
        take(bytes, life.met);
        take(bytes, life.forked);
        take(bytes, life.acked);
        take(bytes, life.read);
    }
    return ended;
}

}  // namespace ocop
