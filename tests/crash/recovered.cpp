#include "tests/crash/recovered.h"

#include <sqlite3.h>

#include "tests/crash/crash_vfs.h"

namespace ocop::test {

std::optional<Content> recovered(const Image& image, const std::string& database)
{
    Image files;
    for (const char* beside : {"", "-wal", "-journal"})
        if (const auto found = image.find(database + beside); found != image.end()) files.insert(*found);
    if (!files.contains(database)) return std::nullopt;
    CrashDisk disk{files};
    CrashDisk* before = use_crash_disk(&disk);
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    // Takes the write lock, for which log or journal must be recovered; closing writes the log back.
    if (code == SQLITE_OK) code = sqlite3_exec(handle, "BEGIN IMMEDIATE; COMMIT", nullptr, nullptr, nullptr);
    const int closed = sqlite3_close(handle);
    use_crash_disk(before);
    if (code != SQLITE_OK || closed != SQLITE_OK || disk.find(database + "-wal")) return std::nullopt;
    return disk.content(*disk.find(database));
}

}  // namespace ocop::test
