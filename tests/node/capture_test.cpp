// Writes by other people's programs: every one of them is in the log after the next seal, with exactly the columns it changed, and an
// exchange carries exactly that.

#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";
const std::string b = "01890000-0000-7000-8000-00000000000b";
const std::string c = "01890000-0000-7000-8000-00000000000c";
const std::string d = "01890000-0000-7000-8000-00000000000d";

/// Two organizations, a and b, sealed and known to the centre.
struct Known : Village {
    Known()
    {
        OCOP_CHECK(shell("INSERT INTO organization (id, unit, name, registration_no, phone) VALUES ('" + a +
                         "', '29338', 'HTX A', 'R1', '1'), ('" + b + "', '29338', 'HTX B', 'R2', '2');")
                       .empty());
        exchange();
        sealed();
    }

    std::string at_centre(const std::string& query) { return centre.one(query); }
    std::string last_of(Replica& replica, const std::string& row, int bit)
    {
        auto found =
            replica.db().query("SELECT quote(value) FROM _side_cell WHERE tbl = 2 AND row = ? AND bit = ?", row, bit);
        return found.step() ? found.text(0) : "(none)";
    }
};

}  // namespace

// Would catch a plain insert that stays unseen, or a default key that is not a UUIDv7 and would travel as long text.
TEST_CASE("the stock shell inserts one row and several", "[capture]")
{
    Village at;
    CHECK(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + a + "', '29338', 'A');") == "");
    CHECK(at.sealed() == "a all g1\n");
    CHECK(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + b + "', '29338', 'B'), ('" + c +
                   "', '29338', 'C');") == "");
    CHECK(at.sealed() == "b all g1\nc all g1\n");
    CHECK(at.shell("INSERT INTO organization (unit, name) VALUES ('29338', 'D'); SELECT id LIKE '________-____-7%' "
                   "FROM organization WHERE name = 'D';") == "1\n");
    at.exchange();
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "4");
    CHECK(at.centre.one("SELECT count(*) FROM _log WHERE tbl = 2 AND typeof(row) = 'blob'") == "4");
    CHECK(exact(at.office.replica->db(), "organization") == exact(at.centre.replica->db(), "organization"));
    CHECK(at.sound());
}

// Would catch a REPLACE logged as a whole new row: it would win over concurrent edits of columns nobody touched.
TEST_CASE("INSERT OR REPLACE under the same key gives a version to the columns that changed", "[capture]")
{
    Known at;
    CHECK(at.shell("REPLACE INTO organization (id, unit, name, registration_no, phone) VALUES ('" + a +
                   "', '29338', 'HTX A', 'R1', '9');") == "");
    CHECK(at.sealed() == "a phone g2\n");
    CHECK(at.shell("REPLACE INTO organization (id, unit, name, registration_no, phone) VALUES ('" + a +
                   "', '29338', 'HTX A', 'R1', '9');") == "");
    CHECK(at.sealed() == "");
    CHECK(at.shell("UPDATE organization SET note = 'n' WHERE id = '" + a +
                   "'; INSERT OR REPLACE INTO organization (id, unit, name) VALUES ('" + a + "', '29338', 'HTX A');") ==
          "");
    CHECK(at.sealed() == "a registration_no,phone,note g3\n");
    CHECK(at.sound());
}

