// Where a record is, tier by tier.

#include <catch2/catch.hpp>

#include "node/trace.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";

/// "where:unit+" or "-" for each place of the newest version.
std::string traced(Office& office)
{
    Transaction transaction{*office.replica};
    const std::vector<Traced> rows = trace(transaction.log(), a);
    transaction.commit();
    std::string text;
    if (rows.empty()) return "nowhere";
    for (const TracedPlace& place : rows.front().versions.front().places)
        text += place.unit + (place.has ? "+" : "-") + (place.from_there ? "* " : " ");
    return text;
}

std::int64_t since(Office& office, const std::string& unit)
{
    Transaction transaction{*office.replica};
    const std::vector<Traced> rows = trace(transaction.log(), a);
    for (const TracedPlace& place : rows.front().versions.front().places)
        if (place.unit == unit) return place.since;
    return -1;
}

struct Country {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "P", "province");
    Office& district = world.child(province, "D", "district");
    Office& commune = world.child(district, "C", "commune");
    Country() { world.settle(); }
};

}  // namespace

// Would catch a record said to be where it is not, or not known to be where the answers have said it is.
TEST_CASE("a record is traced tier by tier as it climbs", "[trace]")
{
    Country at;
    at.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + a + "', 'C', 'A')");
    CHECK(traced(at.commune) == "C+* D- P- VN- ");
    at.world.sync(at.commune);
    CHECK(traced(at.commune) == "C+* D+ P- VN- ");
    CHECK(traced(at.district) == "D+ P- VN- C+* ");
    at.world.sync(at.district);
    CHECK(traced(at.commune) == "C+* D+ P- VN- ");  // it has not heard yet
    at.commune.clock->advance(5000);
    at.world.sync(at.commune);
    CHECK(traced(at.commune) == "C+* D+ P+ VN- ");
    CHECK(since(at.commune, "P") == since(at.commune, "D") + 5000);
    at.world.sync(at.province);
    at.world.sync(at.district);
    at.world.sync(at.commune);
    CHECK(traced(at.commune) == "C+* D+ P+ VN+ ");
    CHECK(traced(at.centre) == "VN+ P+* ");
    at.commune.sql("UPDATE organization SET name = 'B'");
    CHECK(traced(at.commune) == "C+* D- P- VN- ");
}

// Would catch one unsent entry of a neighbour's that makes another's look unsent, or the reverse.
TEST_CASE("what a sibling has not sent up says nothing about one's own", "[trace]")
{
    Country at;
    Office& other = at.world.child(at.district, "C2", "commune");
    at.world.settle();
    at.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + a + "', 'C', 'A')");
    at.world.sync(at.commune);
    at.world.sync(at.district);
    other.sql("INSERT INTO organization (unit, name) VALUES ('C2', 'X')");
    at.world.sync(other);
    at.world.sync(at.commune);
    CHECK(traced(at.commune) == "C+* D+ P+ VN- ");
}

// Would catch a directive whose readers are not known to the one who issued it.
TEST_CASE("what descends is traced to the children that have read it", "[trace]")
{
    Country at;
    at.centre.sql("INSERT INTO directive (id, unit, subject) VALUES ('" + a + "', 'VN', 'S')");
    CHECK(traced(at.centre) == "VN+* P- ");
    at.world.sync(at.province);
    at.world.sync(at.province);
    CHECK(traced(at.centre) == "VN+* P+ ");
    CHECK(traced(at.province) == "P+ VN+* D- ");
}
