// The parent's side of an exchange: who calls, what it is believed, and what it is told.
#include <algorithm>
#include <optional>

#include "node/compare.h"
#include "node/enrolment.h"
#include "node/health.h"
#include "node/lives.h"
#include "node/merge.h"
#include "node/moves.h"
#include "node/neighbours.h"
#include "node/outbox.h"
#include "node/retention.h"
#include "node/trace.h"
#include "schema/base/exhibit.h"
#include "sync/exchange.h"
#include "sync/exchange_frame.h"
#include "sync/sane.h"
#include "sync/skew.h"

namespace ocop::sync {

namespace {

Status admit_caller(Replica& parent, const Request& request)
{
    if (request.parent.node != parent.state().self.node) return Refusal{Errc::wrong_parent, "request"};
    if (!request.enrolment) return admit(parent, request.child, {}, {});
    const std::string_view key{reinterpret_cast<const char*>(request.enrolment->public_key.data()),
                               request.enrolment->public_key.size()};
    return admit(parent, request.child, bytes_of(request.enrolment->invite), key);
}

/// The child counted what it had read in a life of ours that has ended: no further than both remember.
void clamp_contexts(std::vector<Change>& changes, std::uint64_t common)
{
    for (Change& change : changes)
        for (Entry& entry : change.entries) entry.ctx = std::min(entry.ctx, common);
}

/// Whose node each origin is, as the child says: believed for its own subtree only.
void note_origins(ChangeLog& log, const Request& request, const Child& child)
{
    const UnitTree& units = log.replica().units();
    for (const auto& [origin, unit] : request.origin_units)
        if (units.is_within(unit, child.unit)) log.vouch(origin, unit);
}

/// `fresh`: what a late request would have us mend is a row as it stood long ago.
void take_request(Transaction& transaction, const Request& request, bool fresh, Child& child)
{
    Sender sender;
    sender.via = child.ref;
    sender.heard = heard_of(transaction.replica().db(), child);
    sender.top = request.top;
    sender.whole_as_of = request.whole_as_of;
    sender.unit = child.unit;
    sender.complete = request.complete;
    note_origins(transaction.log(), request, child);
    const auto first = request.changes.begin() + static_cast<std::ptrdiff_t>(request.mends);
    Merge merge{transaction.log(), sender};
    merge.take({first, request.changes.end()});
    merge.repair();
    if (fresh) take_mends(transaction.log(), sender, {request.changes.begin(), first});
    child.mark = std::max(child.mark, request.top);
    transaction.log().forget_ahead(child.ref, child.mark);
}

Shown shown_by(Replica& parent, const Request& request, const Meeting& meeting)
{
    const State& state = parent.state();
    const std::string token = bytes_of(request.token);
    const std::uint32_t named = request.parent.incarnation;
    const bool forgotten = life_count(named) > life_count(state.self.incarnation);
    const bool ours = gave_token(state, named, request.child.node, token) &&
                      (forgotten || !stands_for_a_life(parent.db(), request.child.node, token));
    return {request.number, request.unanswered, token, ours, meeting.met, forgotten};
}

/// A fresh request is remembered and gets a new token; a late one tells nothing of where the child stands now.
void note_child(Transaction& transaction, const Request& request, const Meeting& meeting, bool fresh, Child& child)
{
    Replica& parent = transaction.replica();
    sqlite::Connection& db = parent.db();
    if (fresh) {
        const std::uint64_t count = last_token_count(db, child.node.node) + 1;
        note_request(child, shown_by(parent, request, meeting),
                     make_token(parent.state(), child.node.node, count, *parent.environment().random));
        child.schema = request.schema;
        child.last_contact = parent.environment().clock->now_ms();
    }
    if (fresh && meeting.met) {
        child.cursor = std::max(child.cursor, request.cursor);
        // Complete: everything written before this request has arrived, and what comes later will have read at least so far.
        if (request.complete && request.lag <= request.cursor)
            child.floor = std::max(child.floor, request.cursor - request.lag);
    }
    write_child(db, child);
    finish_moves(transaction.log());
    forget_deletions(transaction.log());
}

Answer answer_head(Replica& parent, const Request& request, const Meeting& meeting)
{
    const State& state = parent.state();
    Answer answer;
    answer.parent = state.self;
    answer.child = request.child;
    answer.number = request.number;
    answer.parent_ended = state.ended;
    answer.met = request.parent.incarnation == state.self.incarnation ? 0 : request.parent.incarnation;
    answer.shared = meeting.met ? 0 : meeting.common;
    answer.schema = parent.model().fingerprint();
    answer.clock = parent.environment().clock->now_ms();
    return answer;
}

/// What the request asked about (node/compare.h), as of now; only where nothing else is left to say.
void answer_question(Transaction& transaction, const Request& request, const Child& child, Answer& answer)
{
    std::vector<RowName> names;
    for (std::size_t i = 0; i < request.mends; ++i) names.push_back({request.changes[i].table, request.changes[i].row});
    names.insert(names.end(), request.wanted.begin(), request.wanted.end());
    if (request.ranges == std::vector<Range>{{}}) recount_digests(transaction.log());
    const Digest ours = scope_digest(transaction.replica(), child.unit);
    if (request.ranges == std::vector<Range>{{}} && request.digest == ours)
        answer.held = {{false, {}, {ours.low}}};
    else if (!request.ranges.empty())
        answer.held = ScopeRows{transaction.log(), child.unit}.tell(request.ranges);
    std::size_t looked = 0;
    std::vector<Change> mends =
        rows_as_they_stand(transaction.log(), {child.ref, child.unit}, names, looked, answer.origin_units);
    answer.looked = looked;
    answer.mends = mends.size();
    answer.changes.insert(answer.changes.begin(), std::make_move_iterator(mends.begin()),
                          std::make_move_iterator(mends.end()));
}

Bytes answer_of(Transaction& transaction, const Request& request, const Meeting& meeting, const Child& child, bool gap,
                const Limits& limits)
{
    Replica& parent = transaction.replica();
    Answer answer = answer_head(parent, request, meeting);
    const std::uint64_t from = std::min(request.cursor, meeting.common);
    answer.token = token_of(resealed(parent.state(), child.node.node, child.token));
    answer.of = child.number == request.number ? 0 : child.number;
    answer.mark = child.mark;
    answer.reach = reach_of_child(parent, child.ref, child.mark);
    answer.from = answer.top = from;
    if (gap) {
        answer.gap = true;
        return encode(answer);
    }
    const std::size_t room = request.want != 0 ? std::min<std::size_t>(limits.bytes, request.want) : limits.bytes;
    transaction.log().flush();
    answer.whole_as_of = parent.state().lsn;
    return encode_within(transaction.log(), answer, {from, child.ref, child.unit, room, limits.entries},
                         [&](Batch batch) {
                             answer.top = std::max(batch.top, from);
                             answer.complete = batch.complete;
                             answer.digest.reset();
                             answer.held.clear();
                             answer.looked = answer.mends = 0;
                             // What is leaving is in no digest of ours, yet an office within it still holds it.
                             const bool leaving = serves_office(transaction.log(), child.unit, child.unit);
                             const bool room_left = batch.complete && batch.bytes <= room_beside_a_question;
                             answer.changes = std::move(batch.changes);
                             answer.origin_units = std::move(batch.origin_units);
                             if (room_left && !leaving) answer_question(transaction, request, child, answer);
                             if (answer.complete && !anything_held(parent) && !leaving)
                                 answer.digest = scope_digest(parent, child.unit);
                             answer.tables = tables_to_name(parent, answer.changes, request.schema);
                         });
}

/// Who calls, as its lives and ours go.
struct Caller {
    std::optional<Child> life;  // none: not heard before
    Meeting meeting;
    Recognition verdict;
};

/// If it is we who were put back, our new life has begun when this returns.
Caller recognise_caller(Replica& parent, const Request& request)
{
    const Line child_line{request.child_ended, request.child.incarnation};
    const Line as_met{request.parent_ended, request.parent.incarnation};
    const NodeId& node = request.child.node;
    Caller caller{find_life(parent.db(), request.child), meeting_of(parent, child_line, node, as_met), {}};
    caller.verdict = recognise(caller.life ? &*caller.life : nullptr, last_token_count(parent.db(), node),
                               shown_by(parent, request, caller.meeting));
    if (caller.verdict.we_restart) {
        begin_life(parent, Rewound::told_by_child, certain_place(parent.state()), as_met.now);
        caller.meeting = meeting_of(parent, child_line, node, as_met);
    }
    if (caller.verdict.child_restarts && exhibit("couchdb-2029") && caller.life) caller.life->mark = 0;
    // A late request may have read what we lost.
    if (caller.meeting.met) caller.meeting.common = parent.state().lsn;
    return caller;
}

/// The child was put back: nothing it says is taken before it has begun a new life.
Bytes answer_restart(Replica& parent, const Request& request, const Meeting& meeting)
{
    Answer answer = answer_head(parent, request, meeting);
    answer.restart = std::max(request.child.incarnation, highest_life(parent.db(), request.child.node));
    return encode(answer);
}

}  // namespace

Result<Bytes> answer_request(Replica& parent, std::string_view bytes, const Limits& limits)
{
    Result<Request> decoded = decode_request(bytes);
    if (!decoded) return decoded.refusal();
    Request& request = *decoded;
    if (const Status sane = check_request(parent, request); !sane) return sane.refusal();
    Transaction transaction{parent};
    if (const Status admitted = admit_caller(parent, request); !admitted) return admitted.refusal();
    if (const Status learnt = learn_tables(transaction.log(), request.tables, request.changes); !learnt)
        return learnt.refusal();
    Caller caller = recognise_caller(parent, request);
    if (caller.verdict.child_restarts && exhibit("ssb-first-feed")) request.changes.clear();
    if (caller.verdict.child_restarts && !exhibit("couchdb-2029") && !exhibit("ssb-first-feed")) {
        Bytes answer = answer_restart(parent, request, caller.meeting);
        transaction.commit_before_sending();
        return answer;
    }
    const bool fresh = !caller.verdict.known;
    const Meeting& meeting = caller.meeting;
    if (meeting.met && fresh && request.cursor > parent.state().lsn) return Refusal{Errc::behind_mark, "parent"};
    if (!caller.life) caller.life = meet_life(parent, request.child, request.child_ended, meeting);
    Child& life = *caller.life;
    const bool gap = request.acked > life.mark;
    clamp_contexts(request.changes, meeting.common);
    if (!gap) take_request(transaction, request, fresh, life);
    if (gap && exhibit("actual-8904")) life.mark = request.top;
    note_child(transaction, request, meeting, fresh, life);
    note_reached(parent, life.ref, 1, life.cursor);
    Bytes answer = answer_of(transaction, request, meeting, life, gap, limits);
    transaction.commit_before_sending();
    return answer;
}

}  // namespace ocop::sync