// Would catch a row that REPLACE removed silently: it would live on at every other node.
TEST_CASE("a victim of REPLACE under a UNIQUE value becomes a tombstone with its last values", "[capture]")
{
    Known at;
    SECTION("inserted over")
    {
        CHECK(at.shell("INSERT OR REPLACE INTO organization (id, unit, name, registration_no) VALUES ('" + c +
                       "', '29338', 'HTX C', 'R1');") == "");
        CHECK(at.sealed() == "a existence gone g2\nc all g1\n");
    }
    SECTION("updated over")
    {
        CHECK(at.shell("UPDATE OR REPLACE organization SET registration_no = 'R1' WHERE id = '" + b + "';") == "");
        CHECK(at.sealed() == "a existence gone g2\nb registration_no g2\n");
    }
    SECTION("two victims at once, with recursive triggers on")
    {
        CHECK(at.shell("PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO organization (id, unit, name, "
                       "registration_no) VALUES ('" +
                       b + "', '29338', 'HTX B', 'R1');") == "");
        CHECK(at.sealed() == "a existence gone g2\nb registration_no,phone g2\n");
    }
    at.exchange();
    for (Replica* replica : {at.office.replica.get(), at.centre.replica.get()}) {
        CHECK(at.last_of(*replica, a, 2) == "'HTX A'");
        CHECK(at.last_of(*replica, a, 5) == "'R1'");
    }
    CHECK(at.at_centre("SELECT count(*) FROM organization WHERE id = '" + a + "'") == "0");
    CHECK(at.sound());
}

// Would catch an entry for a write that did nothing, which costs every node and may win over a real edit.
TEST_CASE("writes that change nothing are not logged", "[capture]")
{
    Known at;
    CHECK(at.shell("INSERT OR IGNORE INTO organization (id, unit, name) VALUES ('" + a +
                   "', '29338', 'other');"
                   "INSERT OR IGNORE INTO organization (id, unit, name, registration_no) VALUES ('" +
                   c +
                   "', '29338', 'other', 'R1');"
                   "UPDATE OR IGNORE organization SET registration_no = 'R1' WHERE id = '" +
                   b +
                   "';"
                   "UPDATE organization SET name = name, phone = phone || '';"
                   "INSERT INTO organization (id, unit, name) VALUES ('" +
                   a + "', '29338', 'x') ON CONFLICT (id) DO NOTHING;") == "");
    CHECK(at.sealed() == "");
    CHECK(at.shell("BEGIN; UPDATE organization SET phone = '5'; DELETE FROM organization; ROLLBACK;") == "");
    CHECK(at.sealed() == "");
    CHECK(at.shell("BEGIN; INSERT INTO organization (id, unit, name) VALUES ('" + c +
                   "', '29338', 'C'); SAVEPOINT s; DELETE FROM organization WHERE id = '" + a +
                   "'; UPDATE organization SET phone = '5'; ROLLBACK TO s; RELEASE s; UPDATE organization SET note = "
                   "'n' WHERE id = '" +
                   b + "'; COMMIT;") == "");
    CHECK(at.sealed() == "b note g2\nc all g1\n");
    CHECK(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + d +
                   "', '29338', 'D'); DELETE FROM organization WHERE id = '" + d + "';") == "");
    CHECK(at.sealed() == "");
    CHECK(at.sound());
}

// Would catch an UPSERT taken for an insert, or a statement that fails half way and leaves its journal behind.
TEST_CASE("UPSERT, failed statements and UPDATE FROM log the columns that changed", "[capture]")
{
    Known at;
    CHECK(at.shell("INSERT INTO organization (id, unit, name, phone) VALUES ('" + a +
                   "', '29338', 'HTX A', '7') ON CONFLICT (id) DO UPDATE SET name = "
                   "excluded.name, phone = excluded.phone;") == "");
    CHECK(at.sealed() == "a phone g2\n");
    CHECK(at.shell("INSERT INTO organization (id, unit, name, registration_no) VALUES ('" + c +
                   "', '29338', 'HTX C', 'R2') ON CONFLICT (registration_no) DO UPDATE SET note = 'met';") == "");
    CHECK(at.sealed() == "b note g2\n");
    CHECK(at.shell("UPDATE organization SET registration_no = 'R1';").find("UNIQUE constraint failed") !=
          std::string::npos);
    CHECK(at.shell("UPDATE OR FAIL organization SET phone = '8', workers = iif(id = '" + a + "', 3, -1);")
              .find("CHECK constraint failed") != std::string::npos);
    CHECK(at.sealed() == "a phone,workers g3\n");  // OR FAIL keeps what was done before the row that failed
    CHECK(at.shell("UPDATE organization SET village = t.v FROM (SELECT '" + b +
                   "' AS k, 'Ấp 1' AS v) AS t WHERE id = t.k;") == "");
    CHECK(at.sealed() == "b village g3\n");
    CHECK(at.sound());
}

