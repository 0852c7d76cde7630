#include <catch2/catch.hpp>

#include "node/records.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct Writing {
    World world;
    Office& centre = world.root();
    Office& commune = world.child(world.child(centre, "84", "province"), "29338", "commune");
    Records records{*commune.replica, "2021-01-01"};
    const TableInfo& organizations = **records.table("organization");
    const TableInfo& products = **records.table("product");
};

Value text(std::string words)
{
    return words;
}

}  // namespace

// Would catch a refused edit that takes the edits before it along, or leaves a part of itself.
TEST_CASE("a refused edit leaves the earlier ones of its transaction", "[node][records]")
{
    Writing at;
    LocalWrite write(*at.commune.replica);
    REQUIRE(at.records.insert(at.organizations, {{"name", text("A")}, {"registration_no", text("1")}}));
    const auto twin = at.records.insert(at.organizations, {{"name", text("B")}, {"registration_no", text("1")}});
    REQUIRE_FALSE(twin);
    CHECK(twin.refusal().code == Errc::not_unique);
    const auto orphan = at.records.insert(at.products, {{"name", text("P")}, {"organization", text("x")}});
    REQUIRE_FALSE(orphan);
    CHECK(orphan.refusal().code == Errc::missing_reference);
    REQUIRE(at.records.insert(at.organizations, {{"name", text("C")}}));
    write.commit();
    CHECK(at.commune.one("SELECT group_concat(name) FROM organization") == "A,C");
    CHECK(at.commune.one("SELECT count(*) FROM product") == "0");
    CHECK(at.commune.one("SELECT count(*) FROM _pending") == "2");
}

// Would catch an edit by these functions that the change log misses.
TEST_CASE("edits made through Records travel", "[node][records]")
{
    Writing at;
    const auto edit = [&](const auto& work) {
        LocalWrite write(*at.commune.replica);
        work();
        write.commit();
        at.world.settle();
    };
    std::string id;
    edit([&] { id = *at.records.insert(at.organizations, {{"name", text("A")}}); });
    CHECK(at.centre.one("SELECT name FROM organization") == "A");
    edit([&] { CHECK(at.records.update(at.organizations, id, {{"name", text("B")}})); });
    CHECK(at.centre.one("SELECT name FROM organization") == "B");
    edit([&] { CHECK(at.records.erase(at.organizations, id)); });
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "0");
}

// Would catch a detail that leaves a person to search for what was wrong.
TEST_CASE("refusals name column, value and the row concerned", "[node][records]")
{
    Writing at;
    LocalWrite write(*at.commune.replica);
    const std::string first =
        *at.records.insert(at.organizations, {{"name", text("A")}, {"registration_no", text("1")}});
    const auto detail = [&](Fields fields) {
        return at.records.insert(at.organizations, std::move(fields)).refusal().detail;
    };
    CHECK(detail({{"name", text("B")}, {"registration_no", text("1")}}) ==
          "organization.registration_no = 1 (" + first + ")");
    CHECK(detail({{"name", text("B")}, {"workers", Value{std::int64_t{-1}}}}) ==
          "organization: workers = -1 — workers >= 0");
    CHECK(detail({{"name", text("B")}, {"id", text(first)}}) == "organization " + first);
    CHECK(detail({}) == "organization: organization.name");
}
