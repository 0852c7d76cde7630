#include "sync/exchange.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "node/enrolment.h"
#include "node/health.h"
#include "node/lives.h"
#include "node/merge.h"
#include "node/moves.h"
#include "node/neighbours.h"
#include "node/outbox.h"
#include "node/repair.h"
#include "node/retention.h"
#include "node/row_store.h"
#include "node/trace.h"
#include "schema/base/exhibit.h"
#include "sync/skew.h"

namespace ocop::sync {

namespace {

// A row edited once a second for a million years, a log that grows by a million entries a second for as long.
constexpr std::uint64_t highest_gen = std::uint64_t{1} << 45;
constexpr std::size_t most_unanswered = 64;
constexpr std::int64_t a_day = 86'400'000;
constexpr std::uint64_t highest_place = std::uint64_t{1} << 62;

Token token_of(const std::string& bytes)
{
    Token token{};
    if (bytes.size() == token.size()) std::memcpy(token.data(), bytes.data(), token.size());
    return token;
}

std::string bytes_of(const Token& token)
{
    return {reinterpret_cast<const char*>(token.data()), token.size()};
}

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

Status admit_caller(Replica& parent, const Request& request)
{
    if (request.parent.node != parent.state().self.node) return Refusal{Errc::wrong_parent, "request"};
    if (!request.enrolment) return admit(parent, request.child, {}, {});
    const std::string_view key{reinterpret_cast<const char*>(request.enrolment->public_key.data()),
                               request.enrolment->public_key.size()};
    return admit(parent, request.child, bytes_of(request.enrolment->invite), key);
}

/// Numbers a neighbour may name: beyond them our own next edit, or SQLite's integers, would overflow.
bool sane_numbers(const Entry& entry)
{
    return entry.version.gen != 0 && entry.version.gen <= highest_gen && entry.lsn <= highest_place &&
           entry.ctx <= highest_place;
}

/// The cells of a table we know are exactly the columns of the bits that change, and the unit named is the row's own.
bool fits_table(const TableInfo& table, const Change& change)
{
    std::uint64_t mask = 0;
    for (const Entry& entry : change.entries) mask |= entry.mask;
    auto cell = change.cells.begin();
    for (const ColumnInfo* column : columns_of(table, mask)) {
        while (cell != change.cells.end() && ((table.column_mask >> cell->bit) & 1) == 0) ++cell;  // a newer model's
        if (cell == change.cells.end() || cell->bit != column->bit || cell->part != column->part) return false;
        const auto* text = std::get_if<std::string>(&cell->value);
        if (column->name == table.unit_column && (text == nullptr || *text != change.unit)) return false;
        ++cell;
    }
    while (cell != change.cells.end() && ((table.column_mask >> cell->bit) & 1) == 0) ++cell;
    return cell == change.cells.end() && (!table.unit_is_key() || change.unit == change.row);
}

Status check_changes(Replica& replica, const std::vector<Change>& changes)
{
    for (const Change& change : changes) {
        const TableInfo* table = replica.catalog().table(change.table);
        const bool sane = std::all_of(change.entries.begin(), change.entries.end(), sane_numbers);
        if (!sane || change.row.empty() || change.unit.empty() || (table != nullptr && !fits_table(*table, change)))
            return Refusal{Errc::malformed, "change of " + change.row};
    }
    return Done{};
}

Status check_request(Replica& parent, const Request& request)
{
    if (const Status sane = check_changes(parent, request.changes); !sane) return sane.refusal();
    if (request.top > highest_place || request.cursor > highest_place || request.whole_as_of > highest_place)
        return Refusal{Errc::malformed, "top"};
    return Done{};
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

void take_request(Transaction& transaction, const Request& request, Child& child)
{
    Sender sender;
    sender.via = child.ref;
    sender.heard = child.mark;
    sender.top = request.top;
    sender.whole_as_of = request.whole_as_of;
    sender.unit = child.unit;
    sender.complete = request.complete;
    note_origins(transaction.log(), request, child);
    Merge merge{transaction.log(), sender};
    merge.take(request.changes);
    merge.repair();
    child.mark = std::max(child.mark, request.top);
    transaction.log().forget_ahead(child.ref, child.mark);
}

Shown shown_by(Replica& parent, const Request& request, const Meeting& meeting)
{
    const State& state = parent.state();
    const std::string token = bytes_of(request.token);
    // One that has met a life we have forgotten counts as one that knows the present one: it is we who were put back.
    const bool met = meeting.met || life_count(request.parent.incarnation) > life_count(state.self.incarnation);
    return {request.number, request.unanswered, token, gave_token(state.secret, request.child.node, token), met};
}

/// A fresh request is remembered and gets a new token; a late one tells nothing of where the child stands now.
void note_child(Transaction& transaction, const Request& request, const Meeting& meeting, bool fresh, Child& child)
{
    Replica& parent = transaction.replica();
    sqlite::Connection& db = parent.db();
    if (fresh) {
        const std::uint64_t count = last_token_count(db, child.node.node) + 1;
        note_request(child, shown_by(parent, request, meeting),
                     make_token(parent.state().secret, child.node.node, count, *parent.environment().random));
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

/// Reads less and less until the message fits a frame. A row that fits none is held back, so that the others go on.
template <class Message>
Bytes encode_within(ChangeLog& log, Message& message, Reading reading, const std::function<void(Batch)>& fill)
{
    for (;;) {
        Batch batch = read_log(log, reading);
        const std::vector<Change> first(batch.changes.begin(), batch.changes.begin() + (batch.changes.empty() ? 0 : 1));
        const bool divisible = batch.changes.size() > 1;
        const bool small = batch.bytes <= DecodeLimits{}.raw_bytes / 2;
        fill(std::move(batch));
        Bytes bytes = encode(message);
        if (first.empty() || (small && bytes.size() <= DecodeLimits{}.frame_bytes)) return bytes;
        if (divisible)
            reading.bytes /= 2;
        else
            hold_back(log, first.front());
    }
}

bool anything_held(Replica& replica)
{
    return replica.db().query("SELECT 1 FROM _held LIMIT 1").step();
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

Bytes answer_of(Transaction& transaction, const Request& request, const Meeting& meeting, const Child& child, bool gap,
                const Limits& limits)
{
    Replica& parent = transaction.replica();
    Answer answer = answer_head(parent, request, meeting);
    const std::uint64_t from = std::min(request.cursor, meeting.common);
    answer.token = token_of(child.token);
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
                             // What is leaving is in no digest of ours, yet an office within it still holds it.
                             const bool leaving = serves_office(transaction.log(), child.unit, child.unit);
                             if (batch.complete && !anything_held(parent) && !leaving)
                                 answer.digest = scope_digest(parent, child.unit);
                             answer.tables = tables_to_name(parent, batch.changes, request.schema);
                             answer.changes = std::move(batch.changes);
                             answer.origin_units = std::move(batch.origin_units);
                         });
}

bool anything_unsent(Transaction& transaction)
{
    const State& state = transaction.replica().state();
    return !read_log(transaction.log(), {state.acked, via_parent, {}, 1, SIZE_MAX}).changes.empty();
}

/// Twice unequal with nothing left to say: whatever the cause, everything is compared again; at most once a day, for it costs bytes.
void repair_if_unequal(Transaction& transaction, Outcome& outcome)
{
    State& state = transaction.replica().mutable_state();
    state.unequal = outcome.equal ? 0 : state.unequal + 1;
    const std::int64_t now = state.verified_at;
    if (state.unequal < 2 || (state.repaired_at != 0 && std::abs(now - state.repaired_at) < a_day)) return;
    compare_everything(transaction.log());
    outcome.more = true;
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
    merge.take(answer.changes);
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
    transaction.log().flush();
    Bytes bytes = encode_within(transaction.log(), request, {state.acked, via_parent, {}, limits.bytes, limits.entries},
                                [&](Batch batch) {
                                    if (under_way != 0) batch = {};
                                    request.top = std::max(batch.top, state.acked);
                                    request.complete = batch.complete;
                                    request.digest.reset();
                                    if (request.complete) request.digest = scope_digest(child, state.unit);
                                    request.tables = tables_to_name(child, batch.changes, parents_schema);
                                    request.changes = std::move(batch.changes);
                                    request.origin_units = std::move(batch.origin_units);
                                });
    transaction.commit_before_sending();
    return bytes;
}

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
    const Line child_line{request.child_ended, request.child.incarnation};
    const Line as_met{request.parent_ended, request.parent.incarnation};
    std::optional<Child> life = find_life(parent.db(), request.child);
    Meeting meeting = meeting_of(parent, child_line, request.child.node, as_met);
    const Recognition verdict = recognise(life ? &*life : nullptr, last_token_count(parent.db(), request.child.node),
                                          shown_by(parent, request, meeting));
    if (verdict.we_restart) {
        begin_life(parent, Rewound::told_by_child, certain_place(parent.state()), as_met.now);
        meeting = meeting_of(parent, child_line, request.child.node, as_met);
    }
    if (verdict.child_restarts && exhibit("couchdb-2029") && life) life->mark = 0;
    if (verdict.child_restarts && exhibit("ssb-first-feed")) request.changes.clear();
    if (verdict.child_restarts && !exhibit("couchdb-2029") && !exhibit("ssb-first-feed")) {
        Answer answer = answer_head(parent, request, meeting);
        answer.restart = std::max(request.child.incarnation, highest_life(parent.db(), request.child.node));
        transaction.commit_before_sending();
        return encode(answer);
    }
    if (meeting.met) meeting.common = parent.state().lsn;  // a late request may have read what we lost
    if (meeting.met && !verdict.known && request.cursor > parent.state().lsn)
        return Refusal{Errc::behind_mark, "parent"};
    if (!life) life = meet_life(parent, request.child, request.child_ended, meeting);
    const bool gap = request.acked > life->mark;
    clamp_contexts(request.changes, meeting.common);
    if (!gap) take_request(transaction, request, *life);
    if (gap && exhibit("actual-8904")) life->mark = request.top;
    note_child(transaction, request, meeting, !verdict.known, *life);
    note_reached(parent, life->ref, 1, life->cursor);
    Bytes answer = answer_of(transaction, request, meeting, *life, gap, limits);
    transaction.commit_before_sending();
    return answer;
}

Result<Outcome> finish(Replica& child, std::string_view bytes)
{
    const Result<Answer> decoded = decode_answer(bytes);
    if (!decoded) return decoded.refusal();
    const Answer& answer = *decoded;
    if (const Status sane = check_changes(child, answer.changes); !sane) return sane.refusal();
    if (answer.top > highest_place || answer.mark > highest_place || answer.whole_as_of > highest_place)
        return Refusal{Errc::malformed, "top"};
    Transaction transaction{child};
    State& state = child.mutable_state();
    if (!state.parent || answer.parent.node != *state.parent) return Refusal{Errc::wrong_parent, "answer"};
    if (!still_good(state, answer)) return Refusal{Errc::stale_answer, {}};
    if (answer.mark > state.lsn) return Refusal{Errc::behind_mark, "child"};
    Outcome outcome;
    if (answer.restart != 0) {
        begin_life(child, Rewound::told_by_parent, certain_place(state), answer.restart);
        outcome.more = true;
        transaction.commit();
        return outcome;
    }
    if (const Status learnt = learn_tables(transaction.log(), answer.tables, answer.changes); !learnt)
        return learnt.refusal();
    const bool met_again = meet_parent(transaction, answer);
    const bool late = !met_again && answer.mark < state.acked &&
                      std::any_of(answer.changes.begin(), answer.changes.end(), says_again);
    note_parent(state, answer, met_again, child.environment().clock->now_ms());
    note_schema_of_parent(child, answer.schema);
    if (met_again || answer.gap) forget_reached(child, via_parent, answer.mark);
    if (answer.gap) {
        outcome.more = true;
        transaction.commit();
        return outcome;
    }
    note_reached(child, via_parent, 1, answer.mark);
    for (std::size_t i = 0; i < answer.reach.size(); ++i)
        note_reached(child, via_parent, static_cast<std::int64_t>(i) + 2, answer.reach[i]);
    // A row given again by an answer from before our last edits of it were heard would lack them: as if it were lost.
    if (answer.from <= state.cursor && !late) take_answer(transaction, answer, outcome);
    const bool unsent = anything_unsent(transaction);
    compare(transaction, answer, unsent, outcome);
    outcome.more = outcome.more || !answer.complete || unsent || late;
    transaction.commit();
    return outcome;
}

}  // namespace ocop::sync
