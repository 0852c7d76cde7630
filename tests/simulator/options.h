// What one seed is: the size of its country, its faults and how likely each is. Swarm testing: most faults are absent from most
// seeds, so that no fault hides another, and every mixture comes up sooner or later.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ocop::sim {

/// Events the engine can take today. One that is off is neither drawn nor demanded of a batch.
struct Features {
    static constexpr bool restores = false;   // an old snapshot of a node comes back to life
    static constexpr bool clones = false;     // two machines run as one node
    static constexpr bool refusals = true;    // people write what their tier may not
    static constexpr bool unit_moves = true;  // a row moves to another unit
    static constexpr bool byzantine = true;   // a child tells lies
};

constexpr std::size_t most_clones = 3;  // of one seed

struct Options {
    std::uint64_t seed = 0;
    std::size_t nodes = 8;      // offices, 3..12
    int levels = 4;             // 2..4: centre, provinces, districts, communes
    bool tree_2025 = false;     // communes right below provinces
    std::size_t changes = 400;  // transactions
    std::int64_t days = 10;     // virtual
    double calls_a_day = 1.5;   // exchanges a node begins
    bool whole = true;          // messages carry all there is; else a few changes each
    std::size_t hot_rows = 3;   // people prefer these, so that they meet

    std::size_t provinces = 0;  // 0: a corner of the country; else the first so many and all below them (nation.h)
    std::size_t room = std::size_t{512} << 10;  // bytes of a message

    // the line
    std::int64_t slowest = 2'000;  // ms; above a call's length messages overtake each other
    double drop = 0, duplicate = 0, truncate = 0, outage = 0;
    std::size_t cut_after = 0;  // bytes; 0: never
    double stick = 0;           // a message's bytes also travel by stick: late, twice or never

    // machines
    double power_cut = 0;  // at each step
    double disk_full = 0;  // a day and node
    double bad_clocks = 0, clock_jumps = 0;
    double sleep = 0;         // a day and node: off for days
    double restore = 0;       // a day and node
    double witness = 0;       // of the restores, those that the node itself finds out
    int restored_depth = -1;  // only nodes of even or of odd depth; -1: any
    double clone = 0;         // a day and leaf
    double lies = 0;          // a child's calls that a liar makes instead
    bool late_sticks = true;  // those still under way at the end arrive before the last rounds

    // people
    double removes = 0.05, clashes = 0.05, settles = 0.05, many_rows = 0.1, aborts = 0.02, reads = 0.03;
    double offenders = 0;  // write what they may not
    double moves = 0;      // of rows to other units
    double adoptions = 0;  // products get makers made after them
};

Options draw(std::uint64_t seed);

}  // namespace ocop::sim
