// The guard: a program may rebuild a table and drop our triggers; nothing written since is lost, and the person is told.

#include <catch2/catch.hpp>

#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";
const std::string b = "01890000-0000-7000-8000-00000000000b";
const std::string c = "01890000-0000-7000-8000-00000000000c";

/// As DB Browser for SQLite modifies a table: a copy under another name, the old one dropped, the copy renamed. The triggers go.
const std::string rebuild = R"py(
def rebuild(table, before='', after=''):
    sql = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    indexes = [r[0] for r in db.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = 'index' AND sql IS NOT NULL", (table,))]
    db.execute("PRAGMA foreign_keys = 0")
    db.execute("BEGIN")
    db.execute(sql.replace("CREATE TABLE " + table, "CREATE TABLE sqlb_temp_table_1", 1).replace(before, after, 1))
    columns = ", ".join('"' + r[1] + '"' for r in db.execute("PRAGMA table_info(" + table + ")"))
    db.execute("INSERT INTO sqlb_temp_table_1 (%s) SELECT %s FROM %s" % (columns, columns, table))
    db.execute("DROP TABLE " + table)
    db.execute("ALTER TABLE sqlb_temp_table_1 RENAME TO " + table)
    for index in indexes: db.execute(index)
    db.execute("COMMIT")
)py";

struct Known : Village {
    Known()
    {
        OCOP_CHECK(shell("INSERT INTO organization (id, unit, name, registration_no, phone) VALUES ('" + a +
                         "', '29338', 'HTX A', 'R1', '1'), ('" + b + "', '29338', 'HTX B', 'R2', '2');")
                       .empty());
        exchange();
        sealed();
    }
    std::string triggers()
    {
        return office.one("SELECT group_concat(name || tbl_name, ' ') FROM (SELECT * FROM sqlite_master WHERE type = "
                          "'trigger' ORDER BY name)");
    }
};

}  // namespace

// Would catch writes lost for ever after DB Browser's "modify table": edits, inserts and deletes with no trigger to see them.
TEST_CASE("a table rebuilt as DB Browser does it gets its triggers back and every write is captured", "[guard]")
{
    Known at;
    const std::string before = at.triggers();
    REQUIRE(at.shell("UPDATE organization SET note = 'journalled' WHERE id = '" + b + "';") == "");
    REQUIRE(at.python(rebuild +
                      "rebuild('organization')\n"
                      "assert not db.execute(\"SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND tbl_name = "
                      "'organization'\").fetchall()\n"
                      "db.execute(\"UPDATE organization SET phone = 'unseen' WHERE phone = '2'\")\n"
                      "db.execute(\"DELETE FROM organization WHERE phone = '1'\")\n"
                      "db.execute(\"INSERT INTO organization (id, unit, name) VALUES ('" +
                      c + "', '29338', 'new')\")\n") == "");
    at.sealed();
    CHECK(at.triggers() == before);
    CHECK(look_at(*at.office.replica).notices.size() == 1);
    CHECK(at.shell("UPDATE organization SET tax_code = 'again' WHERE id = '" + c + "';") == "");
    CHECK(at.sealed() == "c tax_code g2\n");
    CHECK(look_at(*at.office.replica).notices.size() == 1);
    at.exchange();
    CHECK(at.centre.one("SELECT count(*) FROM organization WHERE id = '" + a + "'") == "0");
    CHECK(at.centre.one("SELECT phone || note FROM organization WHERE id = '" + b + "'") == "unseenjournalled");
    CHECK(at.centre.one("SELECT name || tax_code FROM organization WHERE id = '" + c + "'") == "newagain");
    CHECK(exact(at.office.replica->db(), "organization") == exact(at.centre.replica->db(), "organization"));
    CHECK(at.sound());
}

// Would catch a deletion that nobody's values outlive: the parent, which still knows them, must be able to take it back.
TEST_CASE("a row deleted without triggers and edited at the centre comes back whole", "[guard]")
{
    Known at;
    REQUIRE(at.python(rebuild +
                      "rebuild('organization')\ndb.execute(\"DELETE FROM organization WHERE phone = '1'\")\n") == "");
    at.centre.sql("UPDATE organization SET village = 'V' WHERE id = '" + a + "'");
    at.exchange();
    at.exchange();
    CHECK(at.office.one("SELECT name || registration_no || phone || village FROM organization WHERE id = '" + a +
                        "'") == "HTX AR11V");
    CHECK(at.sound());
}

// Would catch a single dropped or forged trigger that passes for ours by its name.
TEST_CASE("one trigger dropped, or another under its name, is restored", "[guard]")
{
    Known at;
    const std::string before = at.triggers();
    const std::string forged = GENERATE(
        std::string{},
        std::string{"CREATE TRIGGER _capture_organization_update AFTER UPDATE ON organization BEGIN SELECT 1; END;"},
        std::string{"CREATE TRIGGER _capture_organization_update AFTER UPDATE ON product BEGIN SELECT 1; END;"});
    REQUIRE(at.shell("DROP TRIGGER _capture_organization_update; " + forged +
                     " UPDATE organization SET phone = 'unseen' WHERE id = '" + a + "';") == "");
    at.exchange();
    CHECK(at.triggers() == before);
    CHECK(at.centre.one("SELECT phone FROM organization WHERE id = '" + a + "'") == "unseen");
    CHECK(look_at(*at.office.replica).notices.size() == 1);
    CHECK(at.sound());
}

