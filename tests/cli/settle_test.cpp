#include <catch2/catch.hpp>

#include "tests/cli/clash.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

struct Clashing : OfficeFolder {
    explicit Clashing(std::string_view unit = commune) : OfficeFolder(unit) { make_rows(*this); }

    std::string of(const std::string& row, const std::string& column)
    {
        return one("SELECT " + column + " FROM organization WHERE id = '" + row + "'");
    }
    std::string verdict()
    {
        return one("SELECT state || ' ' || coalesce(settled_value, 'NULL') || ' ' || settled_by || ' ' || settled_at "
                   "FROM conflict");
    }
};

const std::string signature = " 29338@2020-12-31 1609380000000";

}  // namespace

// Would catch a choice that writes the wrong value, or none, or does not say who chose and when.
TEST_CASE("settle an edit: winner, loser or a third value", "[cli][settle]")
{
    Clashing office;
    make_clash(office, "edit", row_a, "'phone'", "NULL", "'1', '2'");
    SECTION("winner")
    {
        CHECK(office({"settle", clash_id, "--keep", "winner"}).code == exit_ok);
        CHECK(office.of(row_a, "phone") == "1");
        CHECK(office.verdict() == "settled 1" + signature);
    }
    SECTION("loser, by the id's beginning")
    {
        CHECK(office({"settle", "c0ffee00", "--keep", "loser"}).code == exit_ok);
        CHECK(office.of(row_a, "phone") == "2");
        CHECK(office.verdict() == "settled 2" + signature);
    }
    SECTION("value")
    {
        CHECK(office({"settle", clash_id, "--value", " 3 "}).code == exit_ok);
        CHECK(office.of(row_a, "phone") == "3");
        CHECK(office.verdict() == "settled 3" + signature);
    }
    CHECK(refusal_code(office({"settle", clash_id, "--keep", "loser"})) == "OC-116");
}

// Would catch half a group written, which its CHECK may refuse.
TEST_CASE("settle a group of columns as a whole", "[cli][settle]")
{
    OfficeFolder office(province);
    make_rows(office);
    const std::string product = office.add({"product", "name=P", "organization=" + row_a});
    const std::string id = office.add({"certificate", "product=" + product, "star=4", "issued_on=2020-01-01",
                                       "valid_from=2020-01-01", "valid_until=2023-01-01"});
    make_clash(office, "edit", id, "'valid_from,valid_until'", "NULL",
               R"('["2020-01-01","2023-01-01"]', '["2024-01-01","2027-01-01"]')", "certificate");
    CHECK(refusal_code(office({"settle", clash_id, "--value", "2020-01-01"})) == "OC-113");
    CHECK(refusal_code(office({"settle", clash_id, "--value", R"(["2020-01-01"])"})) == "OC-113");
    CHECK(refusal_code(office({"settle", clash_id, "--value", R"(["2020-01-02","2020-01-01"])"})) == "OC-109");
    CHECK(office({"settle", clash_id, "--keep", "loser"}).code == exit_ok);
    CHECK(office.one("SELECT valid_from || ' ' || valid_until FROM certificate") == "2024-01-01 2027-01-01");
}

// Would catch a row that stays although its deletion was chosen, or goes although it was not.
TEST_CASE("settle a deletion", "[cli][settle]")
{
    Clashing office;
    make_clash(office, "delete", row_a, "NULL", "NULL", "'phone', NULL");
    CHECK(refusal_code(office({"settle", clash_id, "--value", "x"})) == "OC-101");
    SECTION("winner keeps the row")
    {
        CHECK(office({"settle", clash_id, "--keep", "winner"}).code == exit_ok);
        CHECK(office.of(row_a, "name") == "A");
    }
    SECTION("loser removes it")
    {
        CHECK(office({"settle", clash_id, "--keep", "loser"}).code == exit_ok);
        CHECK(office.of(row_a, "name") == "(none)");
        CHECK(office.of(row_b, "name") == "B");
    }
    SECTION("a row that others refer to stays, and the conflict open")
    {
        office.add({"product", "name=P", "organization=" + row_a});
        CHECK(refusal_code(office({"settle", clash_id, "--keep", "loser"})) == "OC-117");
        CHECK(office.one("SELECT state FROM conflict") == "open");
    }
}

