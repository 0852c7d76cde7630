// A program that reads and never ends.
#include <catch2/catch.hpp>

#include <filesystem>

#include "node/replica.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

// Would catch a WAL that grows until the disk is full because somebody left a window open on a query.
TEST_CASE("F07 a reader that never ends stops the writer before the WAL fills the disk, and nothing is lost",
          "[sqlite]")
{
    const TempDir home;
    const std::string path = (home.path() / "a.db").string();
    sqlite::Connection writer{path, sqlite::OpenMode::create};
    writer.script(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA journal_size_limit = 65536; CREATE TABLE t (x)");
    writer.checkpoint_every(8);
    writer.hold_back_at_most(64);
    const auto write = [&] {
        writer.run("BEGIN IMMEDIATE");
        writer.script("INSERT INTO t VALUES (randomblob(4000)); COMMIT");
    };
    for (int i = 0; i < 300; ++i) write();  // the reader is yet to come
    int written = 300;
    {
        sqlite::Connection reader{path, sqlite::OpenMode::read_only};
        reader.script("BEGIN");
        CHECK(reader.query("SELECT count(*) FROM t").step());
        bool stopped = false;
        for (int i = 0; i < 500 && !stopped; ++i) {
            try {
                write();
                ++written;
            } catch (const sqlite::Error& error) {
                CHECK(error.is_busy());
                stopped = true;
            }
        }
        CHECK(stopped);
        CHECK_THROWS_AS(write(), sqlite::Error);
        CHECK_FALSE(writer.in_transaction());
        CHECK(std::filesystem::file_size(path + "-wal") < 100 * 4200);
        // A program that writes once and ends has seen no checkpoint, and is many.
        sqlite::Connection next{path, sqlite::OpenMode::existing};
        CHECK(next.query("SELECT count(*) FROM t").step());
        next.hold_back_at_most(64);
        CHECK_THROWS_AS(next.script("BEGIN IMMEDIATE"), sqlite::Error);
        CHECK_THROWS_AS(next.run("BEGIN IMMEDIATE"), sqlite::Error);
        CHECK_FALSE(next.in_transaction());
    }
    for (int i = 0; i < 20; ++i, ++written) write();
    auto count = writer.query("SELECT count(*) FROM t");
    CHECK((count.step() && count.integer(0) == written));
    CHECK(std::filesystem::file_size(path + "-wal") <= 65536);  // what it grew to is given back
}
