// The exchange between replicas in memory: what travels, what is kept, what conflicts.

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct FourTiers {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "84", "province");
    Office& district = world.child(province, "845", "district");
    Office& commune = world.child(district, "29338", "commune");
    Office& other = world.child(district, "29320", "commune");

    void organization(Office& at, const std::string& id, const std::string& unit, const std::string& name)
    {
        at.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id + "', '" + unit + "', '" + name + "')");
    }
};

const std::string a = "01890000-0000-7000-8000-00000000000a";

}  // namespace

// Would catch a row that does not travel, or travels to whom it does not concern.
TEST_CASE("a row added at a commune is seen at the centre and not at another commune", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX Dừa sáp");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT name FROM organization") == "HTX Dừa sáp");
    CHECK(tree.other.one("SELECT count(*) FROM organization") == "0");
    CHECK(dump(*tree.commune.replica, "organization") == dump(*tree.centre.replica, "organization"));
    CHECK(verify(*tree.commune.replica).sound());
    CHECK(verify(*tree.commune.replica).compared);
    CHECK(verify(*tree.centre.replica).sound());
}

// Would catch a conflict that is lost, a false one on another column, or nodes that show different winners.
TEST_CASE("concurrent edits of one field keep both values, of two fields none", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.world.settle();
    tree.commune.sql("UPDATE organization SET name = 'HTX xã', phone = '1'");
    tree.district.sql("UPDATE organization SET name = 'HTX huyện', village = 'Ấp 2'");
    tree.world.settle();
    for (Office* office : {&tree.centre, &tree.province, &tree.district, &tree.commune}) {
        CHECK(office->one("SELECT count(*) FROM conflict") == "1");
        CHECK(office->one("SELECT column_name FROM conflict") == "name");
        CHECK(dump(*office->replica, "organization") == dump(*tree.centre.replica, "organization"));
        CHECK(dump(*office->replica, "conflict") == dump(*tree.centre.replica, "conflict"));
        CHECK(verify(*office->replica).sound());
    }
    CHECK(tree.commune.one("SELECT phone || village FROM organization") == "1Ấp 2");
}

// Would catch a false conflict on sequential edits, whatever the clocks say (F30).
TEST_CASE("F30 an edit that saw another always beats it, with a clock of 1970", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "first");
    tree.world.settle();
    tree.district.clock->set(0);
    tree.district.sql("UPDATE organization SET name = 'second'");
    tree.world.settle();
    tree.commune.clock->set(4'070'908'800'000);
    tree.commune.sql("UPDATE organization SET name = 'third'");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT name FROM organization") == "third");
    CHECK(tree.centre.one("SELECT count(*) FROM conflict") == "0");
}

// Would catch a deletion that swallows an edit it had not seen.
TEST_CASE("a row deleted at the district and edited at the commune is kept", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.world.settle();
    tree.district.sql("DELETE FROM organization");
    tree.commune.sql("UPDATE organization SET phone = '0294'");
    tree.world.settle();
    for (Office* office : {&tree.centre, &tree.district, &tree.commune}) {
        CHECK(office->one("SELECT phone FROM organization") == "0294");
        CHECK(office->one("SELECT kind FROM conflict") == "delete");
        CHECK(verify(*office->replica).sound());
    }
}

// Would catch a deletion that does not travel, and a reference to a deleted row that breaks a replica.
TEST_CASE("a deletion travels; one met by a new reference is taken back", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.world.settle();
    tree.commune.sql("DELETE FROM organization");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT count(*) FROM organization") == "0");

    const std::string b = "01890000-0000-7000-8000-00000000000b";
    tree.organization(tree.commune, b, "29338", "Cơ sở");
    tree.world.settle();
    tree.district.sql("DELETE FROM organization");
    tree.commune.sql("INSERT INTO product (unit, organization, name) VALUES ('29338', '" + b + "', 'Kẹo dừa')");
    tree.world.settle();
    for (Office* office : {&tree.centre, &tree.district, &tree.commune}) {
        CHECK(office->one("SELECT count(*) FROM organization") == "1");
        CHECK(office->one("SELECT name FROM product") == "Kẹo dừa");
        CHECK(verify(*office->replica).sound());
    }
}

