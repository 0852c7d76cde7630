// Deletions that are forgotten: when they may be, and what must not come back because of it.

#include "node/retention.h"

#include <catch2/catch.hpp>

#include "node/lives.h"
#include "tests/support/rewind.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

constexpr std::int64_t a_day = 86'400'000;
const std::string o = "01890000-0000-7000-8000-00000000000a";

/// A centre, a province, two communes; an organization of the first that all above it know.
struct Deleting {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "84", "province");
    Office& commune = world.child(province, "29338", "commune");
    Office& other = world.child(province, "29339", "commune");

    Deleting()
    {
        commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + o + "', '29338', 'một')");
        world.settle();
    }

    static void remove(Office& at) { at.sql("DELETE FROM organization"); }
    void wait(std::int64_t days)
    {
        for (const auto& office : world.offices) office->clock->advance(days * a_day);
    }
    static std::string traces(Office& at)
    {
        return at.one(
            "SELECT (SELECT count(*) FROM _log WHERE tbl = 2) || ' ' || (SELECT count(*) FROM _side) || ' ' || "
            "(SELECT count(*) FROM _side_cell)");
    }
    static void keep(Office& at, std::int64_t days)
    {
        LocalWrite write{*at.replica};
        set_retention_days(at.replica->db(), days);
        write.commit();
    }
};

}  // namespace

// Would catch: tombstones that pile up for ever, or leave values behind in the side store or a digest that differs.
TEST_CASE("a deletion that everybody has heard of is forgotten after the retention")
{
    Deleting d;
    Deleting::remove(d.commune);
    d.world.settle();
    CHECK(Deleting::traces(d.centre).substr(0, 1) != "0");
    d.wait(default_retention_days + 1);
    d.world.settle();
    for (const auto& office : d.world.offices) {
        INFO(office->unit);
        CHECK(Deleting::traces(*office) == "0 0 0");
        const Verification proof = verify(*office->replica);
        CHECK(proof.sound());
        CHECK(proof.compared == (office->parent != nullptr));
    }
    CHECK(d.centre.one("SELECT count(*) FROM organization") == "0");
}

// Would catch: a deletion forgotten too early, by which a backup put back some months later would bring the row back.
TEST_CASE("F85 a deletion is kept for the retention although everybody has heard of it")
{
    Deleting d;
    Deleting::remove(d.commune);
    d.world.settle();
    const std::string before = Deleting::traces(d.centre);
    d.wait(default_retention_days - 1);
    d.world.settle();
    CHECK(Deleting::traces(d.centre) == before);
    CHECK(Deleting::traces(d.commune) == before);
}

// Would catch: a deletion forgotten by the very exchange that brought it, whose time here nobody has written down yet.
TEST_CASE("F85 a deletion heard from above is kept for the retention")
{
    Deleting d;
    Deleting::remove(d.province);
    d.world.settle();
    CHECK(Deleting::traces(d.commune).substr(0, 1) != "0");
    d.wait(default_retention_days + 1);
    d.world.settle();
    CHECK(Deleting::traces(d.commune) == "0 0 0");
}

// Would catch: a deletion forgotten by whoever made it before the parent has it, so that the row stands above for ever.
TEST_CASE("a deletion that the parent has not heard of is kept, however old it is")
{
    Deleting d;
    Deleting::remove(d.commune);
    d.wait(5 * default_retention_days);
    const auto request = sync::make_request(*d.commune.replica, {});
    REQUIRE(request.ok());
    REQUIRE(sync::answer_request(*d.province.replica, *request, {}).ok());  // the answer is lost
    d.wait(5 * default_retention_days);
    const Bytes old = *sync::make_request(*d.commune.replica, {});
    CHECK(Deleting::traces(d.commune).substr(0, 1) != "0");
    d.world.settle();
    d.wait(default_retention_days + 1);
    d.world.settle();
    CHECK(Deleting::traces(d.commune) == "0 0 0");
    REQUIRE(sync::answer_request(*d.province.replica, old, {}).ok());  // a stick from before brings nothing back
    d.world.settle();
    CHECK(d.province.one("SELECT count(*) FROM organization") == "0");
    CHECK(Deleting::traces(d.province) == "0 0 0");
}

