// What a node knows of itself is kept whole.

#include "node/state.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

// Would catch a field that is not saved or not read back, or one that does not count when the state is compared: a change of it alone would
// then not be written at all.
TEST_CASE("each field of the state, changed alone, is seen and survives", "[state]")
{
    const std::function<void(State&)> changes[] = {
        [](State& s) { s.self.node[3] ^= 1; },
        [](State& s) { s.self.incarnation = 7; },
        [](State& s) {
            s.ended.push_back({3, 2, 1, 4, 5});
        },
        [](State& s) {
            s.parent_ended.push_back({9, 8, 7, 6, 5});
        },
        [](State& s) { s.beat = 11; },
        [](State& s) { s.public_key[0] ^= 1; },
        [](State& s) { s.unit = "84"; },
        [](State& s) { s.tree_key[0] ^= 1; },
        [](State& s) { s.secret[0] ^= 1; },
        [](State& s) { s.lsn += 100; },
        [](State& s) { s.cursor = 12; },
        [](State& s) { s.acked = 13; },
        [](State& s) {
            s.parent = NodeId{1, 2, 3};
        },
        [](State& s) { s.parent_incarnation = 14; },
        [](State& s) { s.parent_url = "http://127.0.0.1:1"; },
        [](State& s) { s.parent_unit = "VN"; },
        [](State& s) { s.invite = std::string(16, 'i'); },
        [](State& s) { s.token = std::string(16, 't'); },
        [](State& s) { s.sent = std::string(9, 's'); },
        [](State& s) { s.number = 15; },
        [](State& s) { s.last_attempt = 16; },
        [](State& s) { s.last_success = 17; },
        [](State& s) { s.last_error = "unreachable"; },
        [](State& s) { s.verified_at = 18; },
        [](State& s) { s.verified_equal = !s.verified_equal; },
        [](State& s) { s.unequal = 19; },
        [](State& s) { s.repaired_at = 20; },
        [](State& s) {
            s.parent_digest = {21, 22};
        },
        [](State& s) { s.bytes_sent = 23; },
        [](State& s) { s.bytes_received = 24; },
        [](State& s) { s.round_trips = 25; },
    };
    World world;
    sqlite::Connection& db = world.root().replica->db();
    for (const auto& change : changes) {
        const State before = read_state(db);
        State after = before;
        CHECK(after == before);
        change(after);
        CHECK_FALSE(after == before);
        write_state(db, after);
        CHECK(read_state(db) == after);
        write_state(db, before);
        CHECK(read_state(db) == before);
    }
}
