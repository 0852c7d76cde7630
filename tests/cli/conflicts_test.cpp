#include <catch2/catch.hpp>

#include "tests/cli/clash.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace json = boost::json;

// Would catch a list from which a person cannot tell what met, who wrote it and when.
TEST_CASE("conflicts shows both values, offices and times", "[cli][conflicts]")
{
    OfficeFolder office(commune);
    CHECK(office({"conflicts", "--json"}).out == "[]\n");
    CHECK(office({"conflicts"}).says("No conflicts"));
    make_rows(office);
    make_clash(office, "edit", row_a, "'phone'", "NULL", "'1', '2'");
    const Ran vi = office({"conflicts", "--lang", "vi"});
    for (const char* words :
         {"c0ffee00", "Chủ thể", "«A»", "Điện thoại", "«1»", "«2»", "Xã Thạnh Phú", "09:00 31/12/2020", "máy 00010203"})
        CHECK(vi.says(words));
    const json::array list = json::parse(office({"conflicts", "--json"}).out).as_array();
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("title").as_string() == "A");
    CHECK(list[0].at("winner").at("value").as_string() == "1");
    CHECK(list[0].at("winner").at("office").as_string() == "Xã Thạnh Phú");
    CHECK(list[0].at("loser").at("office").is_null());
    CHECK(list[0].at("loser").at("time").as_string() == "2020-12-31T02:01:00Z");
}

// Would catch settled conflicts that keep asking, or that can no longer be looked up.
TEST_CASE("conflicts hides the settled ones unless asked", "[cli][conflicts]")
{
    OfficeFolder office(commune);
    make_rows(office);
    make_clash(office, "delete", row_a, "NULL", "NULL", "'phone', NULL");
    CHECK(office({"conflicts"}).says("keep the row"));
    CHECK(office({"settle", clash_id, "--keep", "winner"}).code == exit_ok);
    CHECK(office({"conflicts", "--json"}).out == "[]\n");
    CHECK(json::parse(office({"conflicts", "--all", "--json"}).out).as_array().size() == 1);
    CHECK(office({"conflicts", "--all"}).says("settled"));
}

// Would catch a conflict about a row that is gone, or a value with control characters, that breaks the list.
TEST_CASE("conflicts shows what it can of strange ones", "[cli][conflicts][bad-input]")
{
    OfficeFolder office(commune);
    make_clash(office, "edit", row_a, "'colour'", "NULL", "char(27) || '[2J', NULL", "nosuch");
    const Ran ran = office({"conflicts"});
    CHECK(ran.code == exit_ok);
    CHECK(ran.says("nosuch"));
    CHECK(ran.says("colour"));
    CHECK_FALSE(ran.says("\x1b"));
    CHECK(office({"conflicts", "--json"}).code == exit_ok);
}
