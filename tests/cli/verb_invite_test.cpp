// ocop invite and ocop join.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

std::vector<std::string> invite(const std::string& unit, const std::string& url, const std::string& out)
{
    return {"invite", "--unit", unit, "--url", url, "--out", out};
}

}  // namespace

// Catches an enrolment that needs more than a file and two commands, or a child that starts without its units.
TEST_CASE("a node joins by its invite and has its units after one exchange")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    Serving serving(centre, shell.environment());
    CHECK(shell.at(centre, invite("84", serving.url() + "/", folder / "84.invite")).code == exit_ok);
    const Ran joined = shell.at(folder / "84", {"join", folder / "84.invite", "--json"});
    CAPTURE(joined.err);
    CHECK(joined.code == exit_ok);
    CHECK(joined.json().at("unit") == "84@2020-12-31");
    CHECK(joined.json().at("synced").as_bool());
    CHECK(joined.json().at("exchange").as_object().at("equal").as_bool());
    CHECK(shell.at(folder / "84", {"units", "list"}).says("Xã Thạnh Phú"));

    const std::string before = contents(folder / "84");
    const Ran again = shell.at(folder / "84", {"join", folder / "84.invite"});
    CHECK(again.code == exit_usage);
    CHECK(again.says("OC-202"));
    CHECK(contents(folder / "84") == before);
    const Ran stolen = shell.at(folder / "thief", {"join", folder / "84.invite"});
    CHECK(stolen.code == exit_not_permitted);
    CHECK(stolen.says("OC-308"));
    CHECK(shell.at(folder / "thief", {"status"}).code == exit_no_node);
    CHECK(!std::filesystem::exists(folder / "thief/node.key"));
    CHECK(shell.at(folder / "84", {"units", "import", folder / "units.csv", "--date", "2020-12-31"}).code ==
          exit_not_permitted);
}

// Catches a commune that cannot start work because its line happens to be down on the first day.
TEST_CASE("joining with the parent down makes the node and says it will sync later")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    std::string url;
    {
        Serving serving(centre, shell.environment());
        url = serving.url();
    }
    shell.at(centre, invite("84", url, folder / "84.invite"));
    const Ran joined = shell.at(folder / "84", {"join", folder / "84.invite"});
    CHECK(joined.code == exit_ok);
    CHECK(joined.says("it will sync later"));
    CHECK(shell.at(folder / "84", {"status"}).code == exit_ok);
    CHECK(!shell.at(folder / "84-json", {"join", folder / "84.invite", "--json"}).json().at("synced").as_bool());
}

// Catches a folder that one bad invite, or a parent that was down on the first day, makes useless for ever.
TEST_CASE("a node that never came in is replaced by another invite, one with work in it is not")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    const std::string node = folder / "84";
    shell.at(centre, invite("84", "http://127.0.0.1:1", folder / "old.invite"));
    CHECK(shell.at(node, {"join", folder / "old.invite"}).code == exit_ok);  // nobody answers there
    const Ran early = shell.at(node, {"add", "organization", "name=X"});
    CHECK(early.code == exit_usage);
    CHECK(early.says("sync first"));
    const Serving serving(centre, shell.environment());
    shell.at(centre, invite("84", serving.url(), folder / "new.invite"));
    CHECK(shell.at(node, {"join", folder / "new.invite"}).code == exit_ok);
    CHECK(shell.at(node, {"add", "organization", "name=X"}).code == exit_ok);
    CHECK(shell.at(node, {"join", folder / "new.invite"}).says("OC-202"));
}

// Catches an invite for the wrong unit, made because a code was taken for an identity.
TEST_CASE("an invite is refused for an unknown unit, another date, or a unit that is not below")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    const std::string url = "http://127.0.0.1:8080";
    const std::string out = folder / "x.invite";
    const std::string before = contents(centre);
    CHECK(shell.at(centre, invite("99", url, out)).says("OC-105"));
    const Ran other = shell.at(centre, invite("84@2019-06-01", url, out));
    CHECK(other.code == exit_usage);
    CHECK(other.says("OC-106"));
    CHECK(other.says("2020-12-31"));
    CHECK(shell.at(centre, invite("84@last-year", url, out)).says("OC-113"));
    CHECK(shell.at(centre, invite("VN", url, out)).code == exit_not_permitted);
    for (const char* wrong : {"ftp://127.0.0.1:1", "127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1:port", ""})
        CHECK(shell.at(centre, invite("84", wrong, out)).says("OC-113"));
    const Ran plain = shell.at(centre, invite("84", "http://10.0.0.1:8080", out));
    CHECK(plain.code == exit_usage);
    CHECK(plain.says("OC-303"));
    CHECK(!std::filesystem::exists(out));
    CHECK(contents(centre) == before);

    write_file(out, "kept");
    CHECK(shell.at(centre, invite("84", url, out)).says("OC-115"));
    CHECK(file_bytes(out) == "kept");
    CHECK(contents(centre) == before);
}

// Catches half an invite (a copy that was cut off) making half a node.
TEST_CASE("a truncated or foreign invite is refused and makes nothing")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    shell.at(centre, invite("84", "http://127.0.0.1:8080", folder / "84.invite"));
    const std::string whole = file_bytes(folder / "84.invite");
    REQUIRE(whole.size() > 100);
    std::vector<std::string> wrong = {"", "not an invite", std::string(100'000, 'x'), std::string("\0\xff", 2)};
    for (std::size_t cut = 1; cut + 2 < whole.size(); cut += 7) wrong.push_back(whole.substr(0, cut));
    for (const std::string& bytes : wrong) {
        write_file(folder / "bad.invite", bytes);
        const Ran ran = shell.at(folder / "n", {"join", folder / "bad.invite"});
        CAPTURE(bytes.substr(0, 400));
        CHECK(ran.code == exit_usage);
        CHECK(ran.says("OC-115"));
        CHECK(!std::filesystem::exists(folder / "n"));
    }
    CHECK(shell.at(folder / "n", {"join", folder / "absent.invite"}).says("OC-115"));
}
