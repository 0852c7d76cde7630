#include "tests/simulator/options.h"

#include "tests/support/world.h"

namespace ocop::sim {

namespace {

/// Absent more often than not; else up to `most`.
double some(test::SeededRandom& random, double most, double present = 0.4)
{
    const bool there = random.chance(present);
    const double part = static_cast<double>(1 + random.below(100)) / 100.0;
    return there ? most * part : 0.0;
}

void draw_line(test::SeededRandom& random, Options& options)
{
    constexpr std::int64_t speeds[] = {200, 2'000, 60'000, 6 * 3'600'000};
    options.slowest = speeds[random.below(4)];
    options.drop = some(random, 0.5);
    options.duplicate = some(random, 0.3);
    options.truncate = some(random, 0.2);
    options.outage = some(random, 0.3);
    const std::size_t cut = 512 + random.below(8192);
    options.cut_after = random.chance(0.15) ? cut : 0;
    options.stick = some(random, 0.3);
    options.late_sticks = random.chance(0.5);
}

void draw_machines(test::SeededRandom& random, Options& options)
{
    options.power_cut = some(random, 0.05);
    options.disk_full = some(random, 0.1, 0.25);
    options.bad_clocks = some(random, 0.6, 0.5);
    options.clock_jumps = some(random, 0.2, 0.3);
    options.sleep = some(random, 0.1, 0.3);
    options.restore = Features::restores ? some(random, 0.1, 0.3) : 0.0;
    options.witness = 0.5 * static_cast<double>(random.below(3));
    // Both ends of one link put back unseen, with late sticks between them, may lose a value (tests/model/README.md): not drawn.
    const auto parity = static_cast<int>(random.below(2));
    if (options.stick > 0) options.restored_depth = parity;
    options.clone = Features::clones ? some(random, 0.05, 0.2) : 0.0;
    options.lies = Features::byzantine ? some(random, 0.5, 0.2) : 0.0;
}

void draw_people(test::SeededRandom& random, Options& options)
{
    options.removes = some(random, 0.15, 0.7);
    options.clashes = some(random, 0.15, 0.6);
    options.settles = some(random, 0.15, 0.5);
    options.many_rows = some(random, 0.3, 0.6);
    options.aborts = some(random, 0.05, 0.5);
    options.reads = 0.005 + some(random, 0.04, 0.7);
    options.offenders = Features::refusals ? some(random, 0.15, 0.35) : 0.0;
    options.moves = Features::unit_moves ? some(random, 0.1, 0.35) : 0.0;
    options.adoptions = some(random, 0.1, 0.5);
}

}  // namespace

Options draw(std::uint64_t seed)
{
    test::SeededRandom random{seed * 0x9e3779b97f4a7c15 + 1};
    Options options;
    options.seed = seed;
    options.nodes = 3 + random.below(10);
    options.levels = 2 + static_cast<int>(random.below(3));
    options.tree_2025 = random.chance(0.3);
    options.changes = 100 + random.below(500);
    options.days = 2 + static_cast<std::int64_t>(random.below(28));
    options.calls_a_day = 8.0 * static_cast<double>(1 + random.below(4)) / static_cast<double>(options.days);
    options.whole = random.chance(0.5);
    options.hot_rows = 1 + random.below(8);
    draw_line(random, options);
    draw_machines(random, options);
    draw_people(random, options);
    return options;
}

}  // namespace ocop::sim
