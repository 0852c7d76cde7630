// ocop units import | list.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

struct Centre {
    TempFolder folder;
    Shell shell;
    std::string directory = make_centre(shell, folder);

    Ran import(std::string_view csv, const std::string& date, bool dry_run = false)
    {
        write_file(folder / "list.csv", csv);
        std::vector<std::string> args{"units", "import", folder / "list.csv", "--date", date, "--json"};
        if (dry_run) args.push_back("--dry-run");
        return shell.at(directory, args);
    }
    boost::json::array list(std::vector<std::string> args)
    {
        args.insert(args.begin(), {"units", "list", "--json"});
        return shell.at(directory, args).json().at("units").as_array();
    }
    std::string dump() const { return contents(directory); }
};

bool counts(const Ran& ran, std::int64_t created, std::int64_t kept, std::int64_t closed)
{
    const auto json = ran.json();
    return json.at("created").to_number<std::int64_t>() == created &&
           json.at("kept").to_number<std::int64_t>() == kept && json.at("closed").to_number<std::int64_t>() == closed;
}

}  // namespace

// Catches units under the wrong parent or level, and ids that another node would not make the same.
TEST_CASE("a list becomes units with level, parent and id by code and date")
{
    Centre centre;
    const auto units = centre.list({"--date", "2020-12-31"});
    REQUIRE(units.size() == 5);
    CHECK(units[0].at("id") == "29317@2020-12-31");
    CHECK(units[0].at("level") == "commune");
    CHECK(units[0].at("parent") == "845@2020-12-31");
    CHECK(units[2].at("id") == "84@2020-12-31");
    CHECK(units[2].at("parent") == "VN");
    CHECK(units[3].at("level") == "district");
    CHECK(centre.shell.at(centre.directory, {"units", "list", "--level", "province"}).says("Tỉnh Trà Vinh"));
}

// Catches an import that makes work for the whole tree although nothing changed.
TEST_CASE("the same list twice changes nothing and says so")
{
    Centre centre;
    const std::string before = centre.dump();
    CHECK(counts(centre.import(cau_ke_2020, "2020-12-31"), 0, 4, 0));
    CHECK(counts(centre.import(cau_ke_2020, "2021-06-30"), 0, 4, 0));
    CHECK(centre.dump() == before);
    const Ran told =
        centre.shell.at(centre.directory, {"units", "import", centre.folder / "units.csv", "--date", "2020-12-31"});
    CHECK(told.says("Nothing changed"));
}

// Catches a reform that rewrites the past: old rows must end, not change, and a reused code must stand for two units.
TEST_CASE("a later list closes what ended or differs and starts new rows")
{
    Centre centre;
    const std::string later = "code,name,kind,parent_code\n"
                              "86,Tỉnh Vĩnh Long,Tỉnh,\n"
                              "29317,Xã An Phú Tân,Xã,86\n"
                              "29338,Xã Mới,Xã,86\n";
    const std::string before = centre.dump();
    CHECK(counts(centre.import(later, "2025-07-01", true), 3, 0, 4));
    CHECK(centre.dump() == before);
    CHECK(counts(centre.import(later, "2025-07-01"), 3, 0, 4));
    CHECK(centre.list({"--date", "2025-06-30"}).size() == 5);
    CHECK(centre.list({"--date", "2025-07-01"}).size() == 4);
    const auto lives = centre.list({"--code", "29338"});
    REQUIRE(lives.size() == 2);
    CHECK(lives[0].at("valid_to") == "2025-07-01");
    CHECK(lives[0].at("name") == "Xã Thạnh Phú");
    CHECK(lives[1].at("id") == "29338@2025-07-01");
    CHECK(lives[1].at("parent") == "86@2025-07-01");

    const Ran older = centre.import(cau_ke_2020, "2020-12-31");
    CHECK(older.code == exit_usage);
    CHECK(older.says("2025-07-01"));
}

// Catches a correction on the same day that would leave a unit with an empty life, or two rows under one id.
TEST_CASE("a second list for the same date corrects the rows that began on it")
{
    Centre centre;
    std::string corrected(cau_ke_2020);
    corrected.replace(corrected.find("Xã Thạnh Phú"), std::string("Xã Thạnh Phú").size(), "Phường Thạnh Phú");
    const Ran ran = centre.import(corrected, "2020-12-31");
    CHECK(counts(ran, 0, 3, 0));
    CHECK(ran.json().at("corrected").to_number<int>() == 1);
    const auto lives = centre.list({"--code", "29338"});
    REQUIRE(lives.size() == 1);
    CHECK(lives[0].at("name") == "Phường Thạnh Phú");
    CHECK(lives[0].at("valid_to").is_null());
}

