#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace json = boost::json;

namespace {

/// "organizations products star3 star4 star5"
std::string figures(const json::value& row)
{
    std::string text;
    for (const char* name : {"organizations", "products", "star3", "star4", "star5"})
        text += (text.empty() ? "" : " ") + std::to_string(row.at(name).as_int64());
    return text;
}

std::string by(OfficeFolder& office, std::vector<std::string> args)
{
    args.insert(args.begin(), {"totals", "--json"});
    const json::object told = office(args).json();
    std::string text;
    for (const json::value& row : told.at("rows").as_array()) {
        const json::value& key = row.at("key");
        text += (key.is_null() ? "-" : std::string{key.as_string()}) + ": " + figures(row) + "\n";
    }
    return text + "= " + figures(told.at("total"));
}

/// Two communes' registers, as both would stand at the district above them.
void fill(OfficeFolder& office)
{
    office.sql(R"sql(
        PRAGMA foreign_keys = OFF;
        INSERT INTO organization (id, unit, name, kind) VALUES
            ('00000000-0000-7000-8000-00000000000a', '29338@2020-12-31', 'A', 'hợp tác xã'),
            ('00000000-0000-7000-8000-00000000000b', '29338@2020-12-31', 'B', NULL),
            ('00000000-0000-7000-8000-00000000000c', '29317@2020-12-31', 'C', 'hợp tác xã');
        INSERT INTO product (id, unit, organization, name) VALUES
            ('00000000-0000-7000-8000-0000000000a1', '29338@2020-12-31', '00000000-0000-7000-8000-00000000000a', 'A1'),
            ('00000000-0000-7000-8000-0000000000a2', '29338@2020-12-31', '00000000-0000-7000-8000-00000000000a', 'A2'),
            ('00000000-0000-7000-8000-0000000000c1', '29317@2020-12-31', '00000000-0000-7000-8000-00000000000c', 'C1'),
            ('00000000-0000-7000-8000-0000000000c2', '29317@2020-12-31', '00000000-0000-7000-8000-00000000000c', 'C2');
        INSERT INTO certificate (id, unit, product, star, issued_on, withdrawn_on) VALUES
            ('00000000-0000-7000-8000-000000000001', '29338@2020-12-31', '00000000-0000-7000-8000-0000000000a1', 3, '2019-05-01', NULL),
            ('00000000-0000-7000-8000-000000000002', '29338@2020-12-31', '00000000-0000-7000-8000-0000000000a1', 4, '2020-06-01', NULL),
            ('00000000-0000-7000-8000-000000000003', '29338@2020-12-31', '00000000-0000-7000-8000-0000000000a1', 5, '2020-07-01', '2020-08-01'),
            ('00000000-0000-7000-8000-000000000004', '29317@2020-12-31', '00000000-0000-7000-8000-0000000000c1', 3, '2020-06-01', NULL),
            ('00000000-0000-7000-8000-000000000005', '29317@2020-12-31', '00000000-0000-7000-8000-0000000000c2', 5, '2020-06-01', '2020-12-01');
    )sql");
}

}  // namespace

// Would catch a product counted once a certificate, under an older star, or under one that was withdrawn.
TEST_CASE("totals count each product once, under its standing certificate", "[cli][totals]")
{
    OfficeFolder office(district);
    CHECK(by(office, {}) == "= 0 0 0 0 0");
    fill(office);
    CHECK(by(office, {}) == "= 3 4 1 1 0");
    CHECK(by(office, {"--by", "commune"}) == "29317@2020-12-31: 1 2 1 0 0\n29338@2020-12-31: 2 2 0 1 0\n= 3 4 1 1 0");
    CHECK(by(office, {"--by", "district"}) == "845@2020-12-31: 3 4 1 1 0\n= 3 4 1 1 0");
    CHECK(by(office, {"--by", "province"}) == "84@2020-12-31: 3 4 1 1 0\n= 3 4 1 1 0");
    CHECK(by(office, {"--by", "star"}) == "3: 1 1 1 0 0\n4: 1 1 0 1 0\n-: 2 2 0 0 0\n= 3 4 1 1 0");
    CHECK(by(office, {"--by", "year"}) == "2020: 2 2 1 1 0\n-: 2 2 0 0 0\n= 3 4 1 1 0");
    CHECK(by(office, {"--by", "kind"}) == "hợp tác xã: 2 4 1 1 0\n-: 1 0 0 0 0\n= 3 4 1 1 0");
}

// Would catch figures that depend on the tier they are counted at.
TEST_CASE("totals of a subtree are the same at every tier", "[cli][totals]")
{
    OfficeFolder low(commune);
    OfficeFolder middle(district);
    OfficeFolder high(province);
    for (OfficeFolder* office : {&low, &middle, &high}) fill(*office);
    for (const std::string grouping : {"province", "district", "commune", "star", "year", "kind"}) {
        const std::vector<std::string> of_commune = {"--by", grouping, "--unit", "29338"};
        CHECK(by(low, {"--by", grouping}) == by(middle, of_commune));
        CHECK(by(low, of_commune) == by(high, of_commune));
        CHECK(by(middle, {"--by", grouping}) == by(high, {"--by", grouping, "--unit", "845"}));
    }
    CHECK(low({"totals", "--lang", "vi"}).says("Chủ thể"));
}

// Would catch a figure of an area of which this node holds only some rows.
TEST_CASE("totals refuse an area that is not ours", "[cli][totals][bad-input]")
{
    OfficeFolder office(commune);
    CHECK(refusal_code(office({"totals", "--unit", "845"})) == "OC-111");
    CHECK(refusal_code(office({"totals", "--unit", "29317"})) == "OC-111");
    CHECK(refusal_code(office({"totals", "--unit", "00000"})) == "OC-105");
    CHECK(refusal_code(office({"totals", "--unit", "29338@1990-01-01"})) == "OC-106");
    CHECK(refusal_code(office({"totals", "--by", "colour"})) == "OC-101");
}