// Would catch a unique value that both rows or neither end up with.
TEST_CASE("settle a clash under UNIQUE", "[cli][settle]")
{
    Clashing office;
    make_clash(office, "unique", row_b, "'registration_no'", "'" + row_a + "'", "'7', '7'");
    SECTION("winner")
    {
        CHECK(office({"settle", clash_id, "--keep", "winner"}).code == exit_ok);
        CHECK(office.of(row_a, "registration_no") + office.of(row_b, "registration_no") == "7NULL");
    }
    SECTION("loser takes it")
    {
        CHECK(office({"settle", clash_id, "--keep", "loser"}).code == exit_ok);
        CHECK(office.of(row_a, "registration_no") + office.of(row_b, "registration_no") == "NULL7");
    }
    SECTION("another value for the row that lost; not the taken one")
    {
        CHECK(refusal_code(office({"settle", clash_id, "--value", "7"})) == "OC-108");
        CHECK(office({"settle", clash_id, "--value", "8"}).code == exit_ok);
        CHECK(office.of(row_a, "registration_no") + office.of(row_b, "registration_no") == "78");
    }
    SECTION("the other row is not here")
    {
        office({"rm", "organization", row_a});
        CHECK(refusal_code(office({"settle", clash_id, "--keep", "loser"})) == "OC-110");
    }
}

// Would catch a commune that settles what it may not write, or a bad settlement that leaves a part.
TEST_CASE("settle refuses bad input and changes nothing", "[cli][settle][bad-input]")
{
    Clashing office;
    make_clash(office, "edit", row_a, "'workers'", "NULL", "1, 2");
    const std::string before = office.everything();
    CHECK(refusal_code(office({"settle", "deadbeef", "--keep", "winner"})) == "OC-116");
    CHECK(refusal_code(office({"settle", clash_id})) == "OC-101");
    CHECK(refusal_code(office({"settle", clash_id, "--keep", "both"})) == "OC-101");
    CHECK(refusal_code(office({"settle", clash_id, "--keep", "winner", "--value", "3"})) == "OC-101");
    CHECK(refusal_code(office({"settle", clash_id, "--value", "many"})) == "OC-113");
    CHECK(refusal_code(office({"settle", clash_id, "--value", "-5"})) == "OC-109");
    CHECK(office.everything() == before);

    OfficeFolder low(commune);
    low.sql("PRAGMA foreign_keys = OFF; INSERT INTO certificate (id, unit, product, star, issued_on) VALUES ('" +
            row_b + "', '29338@2020-12-31', '" + row_a + "', 3, '2020-01-01')");
    make_clash(low, "edit", row_b, "'star'", "NULL", "3, 4", "certificate");
    CHECK(refusal_code(low({"settle", clash_id, "--keep", "loser"})) == "OC-112");
    CHECK(low.one("SELECT state FROM conflict") == "open");
}

// Would catch a conflict about a newer model's column that is settled into nothing, or that stays a riddle after the upgrade.
TEST_CASE("a conflict about a newer version's column waits for the upgrade, and is then settled by its name",
          "[cli][settle]")
{
    Clashing office;
    SECTION("this version does not know the column")
    {
        make_clash(office, "edit", row_a, "'#61'", "NULL", "'1', '2'");
        const std::string before = office.everything();
        const Ran refused = office({"settle", clash_id, "--keep", "loser"});
        CHECK(refusal_code(refused) == "OC-103");
        CHECK(refused.says("upgrade this node"));
        CHECK(office.everything() == before);
        CHECK(office({"conflicts"}).says("#61"));
    }
    SECTION("this version knows it")
    {
        const std::string bit = std::to_string(ocop::ocop_model().table("organization")->column("phone")->bit);
        make_clash(office, "edit", row_a, "'#" + bit + "'", "NULL", "'1', '2'");
        CHECK(office({"settle", clash_id, "--keep", "loser"}).code == exit_ok);
        CHECK(office.of(row_a, "phone") == "2");
    }
}
