// SQLite on a CrashDisk: a VFS registered as the default one, so that the product's own open finds it.
#pragma once

#include "tests/crash/crash_disk.h"

namespace ocop::test {

/// From now on all files of SQLite and of node/os/files.h are on this disk. Connections still open keep theirs. Null: the
/// machine's own again. Returns the one before.
CrashDisk* use_crash_disk(CrashDisk* disk);

/// SQLite's chance, which keys the WAL and makes ids, begins anew.
void seed_sqlite(std::uint64_t seed);

}  // namespace ocop::test
