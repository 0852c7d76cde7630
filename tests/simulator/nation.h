// The whole country at once: every unit of the 2020 list a node, every night an exchange. It measures time and memory; it draws no faults
// and asks no judge but the digests. What one replica costs, and what of it, is printed.
#pragma once

#include <cstddef>

namespace ocop::sim {

struct Nation {
    std::size_t provinces = 63;  // the first so many, with all below them
    int days = 3;
    double changes = 1;  // a commune and day
    bool lean = false;   // forget prepared statements after each step
};

/// Prints what it measures. False if at the end a child's digest is not its parent's.
bool run_nation(const Nation& nation);

}  // namespace ocop::sim