// Catches files as Excel, macOS and Windows write them being refused, or names stored in two forms.
TEST_CASE("a byte order mark, CRLF and decomposed letters mean the same list")
{
    Centre centre;
    const std::string before = centre.dump();
    std::string crlf;
    for (const char letter : cau_ke_2020) crlf += letter == '\n' ? std::string("\r\n") : std::string(1, letter);
    std::string decomposed(cau_ke_2020);
    const auto at = decomposed.find("Tỉnh Trà");
    decomposed.replace(at, std::string("Tỉnh").size(), "Ti\u0309nh");
    CHECK(counts(centre.import("\xEF\xBB\xBF" + crlf, "2020-12-31"), 0, 4, 0));
    CHECK(counts(centre.import(decomposed, "2020-12-31"), 0, 4, 0));
    CHECK(centre.dump() == before);
}

// Catches wrong letters, half lists and impossible trees entering the catalogue that the whole country receives.
TEST_CASE("a list that cannot be right is refused with its place and changes nothing")
{
    Centre centre;
    const std::string head = "code,name,kind,parent_code\n";
    struct Wrong {
        std::string csv;
        std::string cause;
        std::string place;
    };
    const std::vector<Wrong> wrong = {
        {head + "84,T\xD8nh Tr\xB5 Vinh,T\xD8nh,\n", "bad_encoding", "line 2"},  // TCVN3
        {head + "84,Tra Vinh \xE0,Tinh,\n", "bad_encoding", "line 2"},           // Latin-1
        {std::string("\xFF\xFE"
                     "c\0o\0d\0e\0",
                     10),
         "bad_encoding", "line 1"},  // UTF-16
        {"", "bad_file", ""},
        {head, "bad_file", ""},
        {"code,name\n84,Tỉnh Trà Vinh\n", "bad_file", "kind"},
        {head + "84,Tỉnh Trà Vinh,Tỉnh,\n84,Tỉnh Khác,Tỉnh,\n", "bad_file", "line 3"},
        {head + "84,Tỉnh Trà Vinh,Tỉnh\n", "bad_file", "line 2"},
        {head + "84,,Tỉnh,\n", "bad_file", "line 2"},
        {head + "8400,Tỉnh Trà Vinh,Tỉnh,\n", "bad_file", "line 2"},
        {head + "845,Huyện Cầu Kè,Huyện,99\n", "unknown_unit", "line 2"},
        {head + "84,Tỉnh Trà Vinh,Tỉnh,\n85,Tỉnh Khác,Tỉnh,84\n", "bad_file", "line 3"},
        {head + "84,\"Tỉnh Trà Vinh,Tỉnh,\n", "bad_file", "line 2"},
    };
    const std::string before = centre.dump();
    for (const Wrong& each : wrong) {
        const Ran ran = centre.import(each.csv, "2021-01-01");
        CAPTURE(each.csv, ran.err);
        CHECK(ran.code == exit_usage);
        CHECK(ran.cause() == each.cause);
        CHECK(ran.err.find(each.place) != std::string::npos);
        CHECK(centre.dump() == before);
    }
    CHECK(centre.shell.at(centre.directory, {"units", "import", centre.folder / "absent.csv", "--date", "2021-01-01"})
              .code == exit_usage);
    for (const char* date : {"31/12/2020", "2020-02-30", "hôm nay"}) {
        const Ran ran = centre.import(cau_ke_2020, date);
        CHECK(ran.code == exit_usage);
        CHECK(ran.cause() == "bad_value");
        CHECK(centre.dump() == before);
    }
}

// Catches a code looked up as if it had meant the same thing at all times.
TEST_CASE("a unit code is asked together with a date")
{
    Centre centre;
    const Ran none = centre.shell.at(centre.directory, {"units", "list", "--code", "99999"});
    CHECK(none.code == exit_usage);
    CHECK(none.says("OC-105"));
    const Ran other_date =
        centre.shell.at(centre.directory, {"units", "list", "--code", "29338", "--date", "2019-01-01"});
    CHECK(other_date.code == exit_usage);
    CHECK(other_date.says("OC-106"));
    CHECK(other_date.says("2020-12-31"));
}
