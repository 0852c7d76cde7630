#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

// Would catch a row removed from under those that refer to it, which SQLite only notices at COMMIT.
TEST_CASE("rm removes a row, but not one that others refer to", "[cli][rm]")
{
    OfficeFolder office(commune);
    const std::string organization = office.add({"organization", "name=A"});
    const std::string product = office.add({"product", "name=P", "organization=" + organization});
    const std::string before = office.everything();
    const Ran kept = office({"rm", "organization", organization});
    CHECK(refusal_code(kept) == "OC-117");
    CHECK(kept.says(product));
    CHECK(office.everything() == before);
    CHECK(office({"rm", "product", product}).code == exit_ok);
    CHECK(office({"rm", "organization", organization, "--json"}).json()["id"].as_string() == organization);
    CHECK(office.one("SELECT count(*) FROM organization") == "0");
}

// Would catch a removal by who may not write the row, or of a row that is not there.
TEST_CASE("rm refuses bad input and changes nothing", "[cli][rm][bad-input]")
{
    OfficeFolder office(commune);
    office.sql("INSERT INTO directive (id, unit, subject) VALUES ('00000000-0000-7000-8000-000000000001', "
               "'845@2020-12-31', 'KH')");
    const std::string before = office.everything();
    CHECK(refusal_code(office({"rm", "directive", "00000000-0000-7000-8000-000000000001"})) == "OC-111");
    CHECK(refusal_code(office({"rm", "admin_unit", std::string{commune}})) == "OC-112");
    CHECK(refusal_code(office({"rm", "product", "0190a000-0000-7000-8000-000000000000"})) == "OC-104");
    CHECK(refusal_code(office({"rm", "nosuch", "0190a000"})) == "OC-102");
    CHECK(office.everything() == before);
}