// Would catch a changed key that leaves the old row alive elsewhere, or a deletion that forgets what was deleted.
TEST_CASE("a change of key is a deletion and an insertion; a deletion keeps the last values", "[capture]")
{
    Known at;
    CHECK(at.shell("UPDATE organization SET id = '" + c + "' WHERE id = '" + a + "';") == "");
    CHECK(at.sealed() == "a existence gone g2\nc all g1\n");
    CHECK(at.shell("UPDATE OR REPLACE organization SET id = '" + b + "' WHERE id = '" + c + "';") == "");
    CHECK(at.sealed() == "b name,registration_no,phone g2\nc existence gone g2\n");
    CHECK(at.shell("DELETE FROM organization;") == "");
    CHECK(at.sealed() == "b existence gone g3\n");
    at.exchange();
    CHECK(at.at_centre("SELECT count(*) FROM organization") == "0");
    CHECK(at.last_of(*at.office.replica, b, 2) == "'HTX A'");
    CHECK(at.last_of(*at.centre.replica, b, 2) == "'HTX A'");
    CHECK(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + b + "', '29338', 'again');") == "");
    CHECK(at.sealed() == "b all g4\n");
    at.exchange();
    CHECK(at.at_centre("SELECT name || (registration_no IS NULL) FROM organization") == "again1");
    CHECK(at.sound());
}

// Would catch a bulk path of the shell, or a rewrite of the whole file, that goes round the triggers or loses the journal.
TEST_CASE(".import of a CSV and VACUUM", "[capture]")
{
    Village at;
    std::string csv;
    for (int i = 0; i < 300; ++i) {
        std::string id = "01890000-0000-7000-8000-000000000000";
        id.replace(33, 3, std::to_string(100 + i));
        csv += id + ",29338,\"HTX \"\"" + std::to_string(i) + "\"\", Cầu Kè\",Ấp,hợp tác xã,R" + std::to_string(i) +
               ",,,,," + std::to_string(i) + ",đang hoạt động,\n";
    }
    const std::string file = write_script(at.dir.path(), csv, ".csv");
    CHECK(at.shell(".import --csv " + file + " organization\n") == "");
    CHECK(at.shell("UPDATE organization SET phone = '5' WHERE registration_no = 'R7'; VACUUM;") == "");
    const std::string log = at.sealed();
    CHECK(std::count(log.begin(), log.end(), '\n') == 300);
    CHECK(at.shell("VACUUM; DELETE FROM organization WHERE registration_no = 'R9'; VACUUM;") == "");
    CHECK(at.sealed() == "9 existence gone g2\n");
    CHECK(look_at(*at.office.replica).notices.empty());
    at.exchange();
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "299");
    CHECK(at.centre.one("SELECT name FROM organization WHERE registration_no = 'R8'") == "HTX \"8\", Cầu Kè");
    CHECK(at.sound());
}

