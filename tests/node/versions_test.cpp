// Versions: what a count too large, or a clock too far ahead, must not do. (Both were bugs of others: tests/museum.)
#include <catch2/catch.hpp>

#include "node/merge.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string id = "01890000-0000-7000-8000-000000000001";
constexpr std::uint32_t organization = 2;
constexpr std::uint64_t name_bit = 4;

struct Pair {
    World world{5};
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");

    Pair()
    {
        commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id + "', '29338', 'một')");
        world.settle();
    }
    static void rename(Office& office, const std::string& name)
    {
        office.sql("UPDATE organization SET name = '" + name + "'");
    }
    static std::string name(Office& office) { return office.one("SELECT name FROM organization"); }
    static std::string of_name(Office& office, const std::string& what)
    {
        return office.one("SELECT " + what + " FROM _log WHERE tbl = 2 AND mask & 4");
    }
};

/// As if the row's name had been written so many times.
void count_up(Office& office, std::uint64_t gen)
{
    Transaction transaction{*office.replica};
    LogRow row = transaction.log().row(organization, id);
    const Origin self = office.replica->state().self;
    row.put({0, name_bit, false, {gen, 1, self}, via_local, 0, transaction.log().local_ctx(organization, id)});
    row.close();
    transaction.commit();
}

}  // namespace

// Would catch a count that wraps: the newest edit of a row written often enough would lose against all earlier ones.
TEST_CASE("F33 a row's count goes on past every power of two", "[versions]")
{
    Pair pair;
    for (const int bits : {8, 15, 16, 31, 32, 40}) {
        CAPTURE(bits);
        const std::uint64_t last = (std::uint64_t{1} << bits) - 1;
        count_up(pair.commune, last);
        pair.world.settle();
        Pair::rename(pair.centre, "hai" + std::to_string(bits));
        pair.world.settle();
        CHECK(Pair::of_name(pair.centre, "gen") == std::to_string(last + 1));
        CHECK(Pair::name(pair.commune) == "hai" + std::to_string(bits));
        CHECK(pair.world.sync(pair.commune).equal);
    }
}

// Would catch a node that takes over a time it has heard: one wrong clock would then date, and win ties for, everybody's edits.
TEST_CASE("F31 a clock of 2099 infects nobody", "[versions]")
{
    Pair pair;
    const std::int64_t year_2099 = 4'070'908'800'000;
    pair.commune.clock->set(year_2099);
    Pair::rename(pair.commune, "hai");
    pair.world.settle();
    CHECK(Pair::of_name(pair.centre, "time") == std::to_string(year_2099));
    Pair::rename(pair.centre, "ba");
    pair.world.settle();
    for (Office* office : {&pair.centre, &pair.commune}) {
        CHECK(Pair::of_name(*office, "time") == std::to_string(pair.centre.clock->now_ms()));
        CHECK(Pair::name(*office) == "ba");
    }
}