// Would catch a UNIQUE clash that deletes a row, blocks the exchange, or is settled differently in two places.
TEST_CASE("two communes claim one product code: both rows stay, one claim is set aside", "[exchange]")
{
    FourTiers tree;
    for (Office* office : {&tree.commune, &tree.other}) {
        office->sql("INSERT INTO organization (unit, name) VALUES ('" + office->unit + "', 'HTX " + office->unit +
                    "')");
        office->sql("INSERT INTO product (unit, organization, name, product_code) SELECT unit, id, 'P " + office->unit +
                    "', '84-845-1-2020' FROM organization");
    }
    tree.world.settle();
    CHECK(tree.centre.one("SELECT count(*) FROM product") == "2");
    CHECK(tree.centre.one("SELECT count(product_code) FROM product") == "1");
    CHECK(tree.centre.one("SELECT kind || loser_value FROM conflict") == "unique84-845-1-2020");
    for (const auto& office : tree.world.offices) CHECK(verify(*office->replica).sound());
    CHECK(tree.commune.one("SELECT count(*) FROM product") == "1");
}

// Would catch a lawful swap of two unique values that the batch order turns into a clash.
TEST_CASE("two rows may swap their unique values", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.commune.sql("INSERT INTO product (unit, organization, name, product_code) VALUES ('29338', '" + a +
                     "', 'P1', 'one'), ('29338', '" + a + "', 'P2', 'two')");
    tree.world.settle();
    tree.commune.sql(
        "UPDATE product SET product_code = NULL; UPDATE product SET product_code = iif(name = 'P1', 'two', 'one')");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT product_code FROM product WHERE name = 'P1'") == "two");
    CHECK(tree.centre.one("SELECT product_code FROM product WHERE name = 'P2'") == "one");
    CHECK(tree.centre.one("SELECT count(*) FROM conflict") == "0");
}

// Would catch a row that waited for what it refers to and waits for ever, because another was given its number meanwhile.
TEST_CASE("F84 a row comes out of waiting though its unique value was given away", "[exchange]")
{
    FourTiers tree;
    const std::string maker = "01890000-0000-7000-8000-00000000000b";
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.commune.sql("INSERT INTO product (unit, organization, name, product_code) VALUES ('29338', '" + a +
                     "', 'P1', 'one'), ('29338', '" + a + "', 'P2', NULL)");
    tree.world.settle();
    // The product first in the log, then its new maker.
    tree.province.sql("UPDATE product SET organization = '" + maker +
                      "' WHERE name = 'P1';"
                      "INSERT INTO organization (id, unit, name) VALUES ('" +
                      maker + "', '29338', 'mới')");
    sync::Limits one;
    one.entries = 1;
    const auto request = sync::make_request(*tree.province.replica, one);
    REQUIRE(request.ok());
    const auto answer = sync::answer_request(*tree.centre.replica, *request, one);
    REQUIRE(answer.ok());
    REQUIRE(sync::finish(*tree.province.replica, *answer).ok());  // it will not be told again
    REQUIRE(tree.centre.one("SELECT count(*) FROM product") == "1");
    tree.centre.sql("UPDATE product SET product_code = 'one' WHERE name = 'P2'");
    tree.world.settle();
    for (Office* office : {&tree.centre, &tree.province, &tree.district, &tree.commune}) {
        INFO("office " << office->unit);
        CHECK(office->one("SELECT count(*) || count(product_code) FROM product") == "21");
        CHECK(office->one("SELECT group_concat(kind) FROM conflict") == "unique");
        CHECK(look_at(*office->replica).withheld.empty());
        CHECK(verify(*office->replica).sound());
        if (office->parent != nullptr) CHECK(verify(*office->replica).equal);
    }
}

