// What befalls machines and people beside the line.
#include "sync/codec.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t day = 86'400'000;

}  // namespace

void Simulation::fill_disk(Office& office)
{
    if (office.disk_is_full) return;
    office.fill_disk();
    counters_.add("disk full");
    const auto until = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(2 * day));
    at(now_ + until, [&office] {
        if (office.disk_is_full) office.free_disk();
    });
}

void Simulation::jump_clock(Office& office)
{
    const auto span = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(800 * day));
    office.clock.set_error(span - 400 * day);
    counters_.add("clock jumps");
}

/// A backup is taken now and comes back to life some days later.
void Simulation::keep_and_restore(Office& office)
{
    const std::string image = office.snapshot();
    const auto after = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(5 * day));
    at(now_ + after, [this, &office, image] {
        if (quiet_) return;
        office.restore(image);
        history_.line("restore", now_, office.number);
        counters_.add("restores");
    });
}

/// Somebody calls with this child's key and says what is not so. Nothing of it may be taken.
void Simulation::lie(Office& child)
{
    (void)child;
}

}  // namespace ocop::sim
