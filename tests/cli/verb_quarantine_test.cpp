// ocop quarantine, on records put there as a node above would have.

#include <catch2/catch.hpp>

#include "tests/cli/clash.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

const std::string refusal_id = "decaf000-0000-4000-8000-000000000001";

void refuse(OfficeFolder& office, const std::string& column, const std::string& value)
{
    office.sql("INSERT INTO quarantine (id, unit, kind, table_name, row_id, column_name, value, reason, detail, "
               "author_origin, author_unit, "
               "author_time, author_gen, refused_by, refused_origin, refused_at) VALUES ('" +
               refusal_id + "', '29338@2020-12-31', 'edit', 'organization', '" + row_a + "', '" + column + "', " +
               value + ", 'not_permitted', '" + column + ": district, province (Decree 1)', '" + stranger +
               "', '29338@2020-12-31', 1609380000000, 2, '845@2020-12-31', '" + stranger + "', 1609380060000)");
}

}  // namespace

// Would catch a refused value that nobody is told of, or whose reason is not said.
TEST_CASE("a refused value is listed with its reason, in both languages and as JSON", "[cli][quarantine]")
{
    OfficeFolder office{commune};
    make_rows(office);
    refuse(office, "phone", "'0909'");
    CHECK(office({"status"}).out.find("ocop quarantine") != std::string::npos);
    const Ran listed = office({"quarantine"});
    CHECK(listed.code == exit_ok);
    CHECK(listed.out.find("0909") != std::string::npos);
    CHECK(listed.out.find("only these tiers may write it: district, province (Decree 1)") != std::string::npos);
    const std::string vi = office({"--lang", "vi", "quarantine"}).out;
    CHECK(vi.find("chỉ cấp huyện, tỉnh được ghi (Decree 1)") != std::string::npos);
    CHECK(vi.find("district") == std::string::npos);
    const auto json = boost::json::parse(office({"quarantine", "--json"}).out).as_array();
    REQUIRE(json.size() == 1);
    CHECK(json.at(0).at("reason").as_string() == "not_permitted");
    CHECK(json.at(0).at("title").as_string() == "A");
    CHECK(office({"quarantine", "decaf000", "--json"}).json().at("value").as_string() == "0909");
}

// Would catch a value sent again that is not saved, or a record that stays open after it.
TEST_CASE("a refused value is written again, or let go", "[cli][quarantine]")
{
    OfficeFolder office{commune};
    make_rows(office);
    refuse(office, "phone", "'0909'");
    CHECK(office({"quarantine", "decaf000", "--resubmit"}).code == exit_ok);
    CHECK(office.one("SELECT phone FROM organization WHERE id = '" + row_a + "'") == "0909");
    CHECK(office.one("SELECT state FROM quarantine") == "resubmitted");
    CHECK(office({"quarantine", "decaf000", "--dismiss"}).code != exit_ok);
    office.sql("UPDATE quarantine SET state = 'open', closed_by = NULL");
    CHECK(office({"quarantine", "decaf000", "--dismiss"}).code == exit_ok);
    CHECK(office.one("SELECT state FROM quarantine") == "dismissed");
    CHECK(refusal_code(office({"quarantine", "--dismiss"})) != "");
}
