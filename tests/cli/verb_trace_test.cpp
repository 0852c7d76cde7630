// ocop trace, and what status says of the parent.

#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

/// A commune that joined the centre itself, with nobody between; both have met.
struct LongWay {
    LongWay()
    {
        centre = make_centre(shell, folder);
        const Serving serving(centre, shell.environment());
        shell.at(centre, {"invite", "--unit", "29338", "--url", serving.url(), "--out", folder / "commune.invite"});
        joined = shell.at(commune, {"join", folder / "commune.invite"});
        std::string out = shell.at(commune, {"add", "organization", "name=HTX Cầu Kè"}).out;
        if (!out.empty()) out.pop_back();
        row = out;
        shell.at(commune, {"sync"});
    }

    TempFolder folder;
    Shell shell;
    std::string centre;
    std::string commune = folder / "commune";
    Ran joined;
    std::string row;
};

}  // namespace

// Would catch an office that is named as the parent although its node has no part in this: the unit next above is not always who was joined.
TEST_CASE("status and trace name the office that was joined, not the unit next above", "[cli][trace]")
{
    LongWay far;
    REQUIRE(far.joined.code == exit_ok);
    const auto status = far.shell.at(far.commune, {"status", "--json"}).json();
    CHECK(status.at("parent").at("name").as_string() == "Việt Nam");
    const Ran traced = far.shell.at(far.commune, {"trace", far.row});
    CHECK(traced.says("Việt Nam: has it"));
    CHECK_FALSE(traced.says("Cầu Kè: has it"));
    const auto above = far.shell.at(far.commune, {"trace", far.row, "--json"}).json().at("trace").at(0).at("versions");
    CHECK(above.at(0).at("places").at(1).at("unit").as_string() == "VN");
    CHECK(far.shell.at(far.centre, {"trace", far.row}).says("Xã Thạnh Phú: has it (it came from there)"));
}

// Would catch a crash, or an empty page, where there is nothing to trace.
TEST_CASE("trace refuses what it cannot find, and says what is only here", "[cli][trace]")
{
    OfficeFolder office{commune};
    CHECK(refusal_code(office({"trace", "no-such-row"})) == "OC-104");
    CHECK(office({"trace"}).code == exit_usage);
    CHECK(office({"trace", std::string(10'000, 'x')}).code != exit_ok);
    const std::string id = office.add({"organization", "name=HTX"});
    REQUIRE(!id.empty());
    CHECK(office({"trace", id}).says("here (Xã Thạnh Phú)"));
    CHECK(office({"trace", id.substr(0, 8)}).says("here (Xã Thạnh Phú)"));
}
