// ocop history, ocop undo.

#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

// Would catch a change that cannot be followed from its author to its values, in either language.
TEST_CASE("history tells who changed what from what to what, newest first", "[cli][history]")
{
    OfficeFolder office(commune);
    const std::string id = office.add({"organization", "name=HTX A", "phone=1"});
    office({"verify"});
    office({"set", "organization", id, "name=HTX B"});
    const Ran en = office({"history", "organization", id});
    INFO(en.out << en.err);
    CHECK(en.code == exit_ok);
    CHECK(en.says("HTX A → HTX B"));
    CHECK(en.says("Xã Thạnh Phú  made"));
    CHECK(en.out.find("edited") < en.out.find("made"));
    const Ran vi = office({"history", "organization", id, "--lang", "vi"});
    CHECK(vi.says("tạo"));
    CHECK(office({"history", "organization", id, "--column", "phone"}).out.find("HTX") == std::string::npos);
    const auto json = office({"history", "organization", id, "--json", "--limit", "1"}).json();
    const auto& only = json.at("history").as_array();
    REQUIRE(only.size() == 1);
    CHECK(only[0].at("author") == "Xã Thạnh Phú");
    CHECK(only[0].at("columns").at(0).at("from") == "HTX A");
    CHECK(only[0].at("columns").at(0).at("to") == "HTX B");
    CHECK(refusal_code(office({"history", "organization", "nobody00"})) == "OC-104");
    CHECK(office({"history"}).code == exit_usage);
}

// Would catch an undo that takes along what was typed before or after the batch, or a dry run that writes.
TEST_CASE("F85 a wrong rm and a wrong import are taken back by their number", "[cli][history]")
{
    OfficeFolder office(commune);
    const std::string id = office.add({"organization", "name=HTX A"});
    office({"verify"});
    office({"rm", "organization", id});
    const std::string other = office.add({"organization", "name=HTX B"});
    office({"verify"});
    const auto seen = office({"history", "organization", id, "--json"}).json();
    CHECK(seen.at("history").as_array().empty() == false);
    office({"rm", "organization", other});
    const Ran tried = office({"undo"});
    CHECK(tried.says("brought back"));
    CHECK(tried.says("ocop undo "));
    CHECK(office.one("SELECT count(*) FROM organization") == "0");
    const std::string number = tried.out.substr(tried.out.rfind(' ') + 1);
    const Ran done = office({"undo", number.substr(0, number.find('\n'))});
    CHECK(done.code == exit_ok);
    CHECK(office.one("SELECT group_concat(name) FROM organization") == "HTX B");
    CHECK(refusal_code(office({"undo", "7777"})) == "OC-130");
    CHECK(refusal_code(office({"undo", "abc"})) == "OC-130");
    office({"set", "organization", other, "phone=5"});
    CHECK(office({"undo", "--of", "organization", other}).code == exit_ok);
    CHECK(office.one("SELECT phone FROM organization") == "NULL");
}

// Would catch a retention that is not kept, or one that forgets everything at once by mistake.
TEST_CASE("the time for which deletions are kept is set by history --keep-deletions", "[cli][history]")
{
    OfficeFolder office(commune);
    CHECK(office.one("SELECT days FROM _retention") == "400");
    CHECK(office({"history", "--keep-deletions", "90"}).says("90 days"));
    CHECK(office.one("SELECT days FROM _retention") == "90");
    CHECK(office({"history", "--keep-deletions", "0"}).code == exit_usage);
}