// Would catch the log of a whole table written anew, and a false alarm, because a program only made an index, a view or its own table.
TEST_CASE("changes of the schema that leave our triggers alone say nothing and seal nothing", "[guard]")
{
    Known at;
    REQUIRE(at.shell("CREATE INDEX mine ON organization (phone); CREATE VIEW names AS SELECT name FROM organization; "
                     "CREATE TABLE notes (id INTEGER PRIMARY KEY, t);"
                     "INSERT INTO notes (t) VALUES ('x'); CREATE TRIGGER own AFTER UPDATE OF name ON organization "
                     "BEGIN INSERT INTO notes (t) VALUES (NEW.name); END;"
                     "UPDATE organization SET name = 'B' WHERE id = '" +
                     b + "'; ANALYZE; VACUUM;") == "");
    CHECK(at.sealed() == "b name g2\n");
    CHECK(look_at(*at.office.replica).notices.empty());
    CHECK(at.office.one("SELECT count(*) FROM notes") == "2");
    at.centre.sql("UPDATE organization SET name = 'C' WHERE id = '" + b + "'");
    CHECK(at.sound());
    CHECK(at.office.one("SELECT count(*) FROM notes") == "2");  // a merge runs nobody's triggers
}

// Would catch triggers that follow the old table under its new name, and stay there when another takes its place.
TEST_CASE("the old table renamed away and a new one put in its place", "[guard]")
{
    Known at;
    const std::string before = at.triggers();
    REQUIRE(
        at.python(
            "db.execute('PRAGMA foreign_keys = 0'); db.execute('PRAGMA legacy_alter_table = 1')\n"
            "sql = db.execute(\"SELECT sql FROM sqlite_master WHERE name = 'organization'\").fetchone()[0]\n"
            "db.execute('BEGIN'); db.execute('ALTER TABLE organization RENAME TO organization_old'); db.execute(sql)\n"
            "db.execute('INSERT INTO organization SELECT * FROM organization_old')\n"
            "db.execute(\"UPDATE organization SET phone = 'unseen' WHERE phone = '2'\")\n"
            "if len(sys.argv) == 2: db.execute('COMMIT')\n") == "");
    at.sealed();
    CHECK(at.triggers() == before);
    REQUIRE(at.shell("DROP TABLE organization_old; DELETE FROM organization WHERE id = '" + a + "';") == "");
    at.exchange();
    CHECK(at.triggers() == before);
    CHECK(at.centre.one("SELECT group_concat(phone) FROM organization") == "unseen");
    CHECK(at.sound());
}

// Would catch a commune that takes the centre's rows for its own edits, and so never again sees what the centre changes in them.
TEST_CASE("a rebuilt table of rows that are not ours leaves them to their owner", "[guard]")
{
    Known at;
    REQUIRE(at.python(rebuild + "rebuild('admin_unit')\n") == "");
    CHECK(at.sealed() == "");
    at.centre.sql("UPDATE admin_unit SET name = 'Nước Việt Nam' WHERE id = 'VN'");
    CHECK(at.sound());
    CHECK(at.office.one("SELECT name FROM admin_unit WHERE id = 'VN'") == "Nước Việt Nam");
}

// Would catch rows that the table cannot show, parked or kept beside it, taken for deleted when the whole table is looked through.
TEST_CASE("a parked row and a displaced value outlive a rebuilt table", "[guard]")
{
    Known at;
    REQUIRE(at.shell("INSERT INTO product (id, unit, organization, name) VALUES ('" + c + "', '29338', '" + c +
                     "', 'Kẹo');") == "");
    at.exchange();
    REQUIRE(look_at(*at.centre.replica).withheld.size() == 1);
    at.centre.sql("DROP TRIGGER _capture_product_insert");
    at.exchange();
    CHECK(look_at(*at.centre.replica).notices.size() == 1);
    REQUIRE(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + c + "', '29338', 'C');") == "");
    CHECK(at.sound());
    CHECK(at.centre.one("SELECT name FROM product") == "Kẹo");
}

// Would catch a node that runs on, or damages the log, when a program has dropped a column or a table of the model.
TEST_CASE("a table or a column that a program dropped is refused by name when the node is opened", "[guard]")
{
    Known at;
    at.office.replica.reset();
    const bool column = GENERATE(true, false);
    if (column)
        REQUIRE(at.python("for r in db.execute(\"SELECT name FROM sqlite_master WHERE type = 'trigger'\").fetchall(): "
                          "db.execute('DROP TRIGGER ' + r[0])\n"
                          "db.execute('ALTER TABLE organization DROP COLUMN phone')\n") == "");
    else
        REQUIRE(at.shell("DROP TABLE directive;") == "");
    const auto opened = Replica::open(at.dir.path(), {at.office.clock.get(), &at.world.random});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.refusal().code == Errc::model_mismatch);
    CHECK(opened.refusal().detail.find(column ? "phone" : "directive") != std::string::npos);
}
