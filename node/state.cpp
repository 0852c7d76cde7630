#include "node/state.h"

#include <cstring>

#include "node/damage.h"

namespace ocop {

namespace {

NodeId node_id(const std::string& bytes)
{
    NodeId id{};
    undamaged(bytes.size() == id.size(), "a node's id");
    std::memcpy(id.data(), bytes.data(), id.size());
    return id;
}

Blob blob_of(const NodeId& id)
{
    return {std::string(reinterpret_cast<const char*>(id.data()), id.size())};
}

void read_progress(const sqlite::Query& row, State& state)
{
    state.last_attempt = row.integer(15);
    state.last_success = row.integer(16);
    state.last_error = row.text(17);
    state.verified_at = row.integer(18);
    state.verified_equal = row.integer(19) != 0;
    state.parent_digest = {row.natural(20), row.natural(21)};
    state.bytes_sent = row.natural(22);
    state.bytes_received = row.natural(23);
    state.round_trips = row.natural(24);
}

}  // namespace

State read_state(sqlite::Connection& db)
{
    auto row = db.query("SELECT node, incarnation, public_key, unit, tree_key, lsn, cursor, acked, parent, "
                        "parent_incarnation, parent_url, invite, token, "
                        "sent, number, last_attempt, last_success, last_error, verified_at, verified_equal, "
                        "parent_digest_high, parent_digest_low, "
                        "bytes_sent, bytes_received, round_trips, line, parent_line, beat, unequal, repaired_at, "
                        "secret, parent_unit FROM _state");
    undamaged(row.step(), "no _state");
    State state;
    state.self = {node_id(row.blob(0)), static_cast<std::uint32_t>(row.integer(1))};
    state.public_key = row.blob(2);
    state.unit = row.text(3);
    state.tree_key = row.blob(4);
    undamaged(state.public_key.size() == 32 && state.tree_key.size() == 16, "a key");
    state.lsn = row.natural(5);
    state.cursor = row.natural(6);
    state.acked = row.natural(7);
    if (!row.is_null(8)) state.parent = node_id(row.blob(8));
    state.parent_incarnation = static_cast<std::uint32_t>(row.integer(9));
    state.parent_url = row.text(10);
    state.invite = row.blob(11);
    state.token = row.blob(12);
    state.sent = row.blob(13);
    state.number = row.natural(14);
    read_progress(row, state);
    state.ended = ended_lives(row.blob(25));
    state.parent_ended = ended_lives(row.blob(26));
    state.beat = row.natural(27);
    state.unequal = row.natural(28);
    state.repaired_at = row.integer(29);
    state.secret = row.blob(30);
    state.parent_unit = row.text(31);
    return state;
}

void write_state(sqlite::Connection& db, const State& state)
{
    const Value parent = state.parent ? Value{blob_of(*state.parent)} : Value{};
    db.run(
        "INSERT OR REPLACE INTO _state (id, node, incarnation, public_key, unit, tree_key, lsn, cursor, acked, parent, "
        "parent_incarnation, parent_url, invite, token, sent, number, last_attempt, last_success, last_error, "
        "verified_at, verified_equal, parent_digest_high, parent_digest_low, bytes_sent, bytes_received, "
        "round_trips, line, parent_line, beat, unequal, repaired_at, secret, parent_unit) VALUES "
        "(1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        blob_of(state.self.node), state.self.incarnation, Blob{state.public_key}, state.unit, Blob{state.tree_key},
        state.lsn, state.cursor, state.acked, parent, state.parent_incarnation, state.parent_url, Blob{state.invite},
        Blob{state.token}, Blob{state.sent}, state.number, state.last_attempt, state.last_success, state.last_error,
        state.verified_at, state.verified_equal, state.parent_digest.high, state.parent_digest.low, state.bytes_sent,
        state.bytes_received, state.round_trips, Blob{to_bytes(state.ended)}, Blob{to_bytes(state.parent_ended)},
        state.beat, state.unequal, state.repaired_at, Blob{state.secret}, state.parent_unit);
}

}  // namespace ocop
