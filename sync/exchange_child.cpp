// The child's side of an exchange: what it says, and what it believes of the answer.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "node/compare.h"
#include "node/health.h"
#include "node/lives.h"
#include "node/merge.h"
#include "node/moves.h"
#include "node/notice.h"
#include "node/outbox.h"
#include "node/repair.h"
#include "node/retention.h"
#include "node/trace.h"
#include "schema/base/exhibit.h"
#include "sync/exchange.h"
#include "sync/exchange_frame.h"
#include "sync/sane.h"
#include "sync/skew.h"

namespace ocop::sync {

namespace {

constexpr std::size_t most_unanswered = 64;
constexpr std::int64_t a_day = 86'400'000;

/// A fresh number for this request; those since the last answer go with it.
void number_request(State& state, Random& random, Request& request)
{
    SentRequests sent{state.sent};
    request.unanswered = sent.open();
    do state.number = random.number();
    while (state.number == 0);
    request.number = state.number;
    sent.add(state.number);
    if (request.unanswered.size() > most_unanswered)
        request.unanswered.erase(request.unanswered.begin(), request.unanswered.end() - most_unanswered);
}

Request request_of(const State& state, const Model& model)
{
    Request request;
    request.child = state.self;
    request.parent = {*state.parent, state.parent_incarnation};
    request.child_ended = state.ended;
    request.parent_ended = state.parent_ended;
    request.token = token_of(state.token);
    request.schema = model.fingerprint();
    request.cursor = state.cursor;
    request.acked = state.acked;
    if (!state.invite.empty()) {
        Enrolment enrolment{token_of(state.invite), {}};
        OCOP_CHECK(state.public_key.size() == enrolment.public_key.size());
        std::memcpy(enrolment.public_key.data(), state.public_key.data(), enrolment.public_key.size());
        request.enrolment = enrolment;
    }
    return request;
}

void ask(const Question& question, Request& request)
{
    request.ranges = question.ranges;
    request.wanted = question.wanted;
    request.mends = question.mends.size();
    request.changes.insert(request.changes.begin(), question.mends.begin(), question.mends.end());
    request.origin_units.insert(question.origin_units.begin(), question.origin_units.end());
}

bool anything_unsent(Transaction& transaction)
{
    const State& state = transaction.replica().state();
    return !read_log(transaction.log(), {state.acked, via_parent, {}, 1, SIZE_MAX}).changes.empty();
}

/// Twice unequal with nothing left to say: whatever the cause, what differs is looked for and mended; at most once a day.
void repair_if_unequal(Transaction& transaction, const Outcome& outcome)
{
    State& state = transaction.replica().mutable_state();
    if (outcome.narrowed || comparing(transaction.replica().db()) != Comparing::no) return;  // it is being looked into
    state.unequal = outcome.equal ? 0 : state.unequal + 1;
    const std::int64_t now = state.verified_at;
    if (state.unequal < 2 || (state.repaired_at != 0 && std::abs(now - state.repaired_at) < a_day)) return;
    leave_notice(
        transaction.replica(),
        "Số liệu so với cấp trên không khớp: máy này tự tìm và sửa những dòng khác (xem: ocop verify --deep).",
        "The digests differ from the parent's: this node looks for the rows that differ and mends them (see: ocop "
        "verify --deep).");
    begin_repair(transaction.log());
}

void compare(Transaction& transaction, const Answer& answer, bool unsent, Outcome& outcome)
{
    State& state = transaction.replica().mutable_state();
    if (!answer.digest || !answer.complete || unsent || state.cursor != answer.top || state.acked != answer.mark)
        return;
    if (anything_held(transaction.replica())) return;  // the parent cannot have those
    transaction.log().flush();
    outcome.compared = true;
    outcome.equal = exhibit("actuali-188") || scope_digest(transaction.replica(), state.unit) == *answer.digest;
    state.verified_at = transaction.replica().environment().clock->now_ms();
    state.verified_equal = outcome.equal;
    state.parent_digest = *answer.digest;
    repair_if_unequal(transaction, outcome);
}

void take_answer(Transaction& transaction, const Answer& answer, Outcome& outcome)
{
    State& state = transaction.replica().mutable_state();
    Sender sender;
    sender.heard = state.cursor;
    sender.mark = answer.mark;
    sender.top = answer.top;
    sender.whole_as_of = answer.whole_as_of;
    sender.complete = answer.complete;
    for (const auto& [origin, unit] : answer.origin_units) transaction.log().vouch(origin, unit);
    Merge merge{transaction.log(), sender};
    merge.take({answer.changes.begin() + static_cast<std::ptrdiff_t>(answer.mends), answer.changes.end()});
    merge.repair();
    outcome.received = merge.taken();
    outcome.conflicts = merge.conflicts();
    state.cursor = std::max(state.cursor, answer.top);
    advance_steps(transaction.log(), state.lsn, state.cursor);
    finish_moves(transaction.log());
    if (answer.complete && state.cursor == answer.top)
        note_settled(transaction.replica().db(), std::min(answer.mark, state.acked));
    forget_deletions(transaction.log());
}

/// False: the answer is to a former life, of a former life, or speaks of requests we do not remember. It must not be believed.
bool still_good(const State& state, const Answer& answer)
{
    const SentRequests sent{const_cast<std::string&>(state.sent)};
    const Line parent{answer.parent_ended, answer.parent.incarnation};
    const bool same_parent = state.parent_incarnation == 0 || parent.now == state.parent_incarnation;
    if (answer.child != state.self || !sent.remembers(answer.number) || is_former(parent, state.parent_line()))
        return false;
    if (!same_parent && answer.met != state.parent_incarnation) return false;
    if (answer.restart != 0) return sent.is_open(answer.number);
    return answer.of == 0 || sent.remembers(answer.of);
}

/// True if the parent lives another life than the one we met last: what it has of us and we of it is as it says.
bool meet_parent(Transaction& transaction, const Answer& answer)
{
    State& state = transaction.replica().mutable_state();
    const bool again = state.parent_incarnation != 0 && state.parent_incarnation != answer.parent.incarnation &&
                       !exhibit("couchdb-3897");
    if (again) {
        Merge merge{transaction.log(), {}};
        merge.take_back(answer.shared);
        merge.repair();
    }
    state.parent_incarnation = answer.parent.incarnation;
    state.parent_ended = answer.parent_ended;
    return again;
}

void note_parent(State& state, const Answer& answer, bool met_again, std::int64_t now)
{
    const std::string token = bytes_of(answer.token);
    if (met_again || token_count(token) > token_count(state.token)) state.token = token;
    SentRequests{state.sent}.close_up_to(answer.number);
    if (answer.number == state.number) state.number = 0;
    state.acked = met_again || answer.gap ? answer.mark : std::max(state.acked, answer.mark);
    state.invite.clear();
    state.last_success = now;
    state.last_error.clear();
}

/// What the answer tells of the differences we look for. Only an answer after which neither side had anything left to say is believed in that.
bool take_comparison(Transaction& transaction, const Answer& answer)
{
    const State& state = transaction.replica().state();
    if (!answer.complete || state.cursor != answer.top || state.acked != answer.mark) return false;
    Told told{answer.number, answer.mark, answer.top, answer.whole_as_of, answer.held, answer.looked, {}};
    told.mends.assign(answer.changes.begin(), answer.changes.begin() + static_cast<std::ptrdiff_t>(answer.mends));
    return take_told(transaction.log(), told);
}

/// What a good answer tells: where the parent stands, then its changes, then its digest.
Outcome believe(Transaction& transaction, const Answer& answer)
{
    Replica& child = transaction.replica();
    State& state = child.mutable_state();
    Outcome outcome;
    const bool met_again = meet_parent(transaction, answer);
    const bool late = !met_again && answer.mark < state.acked &&
                      std::any_of(answer.changes.begin(), answer.changes.end(), says_again);
    note_parent(state, answer, met_again, child.environment().clock->now_ms());
    note_schema_of_parent(child, answer.schema);
    if (met_again || answer.gap) forget_reached(child, via_parent, answer.mark);
    if (answer.gap) {
        outcome.more = true;
        return outcome;
    }
    note_reached(child, via_parent, 1, answer.mark);
    for (std::size_t i = 0; i < answer.reach.size(); ++i)
        note_reached(child, via_parent, static_cast<std::int64_t>(i) + 2, answer.reach[i]);
    // A row given again by an answer from before our last edits of it were heard would lack them: as if it were lost.
    if (answer.from <= state.cursor && !late) take_answer(transaction, answer, outcome);
    outcome.narrowed = take_comparison(transaction, answer);
    const bool unsent = anything_unsent(transaction);
    compare(transaction, answer, unsent, outcome);
    // A question that was not answered waits for the next exchange; after an answer, or a request that did not ask, the next one does.
    const bool asks_on = comparing(child.db()) != Comparing::no && !question_open(child.db());
    outcome.narrowed = outcome.narrowed || asks_on;
    outcome.more = outcome.more || !answer.complete || unsent || late || asks_on;
    return outcome;
}

}  // namespace

Result<Bytes> make_request(Replica& child, const Limits& limits)
{
    Transaction transaction{child};
    State& state = child.mutable_state();
    if (!state.parent) return Refusal{Errc::not_joined, {}};
    state.last_attempt = child.environment().clock->now_ms();
    Request request = request_of(state, child.model());
    const std::uint64_t under_way = exhibit("powersync-stuck-upload") ? state.number : 0;
    number_request(state, *child.environment().random, request);
    if (under_way != 0) state.number = under_way;
    request.lag = state.cursor - std::min(lowest_step(child.db(), state.cursor), lowest_cap(child.db()));
    request.whole_as_of = state.lsn;
    const std::uint64_t parents_schema = schema_of_parent(child);
    const Question question = next_question(transaction.log(), request.number);
    transaction.log().flush();
    Bytes bytes = encode_within(transaction.log(), request, {state.acked, via_parent, {}, limits.bytes, limits.entries},
                                [&](Batch batch) {
                                    if (under_way != 0) batch = {};
                                    request.top = std::max(batch.top, state.acked);
                                    request.complete = batch.complete;
                                    request.digest.reset();
                                    if (request.complete) request.digest = scope_digest(child, state.unit);
                                    const bool room = batch.complete && batch.bytes <= room_beside_a_question;
                                    request.changes = std::move(batch.changes);
                                    request.origin_units = std::move(batch.origin_units);
                                    ask(room ? question : Question{}, request);
                                    request.tables = tables_to_name(child, request.changes, parents_schema);
                                });
    transaction.commit_before_sending();
    return bytes;
}

Result<Outcome> finish(Replica& child, std::string_view bytes)
{
    const Result<Answer> decoded = decode_answer(bytes);
    if (!decoded) return decoded.refusal();
    const Answer& answer = *decoded;
    if (const Status sane = check_answer(child, answer); !sane) return sane.refusal();
    Transaction transaction{child};
    State& state = child.mutable_state();
    if (!state.parent || answer.parent.node != *state.parent) return Refusal{Errc::wrong_parent, "answer"};
    if (!still_good(state, answer)) return Refusal{Errc::stale_answer, {}};
    if (answer.mark > state.lsn) return Refusal{Errc::behind_mark, "child"};
    if (answer.restart != 0) {
        begin_life(child, Rewound::told_by_parent, certain_place(state), answer.restart);
        transaction.commit();
        return Outcome{.more = true};
    }
    if (const Status learnt = learn_tables(transaction.log(), answer.tables, answer.changes); !learnt)
        return learnt.refusal();
    const Outcome outcome = believe(transaction, answer);
    transaction.commit();
    return outcome;
}

}  // namespace ocop::sync
