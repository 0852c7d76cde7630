#include <catch2/catch.hpp>

#include "cli/csv.h"
#include "cli/detail.h"
#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;

namespace {

std::vector<std::vector<std::string>> fields(const CsvFile& file)
{
    std::vector<std::vector<std::string>> all;
    for (const CsvRecord& record : file.records) all.push_back(record.fields);
    return all;
}

using Rows = std::vector<std::vector<std::string>>;

}  // namespace

// Would catch a reader that takes a comma, a quote or a line break inside quotes for the end of a field.
TEST_CASE("CSV by RFC 4180", "[cli][csv]")
{
    const auto file = parse_csv("a,b\n1,2\n\"x, y\",\"say \"\"so\"\"\"\n\"two\nlines\",\n,last");
    REQUIRE(file);
    CHECK(file->header == std::vector<std::string>{"a", "b"});
    CHECK(fields(*file) == Rows{{"1", "2"}, {"x, y", "say \"so\""}, {"two\nlines", ""}, {"", "last"}});
    CHECK(file->records[2].line == 4);
    CHECK(file->records[3].line == 6);
}

// Would catch files of Excel and macOS that come out with \r, a byte order mark, one column, or two forms of one word.
TEST_CASE("CSV with CRLF, a byte order mark, semicolons, NFD text and blank lines", "[cli][csv]")
{
    const auto file = parse_csv("\xEF\xBB\xBF"
                                "tên;x\r\n\r\n Du\xCC\x9B\xCC\x80"
                                "a ;1\r\n;\r\n");
    REQUIRE(file);
    CHECK(file->column("tên") == 0);
    CHECK(fields(*file) == Rows{{"Dừa", "1"}});
    CHECK(file->records[0].line == 3);
}

// Would catch a broken file that is read as something it is not.
TEST_CASE("CSV that is broken is refused with its line", "[cli][csv][bad-input]")
{
    const auto refusal = [](std::string_view bytes) {
        const auto file = parse_csv(bytes);
        REQUIRE_FALSE(file);
        return file.refusal();
    };
    CHECK(refusal("").code == Errc::bad_file);
    CHECK(refusal(" \r\n").code == Errc::bad_file);
    CHECK(refusal("a,a\n1,2\n").code == Errc::bad_file);
    CHECK(refusal("a,,b\n").code == Errc::bad_file);
    CHECK(detail_of(refusal("a,b\n1,2\n\"open,3\n4,5\n"), Language::en).starts_with("line 3"));
    CHECK(detail_of(refusal("a,b\n1,x\"y\"\n"), Language::en).starts_with("line 2"));
    CHECK(detail_of(refusal("a,b\n\"x\"y,2\n"), Language::en).starts_with("line 2"));
}

// Would catch text in TCVN3, Windows-1258 or UTF-16 that is taken for UTF-8, or refused without its place.
TEST_CASE("CSV in another encoding is refused with line and byte", "[cli][csv][bad-input]")
{
    const auto tcvn3 = parse_csv("a,b\n1,D\xF5"
                                 "a\n");
    REQUIRE_FALSE(tcvn3);
    CHECK(tcvn3.refusal().code == Errc::bad_encoding);
    CHECK(detail_of(tcvn3.refusal(), Language::en) == "line 2, byte 4");
    const auto utf16 = parse_csv(std::string_view("\xFF\xFE"
                                                  "a\0,\0b\0",
                                                  8));
    REQUIRE_FALSE(utf16);
    CHECK(detail_of(utf16.refusal(), Language::en) == "line 1, byte 1");
    CHECK_FALSE(parse_csv(std::string_view("a,b\n\0,1\n", 8)));
}

// Would catch a file or field without bound that fills the memory.
TEST_CASE("CSV is bounded", "[cli][csv][bad-input]")
{
    const CsvLimits limits{100, 10, 3};
    CHECK(parse_csv("a\n0123456789\n", limits).ok());
    CHECK(parse_csv("a\n01234567890\n", limits).refusal().code == Errc::too_large);
    CHECK(parse_csv("a\n\"01234567890\"\n", limits).refusal().code == Errc::too_large);
    CHECK(parse_csv("a,b,c,d\n", limits).refusal().code == Errc::too_large);
    CHECK(parse_csv(std::string(101, 'a'), limits).refusal().code == Errc::too_large);
}

// Would catch a missing file that reads as an empty one.
TEST_CASE("a CSV that is not there is refused with its path", "[cli][csv][bad-input]")
{
    const testing::TempFolder folder;
    const auto file = read_csv(folder / "none.csv");
    REQUIRE_FALSE(file);
    CHECK(file.refusal().code == Errc::bad_file);
    CHECK(detail_of(file.refusal(), Language::en) == folder / "none.csv" + ": there is no such file");
}
