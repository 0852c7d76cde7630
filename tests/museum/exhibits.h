// The exhibits of the bug museum: what was published, what the nearest mistake is here, and which check is expected to go red.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ocop::museum {

struct Check {
    enum class Kind {
        simulator,  // a seed of the simulated country and its judges
        property,   // a random Catch2 case that takes one seed (OCOP_SEED); `what` is its name
        crash,      // power cuts at sampled operations of one scenario of tests/crash; `what`: "power SCENARIO"
        test,       // a Catch2 case of fixed steps; `what` is its name
    };
    Kind kind = Kind::test;
    std::string what;
    std::uint64_t budget = 1;  // seeds that may be tried
};

struct Exhibit {
    std::string_view name;  // as the hook in the source has it; a literal, so that it can be found in a binary
    std::string origin;     // system, number, year where the report has one
    std::string mistake;
    std::vector<Check> checks;  // the expected one first; the rest are tried where it misses
};

const std::vector<Exhibit>& exhibits();

/// "simulator", "F62 ...", "power cuts: one write".
std::string title_of(const Check& check);

}  // namespace ocop::museum