// Would catch an orphan made with foreign keys off that is deleted, blocks the exchange, or is not named to the person.
TEST_CASE("a row whose reference was removed with foreign keys off stays and is named an orphan", "[capture]")
{
    Known at;
    CHECK(at.shell("INSERT INTO product (id, unit, organization, name) VALUES ('" + c + "', '29338', '" + a +
                   "', 'Kẹo dừa');") == "");
    at.exchange();
    CHECK(at.shell("DELETE FROM organization WHERE id = '" + a +
                   "'; INSERT INTO product (id, unit, organization, name) VALUES ('" + d + "', '29338', '" + d +
                   "', 'Không chủ');") == "");
    const Health health = look_at(*at.office.replica);
    REQUIRE(health.withheld.size() == 2);
    for (const Withheld& orphan : health.withheld) {
        CHECK(orphan.table == "product");
        CHECK(orphan.reason == "orphan");
        CHECK((orphan.row == c || orphan.row == d));
    }
    at.exchange();
    at.exchange();
    CHECK(at.office.one("SELECT count(*) FROM product") == "2");
    CHECK(at.office.one("SELECT name FROM organization WHERE id = '" + a + "'") ==
          "HTX A");  // the centre took back what is still referred to
    CHECK(at.shell("UPDATE product SET note = 'n';") == "");
    at.exchange();
    CHECK(verify(*at.office.replica).sound());
    CHECK(verify(*at.centre.replica).sound());
    REQUIRE(look_at(*at.office.replica).withheld.size() == 1);
    REQUIRE(look_at(*at.centre.replica).withheld.size() == 1);
    CHECK(look_at(*at.centre.replica).withheld.front().reason == "parked");
    CHECK(at.shell("INSERT INTO organization (id, unit, name) VALUES ('" + d + "', '29338', 'D');") == "");
    CHECK(look_at(*at.office.replica).withheld.empty());
    CHECK(at.sound());
    CHECK(at.centre.one("SELECT count(*) FROM product WHERE note = 'n'") == "2");
    CHECK(look_at(*at.centre.replica).withheld.empty());
}

// Would catch a group whose halves get two versions: a merge could then join one person's start with another's end.
TEST_CASE("columns bound by one CHECK share a bit and a version", "[capture]")
{
    Known at;
    at.centre.sql("UPDATE admin_unit SET level = 'province' WHERE id = '29338'");  // who may certify 3 and 4 stars
    CHECK(at.shell("INSERT INTO product (id, unit, organization, name) VALUES ('" + c + "', '29338', '" + a +
                   "', 'Kẹo dừa');"
                   "INSERT INTO certificate (id, unit, product, star, valid_from, valid_until) VALUES ('" +
                   d + "', '29338', '" + c + "', 4, '2021-01-01', '2024-01-01');") == "");
    at.sealed();
    CHECK(at.shell("UPDATE certificate SET valid_until = '2024-06-01';") == "");
    CHECK(at.sealed() == "d valid_from,valid_until g2\n");
    CHECK(at.shell("UPDATE certificate SET valid_from = '2021-02-01', star = 3;") == "");
    CHECK(at.sealed() == "d star,valid_from,valid_until g3\n");
    CHECK(at.shell("UPDATE certificate SET valid_from = '2030-01-01';").find("CHECK constraint failed") !=
          std::string::npos);
    CHECK(at.sealed() == "");
    CHECK(at.sound());
    CHECK(at.centre.one("SELECT valid_from || valid_until || star FROM certificate") == "2021-02-012024-06-013");
}

// Would catch a value that changes on its way through the journal, the wire, a tombstone or a return from the dead.
TEST_CASE("every kind of value survives the log, the exchange and a tombstone", "[capture]")
{
    Known at;
    const std::string write = R"py(
values = ["", None, "a\0b", "\0", "it''s \"x\", 'y'", "X'00'", "NULL", "1.0", b"", b"\x00\xff'", 9223372036854775807, -9223372036854775808,
          0, 0.1 + 0.2, 1e308, 5e-324, 1.7976931348623157e308, -1.0, 100.0, float("inf"), float("-inf"), "Đánh giá 🌶", ",", "1e5", 2**53 + 1, 123456789012345.678]
for i, v in enumerate(values):
    db.execute("INSERT INTO conflict (id, unit, kind, table_name, row_id, winner_value, loser_value) VALUES (?, '29338', 'edit', 'organization', ?, ?, ?)",
               ("01890000-0000-7000-8000-%012d" % i, str(i), v, values[-1 - i]))
db.execute("UPDATE organization SET note = ?, village = '', tax_code = NULL WHERE phone = '1'", ("a\0b",))
)py";
    REQUIRE(at.python(write) == "");
    at.sealed();
    const std::string written = exact(at.office.replica->db(), "conflict");
    at.exchange();
    CHECK(exact(at.centre.replica->db(), "conflict") == written);
    CHECK(exact(at.centre.replica->db(), "organization") == exact(at.office.replica->db(), "organization"));
    CHECK(at.python("db.execute('DELETE FROM conflict')") == "");
    at.sealed();
    for (const int bit : {7, 11}) {
        auto kept = at.office.replica->db().query(
            "SELECT group_concat(iif(typeof(value) = 'text', 't' || hex(value), quote(value)), ' ') FROM (SELECT value "
            "FROM _side_cell WHERE tbl = 7 AND bit = ? ORDER BY "
            "row)",
            bit);
        REQUIRE(kept.step());
        auto sent = at.centre.replica->db().query(
            std::string{"SELECT group_concat(iif(typeof(v) = 'text', 't' || hex(v), quote(v)), ' ') FROM (SELECT "} +
            (bit == 7 ? "winner_value" : "loser_value") + " AS v FROM conflict ORDER BY id)");
        REQUIRE(sent.step());
        CHECK(kept.text(0) == sent.text(0));
    }
    CHECK(at.sound());
    CHECK(at.centre.one("SELECT count(*) FROM conflict") == "0");
}

