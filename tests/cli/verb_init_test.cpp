// ocop init, and what any verb says of a directory that is not a sound node.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

// Catches a centre without its own unit: nothing could be placed below it.
TEST_CASE("init makes the centre's node and its unit")
{
    Shell shell;
    TempFolder folder;
    const Ran made = shell.at(folder / "a/b", {"init", "--root", "--json"});
    CHECK(made.code == exit_ok);
    CHECK(made.json().at("unit") == "VN");
    const auto units = shell.at(folder / "a/b", {"units", "list", "--json"}).json().at("units").as_array();
    REQUIRE(units.size() == 1);
    CHECK(units[0].at("name") == "Việt Nam");
    CHECK(units[0].at("level") == "central");
    CHECK(units[0].at("valid_from") == "1945-09-02");
}

// Catches a second init that makes a new tree over the old one.
TEST_CASE("init twice is refused and changes nothing")
{
    Shell shell;
    TempFolder folder;
    CHECK(shell.at(folder / "n", {"init", "--root"}).code == exit_ok);
    const std::string before = contents(folder / "n");
    const std::string key = file_bytes(folder / "n/node.key");
    const Ran again = shell.at(folder / "n", {"init", "--root"});
    CHECK(again.code == exit_usage);
    CHECK(again.says("OC-202"));
    CHECK(contents(folder / "n") == before);
    CHECK(file_bytes(folder / "n/node.key") == key);
    CHECK(shell.at(folder / "m", {"init"}).code == exit_usage);
    CHECK(!std::filesystem::exists(folder / "m"));
}

// Catches a verb that makes files in a directory somebody mistyped.
TEST_CASE("a directory without a node is said so, and stays as it is")
{
    Shell shell;
    TempFolder folder;
    std::filesystem::create_directories(folder / "empty");
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"status"},
          {"sync"},
          {"verify"},
          {"log"},
          {"units", "list"},
          {"backup", folder / "copy.db"},
          {"serve", "--listen", "127.0.0.1:0"},
          {"invite", "--unit", "84", "--url", "http://127.0.0.1:1", "--out", folder / "i"}}) {
        CAPTURE(args);
        const Ran ran = shell.at(folder / "empty", args);
        CHECK(ran.code == exit_no_node);
        CHECK(ran.says("OC-201"));
    }
    CHECK(std::filesystem::is_empty(folder / "empty"));
    CHECK(!std::filesystem::exists(folder / "copy.db"));
    CHECK(!std::filesystem::exists(folder / "i"));
}

// Catches a damaged or foreign file that is opened, "repaired" or overwritten.
TEST_CASE("a corrupt or foreign replica.db is refused and not touched")
{
    Shell shell;
    TempFolder folder;
    shell.at(folder / "n", {"init", "--root"});
    std::filesystem::remove(folder / "n/replica.db-wal");
    std::string bytes(8192, 'x');
    SECTION("random bytes")
    {
        write_file(folder / "n/replica.db", bytes);
    }
    SECTION("a truncated file")
    {
        write_file(folder / "n/replica.db", file_bytes(folder / "n/replica.db").substr(0, 5000));
    }
    SECTION("an empty file")
    {
        write_file(folder / "n/replica.db", "");
    }
    SECTION("a database of another program")
    {
        std::filesystem::remove(folder / "n/replica.db");
        sqlite::Connection other(folder / "n/replica.db", sqlite::OpenMode::create);
        other.script("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    }
    const std::string before = file_bytes(folder / "n/replica.db");
    for (const char* verb : {"status", "sync", "verify", "log"}) {
        const Ran ran = shell.at(folder / "n", {verb});
        CAPTURE(verb, ran.err);
        CHECK(ran.code == exit_integrity);
        CHECK(ran.says("OC-205"));
    }
    CHECK(file_bytes(folder / "n/replica.db") == before);
}

// Catches an older program that opens what a newer one wrote.
TEST_CASE("a replica.db of a newer release is refused and not touched")
{
    Shell shell;
    TempFolder folder;
    shell.at(folder / "n", {"init", "--root"});
    {
        sqlite::Connection db(folder / "n/replica.db", sqlite::OpenMode::existing);
        db.script("PRAGMA user_version = 999");
    }
    const std::string before = contents(folder / "n");
    const Ran ran = shell.at(folder / "n", {"status"});
    CHECK(ran.code == exit_version);
    CHECK(ran.says("OC-204"));
    CHECK(ran.says("999"));
    CHECK(contents(folder / "n") == before);
}
