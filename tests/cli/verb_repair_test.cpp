// ocop repair.

#include <catch2/catch.hpp>

#include "tests/cli/office.h"
#include "tests/support/world.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

// Would catch a repair that does nothing, or one that resends everything where both sides are equal and nobody insisted.
TEST_CASE("repair compares everything in the next exchange, where it is needed or insisted on", "[cli]")
{
    OfficeFolder alone(commune);
    CHECK(alone({"repair"}).code == exit_not_permitted);

    TempFolder folder;
    ocop::test::World world;
    ocop::test::Office& centre = world.root();
    centre.sql(
        "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ('29338', '29338', 'Xã', "
        "'Xã', 'commune', 'VN', '2020-12-31')");
    const auto invite = ocop::make_invite(*centre.replica, "29338", "http://127.0.0.1:1");
    Shell shell;
    const auto exchange = [&](ocop::Replica& replica) {
        for (bool more = true; more;) {
            const auto request = ocop::sync::make_request(replica, {});
            const auto answer = ocop::sync::answer_request(*centre.replica, *request, {});
            more = ocop::sync::finish(replica, *answer)->more;
        }
    };
    {
        auto made = ocop::Replica::create(folder / "node", ocop::born_of(*invite), shell.environment());
        exchange(**made);
        exchange(**made);
    }
    CHECK(shell.at(folder / "node", {"repair", "--json"}).json().at("will_compare") == false);
    CHECK(shell.at(folder / "node", {"repair", "--anyway", "--json"}).json().at("will_compare") == true);
    auto opened = ocop::Replica::open(folder / "node", shell.environment());
    REQUIRE(opened.ok());
    CHECK((*opened)->state().cursor == 0);
    exchange(**opened);
    CHECK((*opened)->state().verified_equal);
}