// Would catch one row that no message can carry and that keeps all others from leaving.
TEST_CASE("a row too long to send is named and held back, the others go on; shortened, it goes", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "HTX");
    tree.commune.sql("INSERT INTO organization (unit, name, note) VALUES ('29338', 'long', hex(randomblob(3000000)))");
    tree.commune.sql(
        "INSERT INTO organization (unit, name, note) VALUES ('29338', 'flat', printf('%.*c', 20000000, 'x'))");
    tree.commune.sql("INSERT INTO organization (unit, name) VALUES ('29338', 'after')");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT group_concat(name, ' ') FROM (SELECT name FROM organization ORDER BY name)") ==
          "HTX after");
    CHECK(look_at(*tree.commune.replica).withheld.size() == 2);
    CHECK(look_at(*tree.commune.replica).notices.size() == 2);
    CHECK_FALSE(verify(*tree.commune.replica).compared);
    tree.commune.sql("UPDATE organization SET note = 'short'");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT count(*) FROM organization WHERE note = 'short'") == "4");
    CHECK(look_at(*tree.commune.replica).withheld.empty());
    CHECK(verify(*tree.commune.replica).equal);
}

// Would catch a commune that writes rows of another (F70), by naming its own unit or the other's, and one that stops itself by trying.
TEST_CASE("F70 rows outside a child's subtree are refused, kept with the reason, and stop nothing", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.other, a, "29320", "HTX của xã khác");
    tree.world.settle();
    tree.commune.sql("INSERT INTO organization (unit, name) VALUES ('29338', 'x'), ('29338', 'y')");
    REQUIRE(sync::make_request(*tree.commune.replica).ok());
    const State& forger = tree.commune.replica->state();
    sync::Request request;
    request.child = forger.self;
    request.parent = tree.district.replica->state().self;
    request.number = 1;
    std::memcpy(request.token.data(), forger.token.data(), request.token.size());
    request.acked = forger.acked;
    request.cursor = forger.cursor;
    request.top = forger.lsn;
    const Version version{9, 0, request.child};
    const std::vector<Cell> name{{2, 0, std::string{"chiếm"}}};
    request.changes.push_back({2, a, "29338", {{4, false, false, version, forger.acked + 1, 0}}, name});
    request.changes.push_back({2, a, "29320", {{4, false, false, version, forger.acked + 2, 0}}, name});
    REQUIRE(sync::answer_request(*tree.district.replica, sync::encode(request)).ok());
    tree.world.settle();
    CHECK(tree.centre.one("SELECT name FROM organization") == "HTX của xã khác");
    CHECK(tree.district.one("SELECT group_concat(reason || ' ' || value || ' ' || author_unit) FROM quarantine") ==
          "row_out_of_scope chiếm 29338");
    CHECK(tree.commune.one("SELECT count(*) FROM quarantine") == "1");
    CHECK(tree.other.one("SELECT count(*) FROM quarantine") == "0");
}

// Would catch a deletion that loses to the columns it deletes, so that the row comes back with old values.
TEST_CASE("a row removed without our triggers and entered again shows the new values everywhere", "[exchange]")
{
    FourTiers tree;
    tree.organization(tree.commune, a, "29338", "một");
    for (const char* name : {"hai", "ba", "bốn"}) {
        tree.commune.sql("UPDATE organization SET name = '" + std::string{name} + "'");
        tree.world.sync(tree.commune);
    }
    tree.commune.sql("DROP TRIGGER _capture_organization_delete; DELETE FROM organization");
    tree.world.sync(tree.commune);
    tree.organization(tree.commune, a, "29338", "năm");
    tree.world.settle();
    CHECK(tree.centre.one("SELECT name FROM organization") == "năm");
    for (const auto& office : tree.world.offices) CHECK(verify(*office->replica).sound());
}
