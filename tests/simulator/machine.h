// The machine under the nodes, as SQLite sees it: its clock and its random bytes. With a Machine in place SQL's 'now' is the lying clock
// of the node that runs, and the keys that the tables' DEFAULTs make come from the seed, so that a seed is one history.
#pragma once

#include <cstdint>

#include "node/environment.h"

namespace ocop::sim {

/// One at a time. Connections opened under it are used only while it, or a later one, is there.
class Machine {
public:
    explicit Machine(std::uint64_t seed);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Whose clock SQL reads from now on.
    static void runs(Clock* clock);
};

}  // namespace ocop::sim
