// Many seeds: run, judged, counted; some twice, to see that a seed is one history; on as many processes as there are cores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulator/counters.h"

namespace ocop::sim {

struct Verdict {
    std::uint64_t seed = 0;
    std::vector<std::string> complaints;
    Counters counters;
    std::string history;
};

/// Runs one seed and judges its history. A seed that is to run twice must give the same history again.
/// `plain`: nobody writes what they may not, and no row moves.
Verdict try_seed(std::uint64_t seed, bool twice, bool plain = false);

struct Batch {
    std::uint64_t from = 1, to = 0;
    std::size_t jobs = 1;
    std::string keep;  // folder for the histories of failing seeds; empty: nowhere
    bool quiet = false;
    bool plain = false;  // see try_seed
};

struct Outcome {
    std::uint64_t seeds = 0;
    double seconds = 0;
    double cpu_seconds = 0;
    std::vector<std::uint64_t> failed;
    Counters counters;
    std::vector<std::string> missing;  // demanded and never met
    bool good() const { return failed.empty() && missing.empty(); }
};

Outcome run_batch(const Batch& batch);

}  // namespace ocop::sim
