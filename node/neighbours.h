// The neighbours of a node: its parent (ref 1) and its children, and how far each has heard the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/change_log.h"
#include "node/line.h"

namespace ocop {

/// One life of a child.
struct Child {
    std::int64_t ref = 0;
    Origin node;
    std::vector<EndedLife> ended;  // its lives before this one
    std::string unit;
    std::uint64_t mark = 0;    // how far we have its log
    std::uint64_t cursor = 0;  // how far it has told us it has read ours
    std::uint64_t floor = 0;   // nothing it has yet to send was written with a smaller ctx
    std::string token;         // 16 bytes, given with our last answer to a fresh request
    std::uint64_t number = 0;  // of the last request applied
    std::string known;         // numbers of requests we have heard of, 8 bytes each, newest last
    std::uint64_t schema = 0;  // its model's fingerprint
    std::int64_t last_contact = 0;
    Line line() const { return {ended, node.incarnation}; }
};

Child read_child(sqlite::Connection& db, std::int64_t ref);
void write_child(sqlite::Connection& db, const Child& child);
bool has_children(sqlite::Connection& db);

/// What a child promises as regards what it has yet to say: that of its newest life, which has said again what a former one had not been
/// heard to say. A life that has ended promises nothing any more and waits for nothing; what a late stick of it brings is heard already as far
/// as the newer lives have told it (heard_of).
struct Floor {
    std::string unit;
    std::uint64_t place = 0;
};
std::vector<Floor> floors(sqlite::Connection& db);
/// `most` if there are no children.
std::uint64_t lowest_floor(sqlite::Connection& db, std::uint64_t most = UINT64_MAX);

/// How far a life of a child has been heard: its mark, or as far as another life of it has told what both have in common.
std::uint64_t heard_of(sqlite::Connection& db, const Child& child);

/// The smallest ctx, in the parent's numbering, that entries yet to come from below may be translated to; `cursor` at a
/// leaf.
std::uint64_t lowest_step(sqlite::Connection& db, std::uint64_t cursor);

/// The step table after our cursor moved to `cursor` at our place `mine`. Steps below every child's floor collapse into one; a node without
/// children keeps just that one.
void advance_steps(ChangeLog& log, std::uint64_t mine, std::uint64_t cursor);

}  // namespace ocop
