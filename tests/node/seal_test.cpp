// The seal: how the journal becomes log entries.

#include <catch2/catch.hpp>

#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";
const std::string b = "01890000-0000-7000-8000-00000000000b";

struct Two {
    World world;
    Office& centre = world.root();
    Office& commune = world.child(centre, "29338", "commune");

    Two()
    {
        commune.sql("INSERT INTO organization (id, unit, name, phone, registration_no) VALUES ('" + a +
                    "', '29338', 'A', '1', 'R1')");
        world.settle();
    }

    /// "mask gone gen" of each entry of a row, oldest first.
    static std::string entries(Office& office, const std::string& row)
    {
        Transaction{*office.replica}.commit();
        auto found = office.replica->db().query("SELECT group_concat(mask || ' ' || gone || ' ' || gen, '; ') FROM "
                                                "(SELECT * FROM _log WHERE row = ? ORDER BY lsn)",
                                                Blob{uuid_to_bytes(row)});
        return found.step() ? found.text(0) : "";
    }
    void all_equal()
    {
        CHECK(exact(commune.replica->db(), "organization") == exact(centre.replica->db(), "organization"));
        CHECK(verify(*commune.replica).sound());
        CHECK(verify(*centre.replica).sound());
    }
};

}  // namespace

// Would catch an entry per write instead of one per row, which would make the log grow with work and not with data.
TEST_CASE("many edits between two seals become one entry with one version", "[seal]")
{
    Two at;
    for (int i = 0; i < 20; ++i)
        at.commune.sql("UPDATE organization SET phone = '" + std::to_string(i) + "', note = 'n'");
    CHECK(Two::entries(at.commune, a) == "3839 0 1; 4352 0 2");  // bits 8 and 12 were taken from the first entry
    CHECK(at.commune.one("SELECT count(*) FROM _pending") == "0");
    CHECK(Two::entries(at.commune, a) == "3839 0 1; 4352 0 2");
    at.world.settle();
    at.all_equal();
}

// Would catch edits that a merge which failed and rolled back took with it.
TEST_CASE("a transaction that rolls back leaves the journal for the next one", "[seal]")
{
    Two at;
    at.commune.sql("UPDATE organization SET phone = '2'");
    {
        Transaction dropped{*at.commune.replica};
        CHECK(at.commune.one("SELECT count(*) FROM _pending") == "0");
    }
    CHECK(at.commune.one("SELECT count(*) FROM _pending") == "1");
    CHECK(Two::entries(at.commune, a) == "7935 0 1; 256 0 2");
    at.world.settle();
    at.all_equal();
}

// Would catch rows lost or doubled where the journal is longer than one chunk of the seal, and a row whose writes lie in two chunks.
TEST_CASE("a journal of many chunks is folded whole", "[seal]")
{
    Two at;
    at.commune.sql("UPDATE organization SET phone = 'first'; "
                   "INSERT INTO organization (id, unit, name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                   "FROM n WHERE i < 20000) "
                   "SELECT printf('01890000-0000-7000-8000-%012d', i), '29338', 'N' || i FROM n; "
                   "UPDATE organization SET note = 'last'; DELETE FROM organization WHERE name GLOB 'N*7'");
    CHECK(Two::entries(at.commune, a) == "3839 0 1; 256 0 2; 4096 0 3");
    CHECK(at.commune.one("SELECT count(DISTINCT row) FROM _log WHERE tbl = 2") == "18001");
    at.world.settle();
    at.all_equal();
}

// Would catch a value that changed in the same seal as the deletion and kept its old version: two nodes would then show two values
// under one version once the deletion is taken back, and no digest would tell.
TEST_CASE("an edit and a deletion in one seal keep the edit's own version", "[seal]")
{
    Two at;
    SECTION("updated, then deleted")
    {
        at.commune.sql("UPDATE organization SET phone = '2'; DELETE FROM organization");
    }
    SECTION("replaced, then deleted")
    {
        at.commune.sql("REPLACE INTO organization (id, unit, name, phone, registration_no) VALUES ('" + a +
                       "', '29338', 'A', '2', 'R1'); DELETE FROM organization");
    }
    SECTION("deleted, inserted with another value, deleted")
    {
        at.commune.sql("DELETE FROM organization; INSERT INTO organization (id, unit, name, phone) VALUES ('" + a +
                       "', '29338', 'A', '2'); DELETE FROM organization");
    }
    at.centre.sql("UPDATE organization SET name = 'kept'");
    at.world.settle();
    CHECK(at.centre.one("SELECT name FROM organization") == "kept");
    CHECK(at.centre.one("SELECT phone FROM organization") == "2");
    at.all_equal();
}

