// What is refused of a child's changes: where it is kept, what stands instead, and what becomes of it.

#include <catch2/catch.hpp>

#include "node/release.h"
#include "tests/support/four_tiers.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string directive = "01890000-0000-7000-8000-00000000000d";

std::string record(Office& office, const std::string& columns)
{
    return office.one("SELECT group_concat(" + columns + ") FROM quarantine");
}

}  // namespace

// Would catch a star that stands although nobody entitled gave it, one that vanishes without a word, and a refusal that its author never hears of.
TEST_CASE("F70 what another tier decides is refused, kept with the reason, and given back to its author",
          "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.district, "3");
    at.world.settle();
    at.commune.sql("UPDATE evaluation SET star = 5, note = 'x'");
    at.all_equal();
    for (const auto& office : at.world.offices) {
        CHECK(office->one("SELECT star FROM evaluation") == "3");
        CHECK(office->one("SELECT coalesce(note, '-') FROM evaluation") == "-");
        CHECK(office->one("SELECT value || reason || author_unit || refused_by || standing_unit FROM quarantine WHERE "
                          "column_name = 'star'") == "5not_permitted29338845845");
    }
    CHECK(look_at(*at.commune.replica).open_refusals == 2);
}

// Would catch a maker's move torn in two: the maker and its products go, and the certificate, which the mover could not have issued, stays behind.
TEST_CASE("F72 who may move a maker moves the certificates under it, whoever issued them", "[quarantine][moves]")
{
    const std::string certificate = "01890000-0000-7000-8000-00000000000e";
    FourTiers at;
    at.world.child(at.district, "29341", "commune");
    at.province.sql(
        "INSERT INTO certificate (id, unit, product, star, issued_on, valid_from, valid_until, decision) VALUES ('" +
        certificate + "', '29338', '" + at.product + "', 4, '2024-05-05', '2024-05-05', '2027-05-05', '12/QD')");
    at.world.settle();
    at.district.sql("UPDATE organization SET unit = '29341'; UPDATE product SET unit = '29341';"
                    "UPDATE certificate SET unit = '29341'");
    at.all_equal();
    for (const auto& office : at.world.offices) {
        INFO("office " << office->unit);
        CHECK(office->one("SELECT count(*) FROM quarantine") == "0");
        CHECK(office->one("SELECT group_concat(unit) FROM certificate") == (office->unit == "29338" ? "" : "29341"));
    }
    // The certificate's own words are the province's all the same, and no unit is reached that is not the mover's.
    at.district.sql("UPDATE certificate SET unit = '29338', star = 5; UPDATE product SET unit = '29338';"
                    "UPDATE organization SET unit = '29338'");
    at.all_equal();
    CHECK(at.centre.one("SELECT unit || star FROM certificate") == "293384");
    CHECK(at.centre.one("SELECT group_concat(column_name) FROM quarantine") == "star");
}

// Would catch a row refused in part and brought back without that part: the two sides repeat themselves at each other for ever.
TEST_CASE("F70 a row whose cells come before it, one of them refused, is refused whole and stays so", "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.province, "NULL");
    look_at(*at.province.replica);                      // seals
    at.province.sql("UPDATE evaluation SET star = 5");  // the centre's to give
    look_at(*at.province.replica);
    at.province.sql("UPDATE evaluation SET score = 60");
    at.world.sync(at.district);
    at.world.sync(at.commune);
    at.commune.sql(
        "DELETE FROM evaluation");  // not a commune's to say: the province writes existence again, last in its log
    at.world.sync(at.commune);
    at.world.sync(at.district);
    REQUIRE(at.province.one("SELECT star || score FROM evaluation") == "560.0");
    at.world.sync(at.province);
    at.province.sql("INSERT INTO directive (unit, subject) VALUES ('84', 'x')");
    at.all_equal();
    for (const auto& office : at.world.offices) {
        INFO("office " << office->unit);
        CHECK(office->one("SELECT count(*) FROM evaluation") == "0");
        CHECK(office->one("SELECT value ->> '$.star' FROM quarantine WHERE kind = 'create'") == "5");
    }
    CHECK(at.centre.one("SELECT count(*) FROM conflict") == "0");
}

