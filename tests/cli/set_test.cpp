#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

// Would catch an edit of another row or column, or a value that cannot be taken away again.
TEST_CASE("set writes the named columns of one row", "[cli][set]")
{
    OfficeFolder office(commune);
    const std::string a = office.add({"organization", "name=A", "phone=1"});
    const std::string b = office.add({"organization", "name=B", "phone=2"});
    CHECK(office({"set", "organization", a, "phone=3", "village=Ấp 4"}).code == exit_ok);
    CHECK(office.one("SELECT phone || village FROM organization WHERE id = '" + a + "'") == "3Ấp 4");
    CHECK(office.one("SELECT phone FROM organization WHERE id = '" + b + "'") == "2");
    CHECK(office({"set", "organization", a, "phone="}).code == exit_ok);
    CHECK(office.one("SELECT phone FROM organization WHERE id = '" + a + "'") == "NULL");
}

// Would catch an edit without change that makes a version and so can beat somebody's real edit.
TEST_CASE("set to the same value is no edit", "[cli][set]")
{
    OfficeFolder office(commune);
    const std::string id = office.add({"organization", "name=A", "workers=3"});
    const std::string before = office.everything();
    CHECK(office({"set", "organization", id, "name=A", "workers=3", "phone="}).code == exit_ok);
    CHECK(office.everything() == before);
}

// Would catch a prefix that picks one of several rows, or one so short that a slip of the hand finds a row.
TEST_CASE("set takes a unique beginning of an id", "[cli][set]")
{
    OfficeFolder office(commune);
    office.add({"organization", "id=aaaaaaaa-1111-7000-8000-000000000001", "name=A"});
    office.add({"organization", "id=aaaaaaaa-2222-7000-8000-000000000001", "name=B"});
    CHECK(office({"set", "organization", "aaaaaaaa-1", "phone=1"}).code == exit_ok);
    CHECK(office({"set", "organization", "AAAAAAAA-2", "phone=2"}).code == exit_ok);
    CHECK(office.one("SELECT group_concat(phone) FROM (SELECT phone FROM organization ORDER BY id)") == "1,2");
    CHECK(refusal_code(office({"set", "organization", "aaaaaaaa", "phone=3"})) == "OC-104");
    CHECK(refusal_code(office({"set", "organization", "aaaa", "phone=3"})) == "OC-104");
    CHECK(refusal_code(office({"set", "organization", "bbbbbbbb", "phone=3"})) == "OC-104");
}

// Would catch a move that leaves behind what belongs to the row, or that anybody but a common ancestor of both units may make.
TEST_CASE("F72 set moves a row with all that refers to it", "[cli][set]")
{
    OfficeFolder office(province);
    const std::string a = office.add({"organization", "name=A", "unit=29338"});
    const std::string product = office.add({"product", "name=P", "organization=" + a});
    const std::string certificate = office.add({"certificate", "product=" + product, "star=4", "issued_on=2020-12-30"});
    office.sql("INSERT INTO conflict (id, unit, kind, table_name, row_id) VALUES ('" + a +
               "', '29338@2020-12-31', 'edit', 'product', '" + product + "')");
    REQUIRE(office({"set", "organization", a, "unit=29317"}).code == exit_ok);
    for (const char* table : {"organization", "product", "certificate", "conflict"})
        CHECK(office.one(std::string("SELECT group_concat(unit) FROM ") + table) == neighbour);
    OfficeFolder village(commune);
    const std::string own = village.add({"organization", "name=B"});
    CHECK(refusal_code(village({"set", "organization", own, "unit=29317"})) == "OC-111");
    CHECK(village.one("SELECT unit FROM organization") == commune);
}

// Would catch a refused edit of which a part stays.
TEST_CASE("set refuses bad input and changes nothing", "[cli][set][bad-input]")
{
    OfficeFolder office(province);
    const std::string a = office.add({"organization", "name=A", "unit=29338", "registration_no=1"});
    const std::string b = office.add({"organization", "name=B", "unit=29338", "registration_no=2"});
    const std::string product = office.add({"product", "name=P", "organization=" + a});
    const std::string certificate = office.add({"certificate", "product=" + product, "star=4", "issued_on=2020-12-30"});
    office.sql("INSERT INTO conflict (id, unit, kind, table_name, row_id) VALUES ('" + a +
               "', '84@2020-12-31', 'edit', 'product', 'x')");
    const std::string before = office.everything();
    const auto code = [&](std::vector<std::string> args) {
        args.insert(args.begin(), "set");
        return refusal_code(office(args));
    };
    CHECK(code({"organization", b, "registration_no=1", "phone=9"}) == "OC-108");
    CHECK(code({"organization", b, "workers=-1", "phone=9"}) == "OC-109");
    CHECK(code({"organization", b, "id=" + a}) == "OC-113");
    CHECK(code({"organization", b, "colour=red"}) == "OC-103");
    CHECK(code({"product", product, "unit=29317"}) == "OC-110");  // its organization is not there
    CHECK(code({"organization", b, "unit=VN"}) == "OC-111");
    CHECK(code({"certificate", certificate, "star=5"}) == "OC-112");
    CHECK(code({"conflict", a, "state=settled"}) == "OC-112");
    CHECK(code({"product", product, "organization=" + b + "x"}) == "OC-110");
    CHECK(office.everything() == before);
}
