// What an enrolled child that lies can do to its parent and to the offices beside it: nothing. Each message here is one that decodes, and that no
// node of ours in order would write.
#include <catch2/catch.hpp>
#include <functional>

#include "node/lives.h"
#include "tests/support/four_tiers.h"
#include "tests/support/rewind.h"

using namespace ocop;
using namespace ocop::test;

namespace {

/// The office's next request, twisted, given to its parent; the answer is lost.
Result<Bytes> lie(Office& office, const std::function<void(sync::Request&)>& twist)
{
    auto request = sync::decode_request(*sync::make_request(*office.replica, {}));
    REQUIRE(request.ok());
    twist(*request);
    return sync::answer_request(*office.parent->replica, sync::encode(*request), {});
}

}  // namespace

// Would catch a number that a child may name and its parent, one above it, may not: the parent's own requests would be refused for ever.
TEST_CASE("F72 the highest edit number that a child may name stops nobody above it", "[hostile_child]")
{
    FourTiers at;
    at.commune.sql("UPDATE organization SET phone = '1'");  // a place to lie about
    const std::uint64_t highest = std::uint64_t{61} << 52;  // at a district (sync/sane.cpp)
    const auto answered = [&](std::uint64_t gen) {
        return lie(at.commune,
                   [&](sync::Request& request) {
                       request.changes = {{2,
                                           at.organization,
                                           "29338",
                                           {{1U << 2, false, false, {gen, 0, request.child}, request.top, 0}},
                                           {{2, 0, Value{"Xấu"}}}}};
                   })
            .ok();
    };
    CHECK_FALSE(answered(highest + 1));
    CHECK(answered(highest));
    REQUIRE(at.district.one("SELECT name FROM organization") == "Xấu");
    at.district.sql("UPDATE organization SET name = 'Đúng'");
    at.all_equal();
    CHECK(at.centre.one("SELECT name FROM organization") == "Đúng");
    at.commune.sql("UPDATE organization SET name = 'Hơn'");  // who sits there now may go on
    at.all_equal();
    CHECK(at.centre.one("SELECT name FROM organization") == "Hơn");
    CHECK(at.centre.one("SELECT max(gen) FROM _log") == std::to_string(highest + 2));
}

// Would catch a child that plants a record among another office's, by saying that it had it from its parent.
TEST_CASE("F72 a record of another unit is not taken from a child as an echo", "[hostile_child]")
{
    FourTiers at;
    const std::string record = "01890000-0000-8000-8000-00000000000f";
    REQUIRE(
        lie(at.commune, [&](sync::Request& request) {
            request.top += 1;
            std::uint64_t mask = existence_bit;
            std::vector<Cell> cells;
            const TableInfo* table = at.commune.replica->catalog().table(std::string_view{"conflict"});
            for (const ColumnInfo& column : table->columns) {
                mask |= std::uint64_t{1} << column.bit;
                Value value;
                if (column.name == "unit") value = std::string{"84"};
                if (column.name == "kind") value = std::string{"unique"};
                if (column.name == "table_name") value = std::string{"organization"};
                if (column.name == "row_id") value = at.organization;
                if (column.name == "state") value = std::string{"open"};
                cells.push_back({static_cast<std::uint8_t>(column.bit), static_cast<std::uint8_t>(column.part), value});
            }
            request.changes.push_back(
                {table->id, record, "84", {{mask, false, true, {1, 0, request.child}, request.top, 0}}, cells});
        }).ok());
    CHECK(at.district.one("SELECT count(*) FROM conflict") == "0");
    CHECK(at.district.one("SELECT count(*) FROM _log WHERE tbl = 7") == "0");
}

// Would catch a commune that empties any column by telling of a clash of unique values that there was not.
TEST_CASE("F72 a made-up clash of unique values gives no leave to empty a column that is not unique", "[hostile_child]")
{
    FourTiers at;
    at.evaluate(at.district);
    at.district.sql("UPDATE evaluation SET result = 'đạt'");
    at.world.settle();
    at.commune.sql("INSERT INTO conflict (id, unit, kind, table_name, row_id, column_name) VALUES "
                   "('01890000-0000-8000-8000-00000000000f', '29338', 'unique', 'evaluation', '" +
                   at.evaluation + "', 'result'); UPDATE evaluation SET result = NULL");
    at.all_equal();
    CHECK(at.district.one("SELECT result FROM evaluation") == "đạt");
    CHECK(at.commune.one("SELECT result FROM evaluation") == "đạt");
}