// Would catch a REPLACE that writes text with a NUL over the same text and is taken for an edit.
TEST_CASE("a REPLACE with the same odd values is no edit", "[capture]")
{
    Known at;
    const std::string write = R"py(
db.execute("REPLACE INTO evaluation (id, unit, product, level, evaluated_on, score, note) VALUES ('01890000-0000-7000-8000-00000000000d', '29338', "
           "'01890000-0000-7000-8000-00000000000a', 'district', '2021-01-01', ?, ?)", (0.1 + 0.2, "a\0b'c"))
)py";
    REQUIRE(at.python(write) == "");
    CHECK(at.sealed() == "d all g1\n");
    REQUIRE(at.python(write) == "");
    CHECK(at.sealed() == "");
}

// Would catch keys that are no UUID being mangled in the log or on the wire.
TEST_CASE("keys may be any text", "[capture]")
{
    Village at;
    TempDir dir;
    auto made = Replica::create(dir.path(), NewNode{"VN", {}, {}, {}, {}}, {at.office.clock.get(), &at.world.random});
    REQUIRE(made.ok());
    Replica& root = **made;
    const std::string ids = R"py(
ids = ["VN", "O'Brien", '"x"', "01890000-0000-7000-8000-00000000000A", "01890000-0000-7000-8000-00000000000a", "Xã 🌶", "29338@2020-12-31", " "]
for i in ids:
    db.execute("INSERT INTO admin_unit (id, code, name, kind, level, parent) VALUES (?, ?, 'n', 'k', 'commune', iif(?1 = 'VN', NULL, 'VN'))", (i, i))
)py";
    REQUIRE(test::python(dir.path(), ids) == "");
    REQUIRE(test::shell(dir.path(), "UPDATE admin_unit SET name = 'm' WHERE id = 'O''Brien'; UPDATE admin_unit SET id "
                                    "= '29338@2025-07-01' WHERE id LIKE '29338%';") == "");
    Transaction{root}.commit();
    CHECK(root.db().query("SELECT count(*) FROM _log WHERE tbl = 1 AND NOT gone").step());
    auto count = root.db().query("SELECT count(*), sum(typeof(row) = 'blob') FROM _log WHERE tbl = 1 AND NOT gone");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 8);  // the old key was never sealed, so it leaves nothing
    CHECK(count.integer(1) == 1);  // only the lower-case UUID is packed
    const Verification found = verify(root);
    CHECK(found.log_matches_tables);
    CHECK(found.digest_matches_log);
}

