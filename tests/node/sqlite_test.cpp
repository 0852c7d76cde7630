// The owners of SQLite's handles.

#include <catch2/catch.hpp>

#include <limits>

#include "node/sqlite.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

template <class Code>
sqlite::Error error_of(Code code)
{
    try {
        code();
    } catch (const sqlite::Error& error) {
        return error;
    }
    FAIL("no error");
    return {0, ""};
}

}  // namespace

// Would catch a value that SQLite gives back otherwise than it was bound.
TEST_CASE("every kind of value is bound and read back", "[sqlite]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    const std::vector<Value> values = {Value{},
                                       std::numeric_limits<std::int64_t>::min(),
                                       0.1 + 0.2,
                                       std::string{},
                                       std::string("a\0b", 3),
                                       Blob{},
                                       Blob{std::string("\0\xff", 2)}};
    for (const Value& value : values) {
        auto row = db.query("SELECT ?1, typeof(?1)", value);
        REQUIRE(row.step());
        CHECK(row.value(0) == value);
        CHECK(row.is_null(0) == (value.index() == 0));
        CHECK_FALSE(row.step());
    }
    auto bits = db.query("SELECT ?", std::numeric_limits<std::uint64_t>::max());
    REQUIRE(bits.step());
    CHECK(bits.natural(0) == std::numeric_limits<std::uint64_t>::max());
    auto nothing = db.query("SELECT ?", std::string_view{});
    REQUIRE(nothing.step());
    CHECK_FALSE(nothing.is_null(0));
}

// Would catch one cached statement shared by two readers: the inner would move the outer's place.
TEST_CASE("the same text may run inside itself, and starts afresh each time", "[sqlite]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    db.script("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)");
    const std::string sql = "SELECT x FROM t WHERE x >= ? ORDER BY x";
    std::string seen;
    auto outer = db.query(sql, 1);
    while (outer.step()) {
        auto inner = db.query(sql, outer.integer(0));
        REQUIRE(inner.step());
        seen += outer.text(0) + inner.text(0) + " ";
    }
    CHECK(seen == "11 22 33 ");
    {
        auto left_early = db.query(sql, 1);
        REQUIRE(left_early.step());
    }
    db.script("DROP TABLE t; CREATE TABLE t (x, y); INSERT INTO t VALUES (7, 8)");  // no statement is left open
    auto again = db.query(sql, 1);
    REQUIRE(again.step());
    CHECK(again.integer(0) == 7);
    CHECK(db.run("UPDATE t SET x = 9") == 1);
}

// Would catch an error of one kind handled as another: the merge parks on one, displaces on the next and stops on the rest.
TEST_CASE("errors say what kind they are", "[sqlite]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    db.script("PRAGMA foreign_keys = ON; CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL, u UNIQUE, c CHECK (c > 0)); "
              "CREATE TABLE s (n INTEGER NOT NULL) STRICT;"
              "CREATE TABLE k (p REFERENCES p (id)); INSERT INTO p VALUES ('a', 1, 1)");
    const sqlite::Error key = error_of([&] { db.run("INSERT INTO p VALUES ('a', 2, 1)"); });
    const sqlite::Error unique = error_of([&] { db.run("INSERT INTO p VALUES ('b', 1, 1)"); });
    const sqlite::Error check = error_of([&] { db.run("INSERT INTO p VALUES ('b', 2, 0)"); });
    const sqlite::Error null = error_of([&] { db.run("INSERT INTO s VALUES (NULL)"); });
    const sqlite::Error type = error_of([&] { db.run("INSERT INTO s VALUES ('x')"); });
    const sqlite::Error reference = error_of([&] { db.run("INSERT INTO k VALUES ('z')"); });
    const sqlite::Error syntax = error_of([&] { db.run("SELEC"); });
    CHECK((key.is_unique() && unique.is_unique()));
    CHECK((check.is_refused_value() && null.is_refused_value() && type.is_refused_value()));
    CHECK(reference.is_foreign_key());
    for (const sqlite::Error* error : {&check, &null, &type, &reference, &syntax}) CHECK_FALSE(error->is_unique());
    for (const sqlite::Error* error : {&key, &unique, &reference, &syntax}) CHECK_FALSE(error->is_refused_value());
    for (const sqlite::Error* error : {&key, &check, &reference, &syntax})
        CHECK_FALSE((error->is_busy() || error->is_corrupt()));
    CHECK(std::string{syntax.what()}.find("SELEC") != std::string::npos);
}

// Would catch a violation that a repair did not see, or one that it sees though it was repaired.
TEST_CASE("deferred violations are counted until they are repaired", "[sqlite]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    db.script("PRAGMA foreign_keys = ON; CREATE TABLE p (id TEXT PRIMARY KEY); CREATE TABLE k (p REFERENCES p (id) "
              "DEFERRABLE INITIALLY DEFERRED); BEGIN");
    CHECK_FALSE(db.deferred_violations());
    db.run("INSERT INTO k VALUES ('z')");
    CHECK(db.deferred_violations());
    CHECK(error_of([&] { db.script("COMMIT"); }).is_foreign_key());
    CHECK(db.in_transaction());
    db.run("INSERT INTO p VALUES ('z')");
    CHECK_FALSE(db.deferred_violations());
    db.script("COMMIT");
    CHECK_FALSE(db.in_transaction());
}

// Would catch a merge that runs somebody's trigger, or a local write after it that runs none.
TEST_CASE("triggers are switched off and on again", "[sqlite]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    db.script("CREATE TABLE t (x); CREATE TABLE seen (x); CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO seen "
              "VALUES (NEW.x); END");
    for (const bool on : {false, true, false, true}) {
        db.enable_triggers(on);
        db.run("INSERT INTO t VALUES (?)", on);
    }
    auto seen = db.query("SELECT count(*), min(x) FROM seen");
    REQUIRE(seen.step());
    CHECK(seen.integer(0) == 2);
    CHECK(seen.integer(1) == 1);
}

// Would catch a backup that is torn, or lacks what is still in the write-ahead log.
TEST_CASE("a backup is whole, write-ahead log included", "[sqlite]")
{
    TempDir dir;
    sqlite::Connection db{(dir.path() / "replica.db").string(), sqlite::OpenMode::create};
    db.script("PRAGMA journal_mode = WAL; CREATE TABLE t (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
              "FROM n WHERE i < 5000) INSERT INTO t SELECT i FROM n");
    db.backup_to((dir.path() / "copy.db").string());
    sqlite::Connection copy{(dir.path() / "copy.db").string(), sqlite::OpenMode::read_only};
    auto count = copy.query("SELECT count(*), sum(x) FROM t");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 5000);
    CHECK(count.integer(1) == 12'502'500);
    CHECK_THROWS_AS(copy.run("DELETE FROM t"), sqlite::Error);
    CHECK_THROWS_AS(sqlite::Connection((dir.path() / "none.db").string(), sqlite::OpenMode::existing), sqlite::Error);
    CHECK_THROWS_AS(sqlite::Connection((dir.path() / "none.db").string(), sqlite::OpenMode::read_only), sqlite::Error);
    CHECK_FALSE(std::filesystem::exists(dir.path() / "none.db"));
}
