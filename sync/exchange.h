// The exchange: bytes in, bytes out, over a replica. No clock, socket or thread is touched here.
//
// A child makes a request, the parent answers it, the child finishes with the answer. Each step is one sealed transaction at its
// end; a request or answer may be lost, repeated or late without harm. `Parent` and `Child` may be the same node in two exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "node/replica.h"
#include "schema/base/result.h"
#include "sync/codec.h"

namespace ocop::sync {

/// How much one message may carry. At least one whole row always fits.
struct Limits {
    std::size_t bytes = 512u << 10;  // of values, before compression: about 70 kB on the wire
    std::size_t entries = SIZE_MAX;  // changes of domain tables (the engine's own ride along); for tests
};

/// What one exchange did, for people and for the schedule.
struct Outcome {
    bool more = false;       // call again at once: one side has more to say
    std::uint64_t sent = 0;  // changes
    std::uint64_t received = 0;
    std::uint64_t conflicts = 0;  // found here, in this step
    bool compared = false;        // digests were comparable
    bool equal = false;
    bool narrowed = false;  // the answer told something of the differences that we look for (node/compare.h)
};

/// Child: seals and says what the parent has not acknowledged. Durable (number, top) before it returns.
Result<Bytes> make_request(Replica& child, const Limits& limits = {});

/// Parent: takes what the child says and answers with what it has not read.
/// Refusals: unknown_protocol, malformed, too_large, not_enrolled, invite_used, out_of_scope, wrong_parent.
Result<Bytes> answer_request(Replica& parent, std::string_view request, const Limits& limits = {});

/// Child: takes the answer. Refusals: unknown_protocol, malformed, too_large, wrong_parent, stale_answer.
Result<Outcome> finish(Replica& child, std::string_view answer);

}  // namespace ocop::sync
