// Rows and units that move: who is told, what goes and when, and what must not be lost on the way.

#include <catch2/catch.hpp>

#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string o = "01890000-0000-7000-8000-00000000000a";
const std::string p = "01890000-0000-7000-8000-00000000000b";
const std::string e = "01890000-0000-7000-8000-00000000000c";

/// A centre, a province, two districts in it, a commune below the first, and a unit without an office there.
struct Country {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "84", "province");
    Office& first = world.child(province, "845", "district");
    Office& second = world.child(province, "846", "district");
    Office& commune = world.child(first, "29338", "commune");

    Country()
    {
        unit("29317", "845");
        world.settle();
    }

    void unit(const std::string& id, const std::string& parent)
    {
        centre.sql("INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ('" + id + "', '" +
                   id + "', 'Xã', 'Xã', 'commune', '" + parent + "', '2020-12-31')");
    }

    static void organization(Office& at, const std::string& unit)
    {
        at.sql("INSERT INTO organization (id, unit, name) VALUES ('" + o + "', '" + unit + "', 'một')");
    }
    static void product(Office& at)
    {
        at.sql("INSERT INTO product (id, unit, organization, name) SELECT '" + p +
               "', unit, id, 'P' FROM organization");
    }
    static void evaluate(Office& at)  // a district may
    {
        at.sql("INSERT INTO evaluation (id, unit, product, level, evaluated_on) SELECT '" + e +
               "', unit, id, 'district', '2024-01-01' FROM product");
    }
    static void move(Office& at, const std::string& unit)
    {
        at.sql("UPDATE organization SET unit = '" + unit + "'; UPDATE product SET unit = '" + unit +
               "'; UPDATE evaluation SET unit = '" + unit + "'");
    }

    /// How many rows of the three tables an office holds, and how many of its log: they must go together.
    static std::string held(Office& at)
    {
        return at.one("SELECT ((SELECT count(*) FROM organization) + (SELECT count(*) FROM product) + "
                      "(SELECT count(*) FROM evaluation)) || ' ' || (SELECT count(DISTINCT row) FROM _log WHERE tbl IN "
                      "(2, 3, 4)) || ' ' || (SELECT count(*) FROM _side)");
    }

    bool equal()
    {
        for (const auto& office : world.offices)
            if (office->parent != nullptr && !world.sync(*office).equal) return false;
        return true;
    }
};

const std::string all = "3 3 0";
const std::string nothing = "0 0 0";

}  // namespace

// Would catch a row that stays with who is not to hold it any more, or never reaches who is.
TEST_CASE("F72 F73 a moved row leaves its former holders and reaches its new ones, with all that refers to it",
          "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    land.product(land.commune);
    land.world.settle();
    land.evaluate(land.first);
    land.world.settle();
    REQUIRE(land.held(land.province) == all);
    land.move(land.province, "846");
    land.world.settle();
    CHECK(land.held(land.commune) == nothing);
    CHECK(land.held(land.first) == nothing);
    CHECK(land.held(land.second) == all);
    CHECK(land.held(land.centre) == all);
    CHECK(land.equal());
    land.move(land.province, "29338");
    land.world.settle();
    CHECK(land.held(land.commune) == all);
    CHECK(land.held(land.second) == nothing);
    CHECK(land.equal());
}

// Would catch an edit made below, unaware of the move, that goes with the row.
TEST_CASE("F72 an edit made below before the move is heard reaches the new holder", "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    land.world.settle();
    land.move(land.province, "846");
    land.world.sync(land.first);  // the relay knows already
    land.commune.sql("UPDATE organization SET name = 'hai'");
    land.product(land.commune);  // and so does what belongs to the row
    CHECK(land.first.one("SELECT count(*) FROM organization") == "1");
    land.world.settle();
    CHECK(land.second.one("SELECT name FROM organization") == "hai");
    CHECK(land.held(land.second) == "2 2 0");
    CHECK(land.held(land.first) == nothing);
    CHECK(land.held(land.commune) == nothing);
    CHECK(land.equal());
}

