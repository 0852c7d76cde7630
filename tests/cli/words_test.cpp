// What a newcomer is told: labels, allowed values, and which row is meant.
#include <catch2/catch.hpp>

#include "tests/cli/clash.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

// Would catch a refusal that shows SQL where a person needs the label and what is allowed.
TEST_CASE("a refused value is told with its label and what is allowed", "[cli][bad-input]")
{
    OfficeFolder office(commune);
    CHECK(
        office({"add", "organization", "name=X", "kind=zzz"}).says("«Kind» (organization.kind) = zzz: it must be one"));
    CHECK(office({"add", "organization", "kind=khác"}).says("«Name» (organization.name) cannot be empty"));
    CHECK(office({"add", "organization", "name=X", "name=Y"}).says("given twice"));
    CHECK(office({"list", "--nosuch"}).says("--nosuch"));
    CHECK(office({"settle", "x", "--keep", "winner", "--value", "1"}).says("exclude each other"));
}

// Would catch a status from which nobody can tell which row refers to nothing, or what to do.
TEST_CASE("status names a row that refers to nothing", "[cli][status]")
{
    OfficeFolder office(commune);
    make_rows(office);
    const std::string product = office.add({"product", "name=Mứt dừa", "organization=" + row_a});
    office.sql("PRAGMA foreign_keys = OFF; DELETE FROM organization WHERE id = '" + row_a + "'");
    const Ran status = office({"status"});
    CHECK(status.says("Product «Mứt dừa» (" + product + ")"));
    CHECK(status.says("refers to a row that is not there"));
    CHECK(status.says("1 row or value"));
    CHECK(office({"status", "--lang", "vi"}).says("nhắc đến một dòng không có ở đây"));
}

// Would catch two rows under one number shown as two edits of one row.
TEST_CASE("conflicts names both rows that claim one value, and asks no more once settled", "[cli][conflicts]")
{
    OfficeFolder office(commune);
    make_rows(office);
    make_clash(office, "unique", row_b, "'registration_no'", "'" + row_a + "'", "'7', '7'");
    const Ran open = office({"conflicts"});
    CHECK(open.says("Two rows claim the value «7»"));
    CHECK(open.says("«A» has it; in «B» it is left empty"));
    CHECK(open.says("Choose:"));
    CHECK(office({"settle", clash_id, "--keep", "winner"}).code == exit_ok);
    const Ran settled = office({"conflicts", "--all"});
    CHECK(settled.says("Two rows claimed the value"));
    CHECK_FALSE(settled.says("Choose:"));
}