// Would catch a record of a set-aside number that is taken for another clash of the same two versions, of one row only: the value vanishes.
TEST_CASE("F84 a number is edited by two and claimed by another row in one breath: both clashes are kept",
          "[quarantine]")
{
    FourTiers at;
    const std::string other = "01890000-0000-7000-8000-00000000000f";
    at.province.sql("INSERT INTO directive (id, unit, subject) VALUES ('" + directive + "', '84', 'một'), ('" + other +
                    "', '84', 'hai')");
    at.world.settle();
    at.centre.clock->advance(10'000);
    at.centre.sql("UPDATE directive SET number = '7' WHERE id = '" + directive + "'");
    at.province.sql("UPDATE directive SET number = '9' WHERE id = '" + directive +
                    "'; UPDATE directive SET number = '7' WHERE id = '" + other + "'");
    at.all_equal();
    for (Office* office : {&at.centre, &at.province})
        CHECK(office->one("SELECT group_concat(kind) FROM (SELECT kind FROM conflict ORDER BY kind)") == "edit,unique");
}

// Would catch a value that the engine set aside, judged as its office's own wish because the row comes ahead of the record that says so.
TEST_CASE("F70 a number set aside below is nobody's to refuse, though the row comes before the record", "[quarantine]")
{
    const bool cut = GENERATE(false, true);
    FourTiers at;
    Office& second = at.world.child(at.province, "846", "district");
    const auto issue = [](Office& office, const std::string& unit, const std::string& of) {
        office.sql(
            "INSERT INTO certificate (unit, product, star, number, issued_on, valid_from, valid_until) VALUES ('" +
            unit + "', '" + of + "', 3, 'SỐ 1', '2024-05-05', '2024-05-05', '2027-05-05')");
    };
    issue(at.district, "29338", at.product);
    second.sql("INSERT INTO organization (id, unit, name) VALUES ('" + at.evaluation +
               "', '846', 'HTX');"
               "INSERT INTO product (id, unit, organization, name) VALUES ('" +
               directive + "', '846', '" + at.evaluation + "', 'Bưởi')");
    issue(second, "846", directive);
    at.world.sync(at.district);
    at.world.sync(second);  // the province sets one aside
    REQUIRE(at.province.one("SELECT count(number) || count(*) FROM certificate") == "12");
    sync::Limits limits;
    if (cut) limits.entries = 1;  // the record is in a later message
    at.world.sync(at.province, limits);
    at.all_equal();
    CHECK(at.centre.one("SELECT count(*) FROM quarantine") == "0");
    CHECK(at.centre.one("SELECT count(number) || count(*) FROM certificate") == "12");
}

// Would catch a row that stays alive at its author's, or whose values are lost, when its making was refused.
TEST_CASE("a row that may not be made is gone everywhere, with its values in the record", "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.commune, "4");
    at.commune.sql("UPDATE organization SET phone = '1'");
    at.all_equal();
    for (const auto& office : at.world.offices) {
        CHECK(office->one("SELECT count(*) FROM evaluation") == "0");
        CHECK(office->one("SELECT phone FROM organization") == "1");
        CHECK(record(*office, "kind || (value ->> '$.star')") == "create4");
    }
    at.commune.sql("INSERT INTO evaluation (id, unit, product, level, evaluated_on) VALUES ('" + at.evaluation +
                   "', '29338', '" + at.product + "', 'district', '2024-05-05')");
    at.all_equal();
    CHECK(at.centre.one("SELECT count(*) FROM evaluation") == "0");
    CHECK(at.centre.one("SELECT count(*) FROM quarantine") == "2");
}

// Would catch a deletion that stands although its author may not delete.
TEST_CASE("a deletion that may not be is taken back", "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.district, "3");
    at.world.settle();
    at.commune.sql("DELETE FROM evaluation");
    at.all_equal();
    CHECK(at.commune.one("SELECT star FROM evaluation") == "3");
    CHECK(record(at.commune, "kind || reason") == "deletenot_permitted");
}

// Would catch a bad value that blocks its neighbours, or that another node shows.
TEST_CASE("what a CHECK does not let pass is refused alone", "[quarantine]")
{
    FourTiers at;
    at.commune.sql("PRAGMA ignore_check_constraints = ON; UPDATE organization SET workers = -1, phone = '2'; PRAGMA "
                   "ignore_check_constraints = OFF");
    at.all_equal();
    for (const auto& office : at.world.offices)
        CHECK(office->one("SELECT phone || coalesce(workers, '-') FROM organization") == "2-");
    CHECK(record(at.commune, "column_name || value || reason") == "workers-1check_failed");
}

// Would catch a value sent again by somebody who may not write it, and one that may be but does not arrive.
TEST_CASE("a refused value is sent again by whoever may, and only once", "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.district, "NULL");
    at.world.settle();
    at.commune.sql("UPDATE evaluation SET star = 4");
    at.all_equal();
    const std::string id = at.commune.one("SELECT id FROM quarantine");
    {
        LocalWrite write{*at.commune.replica};
        const auto again = resubmit(*at.commune.replica, "2024-06-01", id);
        REQUIRE(!again);
        CHECK(again.refusal().code == Errc::not_permitted);
    }
    {
        LocalWrite write{*at.province.replica};
        REQUIRE(resubmit(*at.province.replica, "2024-06-01", id).ok());
        write.commit();
    }
    at.all_equal();
    for (const auto& office : at.world.offices) {
        CHECK(office->one("SELECT star FROM evaluation") == "4");
        CHECK(record(*office, "state || closed_by") == "resubmitted84");
    }
    LocalWrite write{*at.province.replica};
    CHECK_FALSE(dismiss(*at.province.replica, "2024-06-01", id));
}

// Would catch an edit judged by what somebody decided after it: whoever made the row would answer for a higher council's star.
TEST_CASE("F74 what is decided later is not asked of whoever wrote before", "[quarantine]")
{
    FourTiers at;
    at.evaluate(at.district, "NULL");
    at.world.sync(at.district);  // no further than the province
    at.province.sql("UPDATE evaluation SET star = 4");
    at.all_equal();
    for (const auto& office : at.world.offices) {
        CHECK(office->one("SELECT star FROM evaluation") == "4");
        CHECK(office->one("SELECT count(*) FROM quarantine") == "0");
    }
}

// Would catch the lower council's word that stands over the higher one's because it was written later, or was more often edited.
TEST_CASE("conflict = authority: the higher tier's edit stands, whoever finds the two", "[quarantine]")
{
    for (const bool more_edits_below : {false, true}) {
        FourTiers at;
        at.evaluate(at.district, "NULL");
        at.world.settle();
        at.province.sql("UPDATE evaluation SET star = 1");
        at.district.clock->advance(1000);
        at.district.sql("UPDATE evaluation SET star = 2");
        if (more_edits_below) {
            at.world.sync(at.commune);
            at.district.sql("UPDATE evaluation SET star = 2, note = 'y'");
            Transaction{*at.district.replica}.commit();
            at.district.sql("UPDATE evaluation SET star = 1; UPDATE evaluation SET star = 2");
        }
        at.all_equal();
        for (const auto& office : at.world.offices) {
            CHECK(office->one("SELECT star FROM evaluation") == "1");
            CHECK(office->one(
                      "SELECT group_concat(winner_value || winner_unit || loser_value || loser_unit) FROM conflict") ==
                  "1842845");
        }
        CHECK(at.centre.one("SELECT count(*) FROM quarantine") == "0");
    }
}

// Would catch records that each node removes by its own clock, so that they differ, or that are removed while somebody has yet to choose.
TEST_CASE("closed records are removed after their time by the node that owns their unit", "[quarantine]")
{
    constexpr std::int64_t day = 86'400'000;
    FourTiers at;
    at.evaluate(at.commune, "4");
    at.commune.sql(
        "INSERT INTO organization (id, unit, name) VALUES ('01890000-0000-7000-8000-00000000000d', '29338', 'B')");
    at.all_equal();
    const std::string id = at.commune.one("SELECT id FROM quarantine");
    for (const auto& office : at.world.offices) office->clock->advance(200 * day);
    CHECK(remove_settled(*at.commune.replica) == 0);  // open
    {
        LocalWrite write{*at.commune.replica};
        REQUIRE(dismiss(*at.commune.replica, "2024-06-01", id).ok());
        write.commit();
    }
    at.all_equal();
    for (const auto& office : at.world.offices) office->clock->advance(91 * day);
    CHECK(remove_settled(*at.district.replica) == 0);  // the commune's to remove
    CHECK(remove_settled(*at.commune.replica, 365 * day) == 0);
    CHECK(remove_settled(*at.commune.replica) == 1);
    at.all_equal();
    for (const auto& office : at.world.offices) CHECK(office->one("SELECT count(*) FROM quarantine") == "0");
}

// Would catch a child that leaves, by deleting what nobody knows, a row in the scope of a unit that is not its own.
TEST_CASE("F72 the deletion of an unknown row of another unit is passed over", "[quarantine]")
{
    FourTiers at;
    auto request = sync::decode_request(*sync::make_request(*at.commune.replica, {}));
    REQUIRE(request.ok());
    request->top += 10;
    for (const char* unit : {"84", "29338"})
        request->changes.push_back({2,
                                    unit == std::string{"84"} ? "01890000-0000-7000-8000-0000000000fa"
                                                              : "01890000-0000-7000-8000-0000000000fb",
                                    unit,
                                    {{existence_bit, true, false, {9, 0, request->child}, request->top, 0}},
                                    {}});
    REQUIRE(sync::answer_request(*at.district.replica, sync::encode(*request), {}).ok());
    CHECK(at.district.one("SELECT count(*) FROM _log WHERE hex(row) LIKE '%FA'") == "0");
    CHECK(at.district.one("SELECT count(*) FROM _log WHERE hex(row) LIKE '%FB'") == "1");
}

// Would catch a child that says back to its parent a directive it has read, and so gets leave to write it.
TEST_CASE("F72 who reads a directive from above may not write it, whatever it said of it before", "[quarantine]")
{
    FourTiers at;
    at.province.sql("INSERT INTO directive (id, unit, subject) VALUES ('" + directive + "', '84', 'của tỉnh')");
    at.world.settle();
    auto request = sync::decode_request(*sync::make_request(*at.district.replica, {}));
    REQUIRE(request.ok());
    const Origin author = request->child;
    const auto send = [&](std::uint64_t gen, bool echo, const char* subject) {
        request->top += 1;
        request->changes = {{6,
                             directive,
                             "84",
                             {{1U << 6, false, echo, {gen, 0, author}, request->top, 0}},
                             {{6, 0, Value{subject}}}}};
        REQUIRE(sync::answer_request(*at.province.replica, sync::encode(*request), {}).ok());
        request = sync::decode_request(*sync::make_request(*at.district.replica, {}));
        request->acked = request->top = request->top + gen;
    };
    send(1, true, "của tỉnh");
    send(9, false, "của huyện");
    CHECK(at.province.one("SELECT subject FROM directive") == "của tỉnh");
    CHECK(at.province.one("SELECT count(*) FROM _move") == "0");
}