// Would catch: a deletion forgotten by an answer that was under way when it was made.
TEST_CASE("a deletion made while an exchange is under way is not forgotten by its answer")
{
    Deleting d;
    Deleting::keep(d.commune, 0);
    const auto request = sync::make_request(*d.commune.replica, {});
    Deleting::remove(d.commune);
    const auto answer = sync::answer_request(*d.province.replica, *request, {});
    REQUIRE(sync::finish(*d.commune.replica, *answer).ok());
    CHECK(Deleting::traces(d.commune).substr(0, 1) != "0");
    d.world.settle();
    CHECK(Deleting::traces(d.commune) == "0 0 0");
    CHECK(d.centre.one("SELECT count(*) FROM organization") == "0");
}

// Would catch: a parent that forgets a deletion while a child has yet to hear of it, and edits the row meanwhile.
TEST_CASE("a silent child keeps a deletion alive above it, and its edit brings the row back")
{
    Deleting d;
    Deleting::remove(d.province);
    d.world.sync(d.province);
    d.world.sync(d.other);
    d.wait(10 * default_retention_days);
    d.world.sync(d.province);
    d.world.sync(d.other);
    CHECK(Deleting::traces(d.province).substr(0, 1) != "0");
    CHECK(Deleting::traces(d.centre).substr(0, 1) != "0");  // a floor is never above those below it
    d.commune.sql("UPDATE organization SET name = 'hai'");
    d.world.settle();
    for (const auto& office : d.world.offices) {
        if (office->unit == "29339") continue;
        INFO(office->unit);
        CHECK(office->one("SELECT name FROM organization") == "hai");
        CHECK(office->one("SELECT count(*) FROM conflict WHERE kind = 'delete'") == "1");
    }
}

// Would catch: a row made anew under a forgotten key that loses against the tombstone somebody still has.
TEST_CASE("a row made anew stands above whatever was forgotten of its table")
{
    Deleting d;
    for (int i = 0; i < 5; ++i) d.commune.sql("UPDATE organization SET name = 'lần " + std::to_string(i) + "'");
    d.world.settle();
    Deleting::keep(d.commune, 0);
    Deleting::remove(d.commune);
    d.world.settle();
    CHECK(Deleting::traces(d.commune) == "0 0 0");
    CHECK(Deleting::traces(d.centre).substr(0, 1) != "0");  // kept for the retention there
    CHECK(forgotten_gen(d.commune.replica->db(), 2) > 1);
    d.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + o + "', '29338', 'mới')");
    d.world.settle();
    for (Office* at : {&d.centre, &d.province, &d.commune}) CHECK(at->one("SELECT name FROM organization") == "mới");
}

// Would catch: one exchange that walks through every tombstone there is, or one that always looks at the same few.
TEST_CASE("forgetting looks at a bounded number of deletions at a time, and comes to all")
{
    Deleting d;
    const auto fill = [&](const std::string& unit, int from) {
        std::string rows;
        for (int i = from; i < from + 300; ++i)
            rows += "INSERT INTO organization (id, unit, name) VALUES ('01890000-0000-7000-8000-000000000" +
                    std::to_string(i) + "', '" + unit + "', 'x');";
        d.province.sql(rows);
    };
    fill("29339", 100);
    fill("29338", 500);
    d.world.settle();
    d.province.sql("DELETE FROM organization WHERE unit = '29339'");  // that commune is silent from now on
    d.world.sync(d.commune);
    d.province.sql("DELETE FROM organization");
    for (int i = 0; i < 3; ++i) d.world.sync(d.commune);
    d.wait(default_retention_days + 1);
    const auto left = [&] { return std::stoi(d.province.one("SELECT count(*) FROM _log WHERE tbl = 2 AND gone = 1")); };
    CHECK(left() == 601);
    int before = left();
    for (int i = 0; i < 20; ++i) {
        d.world.sync(d.commune);
        d.world.sync(d.province);
        CHECK(before - left() <= 3 * 64);
        before = left();
    }
    CHECK(left() == 300);
    for (int i = 0; i < 12; ++i) d.world.settle();
    CHECK(left() == 0);
}

