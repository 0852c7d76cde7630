// Repair on demand: two sides that differ for whatever cause end equal, and neither loses anything.

#include "node/repair.h"

#include <catch2/catch.hpp>

#include "node/retention.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

std::string id(int n)
{
    return "01890000-0000-7000-8000-00000000000" + std::to_string(n);
}

void make(Office& at, int n, const std::string& name)
{
    at.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id(n) + "', '29338', '" + name + "')");
}

void repair(Office& at)
{
    Transaction transaction{*at.replica};
    begin_repair(transaction.log());
    transaction.commit();
}

/// As a bug of ours or a bad disk might: the row goes without a word.
void lose(Office& at, int n)
{
    at.sql("DELETE FROM organization WHERE id = '" + id(n) + "'; DELETE FROM _pending; DELETE FROM _log WHERE row = " +
           "(SELECT DISTINCT row FROM _log WHERE hex(row) LIKE '%" + std::to_string(n) + "' AND tbl = 2)");
}

std::string names(Office& at)
{
    return at.one("SELECT group_concat(name) FROM (SELECT name FROM organization ORDER BY id)");
}

}  // namespace

// Would catch: a row that one side lost without a word and that nobody gives back, on either side.
TEST_CASE("rows lost without a word on either side come back from the other by a repair")
{
    World world;
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");
    for (int n = 1; n <= 4; ++n) make(commune, n, "tên " + std::to_string(n));
    world.settle();
    commune.sql("UPDATE organization SET name = 'ba' WHERE id = '" + id(3) + "'");
    centre.sql("UPDATE organization SET phone = '4' WHERE id = '" + id(4) + "'");
    world.settle();
    lose(commune, 1);
    lose(centre, 2);
    CHECK(names(commune) == "tên 2,ba,tên 4");
    CHECK(names(centre) == "tên 1,ba,tên 4");
    repair(commune);
    CHECK(world.sync(commune).more == false);
    for (Office* at : {&commune, &centre}) {
        CHECK(names(*at) == "tên 1,tên 2,ba,tên 4");
        CHECK(at->one("SELECT phone FROM organization WHERE id = '" + id(4) + "'") == "4");
        CHECK(at->one("SELECT count(*) FROM conflict") == "0");
    }
}

// Would catch: a repair that brings back what was deleted, on a side that has forgotten the deletion already.
TEST_CASE("F85 a repair brings no deleted row back, whoever has forgotten the deletion")
{
    World world;
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");
    make(commune, 1, "một");
    make(commune, 2, "hai");
    world.settle();
    commune.sql("DELETE FROM organization WHERE id = '" + id(1) + "'");
    world.settle();
    Office& forgets = GENERATE(true, false) ? commune : centre;
    {
        LocalWrite write{*forgets.replica};
        set_retention_days(forgets.replica->db(), 0);
        write.commit();
    }
    world.settle();
    CHECK(forgets.one("SELECT count(*) FROM _log WHERE gone = 1") == "0");
    repair(commune);
    world.settle();
    for (Office* at : {&commune, &centre}) CHECK(names(*at) == "hai");
    CHECK(world.sync(commune).equal);
}
