#include "tests/simulator/machine.h"

#include <sqlite3.h>

#include "schema/base/check.h"
#include "tests/support/world.h"

namespace ocop::sim {

namespace {

// Milliseconds from SQLite's day 0 (24 November -4713, noon) to 1970.
constexpr std::int64_t day_zero = 210'866'760'000'000;

struct Shim {
    sqlite3_vfs vfs{};
    sqlite3_vfs* below = nullptr;
    Clock* clock = nullptr;
    test::SeededRandom random{0};
};

Shim& shim()
{
    static Shim one;
    return one;
}

int randomness(sqlite3_vfs* /*vfs*/, int count, char* bytes)
{
    shim().random.fill(bytes, static_cast<std::size_t>(count));
    return count;
}

int time_in_ms(sqlite3_vfs* /*vfs*/, sqlite3_int64* ms)
{
    *ms = day_zero + (shim().clock != nullptr ? shim().clock->now_ms() : 0);
    return SQLITE_OK;
}

int time_in_days(sqlite3_vfs* vfs, double* days)
{
    sqlite3_int64 ms = 0;
    time_in_ms(vfs, &ms);
    *days = static_cast<double>(ms) / 86'400'000.0;
    return SQLITE_OK;
}

}  // namespace

Machine::Machine(std::uint64_t seed)
{
    OCOP_CHECK(shim().below == nullptr);
    sqlite3_initialize();
    shim().below = sqlite3_vfs_find(nullptr);
    shim().vfs = *shim().below;
    shim().vfs.zName = "ocop-simulator";
    shim().vfs.xRandomness = randomness;
    shim().vfs.xCurrentTime = time_in_days;
    shim().vfs.xCurrentTimeInt64 = time_in_ms;
    shim().random = test::SeededRandom{seed};
    shim().clock = nullptr;
    sqlite3_vfs_register(&shim().vfs, 1);
    sqlite3_randomness(0, nullptr);  // forgets its state; the next call asks us
    char first = 0;
    sqlite3_randomness(1, &first);
}

Machine::~Machine()
{
    sqlite3_vfs_register(shim().below, 1);
    sqlite3_vfs_unregister(&shim().vfs);
    shim().below = nullptr;
    sqlite3_randomness(0, nullptr);
}

void Machine::runs(Clock* clock)
{
    shim().clock = clock;
}

}  // namespace ocop::sim
