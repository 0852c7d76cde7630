// What happens in the whole country, day by day: people write in the daytime, few of them in most communes; in the evening the communes
// call their district, at night the districts their province and the provinces the centre.
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t first_day = 1'717'200'000'000;  // 1 June 2024
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t provinces = 63;

}  // namespace

std::int64_t Simulation::between(std::int64_t start, std::int64_t from, std::int64_t to)
{
    return start + from + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(to - from));
}

void Simulation::plan_nation()
{
    offices_.front()->never_sleeps();
    for (const auto& one : offices_) {
        if (!one->children.empty() || random_.chance(0.4)) continue;  // no product there
        const auto start = first_day + static_cast<std::int64_t>(random_.below(
                                           static_cast<std::size_t>(std::min<std::int64_t>(options_.days, 10)))) *
                                           day;
        at(between(start, 7 * hour, 17 * hour), [this, office = one.get()] {
            if (office->asleep_until <= now_) workload_.enter(*office, now_);
        });
    }
    for (std::int64_t number = 0; number < options_.days; ++number)
        at(first_day + number * day, [this, number] { plan_day(number); });
    plan_faults();
}

void Simulation::plan_day(std::int64_t number)
{
    if (number != 0) tell_("day " + std::to_string(number));
    const std::int64_t start = first_day + number * day;
    for (const auto& office : offices_) {
        plan_work(*office, start);
        if (office->parent != nullptr) plan_calls(*office, start);
    }
}

void Simulation::plan_work(Office& office, std::int64_t start)
{
    constexpr double busy[] = {1, 1, 0.6, 0.2};
    if (!random_.chance(busy[office.depth])) return;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i)
        at(between(start, 7 * hour, 17 * hour), [this, &office] {
            if (office.asleep_until <= now_) workload_.act(office, now_);
        });
    if (office.parent == nullptr || !random_.chance(options_.reads)) return;
    at(between(start, 7 * hour, 17 * hour), [this, &office] { workload_.read(office, now_, "now"); });
}

void Simulation::plan_calls(Office& office, std::int64_t start)
{
    const auto nth = static_cast<std::int64_t>(office.province - 1);
    std::int64_t from = 23 * hour + 20 * minute;
    std::int64_t length = 30 * minute;
    if (office.depth == 2) {
        from = 22 * hour + nth * hour / provinces;
        length = 5 * minute;
    } else if (office.depth == 3) {
        from = 17 * hour + 30 * minute + nth * 4 * hour / provinces;
        length = 15 * minute;
    }
    at(between(start, from, from + length), [this, &office] { call(office); });
}

}  // namespace ocop::sim
