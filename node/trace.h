// Where a record is, tier by tier, and since when, as far as this node can know.
//
// Downward and one step up the links themselves say it: a child's cursor, the parent's mark. Further up the parent tells: each answer names,
// of the child's log, how far every tier above has it as the parent last heard: the smallest place of the child's among what the parent has
// not had acknowledged by then, less one. A few bytes an answer, nothing to remember for the sender, exact as of the parent's last contact.
// An entry that a later one took over from on the way counts as having arrived: what took over from it did, or will.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/change_log.h"

namespace ocop {

/// Of a child's log, how far each tier above this node has it; empty at the root.
std::vector<std::uint64_t> reach_of_child(Replica& replica, std::int64_t child, std::uint64_t mark);

/// A neighbour has our log up to `lsn`. Kept when that is further than before.
void note_reached(Replica& replica, std::int64_t peer, std::int64_t tier, std::uint64_t lsn);

struct TracedPlace {
    enum class Where { here, above, below };
    Where where = Where::here;
    std::int64_t tier = 0;  // above: 1 is the parent
    std::string unit;       // of the office; empty: not known
    bool has = false;
    std::int64_t since = 0;   // by our clock, when we heard of it; 0: not known
    bool from_there = false;  // it came to us from there
};

struct TracedVersion {
    Version version;
    std::uint64_t mask = 0;
    bool gone = false;
    std::vector<TracedPlace> places;
};

struct Traced {
    const TableInfo* table = nullptr;
    std::string row;
    std::string unit;
    std::vector<TracedVersion> versions;  // what stands, newest first
};

/// A link was put back: what was told of places above is no longer so.
void forget_reached(Replica& replica, std::int64_t peer, std::uint64_t above);

/// Every row with this id, in whatever table. Inside a sealed transaction.
std::vector<Traced> trace(ChangeLog& log, const std::string& id);

}  // namespace ocop
