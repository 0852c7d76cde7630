#include "sync/exchange.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "node/enrolment.h"
#include "node/health.h"
#include "node/merge.h"
#include "node/moves.h"
#include "node/neighbours.h"
#include "node/outbox.h"
#include "node/row_store.h"

namespace ocop::sync {

namespace {

// Numbers of requests whose answer never came, remembered so that a lost answer is told from a rewound history.
constexpr std::size_t most_unanswered = 16;
// A row edited once a second for a million years, a log that grows by a million entries a second for as long.
constexpr std::uint64_t highest_gen = std::uint64_t{1} << 45;
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

std::vector<std::uint64_t> numbers_of(const std::string& bytes)
{
    std::vector<std::uint64_t> numbers(bytes.size() / 8);
    if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * 8);
    return numbers;
}

/// A fresh number for this request; the one before it joins the unanswered.
void number_request(State& state, Random& random)
{
    if (state.number != 0) state.unanswered.append(reinterpret_cast<const char*>(&state.number), 8);
    if (state.unanswered.size() > 8 * most_unanswered)
        state.unanswered.erase(0, state.unanswered.size() - 8 * most_unanswered);
    do state.number = random.number();
    while (state.number == 0);
}

Request request_of(const State& state, const Model& model)
{
    Request request;
    request.child = state.self;
    request.parent = {*state.parent, state.parent_incarnation};
    request.number = state.number;
    request.unanswered = numbers_of(state.unanswered);
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

Result<std::int64_t> admit_caller(Replica& parent, const Request& request)
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

void take_request(Transaction& transaction, const Request& request, Child& child)
{
    Sender sender;
    sender.via = child.ref;
    sender.heard = child.mark;
    sender.top = request.top;
    sender.whole_as_of = request.whole_as_of;
    sender.unit = child.unit;
    sender.complete = request.complete;
    Merge merge{transaction.log(), sender};
    merge.take(request.changes);
    merge.repair();
    child.mark = std::max(child.mark, request.top);
    transaction.log().forget_ahead(child.ref, child.mark);
    child.cursor = request.cursor;
    // Complete: everything written before this request has arrived, and what comes later will have read at least so far.
    if (request.complete && request.lag <= request.cursor)
        child.floor = std::max(child.floor, request.cursor - request.lag);
    write_child(transaction.replica().db(), child);
    finish_moves(transaction.log());
}

void note_child(Transaction& transaction, const Request& request, Child& child)
{
    Replica& parent = transaction.replica();
    child.node.incarnation = request.child.incarnation;
    child.number = request.number;
    child.schema = request.schema;
    child.last_contact = parent.environment().clock->now_ms();
    Token token{};
    parent.environment().random->fill(token.data(), token.size());
    child.token = bytes_of(token);
    write_child(parent.db(), child);
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

Bytes answer_of(Transaction& transaction, const Request& request, const Child& child, const Limits& limits)
{
    Replica& parent = transaction.replica();
    Answer answer;
    answer.parent = parent.state().self;
    answer.child = request.child;
    answer.number = request.number;
    answer.token = token_of(child.token);
    answer.schema = parent.model().fingerprint();
    answer.clock = parent.environment().clock->now_ms();
    answer.mark = child.mark;
    answer.from = request.cursor;
    if (request.acked > child.mark) {
        answer.gap = true;
        answer.top = request.cursor;
        return encode(answer);
    }
    const std::size_t room = request.want != 0 ? std::min<std::size_t>(limits.bytes, request.want) : limits.bytes;
    transaction.log().flush();
    answer.whole_as_of = parent.state().lsn;
    return encode_within(transaction.log(), answer, {request.cursor, child.ref, child.unit, room, limits.entries},
                         [&](Batch batch) {
                             answer.top = std::max(batch.top, request.cursor);
                             answer.complete = batch.complete;
                             answer.digest.reset();
                             // What is leaving is in no digest of ours, yet an office within it still holds it.
                             const bool leaving = serves_office(transaction.log(), child.unit, child.unit);
                             if (batch.complete && !anything_held(parent) && !leaving)
                                 answer.digest = scope_digest(parent, child.unit);
                             answer.changes = std::move(batch.changes);
                         });
}

bool anything_unsent(Transaction& transaction)
{
    const State& state = transaction.replica().state();
    return !read_log(transaction.log(), {state.acked, via_parent, {}, 1, SIZE_MAX}).changes.empty();
}

void compare(Transaction& transaction, const Answer& answer, bool unsent, Outcome& outcome)
{
    State& state = transaction.replica().mutable_state();
    if (!answer.digest || !answer.complete || unsent || state.cursor != answer.top || state.acked != answer.mark)
        return;
    if (anything_held(transaction.replica())) return;  // the parent cannot have those
    transaction.log().flush();
    outcome.compared = true;
    outcome.equal = scope_digest(transaction.replica(), state.unit) == *answer.digest;
    state.verified_at = transaction.replica().environment().clock->now_ms();
    state.verified_equal = outcome.equal;
    state.parent_digest = *answer.digest;
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
    Merge merge{transaction.log(), sender};
    merge.take(answer.changes);
    merge.repair();
    outcome.received = merge.taken();
    outcome.conflicts = merge.conflicts();
    state.cursor = std::max(state.cursor, answer.top);
    advance_steps(transaction.log(), state.lsn, state.cursor);
    finish_moves(transaction.log());
}

void note_parent(State& state, const Answer& answer, std::int64_t now)
{
    state.parent_incarnation = answer.parent.incarnation;
    state.token = bytes_of(answer.token);
    if (answer.number == state.number) {
        state.unanswered.clear();
        state.number = 0;
    }
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
    number_request(state, *child.environment().random);
    state.last_attempt = child.environment().clock->now_ms();
    Request request = request_of(state, child.model());
    request.lag = state.cursor - std::min(lowest_step(child.db(), state.cursor), lowest_cap(child.db()));
    request.whole_as_of = state.lsn;
    transaction.log().flush();
    Bytes bytes = encode_within(transaction.log(), request, {state.acked, via_parent, {}, limits.bytes, limits.entries},
                                [&](Batch batch) {
                                    request.top = std::max(batch.top, state.acked);
                                    request.complete = batch.complete;
                                    request.digest.reset();
                                    if (request.complete) request.digest = scope_digest(child, state.unit);
                                    request.changes = std::move(batch.changes);
                                });
    transaction.commit();
    return bytes;
}

Result<Bytes> answer_request(Replica& parent, std::string_view bytes, const Limits& limits)
{
    const Result<Request> decoded = decode_request(bytes);
    if (!decoded) return decoded.refusal();
    const Request& request = *decoded;
    if (const Status sane = check_changes(parent, request.changes); !sane) return sane.refusal();
    if (request.top > highest_place || request.cursor > highest_place || request.whole_as_of > highest_place)
        return Refusal{Errc::malformed, "top"};
    Transaction transaction{parent};
    const Result<std::int64_t> ref = admit_caller(parent, request);
    if (!ref) return ref.refusal();
    Child child = read_child(parent.db(), *ref);
    if (request.cursor > parent.state().lsn) return Refusal{Errc::behind_mark, "parent"};
    if (request.acked <= child.mark) take_request(transaction, request, child);
    note_child(transaction, request, child);
    Bytes answer = answer_of(transaction, request, child, limits);
    transaction.commit();
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
    if (answer.child != state.self) return Refusal{Errc::stale_answer, {}};
    if (answer.mark > state.lsn) return Refusal{Errc::behind_mark, "child"};
    Outcome outcome;
    note_parent(state, answer, child.environment().clock->now_ms());
    if (answer.gap) {
        state.acked = std::min(state.acked, answer.mark);
        outcome.more = true;
        transaction.commit();
        return outcome;
    }
    const bool late =
        answer.mark < state.acked && std::any_of(answer.changes.begin(), answer.changes.end(), says_again);
    state.acked = std::max(state.acked, answer.mark);
    // A row given again by an answer from before our last edits of it were heard would lack them: as if it were lost.
    if (answer.from <= state.cursor && !late) take_answer(transaction, answer, outcome);
    const bool unsent = anything_unsent(transaction);
    compare(transaction, answer, unsent, outcome);
    outcome.more = !answer.complete || unsent || late;
    transaction.commit();
    return outcome;
}

}  // namespace ocop::sync
