// ocop verify --deep and ocop repair: what a person is told of rows that differ from the parent's, and what becomes of them.

#include <catch2/catch.hpp>

#include "node/row_key.h"
#include "tests/cli/office.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

const std::string unit = "84@2020-12-31";

std::string id(int n)
{
    return "01890000-0000-7000-8000-0000000000" + std::to_string(10 + n);
}

/// A centre that serves and a province that has joined it; organizations that both have.
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
        sqlite::Connection db(province + "/replica.db", sqlite::OpenMode::existing);
        for (int n = 1; n <= 80; ++n)
            db.run("INSERT INTO organization (id, unit, name) VALUES (?, ?, ?)", id(n), unit,
                   "Cơ sở " + std::to_string(n));
        run({"sync"});
    }
    Ran run(std::vector<std::string> args) { return shell.at(province, std::move(args)); }
    /// A row that goes without a word, as by a bad disk.
    void lose(const std::string& directory, int n)
    {
        auto opened = Replica::open(directory, shell.environment());
        REQUIRE(opened.ok());
        Transaction transaction{**opened};
        (*opened)->merging();
        (*opened)->db().run("DELETE FROM organization WHERE id = ?", id(n));
        (*opened)->db().run("DELETE FROM _log WHERE row = ?", log_key(id(n)));
        transaction.commit();
    }
    static std::string count(const std::string& directory)
    {
        sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
        auto row = db.query("SELECT count(*) FROM organization");
        return row.step() ? row.text(0) : "(none)";
    }
};

}  // namespace

// Would catch a comparison asked of a node that has nobody to compare with.
TEST_CASE("a root has no parent to compare with", "[cli]")
{
    OfficeFolder alone(commune);
    CHECK(alone({"repair"}).code == exit_not_permitted);
    CHECK(alone({"verify", "--deep"}).code == exit_not_permitted);
    CHECK(alone({"verify"}).code == exit_ok);
}

// Would catch a repair that compares although both sides are equal and nobody insisted, or a deep look that finds what is not.
TEST_CASE("equal states are told as equal, and repaired only where somebody insists", "[cli]")
{
    Pair pair;
    const Ran deep = pair.run({"verify", "--deep", "--json"});
    CAPTURE(deep.out, deep.err);
    CHECK(deep.code == exit_ok);
    CHECK(deep.json().at("deep").at("differing") == 0);
    CHECK(deep.json().at("deep").at("finished") == true);
    CHECK(pair.run({"verify", "--deep"}).says("row by row: equal"));
    CHECK(pair.run({"verify", "--deep", "--lang", "vi"}).says("So từng dòng với máy cấp trên: giống nhau"));
    CHECK(pair.run({"repair", "--json"}).json().at("compared") == false);
    CHECK(pair.run({"repair"}).says("nothing to mend"));
    const Ran anyway = pair.run({"repair", "--anyway", "--json"});
    CHECK(anyway.code == exit_ok);
    CHECK(anyway.json().at("compared") == true);
    CHECK(anyway.json().at("mended") == 0);
}

// Would catch a difference that is not named, named in the wrong direction, mended by a mere look, or not mended by a repair.
TEST_CASE("verify --deep names what differs and mends nothing; repair mends it", "[cli]")
{
    Pair pair;
    for (const int n : {3, 40}) pair.lose(pair.province, n);
    const std::uint16_t port = pair.serving->port();
    pair.serving.reset();
    pair.lose(pair.centre, 17);
    pair.serving = std::make_unique<Serving>(pair.centre, pair.shell.environment(), 3600,
                                             std::function<void(const sync::DaemonEvent&)>{}, port);
    const Ran deep = pair.run({"verify", "--deep", "--json"});
    CAPTURE(deep.out, deep.err);
    CHECK(deep.code == exit_integrity);
    const auto found = deep.json().at("deep").as_object();
    CHECK(found.at("differing") == 3);
    CHECK(found.at("mended") == 0);
    REQUIRE(found.at("tables").as_array().size() == 1);
    CHECK(found.at("tables").at(0).at("table") == "organization");
    CHECK(found.at("tables").at(0).at("only_at_parent") == 2);
    CHECK(found.at("tables").at(0).at("only_here") == 1);
    CHECK(pair.run({"verify", "--deep"}).says("1 only here, 2 only at the parent, 0 with other contents"));
    CHECK(pair.run({"verify", "--deep", "--lang", "vi"}).says("chỉ có ở máy này 1, chỉ có ở cấp trên 2"));
    CHECK(Pair::count(pair.province) == "78");

    const Ran repaired = pair.run({"repair", "--anyway"});
    CAPTURE(repaired.out, repaired.err);
    CHECK(repaired.code == exit_ok);
    CHECK(repaired.says("3 rows differ"));
    CHECK(repaired.says("Mended 3 rows"));
    CHECK(Pair::count(pair.province) == "80");
    CHECK(Pair::count(pair.centre) == "80");
    CHECK(pair.run({"verify", "--deep"}).code == exit_ok);
}

// Would catch a repair that is forgotten because the parent could not be reached when it was asked for.
TEST_CASE("a parent that does not answer: the repair goes on with the next exchange", "[cli]")
{
    Pair pair;
    pair.lose(pair.province, 5);
    const std::uint16_t port = pair.serving->port();
    pair.serving.reset();
    CHECK(pair.run({"verify", "--deep"}).code == exit_unreachable);
    const Ran repair = pair.run({"repair", "--anyway"});
    CHECK(repair.code == exit_unreachable);
    CHECK(repair.says("the next exchange goes on"));
    pair.serving = std::make_unique<Serving>(pair.centre, pair.shell.environment(), 3600,
                                             std::function<void(const sync::DaemonEvent&)>{}, port);
    CHECK(pair.run({"sync"}).code == exit_ok);
    CHECK(Pair::count(pair.province) == "80");
}
