// ocop sync, status, verify, log: what a person sees of a line that comes and goes.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

struct Pair {
    TempFolder folder;
    Shell shell;
    std::string centre = make_centre(shell, folder);
    std::string province = folder / "84";
    std::unique_ptr<Serving> serving = std::make_unique<Serving>(centre, shell.environment());

    Pair()
    {
        shell.at(centre, {"invite", "--unit", "84", "--url", serving->url(), "--out", folder / "84.invite"});
        shell.at(province, {"join", folder / "84.invite"});
    }
    /// As any SQL program would write.
    void write(const std::string& directory, const std::string& unit, const std::string& name) const
    {
        sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
        db.run("INSERT INTO organization (unit, name) VALUES (?, ?)", unit, name);
    }
    std::string digest(const std::string& directory)
    {
        return shell.at(directory, {"verify", "--json"}).json().at("digest").as_string().c_str();
    }
};

}  // namespace

// Catches an exchange that leaves something behind or tells wrong figures.
TEST_CASE("sync sends what is unsent, says so, and both sides verify equal")
{
    Pair pair;
    pair.write(pair.province, "84@2020-12-31", "Hợp tác xã Dừa sáp");
    CHECK(pair.shell.at(pair.province, {"status", "--json"}).json().at("unsent").to_number<int>() == 1);
    const Ran synced = pair.shell.at(pair.province, {"sync", "--json"});
    CAPTURE(synced.out, synced.err);
    CHECK(synced.code == exit_ok);
    CHECK(synced.json().at("sent").to_number<int>() == 1);
    CHECK(synced.json().at("round_trips").to_number<int>() == 1);
    CHECK(synced.json().at("bytes_sent").to_number<int>() > 0);
    CHECK(synced.json().at("equal").as_bool());
    CHECK(pair.shell.at(pair.province, {"status", "--json"}).json().at("unsent").to_number<int>() == 0);
    const Ran verified = pair.shell.at(pair.province, {"verify", "--json"});
    CHECK(verified.code == exit_ok);
    CHECK(verified.json().at("equal").as_bool());
    CHECK(pair.shell.at(pair.province, {"sync"}).says("Sent 0 and received 0"));
    CHECK(pair.shell.at(pair.province, {"verify"}).says("parent: equal"));
    CHECK(pair.shell.at(pair.centre, {"status"}).says("Việt Nam (VN)"));
}

// Catches work that is lost, or called lost, because the line is down.
TEST_CASE("with the parent down sync ends with 13, data wait, and status says what to do")
{
    Pair pair;
    pair.serving.reset();
    pair.write(pair.province, "84@2020-12-31", "Cơ sở Cốm dẹp");
    const Ran synced = pair.shell.at(pair.province, {"sync", "--json"});
    CHECK(synced.code == exit_unreachable);
    CHECK(synced.cause() == "parent_unreachable");
    CHECK(synced.says("The data are safe on this machine"));
    const Ran status = pair.shell.at(pair.province, {"status"});
    CHECK(status.code == exit_ok);
    CHECK(status.says("1 change waits"));
    CHECK(status.says("OC-302"));
    const auto json = pair.shell.at(pair.province, {"status", "--json"}).json();
    CHECK(json.at("parent").at("last_error") == "parent_unreachable");
    CHECK(json.at("unsent").to_number<int>() == 1);
    CHECK(pair.shell.at(pair.province, {"status", "--lang", "vi"}).says("1 thay đổi chờ gửi"));
    CHECK(pair.shell.at(pair.province, {"verify"}).code == exit_ok);
}

// Catches a centre that looks for a parent.
TEST_CASE("the centre has nobody to sync with and says so")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    const Ran ran = shell.at(centre, {"sync"});
    CHECK(ran.code == exit_not_permitted);
    CHECK(ran.says("OC-206"));
    CHECK(shell.at(centre, {"status", "--json"}).json().at("parent").is_null());
    CHECK(shell.at(centre, {"verify"}).code == exit_ok);
}

// Catches a log that hides the latest write, names no author, or tells sent from unsent wrongly.
TEST_CASE("log names table, row, columns, author and whether it was sent, newest first")
{
    Pair pair;
    pair.write(pair.province, "84@2020-12-31", "Hợp tác xã Một");
    pair.shell.at(pair.province, {"sync"});
    pair.write(pair.province, "84@2020-12-31", "Hợp tác xã Hai");
    const auto log = pair.shell.at(pair.province, {"log", "--limit", "3", "--json"}).json().at("log").as_array();
    REQUIRE(log.size() == 3);
    CHECK(log[0].at("table") == "organization");
    CHECK(log[0].at("state") == "unsent");
    CHECK(log[0].at("author") == "Tỉnh Trà Vinh");
    CHECK(log[0].at("existence").as_bool());
    CHECK(log[1].at("state") == "sent");
    CHECK(log[2].at("table") == "admin_unit");
    CHECK(log[2].at("state") == "received");
    CHECK(log[2].at("author") == "Việt Nam");
    CHECK(log[0].at("lsn").to_number<int>() > log[1].at("lsn").to_number<int>());

    const std::string id = log[0].at("row").as_string().c_str();
    {
        sqlite::Connection db(pair.province + "/replica.db", sqlite::OpenMode::existing);
        db.run("UPDATE organization SET village = 'ấp 1', phone = '1' WHERE id = ?", id);
    }
    const auto edited = pair.shell.at(pair.province, {"log", "--limit", "1", "--json"}).json().at("log").as_array();
    CHECK(edited[0].at("columns") == boost::json::array({"village", "phone"}));
    CHECK(edited[0].at("gen").to_number<int>() == 2);
    CHECK(pair.shell.at(pair.province, {"log"}).says("unsent"));
    CHECK(pair.shell.at(pair.centre, {"log", "--limit", "1", "--json"}).json().at("log").as_array()[0].at("author") ==
          "Tỉnh Trà Vinh");
}

// Catches a verification that believes what the log says without looking at the tables.
TEST_CASE("verify finds a row that was changed behind the engine's back and ends with 15")
{
    Pair pair;
    pair.write(pair.province, "84@2020-12-31", "Hợp tác xã Dừa sáp");
    pair.shell.at(pair.province, {"sync"});
    CHECK(pair.shell.at(pair.province, {"verify"}).code == exit_ok);
    {
        sqlite::Connection db(pair.province + "/replica.db", sqlite::OpenMode::existing);
        db.enable_triggers(false);
        db.run("DELETE FROM organization");
    }
    const Ran verified = pair.shell.at(pair.province, {"verify", "--json"});
    CHECK(verified.code == exit_integrity);
    CHECK(!verified.json().at("sound").as_bool());
    CHECK(!verified.json().at("differences").as_array().empty());
    CHECK(verified.says("OC-312"));
    CHECK(pair.shell.at(pair.province, {"verify"}).says("NOT SOUND"));
}
