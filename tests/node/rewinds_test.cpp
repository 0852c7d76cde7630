// Rewound histories, each step named: what others' engines did here, ours must not (tests/museum). More of them in lives_test.cpp, random ones in
// tests/property/restore_test.cpp.
#include <catch2/catch.hpp>
#include <set>

#include "node/lives.h"
#include "tests/support/rewind.h"

using namespace ocop;
using namespace ocop::test;

namespace {

/// A centre and a commune, and an organization of the commune's that both know.
struct Pair {
    World world{11};
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");

    Pair()
    {
        commune.sql("INSERT INTO organization (unit, name) VALUES ('29338', 'một')");
        world.settle();
    }
};

void rename(Office& office, const std::string& name)
{
    office.sql("UPDATE organization SET name = '" + name + "'");
}

std::string name(Office& office)
{
    return office.one("SELECT name FROM organization");
}

}  // namespace

// Would catch two lives of one number: what the second writes would pass for what the first wrote, and be dropped without a word.
TEST_CASE("F20 two lives that begin from one backup are two", "[rewinds]")
{
    Pair pair;
    const std::string backup = image_of(*pair.commune.replica);
    std::set<std::uint32_t> lives;
    for (const char* each : {"hai", "ba"}) {  // at the same moment by its clock, which was put back, too
        put_back(*pair.commune.replica, backup);
        notice_rewind(*pair.commune.replica);
        lives.insert(pair.commune.replica->state().self.incarnation);
        rename(pair.commune, each);
        pair.world.sync(pair.commune);
    }
    pair.world.settle();
    CHECK(lives.size() == 2);
    CHECK(name(pair.centre) == name(pair.commune));
    CHECK(pair.centre.one("SELECT count(*) FROM conflict") == "1");
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch two machines of one identity taken for one that has seen all it wrote: the edit of the one is gone without a question.
TEST_CASE("F22 an original and its clone that edit one value are asked about", "[rewinds]")
{
    Pair pair;
    const std::string clone = image_of(*pair.commune.replica);
    rename(pair.commune, "hai");
    pair.world.sync(pair.commune);
    put_back(*pair.commune.replica, clone);
    pair.commune.clock->advance(1000);
    rename(pair.commune, "ba");
    pair.world.settle();
    CHECK(pair.centre.one("SELECT min(winner_value, loser_value) || max(winner_value, loser_value) FROM conflict") ==
          "bahai");
    CHECK(name(pair.centre) == name(pair.commune));
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch a mark moved by a request of which nothing was taken: what lies in the gap would be skipped for ever.
TEST_CASE("F24 a request that leaves a gap moves no mark", "[rewinds]")
{
    Pair pair;
    pair.centre.replica->db().run("UPDATE _neighbour SET mark = mark - 1 WHERE ref > 1");
    const std::string mark = pair.centre.one("SELECT mark FROM _neighbour WHERE ref > 1");
    rename(pair.commune, "hai");
    const auto request = sync::make_request(*pair.commune.replica);
    REQUIRE(request.ok());
    REQUIRE(sync::answer_request(*pair.centre.replica, *request).ok());
    CHECK(pair.centre.one("SELECT mark FROM _neighbour WHERE ref > 1") == mark);
    CHECK(name(pair.centre) == "một");
    pair.world.settle();
    CHECK(name(pair.centre) == "hai");
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch a peer that is believed in everything because it has nothing in common with us any more.
TEST_CASE("F20 who begins again from zero overwrites nothing newer", "[rewinds]")
{
    Pair pair;
    rename(pair.centre, "hai");
    {
        Transaction transaction{*pair.commune.replica};
        begin_life(*pair.commune.replica, Rewound::repair, 0);
        transaction.commit();
    }
    pair.world.settle();
    CHECK(name(pair.centre) == "hai");
    CHECK(name(pair.commune) == "hai");
    CHECK(pair.world.sync(pair.commune).equal);
}
