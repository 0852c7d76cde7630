// Where restores meet refusals: what a child had from its parent is no wish of the child's, and no way around its parent's judgement.

#include <catch2/catch.hpp>

#include "node/lives.h"
#include "sync/codec.h"
#include "sync/exchange.h"
#include "tests/support/four_tiers.h"
#include "tests/support/rewind.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct Tiers : FourTiers {
    std::string stars() const
    {
        std::string all;
        for (const auto& office : world.offices)
            all += office->one("SELECT coalesce(group_concat(star || ifnull(note, '')), '-') FROM evaluation") + " ";
        return all;
    }
    std::string refusals() const
    {
        std::string all;
        for (const auto& office : world.offices) all += office->one("SELECT count(*) FROM quarantine") + " ";
        return all;
    }
};

}  // namespace

// Would catch an office that, put back, refuses its own and its superiors' lost words as its child's, and writes "gone" above them.
TEST_CASE("F21 a restored office takes back what it and those above it had written, and refuses nothing of it",
          "[lives][quarantine]")
{
    const bool seen = GENERATE(true, false);
    Tiers at;
    const std::string backup = image_of(*at.district.replica);
    at.evaluate(at.district);
    at.world.settle();
    at.province.sql("UPDATE evaluation SET note = ' P'");
    at.district.sql("UPDATE organization SET phone = '1'");
    at.world.settle();
    put_back(*at.district.replica, backup);
    if (seen) notice_rewind(*at.district.replica);
    at.world.settle();
    CHECK(at.stars() == "3 P 3 P 3 P 3 P ");
    CHECK(at.refusals() == "0 0 0 0 ");
    CHECK(at.centre.one("SELECT phone FROM organization") == "1");
    CHECK(at.district.one("SELECT phone FROM organization") == "1");
}

// Would catch a row refused because its name was given by an office of which the restored one knows nothing any more.
TEST_CASE("F21 a restored office takes back the word of a superior it has yet to meet again", "[lives][quarantine]")
{
    const bool seen = GENERATE(true, false);
    Tiers at;
    const std::string backup = image_of(*at.district.replica);
    at.commune.sql("INSERT INTO organization (unit, name) VALUES ('29338', 'hai')");
    at.world.settle();
    at.province.sql("UPDATE organization SET name = 'ba' WHERE name = 'hai'");  // its first word ever
    at.world.settle();
    at.commune.sql("UPDATE organization SET phone = '1' WHERE name = 'ba'");
    put_back(*at.district.replica, backup);
    if (seen) notice_rewind(*at.district.replica);
    at.all_equal();
    CHECK(at.refusals() == "0 0 0 0 ");
    for (const auto& office : at.world.offices)
        CHECK(office->one("SELECT name || phone FROM organization WHERE name <> 'HTX'") == "ba1");
}

// Would catch a child that gets past its parent's judgement by saying that the parent wrote it.
TEST_CASE("F70 a forged echo, or a forged giving back, makes no row and fills no value", "[quarantine]")
{
    const bool echo = GENERATE(true, false);
    Tiers at;
    at.evaluate(at.commune);
    const auto honest = sync::make_request(*at.commune.replica);
    REQUIRE(honest.ok());
    auto request = sync::decode_request(*honest);
    REQUIRE(request.ok());
    for (Change& change : request->changes)
        for (Entry& entry : change.entries) (echo ? entry.echo : entry.back) = true;
    REQUIRE(sync::answer_request(*at.district.replica, sync::encode(*request)).ok());
    CHECK(at.district.one("SELECT count(*) FROM evaluation") == "0");
    CHECK(at.district.one("SELECT count(*) FROM quarantine") == "0");
}