// Would catch a conflict missed because the editor's cursor had passed, in silence, what it was not told of a row that had gone.
TEST_CASE("F72 an edit against one made after the move is a conflict", "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    land.world.settle();
    land.move(land.province, "846");
    land.world.sync(land.second);
    land.second.sql("UPDATE organization SET name = 'hai'");
    land.world.sync(land.second);
    sync::Limits one;
    one.entries = 1;
    land.commune.sql("UPDATE organization SET phone = '1'");  // so that the row stays for now
    land.world.sync(land.first, one);
    const auto request = sync::make_request(*land.commune.replica, {});
    const auto answer = sync::answer_request(*land.first.replica, *request, {});
    land.commune.sql("UPDATE organization SET name = 'ba'");
    REQUIRE(sync::finish(*land.commune.replica, *answer).ok());
    land.world.settle();
    CHECK(land.province.one("SELECT count(*) FROM conflict WHERE column_name = 'name'") == "1");
    CHECK(land.held(land.commune) == nothing);
    CHECK(land.equal());
}

// Would catch a late stick that brings back a row its receiver has dropped.
TEST_CASE("F51 F73 a stick from before the move brings nothing back", "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    const auto up = sync::make_request(*land.commune.replica, {});
    land.world.settle();
    land.province.sql("UPDATE organization SET phone = '1'");
    land.world.sync(land.first);
    const auto request = sync::make_request(*land.commune.replica, {});
    const auto down = sync::answer_request(*land.first.replica, *request, {});
    land.world.settle();
    land.move(land.province, "846");
    land.world.settle();
    REQUIRE(sync::answer_request(*land.first.replica, *up, {}).ok());
    REQUIRE(sync::finish(*land.commune.replica, *down).ok());
    CHECK(land.held(land.commune) == nothing);
    CHECK(land.held(land.first) == nothing);
    CHECK(land.equal());
}

// Would catch a unit put under another parent whose rows stay behind, or do not come, or a row written meanwhile that is lost.
TEST_CASE("F28 F73 a unit that comes under another parent takes its rows along", "[moves]")
{
    Country land;
    land.organization(land.first, "29317");
    land.world.settle();
    land.centre.sql("UPDATE admin_unit SET parent = '846' WHERE id = '29317'");
    land.world.sync(land.province);
    land.product(land.first);  // it has not heard
    land.evaluate(land.first);
    land.world.settle();
    CHECK(land.held(land.first) == nothing);
    CHECK(land.held(land.second) == all);
    CHECK(land.first.one("SELECT count(*) FROM admin_unit WHERE id = '29317'") == "0");
    CHECK(land.second.one("SELECT parent FROM admin_unit WHERE id = '29317'") == "846");
    CHECK(land.commune.one("SELECT count(*) FROM admin_unit WHERE id = '29317'") == "0");
    CHECK(land.equal());
}

// Would catch an office cut off from its own rows because its unit was put elsewhere before it could attach there.
TEST_CASE("F28 an office whose unit moved keeps its rows while it is still attached", "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    land.world.settle();
    land.centre.sql("UPDATE admin_unit SET parent = '846' WHERE id = '29338'");
    land.world.settle();
    land.commune.sql("UPDATE organization SET name = 'hai'");
    land.world.settle();
    CHECK(land.commune.one("SELECT name FROM organization") == "hai");
    CHECK(land.province.one("SELECT name FROM organization") == "hai");
    CHECK(land.second.one("SELECT name FROM organization") == "hai");
    CHECK(land.first.one("SELECT count(*) FROM organization") == "1");
}

// Would catch a child that orders its parent to drop a row.
TEST_CASE("F72 nobody is told away from below", "[moves]")
{
    Country land;
    land.organization(land.commune, "29338");
    land.world.settle();
    auto request = sync::decode_request(*sync::make_request(*land.commune.replica, {}));
    REQUIRE(request.ok());
    request->top += 10;
    request->changes = {
        {2, o, "29338", {{existence_bit, false, false, {9, 0, request->child}, request->top, 0, false, true}}, {}}};
    REQUIRE(sync::answer_request(*land.first.replica, sync::encode(*request), {}).ok());
    CHECK(land.held(land.first) == "1 1 0");
    CHECK(land.first.one("SELECT count(*) FROM _leaving") == "0");
}
