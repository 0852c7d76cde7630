// Rows that arrive whole ahead of the cursor or mark: cells in them were read, although the place they stand at was not passed yet.

#include <catch2/catch.hpp>

#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";
const std::string b = "01890000-0000-7000-8000-00000000000b";

struct Two {
    World world;
    Office& above = world.root();
    Office& below = world.child(above, "84", "province");

    static void seal(Office& office) { look_at(*office.replica); }

    /// A row, another row, and then an edit of the first, each in an entry of its own.
    static void write_three(Office& office)
    {
        for (const std::string& id : {a, b}) {
            office.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id + "', '84', 'một')");
            seal(office);
        }
        office.sql("UPDATE organization SET name = 'hai' WHERE id = '" + a + "'");
        seal(office);
    }

    /// One round that carries one row each way.
    void one_row()
    {
        sync::Limits one;
        one.entries = 1;
        const auto request = sync::make_request(*below.replica, one);
        const auto answer = sync::answer_request(*above.replica, *request, one);
        REQUIRE(sync::finish(*below.replica, *answer).ok());
    }
};

}  // namespace

// Would catch a false conflict after an interrupted bootstrap: the child had read the cell it edits, ahead of its cursor.
TEST_CASE("F41 an edit of a row read ahead of the cursor is no conflict", "[ahead]")
{
    Two tree;
    tree.write_three(tree.above);
    tree.one_row();
    REQUIRE(tree.below.one("SELECT group_concat(name) FROM organization") == "hai");
    tree.below.sql("UPDATE organization SET name = 'ba' WHERE id = '" + a + "'");
    tree.world.settle();
    CHECK(tree.above.one("SELECT name FROM organization WHERE id = '" + a + "'") == "ba");
    CHECK(tree.above.one("SELECT count(*) FROM conflict") == "0");
    CHECK(tree.below.one("SELECT count(*) FROM _ahead") == "0");
}

// Would catch the same upwards: the parent edits what it had heard ahead of its mark, and neither side may call that a conflict.
TEST_CASE("F41 an edit of a row heard ahead of the mark is no conflict", "[ahead]")
{
    Two tree;
    tree.write_three(tree.below);
    tree.one_row();
    REQUIRE(tree.above.one("SELECT group_concat(name) FROM organization") == "hai");
    tree.above.sql("UPDATE organization SET name = 'ba' WHERE id = '" + a + "'");
    tree.world.settle();
    CHECK(tree.below.one("SELECT name FROM organization WHERE id = '" + a + "'") == "ba");
    CHECK(tree.below.one("SELECT count(*) FROM conflict") == "0");
    CHECK(tree.above.one("SELECT count(*) FROM _ahead") == "0");
}

// Would catch a relay that translates a grandchild's ctx below what the grandchild had read ahead through it.
TEST_CASE("F41 an edit made two tiers below of a row read ahead is no conflict", "[ahead]")
{
    Two tree;
    Office& deep = tree.world.child(tree.below, "845", "district");
    for (const std::string& id : {a, b}) {
        tree.above.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id + "', '845', 'một')");
        Two::seal(tree.above);
    }
    tree.above.sql("UPDATE organization SET name = 'hai' WHERE id = '" + a + "'");
    tree.one_row();
    tree.world.sync(deep);
    REQUIRE(deep.one("SELECT group_concat(name) FROM organization") == "hai");
    deep.sql("UPDATE organization SET name = 'ba' WHERE id = '" + a + "'");
    tree.world.settle();
    CHECK(tree.above.one("SELECT name FROM organization WHERE id = '" + a + "'") == "ba");
    CHECK(tree.above.one("SELECT count(*) FROM conflict") == "0");
}
