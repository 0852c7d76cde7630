// What a node knows of itself and its parent: the one row of table `_state`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/digest.h"
#include "node/line.h"
#include "node/sqlite.h"
#include "node/value.h"

namespace ocop {

struct State {
    Origin self;                          // this node in its present life
    std::vector<EndedLife> ended;         // the lives of ours before it
    std::vector<EndedLife> parent_ended;  // the parent's before the one we met
    std::uint64_t beat = 0;               // counts what left this node (node/witness.h)
    std::string public_key;               // 32 bytes, Ed25519
    std::string unit;                     // id of its admin_unit
    std::string tree_key;                 // 16 bytes; keys the digests of this tree
    std::string secret;                   // 16 bytes; known to nobody else

    std::uint64_t lsn = 0;     // last place given out in `_log`
    std::uint64_t cursor = 0;  // how far we have read the parent's log
    std::uint64_t acked = 0;   // how far the parent has ours, as far as we know

    std::optional<NodeId> parent;          // none: this is the root
    std::uint32_t parent_incarnation = 0;  // 0: not met yet
    std::string parent_url;
    std::string parent_unit;   // the office it sits in; empty: not told (joined by an older invite)
    std::string invite;        // 16 bytes until redeemed
    std::string token;         // 16 bytes, from the last answer
    std::string sent;          // numbers of our last requests (node/lives.h)
    std::uint64_t number = 0;  // of the last request, while it has no answer

    std::int64_t last_attempt = 0;  // ms since 1970
    std::int64_t last_success = 0;
    std::string last_error;        // name of the cause; empty after a success
    std::int64_t verified_at = 0;  // when our digest was last compared with the parent's
    bool verified_equal = false;
    std::uint64_t unequal = 0;     // comparisons in a row that came out unequal
    std::int64_t repaired_at = 0;  // when we last compared everything because of that
    Digest parent_digest;          // what the parent said then
    std::uint64_t bytes_sent = 0, bytes_received = 0, round_trips = 0;  // to the parent, since birth

    friend bool operator==(const State&, const State&) = default;
    Line line() const { return {ended, self.incarnation}; }
    Line parent_line() const { return {parent_ended, parent_incarnation}; }
};

State read_state(sqlite::Connection& db);
void write_state(sqlite::Connection& db, const State& state);

}  // namespace ocop
