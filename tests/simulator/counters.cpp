#include "tests/simulator/counters.h"

#include "tests/simulator/options.h"

namespace ocop::sim {

const std::vector<std::string>& demanded()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list = {
            "changes",       "exchanges",      "conflicts: edit",   "conflicts: delete", "conflicts: unique",
            "settled",       "parked rows",    "lost messages",     "copied messages",   "cut messages",
            "late sticks",   "power cuts",     "disk full",         "clocks that lie",   "clock jumps",
            "sleeping days", "aborted writes", "multi-row changes", "refused messages",
        };
        if (Features::restores) list.push_back("restores");
        if (Features::clones) list.push_back("clones");
        if (Features::refusals) list.push_back("refusals");
        if (Features::unit_moves) list.push_back("unit moves");
        if (Features::byzantine) list.push_back("lies told");
        return list;
    }();
    return names;
}

}  // namespace ocop::sim
