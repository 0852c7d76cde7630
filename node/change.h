// What travels between replicas: changes of rows.
//
// A replica's log is a sequence of entries; an entry is one version of some columns of one row (`mask`, a bit a column, bit 0 the
// row's existence) at one place `lsn` in the sender's order of arrival. A change carries one entry, or, when bit 0 is among what it
// says, all entries of the row, so that NOT NULL, CHECK and FOREIGN KEY hold at the receiver.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/value.h"

namespace ocop {

constexpr std::uint64_t existence_bit = 1;

struct Entry {
    std::uint64_t mask = 0;  // never 0
    bool gone = false;       // with bit 0: the row was deleted in this version
    bool echo = false;       // the sender had this from the receiver: it is there only to make the row whole
    Version version;
    std::uint64_t lsn = 0;  // place in the sender's log
    std::uint64_t ctx =
        0;  // how far into the receiver's log its author had read (going up), or, of this row only and beyond the
            // mark, how far its sender has heard (going down; 0: no further than the mark)
    bool again = false;  // with bit 0, going down: the receiver begins to hold the row, whatever it has heard of it
    bool away = false;   // alone and with no more than bit 0, going down: the receiver does not hold the row any more
    bool back = false;   // going up: the sender had it from a life of the receiver that has ended, and gives it back
    friend bool operator==(const Entry&, const Entry&) = default;
};

/// A value of one column. `part` counts the columns that share a bit, in model order.
struct Cell {
    std::uint8_t bit = 0;  // 1..62
    std::uint8_t part = 0;
    Value value;
    friend bool operator==(const Cell&, const Cell&) = default;
};

/// The unit of the node behind an origin, as whoever sends its entries vouches for it.
using OriginUnits = std::map<Origin, std::string>;

struct Change {
    std::uint32_t table = 0;     // permanent table id
    std::string row;             // the key, as text; a canonical UUID is 16 bytes on the wire
    std::string unit;            // id of the admin_unit the row belongs to
    std::vector<Entry> entries;  // ordered by lsn; masks disjoint; at least one
    std::vector<Cell> cells;     // ordered by (bit, part); a value for each column bit of any entry, exactly
    friend bool operator==(const Change&, const Change&) = default;
};

/// The receiver does not hold the row any more (node/moves.h).
inline bool is_away(const Change& change)
{
    return change.entries.size() == 1 && change.entries.front().away;
}

/// The receiver begins to hold the row, whatever it has heard of it.
inline bool says_again(const Change& change)
{
    return std::any_of(change.entries.begin(), change.entries.end(), [](const Entry& entry) { return entry.again; });
}

}  // namespace ocop
