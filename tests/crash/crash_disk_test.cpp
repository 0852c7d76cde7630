// The disk that loses power: it must be as cruel as it says, or the crash harness proves nothing.
#include <catch2/catch.hpp>

#include <set>

#include "node/sqlite.h"
#include "tests/crash/crash_vfs.h"

using namespace ocop;
using namespace ocop::test;

namespace {

/// All that may be found of one file after a cut at this operation.
std::set<std::string> found(const CrashDisk& disk, std::size_t at, const std::string& path)
{
    std::set<std::string> contents;
    PowerCut cut{disk, "/v"};
    cut.walk_to(at);
    SeededRandom random{3};
    for (int i = 0; i < 400; ++i) {
        const Image image = cut.sample(random);
        const auto file = image.find(path);
        contents.insert(file != image.end() ? file->second.str() : "(none)");
    }
    return contents;
}

struct OnCrashDisk {
    explicit OnCrashDisk(CrashDisk& disk) { use_crash_disk(&disk); }
    ~OnCrashDisk() { use_crash_disk(nullptr); }
};

}  // namespace

// Would catch a disk that keeps what was never synced, or loses what was: power cuts would then prove nothing, or too much.
TEST_CASE("a cut keeps what was synced and any part of what was not", "[crash]")
{
    const std::string old(1024, 'o');
    CrashDisk disk{{{"/v/f", old}, {"/peer/f", old}}};
    disk.write(*disk.find("/v/f"), 0, std::string(1024, 'n'));
    disk.write(*disk.find("/peer/f"), 0, "peer");
    disk.sync(*disk.find("/v/f"));
    const auto before = found(disk, 2, "/v/f");
    CHECK(before.count(old) == 1);
    CHECK(before.count(std::string(1024, 'n')) == 1);
    CHECK(before.count(std::string(512, 'o') + std::string(512, 'n')) == 1);  // out of order
    CHECK(before.size() > 4);                                                 // and torn
    CHECK(found(disk, 3, "/v/f") == std::set<std::string>{std::string(1024, 'n')});
    CHECK(found(disk, 3, "/peer/f").begin()->starts_with("peer"));
}

// Would catch a rename taken for durable before its folder is synced, which hides a missing sync (ALICE's class of bugs).
TEST_CASE("a new name is durable only with its folder", "[crash]")
{
    CrashDisk disk{{}};
    disk.write_new("/v/f.part", "whole");
    disk.rename("/v/f.part", "/v/f");
    disk.sync_folder("/v");
    const std::size_t all = disk.trace().size();
    CHECK(found(disk, all - 1, "/v/f") == std::set<std::string>{"(none)", "whole"});
    CHECK(found(disk, all, "/v/f") == std::set<std::string>{"whole"});
}

// Would catch a retried sync that makes durable what the device has already dropped.
TEST_CASE("F05 what a failed sync dropped never arrives", "[crash]")
{
    CrashDisk disk{{{"/v/f", "old"}}};
    const auto file = *disk.find("/v/f");
    disk.write(file, 0, "new");
    disk.sync_failed(file, "/v/f");
    CHECK(disk.content(file).str() == "new");
    CHECK(found(disk, 2, "/v/f") == std::set<std::string>{"old"});
}

// Would catch a process that goes on after a failed sync, at a commit or in a checkpoint that nobody asked about, and acknowledges what the
// disk never got.
TEST_CASE("F05 after a failed sync a connection refuses everything", "[crash]")
{
    CrashDisk disk{{}};
    const OnCrashDisk on{disk};
    sqlite::Connection db{"/v/a.db", sqlite::OpenMode::create};
    db.script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)");
    const auto fails = [&](const std::string& sql) {
        try {
            db.script(sql);
            return false;
        } catch (const sqlite::Error& error) {
            return error.is_sync_failure();
        }
    };
    disk.fault = {DiskFault::Kind::io_error, UINT64_MAX, false};
    db.script("INSERT INTO t VALUES (0)");
    disk.operations = 0;
    db.script("INSERT INTO t VALUES (1)");
    disk.fault.at = disk.operations;  // the last one of such a commit: its sync
    disk.operations = 0;
    SECTION("of a commit")
    {
        CHECK(fails("INSERT INTO t VALUES (2)"));
    }
    SECTION("of a checkpoint")
    {
        disk.fault.at += 1;  // the first one after it: the WAL is synced again
        db.checkpoint_every(1);
        CHECK_FALSE(fails("INSERT INTO t VALUES (2)"));  // it was saved
    }
    REQUIRE(disk.hit);
    disk.fault.kind = DiskFault::Kind::none;
    CHECK(fails("SELECT 1"));
    CHECK(fails("INSERT INTO t VALUES (3)"));
}
