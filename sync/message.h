// The two messages of the exchange, as plain values. PROTOCOL.md says what they mean and how they look as bytes.
//
// The child always calls. A Request carries where the child stands and what it has to say; an Answer carries where the parent stands and
// what the child has not read. Both are complete in themselves: they may be lost, repeated, delayed or carried on a stick.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/change.h"
#include "node/compare.h"
#include "node/digest.h"
#include "node/line.h"
#include "node/value.h"
#include "schema/model.h"

namespace ocop::sync {

constexpr std::uint32_t protocol_version = 2;

using Token = std::array<std::uint8_t, 16>;

/// First words of a node nobody knows yet: redeems a one-time invite.
struct Enrolment {
    Token invite{};                             // secret of the invite
    std::array<std::uint8_t, 32> public_key{};  // Ed25519; NodeId is its hash
    friend bool operator==(const Enrolment&, const Enrolment&) = default;
};

/// Who holds the rows of a table that the reader's model may not have.
struct NamedTable {
    std::uint32_t id = 0;
    Audience audience = Audience::lineage;
    bool engine = false;  // its rows are the engine's own: they have no conflicts
    friend bool operator==(const NamedTable&, const NamedTable&) = default;
};

struct Request {
    Origin child;                           // who calls, and in which life
    Origin parent;                          // whom it believes to call; incarnation 0: not known yet
    std::uint64_t number = 0;               // random, durable before the request leaves
    std::vector<EndedLife> child_ended;     // the child's lives before this one, at most 64
    std::vector<EndedLife> parent_ended;    // the parent's, before the life that the child has met
    std::vector<std::uint64_t> unanswered;  // numbers of the requests since the last that was answered, at most 64
    Token token{};                          // from the last answer; zero at first
    std::uint64_t schema = 0;               // Model::fingerprint()
    std::optional<Enrolment> enrolment;

    std::uint64_t cursor = 0;  // how far the child has read the parent's log
    std::uint64_t lag = 0;     // a relay: what it has yet to hear from below may have been written with a ctx smaller
                               // than `cursor` by so much; 0 at a leaf
    std::uint64_t acked = 0;   // how far the child knows its log to be acknowledged; `changes` start right after it
    std::uint64_t top = 0;     // how far into the child's log this request goes
    bool complete = false;     // nothing is left to say after `top`
    std::uint64_t whole_as_of = 0;  // rows carried whole are so as of this place in the child's log
    std::optional<Digest> digest;   // of the child's scope, at `top` and `cursor`; only when complete
    std::uint32_t want = 0;         // bytes of answer the child would like, 0: the parent decides

    std::vector<Range> ranges;  // of the child's scope, ascending: what does the parent hold there? At most most_ranges
    std::vector<RowName> wanted;  // rows that differ and of which the child has nothing to tell, at most 64

    std::vector<NamedTable> tables;  // of `changes`, ascending: those the reader may not know
    std::uint64_t mends = 0;         // the first so many of `changes` are rows that differ, whole, out of log order
    std::vector<Change> changes;     // the others in log order
    OriginUnits origin_units;        // of the origins in `changes`, as far as known
    friend bool operator==(const Request&, const Request&) = default;
};

struct Answer {
    Origin parent;
    Origin child;                         // whom this answers
    std::uint64_t number = 0;             // of the request
    Token token{};                        // to show next time
    std::vector<EndedLife> parent_ended;  // the parent's lives before this one
    std::uint32_t met = 0;                // the life of the parent that the request named
    std::uint64_t shared =
        0;  // if that is another than this: places of its log that the child had read and the parent still has
    std::uint64_t of = 0;  // the request that `mark` comes from; 0: this one
    std::uint32_t restart =
        0;  // not 0: the child was put back, and must begin a life above this one. Nothing was taken
    std::uint64_t schema = 0;
    std::int64_t clock = 0;  // the parent's, ms since 1970

    std::uint64_t mark = 0;            // how far the parent has the child's log, as of this answer
    std::vector<std::uint64_t> reach;  // of the child's log, how far those above the parent have it, as the parent
                                       // last heard: the parent's parent first
    bool gap = false;                  // the request started above the mark: nothing was taken, send again from `mark`
    std::uint64_t from = 0;            // `changes` start right after this place in the parent's log
    std::uint64_t top = 0;             // how far into the parent's log this answer goes
    bool complete = false;             // nothing is left to say after `top`
    std::uint64_t whole_as_of = 0;     // rows carried whole are so as of this place in the parent's log
    std::optional<Digest> digest;      // of the child's scope at the parent, as of `top` and `mark`; only when complete

    std::vector<Held> held;    // what the parent holds in the first of the ranges asked about
    std::uint64_t looked = 0;  // how many of the rows named (the request's mends, then wanted) it looked at

    std::vector<NamedTable> tables;  // of `changes`, ascending: those the reader may not know
    std::uint64_t mends = 0;         // the first so many of `changes` are rows named by the request, as they stand
    std::vector<Change> changes;     // the others in log order
    OriginUnits origin_units;
    friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace ocop::sync
