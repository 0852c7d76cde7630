// The whole country: every unit of the 2020 list a node, 11,385 of them (the centre, 63 provinces, 707 districts, 10,614 communes), through
// days of work, lines that fail and machines that fail; then the same judges as for a seed. All but a hundred nodes are asleep at any
// time (dormitory.h), and what it costs is printed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulator/counters.h"

namespace ocop::sim {

struct Nation {
    std::size_t provinces = 63;  // the first so many, with all below them
    std::int64_t days = 30;
    std::uint64_t seed = 1;
    std::size_t beds = 100;
    std::string keep;    // a file for the history; empty: none
    bool quiet = false;  // prints nothing
};

struct NationOutcome {
    std::size_t nodes = 0;
    std::vector<std::string> complaints;
    Counters counters;
    double cpu_seconds = 0;
    double peak_mib = 0;
};

NationOutcome run_nation(const Nation& nation);

}  // namespace ocop::sim
