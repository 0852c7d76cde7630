#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace json = boost::json;

// Would catch a filter that forgets a condition, a limit or the order of making.
TEST_CASE("list filters, limits and picks columns", "[cli][list]")
{
    OfficeFolder office(district);
    office.add({"organization", "id=00000000-0000-7000-8000-000000000002", "name=B", "unit=29338", "workers=2"});
    office.add({"organization", "id=00000000-0000-7000-8000-000000000001", "name=A", "unit=29338"});
    office.add({"organization", "id=00000000-0000-7000-8000-000000000003", "name=C", "unit=29317", "workers=2"});
    const auto names = [&](std::vector<std::string> args) {
        args.insert(args.begin(), {"list", "organization", "--json", "--columns", "name"});
        std::string text;
        const json::array rows = json::parse(office(args).out).as_array();
        for (const json::value& row : rows) {
            text += row.at("name").as_string();
            CHECK(row.as_object().size() == 2);
        }
        return text;
    };
    CHECK(names({}) == "ABC");
    CHECK(names({"--where", "unit=29338"}) == "AB");
    CHECK(names({"--where", "unit=29338", "--where", "workers=2"}) == "B");
    CHECK(names({"--where", "workers="}) == "A");
    CHECK(names({"--limit", "2"}) == "AB");
    CHECK(names({"--where", "name=Z"}).empty());
    CHECK(office({"list", "product", "--json"}).out == "[]\n");
    CHECK(office({"list", "--columns", "name,workers", "organization"}).code == exit_ok);
}

// Would catch numbers shown as text to a program, and columns without their label to a person.
TEST_CASE("show has every column, with labels in the person's language", "[cli][show]")
{
    OfficeFolder office(commune);
    const std::string id = office.add({"organization", "name=HTX\x1b[2J", "workers=12"});
    const json::object shown = office({"show", "organization", id, "--json"}).json();
    CHECK(shown.at("workers").as_int64() == 12);
    CHECK(shown.at("phone").is_null());
    CHECK(shown.size() == 13);
    const Ran vi = office({"show", "organization", id, "--lang", "vi"});
    CHECK(vi.says("Số lao động"));
    CHECK(vi.says("Xã Thạnh Phú"));
    CHECK_FALSE(vi.says("\x1b"));
    CHECK(office({"show", "organization", id}).says("Workers"));
}

// Would catch an unknown name that lists everything or nothing instead of saying so.
TEST_CASE("list and show refuse bad input", "[cli][list][bad-input]")
{
    OfficeFolder office(commune);
    CHECK(refusal_code(office({"list", "nosuch"})) == "OC-102");
    CHECK(refusal_code(office({"list", "_state"})) == "OC-102");
    CHECK(refusal_code(office({"list", "product", "--where", "colour=red"})) == "OC-103");
    CHECK(refusal_code(office({"list", "product", "--columns", "colour"})) == "OC-103");
    CHECK(refusal_code(office({"list", "product", "--where", "unit=00000"})) == "OC-105");
    CHECK(refusal_code(office({"list", "product", "--where", "name"})) == "OC-101");
    CHECK(refusal_code(office({"list", "product", "--limit", "-1"})) == "OC-101");
    CHECK(refusal_code(office({"show", "product", "0190a000-0000-7000-8000-000000000000"})) == "OC-104");
    Shell shell;
    CHECK(shell.at(office.folder / "nowhere", {"list", "product"}).code == exit_no_node);
}
