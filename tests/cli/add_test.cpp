#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

/// The command is refused with this cause and exit code, and changes nothing.
void refused(OfficeFolder& office, const std::vector<std::string>& args, const std::string& code, int exit)
{
    INFO("ocop " << args.at(0) << " " << args.at(1) << " " << args.at(2));
    const std::string before = office.everything();
    const Ran ran = office(args);
    CHECK(ran.code == exit);
    CHECK(refusal_code(ran) == code);
    CHECK(ran.out.empty());
    CHECK(office.everything() == before);
}

}  // namespace

// Would catch an id printed with anything beside it, or a row that lacks its unit, its defaults or its NFC.
TEST_CASE("add prints the id alone and fills in unit and defaults", "[cli][add]")
{
    OfficeFolder office(commune);
    const Ran ran = office({"add", "organization",
                            "name=  Du\xCC\x9B\xCC\x80"
                            "a sáp ",
                            "kind=hợp tác xã", "workers=12"});
    REQUIRE(ran.code == 0);
    CHECK(ran.out.size() == 37);
    CHECK(ran.err.empty());
    CHECK(office.one("SELECT name FROM organization") == "Dừa sáp");
    CHECK(office.one("SELECT unit FROM organization") == commune);
    CHECK(office.one("SELECT status FROM organization") == "đang hoạt động");
    CHECK(office.one("SELECT typeof(workers) FROM organization") == "integer");
    CHECK(office.one("SELECT id || char(10) FROM organization") == ran.out);
    CHECK(office({"add", "organization", "name=B", "--json"}).json()["table"].as_string() == "organization");
}

// Would catch a certificate filed under the province that wrote it instead of the product's commune.
TEST_CASE("add gives a row its owner's unit; units are taken by code, code and date, or id", "[cli][add]")
{
    OfficeFolder office(province);
    for (const std::string unit : {"29338", "29338@2021-01-01", "29338@2020-12-31"}) {
        const std::string organization = office.add({"organization", "name=HTX " + unit, "unit=" + unit});
        const std::string product = office.add({"product", "name=Dừa sáp", "organization=" + organization});
        CHECK(office.one("SELECT unit FROM product WHERE id = '" + product + "'") == commune);
        const std::string certificate =
            office.add({"certificate", "product=" + product, "star=4", "issued_on=2020-12-30"});
        CHECK(office.one("SELECT unit FROM certificate WHERE id = '" + certificate + "'") == commune);
    }
}

// Would catch bad input that is taken, refused with another cause than its own, or that leaves something behind.
TEST_CASE("add refuses bad input with its cause and changes nothing", "[cli][add][bad-input]")
{
    OfficeFolder office(commune);
    const std::string id = office.add({"organization", "name=HTX", "registration_no=R1"});
    REQUIRE(id.size() == 36);
    refused(office, {"add", "nosuch", "name=x"}, "OC-102", exit_usage);
    refused(office, {"add", "_log", "lsn=1"}, "OC-102", exit_usage);
    refused(office, {"add", "organization", "colour=red"}, "OC-103", exit_usage);
    refused(office, {"add", "organization", "name"}, "OC-101", exit_usage);
    refused(office, {"add", "organization", "=x"}, "OC-101", exit_usage);
    refused(office, {"add", "organization", "name=a", "name=b"}, "OC-101", exit_usage);
    refused(office, {"add", "organization", "name=x", "unit=99999"}, "OC-105", exit_usage);
    refused(office, {"add", "organization", "name=x", "unit=29338@1999-01-01"}, "OC-106", exit_usage);
    refused(office, {"add", "organization", "name=x", "id=" + id}, "OC-107", exit_usage);
    refused(office, {"add", "organization", "name=x", "registration_no=R1"}, "OC-108", exit_usage);
    refused(office, {"add", "organization", "name="}, "OC-109", exit_usage);
    refused(office, {"add", "organization", "name=x", "kind=xưởng"}, "OC-109", exit_usage);
    refused(office, {"add", "organization", "name=x", "workers=-3"}, "OC-109", exit_usage);
    refused(office, {"add", "organization", "name=x", "id=not-a-uuid"}, "OC-109", exit_usage);
    refused(office, {"add", "product", "name=x", "organization=0190a000-0000-7000-8000-000000000000"}, "OC-110",
            exit_usage);
    refused(office, {"add", "organization", "name=x", "unit=29317"}, "OC-111", exit_not_permitted);
    refused(office, {"add", "organization", "name=x", "unit=845"}, "OC-111", exit_not_permitted);
    refused(office, {"add", "organization", "name=x", "workers=12.5"}, "OC-113", exit_usage);
    refused(office, {"add", "organization", "name=x", "workers=mười"}, "OC-113", exit_usage);
    refused(office, {"add", "product", "name=x", "organization=" + id, "local_material_percent=nan"}, "OC-113",
            exit_usage);
    refused(office,
            {"add", "organization",
             "name=D\xF5"
             "a s\xB8p"},
            "OC-114", exit_usage);
}

// Would catch a commune that gives itself a star, a record of the engine made by hand, or a unit made below the centre.
TEST_CASE("add refuses what another tier decides", "[cli][add][bad-input]")
{
    OfficeFolder office(commune);
    const std::string organization = office.add({"organization", "name=HTX"});
    const std::string product = office.add({"product", "name=Dừa sáp", "organization=" + organization});
    refused(office, {"add", "certificate", "product=" + product, "star=4"}, "OC-112", exit_not_permitted);
    refused(office, {"add", "evaluation", "product=" + product, "level=province", "evaluated_on=2020-12-30", "star=4"},
            "OC-112", exit_not_permitted);
    refused(office, {"add", "conflict", "kind=edit"}, "OC-112", exit_not_permitted);
    refused(office, {"add", "admin_unit", "id=x", "code=x", "name=x", "kind=x", "level=commune", "parent=29338"},
            "OC-112", exit_not_permitted);
    const Ran told = office({"add", "certificate", "product=" + product, "star=5"});
    CHECK(told.says("only these tiers may write it: centre"));
}

// Would catch a foreign key to a row outside this node's scope that SQLite only notices at COMMIT.
TEST_CASE("add refuses a reference to a row of another unit", "[cli][add][bad-input]")
{
    OfficeFolder office(district);
    const std::string organization = office.add({"organization", "name=HTX", "unit=29317"});
    refused(office, {"add", "product", "name=x", "organization=" + organization, "unit=29338"}, "OC-110", exit_usage);
}