// Would catch a row that its former holder keeps for ever because a life of the child below it has ended.
TEST_CASE("F20 F73 a row leaves though a child of its former holder was put back", "[hostile_child]")
{
    World world;
    Office& centre = world.root();
    Office& first = world.child(centre, "84", "province");
    Office& second = world.child(centre, "85", "province");
    Office& commune = world.child(first, "29338", "commune");
    world.settle();
    notice_rewind(*commune.replica);
    world.settle();
    commune.sql("INSERT INTO organization (unit, name) VALUES ('29338', 'một')");
    world.settle();
    centre.sql("UPDATE organization SET unit = '85'");
    world.settle();
    CHECK(second.one("SELECT count(*) FROM organization") == "1");
    CHECK(commune.one("SELECT count(*) FROM organization") == "0");
    CHECK(first.one("SELECT count(*) FROM organization") == "0");
    CHECK(first.one("SELECT count(*) FROM _move") == "0");
    CHECK(first.one("SELECT count(*) FROM _leaving") == "0");
}

// Would catch a row that waits, and that its own office then writes and deletes: the deletion would be told to nobody.
TEST_CASE("F59 a waiting row that a person writes waits no more", "[hostile_child]")
{
    World world;
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");
    world.settle();
    const std::string product = "'01890000-0000-7000-8000-00000000000b'";
    const std::string organization = "'01890000-0000-7000-8000-00000000000a'";
    centre.replica->db().script("PRAGMA foreign_keys = OFF");
    centre.sql("INSERT INTO product (id, unit, organization, name) VALUES (" + product +
               ", '29338', '01890000-0000-7000-8000-0000000000ff', 'P')");
    centre.replica->db().script("PRAGMA foreign_keys = ON");
    world.settle();
    REQUIRE(commune.one("SELECT count(*) FROM product") == "0");
    commune.sql("INSERT INTO organization (id, unit, name) VALUES (" + organization + ", '29338', 'O');" +
                "INSERT INTO product (id, unit, organization, name) VALUES (" + product + ", '29338', " + organization +
                ", 'Q')");
    world.settle();
    CHECK(commune.one("SELECT count(*) FROM _side") == "0");
    CHECK(centre.one("SELECT name FROM product") == "Q");
    commune.sql("DELETE FROM product");
    world.settle();
    CHECK(commune.one("SELECT count(*) FROM product") == "0");
    CHECK(centre.one("SELECT count(*) FROM product") == "0");
    CHECK(verify(*commune.replica).sound());
}

// Would catch a merge that stops for ever at a row that a program gave a key that is no text.
TEST_CASE("F62 a value held by a row that cannot be sent does not stop a merge", "[hostile_child]")
{
    FourTiers at;
    at.district.sql("PRAGMA ignore_check_constraints = ON; INSERT INTO organization (id, unit, name, registration_no) "
                    "VALUES (CAST(x'ff41' AS TEXT), '845', 'X', 'R1'); PRAGMA ignore_check_constraints = OFF");
    at.commune.sql("UPDATE organization SET registration_no = 'R1'");
    const auto request = sync::make_request(*at.commune.replica, {});
    CHECK_NOTHROW(sync::answer_request(*at.district.replica, *request, {}));
}

// Would catch a parent that, by naming more tiers above itself than a message holds, keeps its child from answering its own children.
TEST_CASE("F72 more tiers above than a message holds are not passed on", "[hostile_child]")
{
    FourTiers at;
    const auto request = sync::make_request(*at.district.replica, {});
    auto answer = sync::decode_answer(*sync::answer_request(*at.province.replica, *request, {}));
    REQUIRE(answer.ok());
    answer->reach.assign(16, answer->mark);
    REQUIRE(sync::finish(*at.district.replica, sync::encode(*answer)).ok());
    const auto below = sync::make_request(*at.commune.replica, {});
    CHECK_NOTHROW(sync::answer_request(*at.district.replica, *below, {}));
}

// Would catch a child that, by living two lives at once, makes its parent believe that it was put back.
TEST_CASE("F20 a child that shows one life's token in another's name begins no life of its parent's", "[hostile_child]")
{
    FourTiers at;
    const std::uint32_t life = at.district.replica->state().self.incarnation;
    const sync::Token theirs = [&] {
        const auto answer = lie(at.commune, [](sync::Request& request) {
            request.child.incarnation += 1U << 16;
            request.changes.clear();
        });
        REQUIRE(answer.ok());
        return sync::decode_answer(*answer)->token;
    }();
    const auto answer = lie(at.commune, [&](sync::Request& request) {
        request.token = theirs;
        request.unanswered.clear();
    });
    CHECK(at.district.replica->state().self.incarnation == life);
}
