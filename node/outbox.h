// The outbox is no queue: what a neighbour has not read is simply the log above its cursor, filtered by where entries came from and by
// scope. One entry is one change; an entry of a row's existence carries the whole row, whose other entries are then not repeated. Going up, a
// row with entries beyond that place takes its conflict and quarantine records along: its parent judges it by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "node/change.h"
#include "node/change_log.h"

namespace ocop {

struct Reading {
    std::uint64_t from = 0;            // entries above this place
    std::int64_t reader = via_parent;  // entries that came from the reader are not sent back
    std::string reader_unit;           // a child's unit; unused when the reader is the parent
    std::size_t bytes = 0;             // stop when the values read exceed this; one change always fits
    std::size_t entries = SIZE_MAX;    // stop after so many changes of domain tables
};

struct Batch {
    std::vector<Change> changes;
    OriginUnits origin_units;
    std::size_t bytes = 0;  // of the values, about
    std::uint64_t top = 0;  // the log is told up to here
    bool complete = false;
};

/// Inside a sealed transaction. Rows on hold are passed over.
Batch read_log(ChangeLog& log, const Reading& reading);

/// A row that no message can carry: passed over from now on, and named, until an edit makes it smaller.
void hold_back(ChangeLog& log, const Change& change);

}  // namespace ocop