// Would catch an edit made by another program while an answer is under way: lost, or merged as if it had seen the answer.
TEST_CASE("a write between a request and its answer is neither lost nor taken to have seen it", "[capture]")
{
    Known at;
    at.centre.sql("UPDATE organization SET phone = 'centre', village = 'V' WHERE id = '" + a + "'");
    const auto request = sync::make_request(*at.office.replica);
    REQUIRE(request.ok());
    CHECK(at.shell("UPDATE organization SET phone = 'shell' WHERE id = '" + a +
                   "'; UPDATE organization SET note = 'kept' WHERE id = '" + b + "';") == "");
    const auto answer = sync::answer_request(*at.centre.replica, *request);
    REQUIRE(answer.ok());
    REQUIRE(sync::finish(*at.office.replica, *answer).ok());
    at.exchange();
    at.exchange();
    for (Office* office : {&at.centre, &at.office}) {
        CHECK(office->one("SELECT note FROM organization WHERE id = '" + b + "'") == "kept");
        CHECK(office->one("SELECT village FROM organization WHERE id = '" + a + "'") == "V");
        CHECK(office->one("SELECT group_concat(column_name) FROM conflict") == "phone");
        CHECK(office->one("SELECT min(winner_value, loser_value) || max(winner_value, loser_value) FROM conflict") ==
              "centreshell");
    }
    CHECK(at.sound());
}

// Would catch a write lost, or a program kept out, while our process seals and merges over and over.
TEST_CASE("several programs write while our process holds transactions", "[capture]")
{
    Village at;
    const auto writer = [&](int number) {
        return python_command(
            at.dir.path(),
            "for i in range(40):\n    db.execute(\"INSERT INTO organization (unit, name) VALUES ('29338', 'w" +
                std::to_string(number) + " ' || ?)\", (i,))\nprint('done')\n");
    };
    std::string inserts;
    for (int i = 0; i < 40; ++i) inserts += "INSERT INTO organization (unit, name) VALUES ('29338', 'shell');\n";
    {
        Transaction held{*at.office.replica};
        Running first{writer(1)};
        Running second{writer(2)};
        Running third{shell_command(at.dir.path(), inserts)};
        held.commit();
        for (int i = 0; i < 50; ++i) at.exchange();
        CHECK(first.wait() == "done\n");
        CHECK(second.wait() == "done\n");
        CHECK(third.wait() == "");
    }
    at.exchange();
    CHECK(at.office.one("SELECT count(*) FROM organization") == "120");
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "120");
    CHECK(at.sound());
}

namespace {

/// Statements of every kind from a seed, on one table with a UNIQUE value and NOT NULL defaults.
class RandomSql {
public:
    RandomSql(SeededRandom& random, bool directives) : random_(random), directives_(directives) {}

    std::string next()
    {
        static const char* const ors[] = {"", "", "OR REPLACE ", "OR REPLACE ", "OR IGNORE ", "OR FAIL "};
        const std::string how = ors[random_.below(6)];
        const std::string table = directives_ ? "directive" : "organization";
        switch (random_.below(9)) {
        case 0:
        case 1:
        case 2:
            return "INSERT " + how + "INTO " + table + names() + " VALUES " + values() +
                   (random_.chance(0.3) ? ", " + values() : "");
        case 3:
            return "INSERT INTO " + table + names() + " VALUES " + values() +
                   " ON CONFLICT DO UPDATE SET note_ = excluded.note_, text_ = excluded.text_";
        case 4: return "UPDATE " + how + table + " SET unique_ = " + unique() + where();
        case 5:
            return "UPDATE " + how + table + " SET id = " + id() +
                   (random_.chance(0.5) ? ", unique_ = " + unique() : "") + " WHERE id = " + id();
        case 6: return "UPDATE " + how + table + " SET note_ = " + small() + ", default_ = " + status() + where();
        case 7: return "DELETE FROM " + table + where();
        default:
            return "SAVEPOINT s; UPDATE " + table + " SET text_ = " + small() + "; DELETE FROM " + table + where() +
                   "; ROLLBACK TO s; RELEASE s";
        }
    }

