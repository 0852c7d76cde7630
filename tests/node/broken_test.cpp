// A fault of the machine, told by its kind: what is said to a person and whether the process may go on hang on it.

#include "node/broken.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <new>
#include <system_error>

#include "node/os/files.h"
#include "node/sqlite.h"

using namespace ocop;

namespace {

Broken of(int code)
{
    return what_broke(sqlite::Error{code, "x"});
}

Broken of(std::errc code)
{
    return what_broke(std::system_error{std::make_error_code(code)});
}

}  // namespace

// Would catch a full disk that is called a damaged file, or a failed sync after which the process goes on.
TEST_CASE("F05 F06 each code of SQLite and of the system is the fault that it is", "[broken]")
{
    CHECK(of(SQLITE_BUSY) == Broken::busy);
    CHECK(of(SQLITE_BUSY_RECOVERY) == Broken::busy);
    CHECK(of(SQLITE_CORRUPT) == Broken::corrupt);
    CHECK(of(SQLITE_CORRUPT_INDEX) == Broken::corrupt);
    CHECK(of(SQLITE_NOTADB) == Broken::corrupt);
    CHECK(of(SQLITE_IOERR_FSYNC) == Broken::sync_failed);
    CHECK(of(SQLITE_IOERR_DIR_FSYNC) == Broken::sync_failed);
    CHECK(of(SQLITE_NOMEM) == Broken::memory);
    CHECK(of(SQLITE_IOERR_NOMEM) == Broken::memory);
    CHECK(of(SQLITE_FULL) == Broken::disk_full);
    CHECK(of(SQLITE_READONLY) == Broken::read_only);
    CHECK(of(SQLITE_READONLY_DIRECTORY) == Broken::read_only);
    CHECK(of(SQLITE_IOERR_READ) == Broken::disk);
    CHECK(of(SQLITE_IOERR_WRITE) == Broken::disk);
    CHECK(of(SQLITE_CONSTRAINT_CHECK) == Broken::other);
    CHECK(of(SQLITE_ERROR) == Broken::other);

    CHECK(of(std::errc::no_space_on_device) == Broken::disk_full);
    CHECK(of(std::errc::read_only_file_system) == Broken::read_only);
    CHECK(of(std::errc::permission_denied) == Broken::read_only);
    CHECK(of(std::errc::io_error) == Broken::disk);
    CHECK(of(std::errc::file_too_large) == Broken::disk);
    CHECK(of(std::errc::not_enough_memory) == Broken::memory);
    CHECK(of(std::errc::timed_out) == Broken::other);

    CHECK(what_broke(SyncFailure{std::make_error_code(std::errc::io_error)}) == Broken::sync_failed);
    CHECK(what_broke(std::bad_alloc{}) == Broken::memory);
    CHECK(what_broke(std::runtime_error{"x"}) == Broken::other);
}
