#include "tests/simulator/counters.h"

#include "tests/simulator/options.h"

namespace ocop::sim {

std::vector<std::string> demanded(std::uint64_t seeds, bool plain)
{
    if (seeds < 50) return {};
    std::vector<std::string> list = {
        "changes",        "exchanges",         "conflicts: edit",  "conflicts: delete", "conflicts: unique",
        "settled",        "lost messages",     "copied messages",  "cut messages",      "late sticks",
        "power cuts",     "disk full",         "clock jumps",      "clocks that lie",   "sleeping days",
        "aborted writes", "multi-row changes", "refused messages", "parked rows",
    };
    if (Features::restores) list.emplace_back("restores");
    if (Features::clones) list.emplace_back("clones");
    if (Features::refusals && !plain) list.emplace_back("refusals");
    if (Features::unit_moves && !plain) list.emplace_back("unit moves");
    if (Features::byzantine) list.emplace_back("lies told");
    return list;
}

}  // namespace ocop::sim