    std::string named(std::string sql) const
    {
        const std::pair<const char*, const char*> names[] = {{"unique_", directives_ ? "number" : "registration_no"},
                                                             {"note_", directives_ ? "body" : "note"},
                                                             {"text_", directives_ ? "subject" : "name"},
                                                             {"default_", directives_ ? "kind" : "status"}};
        for (const auto& [from, to] : names)
            for (std::size_t at = sql.find(from); at != std::string::npos; at = sql.find(from, at))
                sql.replace(at, std::string{from}.size(), to);
        return sql;
    }

private:
    std::string id() { return "'01890000-0000-7000-8000-00000000000" + std::to_string(random_.below(8)) + "'"; }
    std::string unique() { return random_.chance(0.3) ? "NULL" : "'R" + std::to_string(random_.below(4)) + "'"; }
    std::string small() { return "'" + std::to_string(random_.below(3)) + "'"; }
    std::string status()
    {
        if (random_.chance(0.3)) return "NULL";
        return directives_ ? (random_.chance(0.5) ? "'TB'" : "'KH'")
                           : (random_.chance(0.5) ? "'tạm ngừng'" : "'đã giải thể'");
    }
    std::string unit() { return random_.chance(0.7) ? "'29338'" : "'29338/1'"; }
    std::string names() { return " (id, unit, unique_, text_, note_)"; }
    std::string values()
    {
        return "(" + id() + ", " + unit() + ", " + unique() + ", " + small() + ", " + small() + ")";
    }
    std::string where()
    {
        if (random_.chance(0.1)) return "";
        return random_.chance(0.7) ? " WHERE id = " + id() : " WHERE note_ = " + small();
    }

    SeededRandom& random_;
    bool directives_;
};

int outcome(sqlite::Connection& db, const std::string& sql)
{
    try {
        db.script(sql);
        return 0;
    } catch (const sqlite::Error& error) {
        return error.code();
    }
}

void random_sql_on_both(std::uint64_t seed)
{
    World world{seed};
    Office& centre = world.root();
    Office& office = world.child(centre, "29338", "district");  // may write both tables
    centre.sql("INSERT INTO admin_unit (id, code, name, kind, level, parent) VALUES ('29338/1', '1', 'Ấp 1', 'Ấp', "
               "'commune', '29338')");
    world.settle();
    const bool directives = seed % 2 == 1;
    const std::string table = directives ? "directive" : "organization";
    sqlite::Connection plain{":memory:", sqlite::OpenMode::create};
    plain.script(office.one("SELECT sql FROM sqlite_master WHERE name = '" + table + "'"));
    RandomSql statements{world.random, directives};
    std::string history;
    for (int round = 0; round < 8; ++round) {
        for (std::size_t i = 0, count = 1 + world.random.below(6); i < count; ++i) {
            const std::string sql = statements.named(statements.next());
            history += sql + ";\n";
            const int expected = outcome(plain, sql);
            const int got = outcome(office.replica->db(), sql);
            if (expected != got) FAIL("seed " << seed << ": " << got << " for " << expected << " after\n" << history);
        }
        if (world.random.chance(0.3))
            world.sync(office);
        else
            Transaction{*office.replica}.commit();
        history += "-- sealed\n";
        const bool equal = exact(office.replica->db(), table) == exact(plain, table) && verify(*office.replica).sound();
        if (!equal) FAIL("seed " << seed << ": the replica differs after\n" << history);
    }
    world.settle();
    const bool equal = exact(centre.replica->db(), table) == exact(plain, table) && verify(*centre.replica).sound() &&
                       verify(*office.replica).sound();
    if (!equal) FAIL("seed " << seed << ": the centre differs after\n" << history);
    CHECK(centre.one("SELECT count(*) FROM conflict") == "0");
}

}  // namespace

// Would catch any statement, or any sequence of them, whose effect the triggers and the seal do not carry whole to another node, or
// that behaves otherwise on our tables than on plain ones.
TEST_CASE("random SQL leaves the table as SQLite alone would, and the centre with the same rows", "[capture][property]")
{
    for (std::uint64_t seed = 1; seed <= 200; ++seed) random_sql_on_both(seed);
}