// Would catch: a forgotten row of which nothing can be told any more.
TEST_CASE("what was forgotten stands in the history, with who deleted it")
{
    Deleting d;
    Deleting::remove(d.commune);
    d.world.settle();
    d.wait(default_retention_days + 1);
    d.world.settle();
    bool told = false;
    REQUIRE(read_history(d.centre.replica->db(), 0, UINT64_MAX >> 1, [&](const Past& past) {
        told = told || (past.kind == Past::Kind::evicted && past.row == o && past.gone &&
                        past.version.origin.node == d.commune.replica->state().self.node);
        return true;
    }));
    CHECK(told);
}

// Would catch: a restored backup that brings back what was deleted since.
TEST_CASE("F20 a backup put back within the retention brings no deleted row back")
{
    Deleting d;
    const std::string backup = image_of(*d.commune.replica);
    Deleting::remove(d.commune);
    d.world.settle();
    d.wait(default_retention_days - 1);
    d.world.settle();
    put_back(*d.commune.replica, backup);
    notice_rewind(*d.commune.replica);
    d.world.settle();
    d.world.settle();
    for (const auto& office : d.world.offices) CHECK(office->one("SELECT count(*) FROM organization") == "0");
}

// Would catch: a stick of a life that has ended, telling a place that the life after it has told too, taken for news.
TEST_CASE("F20 F85 a late stick from a former life does not raise a row whose deletion was forgotten")
{
    Deleting d;
    const std::string p = "01890000-0000-7000-8000-00000000000b";
    d.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + p + "', '29338', 'hai')");
    const Bytes stick = *sync::make_request(*d.commune.replica, {});
    put_back(*d.commune.replica, image_of(*d.commune.replica));
    notice_rewind(*d.commune.replica);
    d.world.settle();
    CHECK(d.centre.one("SELECT count(*) FROM organization") == "2");
    Deleting::remove(d.commune);
    d.world.settle();
    d.wait(default_retention_days + 1);
    d.world.settle();
    CHECK(Deleting::traces(d.province) == "0 0 0");
    REQUIRE(sync::answer_request(*d.province.replica, stick, {}).ok());
    d.world.settle();
    for (const auto& office : d.world.offices) {
        INFO(office->unit);
        CHECK(office->one("SELECT count(*) FROM organization") == "0");
    }
}

// Would catch: a life of a child that has ended, whose floor nobody raises any more, keeping every move that follows, and rows that left.
TEST_CASE("a life of a child that has ended keeps no moves alive")
{
    Deleting d;
    const std::string backup = image_of(*d.commune.replica);
    d.commune.sql("UPDATE organization SET name = 'hai'");
    d.world.settle();
    put_back(*d.commune.replica, backup);
    notice_rewind(*d.commune.replica);
    d.world.settle();
    d.province.sql("UPDATE organization SET unit = '29339'");
    d.world.settle();
    CHECK(d.province.one("SELECT count(*) FROM _neighbour WHERE ref > 1") == "3");
    CHECK(d.province.one("SELECT count(*) FROM _move") == "0");
    CHECK(d.commune.one("SELECT count(*) FROM organization") == "0");
    CHECK(d.other.one("SELECT name FROM organization") == "hai");
    // A relay's own relic: the row leaves the province, which has a child with a dead life.
    d.centre.sql("UPDATE organization SET unit = 'VN'");
    d.world.settle();
    CHECK(d.province.one("SELECT (SELECT count(*) FROM _leaving) || ' ' || (SELECT count(*) FROM _move)") == "0 0");
    CHECK(d.province.one("SELECT count(*) FROM organization") == "0");
}