// Would catch two deletions taken for a conflict because one of the two had edited the row first.
TEST_CASE("two deletions are no conflict, though one side edited before it deleted", "[seal]")
{
    Two at;
    at.commune.sql("DELETE FROM organization");
    at.centre.sql("DELETE FROM organization");
    at.world.settle();
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "0");
    CHECK(at.centre.one("SELECT count(*) FROM conflict") == "0");
    at.all_equal();
}

// Would catch a node that stops for ever because a program without foreign keys wrote an empty unit.
TEST_CASE("a row whose unit is empty belongs to nobody, is named, and stops nothing", "[seal]")
{
    Two at;
    at.commune.replica->db().script("PRAGMA foreign_keys = OFF");
    at.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + b +
                   "', '', 'B'); UPDATE organization SET phone = '3' WHERE id = '" + a + "'");
    at.commune.replica->db().script("PRAGMA foreign_keys = ON");
    bool named = false;
    for (const Withheld& row : look_at(*at.commune.replica).withheld)
        named = named || (row.row == b && row.reason == "out_of_scope");
    CHECK(named);
    at.world.settle();
    CHECK(at.centre.one("SELECT group_concat(name || phone) FROM organization") == "A3");
    at.commune.sql("UPDATE organization SET unit = '29338' WHERE id = '" + b + "'");
    at.world.settle();
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "2");
    at.all_equal();
}

// Would catch a displaced value lost because a REPLACE wrote again what the row showed.
TEST_CASE("a REPLACE with the values that the row shows leaves a displaced value in its place", "[seal]")
{
    Two at;
    at.commune.replica->db().run("INSERT INTO _displaced VALUES (2, ?, 5, 0, 'held', 'unique')", a);
    at.commune.sql("UPDATE organization SET registration_no = NULL");
    Transaction{*at.commune.replica}.commit();
    at.commune.replica->db().run("INSERT OR REPLACE INTO _displaced VALUES (2, ?, 5, 0, 'held', 'unique')", a);
    at.commune.sql("REPLACE INTO organization (id, unit, name, phone) VALUES ('" + a + "', '29338', 'A', '9')");
    Transaction{*at.commune.replica}.commit();
    CHECK(at.commune.one("SELECT value FROM _displaced") == "held");
    CHECK(Two::entries(at.commune, a) == "7903 0 1; 32 0 2; 256 0 3");
}

// Would catch a version below one it had seen, or a clock that decides more than ties (F30).
TEST_CASE("F30 every write of a row takes the row's highest count plus one, whatever the clock says", "[seal]")
{
    Two at;
    at.centre.sql("UPDATE organization SET phone = '2'");
    at.world.settle();
    at.commune.clock->set(-1);
    at.commune.sql("UPDATE organization SET name = 'B'");
    CHECK(Two::entries(at.commune, a) == "7931 0 1; 256 0 2; 4 0 3");
    at.commune.sql("DELETE FROM organization");
    CHECK(Two::entries(at.commune, a) == "7930 0 1; 256 0 2; 4 0 3; 1 1 4");
    at.commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + a + "', '29338', 'C')");
    CHECK(Two::entries(at.commune, a) == "8191 0 5");
    at.world.settle();
    at.all_equal();
}

// Would catch a row that changes its unit and reaches its new holder as one cell of a row that is not there.
TEST_CASE("a row that moves to another unit travels whole to whoever holds that unit", "[seal]")
{
    Two at;
    Office& other = at.world.child(at.centre, "29320", "commune");
    at.centre.sql("UPDATE organization SET unit = '29320'");
    CHECK(Two::entries(at.centre, a) == "8189 0 1; 2 0 2");
    at.world.settle();
    CHECK(other.one("SELECT name || registration_no || phone FROM organization") == "AR11");
    CHECK(verify(*other.replica).sound());
    CHECK(verify(*at.centre.replica).sound());
}
