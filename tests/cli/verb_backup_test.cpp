// ocop backup.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

// Catches a copy that lacks what is still in the write-ahead log, or that nobody can open.
TEST_CASE("a backup taken while the node is open holds everything and is one sound file")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    Serving serving(centre, shell.environment());
    const Ran ran = shell.at(centre, {"backup", folder / "copy.db", "--json"});
    CAPTURE(ran.err);
    CHECK(ran.code == exit_ok);
    CHECK(ran.json().at("bytes").to_number<std::uint64_t>() == std::filesystem::file_size(folder / "copy.db"));
    CHECK(!std::filesystem::exists(folder / "copy.db.part"));
    CHECK(!std::filesystem::exists(folder / "copy.db-wal"));
    sqlite::Connection copy(folder / "copy.db", sqlite::OpenMode::read_only);
    auto count = copy.query("SELECT count(*) FROM admin_unit");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 5);
}

// Catches a backup that destroys the one before it.
TEST_CASE("a backup never overwrites and refuses a folder that is not there")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    write_file(folder / "copy.db", "precious");
    const Ran ran = shell.at(centre, {"backup", folder / "copy.db"});
    CHECK(ran.code == exit_usage);
    CHECK(ran.says("OC-115"));
    CHECK(file_bytes(folder / "copy.db") == "precious");
    CHECK(shell.at(centre, {"backup", folder / "no/such/copy.db"}).code == exit_usage);
}
