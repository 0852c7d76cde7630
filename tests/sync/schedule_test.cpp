#include "sync/schedule.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

using namespace ocop::sync;

namespace {

RandomBits seeded(std::uint64_t seed)
{
    return [engine = std::mt19937_64(seed)]() mutable { return engine(); };
}

constexpr std::int64_t minute = 60'000;

}  // namespace

// Would catch a call that comes at once after a quiet success, or at the same second at every child.
TEST_CASE("a quiet line is called once an interval, jittered", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(1);
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 200; ++i) {
        Schedule schedule = start_schedule(limits, 0, random);
        CHECK(wait_ms(schedule, limits, 0) <= limits.first_spread_ms);
        call_begins(schedule);
        call_ended(schedule, CallOutcome::done, limits, 1000, random);
        waits.push_back(wait_ms(schedule, limits, 1000));
    }
    const auto [low, high] = std::minmax_element(waits.begin(), waits.end());
    CHECK(*low >= limits.interval_ms * 9 / 10);
    CHECK(*high <= limits.interval_ms * 11 / 10);
    CHECK(*high - *low > limits.interval_ms / 10);
}

// Would catch a long transfer that pauses an interval between its batches.
TEST_CASE("more to say is said at once", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(2);
    Schedule schedule = start_schedule(limits, 0, random);
    call_ended(schedule, CallOutcome::failed, limits, 0, random);
    call_begins(schedule);
    call_ended(schedule, CallOutcome::more, limits, 5000, random);
    CHECK(wait_ms(schedule, limits, 5000) == 0);
    CHECK(schedule.failures == 0);
}

// Would catch a retry storm: a delay that does not grow, has no chance in it, or grows for ever or overflows.
TEST_CASE("F44: back-off doubles with jitter up to its ceiling", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(3);
    Schedule schedule = start_schedule(limits, 0, random);
    std::int64_t ceiling = limits.retry_first_ms;
    for (int i = 0; i < 5000; ++i) {
        call_begins(schedule);
        call_ended(schedule, CallOutcome::failed, limits, 0, random);
        REQUIRE(wait_ms(schedule, limits, 0) >= ceiling / 2);
        REQUIRE(wait_ms(schedule, limits, 0) <= ceiling);
        ceiling = std::min(ceiling * 2, limits.retry_longest_ms);
    }
}

// Would catch local changes that wait for the interval, or a call for every field of a form.
TEST_CASE("a local change is carried soon, several changes in one call", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(4);
    Schedule schedule = start_schedule(limits, 0, random);
    call_begins(schedule);
    call_ended(schedule, CallOutcome::done, limits, 0, random);
    changed_locally(schedule, limits, 1000);
    changed_locally(schedule, limits, 2500);  // must not push the call away
    CHECK(wait_ms(schedule, limits, 2500) == limits.settle_ms - 1500);
}

// Would catch a change saved while a call is under way that is forgotten until the next interval.
TEST_CASE("a change during a call leads to another call", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(5);
    Schedule schedule = start_schedule(limits, 0, random);
    changed_locally(schedule, limits, 0);
    call_begins(schedule);
    changed_locally(schedule, limits, 100);
    call_ended(schedule, CallOutcome::done, limits, 5000, random);
    CHECK(wait_ms(schedule, limits, 5000) == 0);
    call_begins(schedule);
    call_ended(schedule, CallOutcome::done, limits, 6000, random);
    CHECK(wait_ms(schedule, limits, 6000) > minute);
}

// Would catch a busy keyboard that hammers a parent which is down.
TEST_CASE("F44: a local change does not cut a back-off short, a person does", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(6);
    Schedule schedule = start_schedule(limits, 0, random);
    for (int i = 0; i < 10; ++i) call_ended(schedule, CallOutcome::failed, limits, 0, random);
    const std::int64_t before = wait_ms(schedule, limits, 0);
    changed_locally(schedule, limits, 0);
    CHECK(wait_ms(schedule, limits, 0) == before);
    call_now(schedule, 0);
    CHECK(wait_ms(schedule, limits, 0) == 0);
}

// Would catch a child that falls silent for ever when its clock is set back by years.
TEST_CASE("F47: a clock that goes back makes no wait longer than the longest", "[schedule]")
{
    const ScheduleLimits limits;
    const auto random = seeded(7);
    Schedule schedule = start_schedule(limits, 1'700'000'000'000, random);
    call_ended(schedule, CallOutcome::done, limits, 1'700'000'000'000, random);
    CHECK(wait_ms(schedule, limits, 0) == std::max(limits.retry_longest_ms, limits.interval_ms * 11 / 10));
}

// Would catch 200 communes that come back in step after their parent's outage, and one that never comes back.
TEST_CASE("F44 F47: after an outage 200 children return spread out, all within the longest back-off", "[schedule]")
{
    const ScheduleLimits limits;
    const std::int64_t down_from = 60 * minute;
    const std::int64_t up_again = 6 * 60 * minute;
    std::map<std::int64_t, int> calls_a_second;
    for (std::uint64_t child = 0; child < 200; ++child) {
        const auto random = seeded(child);
        Schedule schedule = start_schedule(limits, 0, random);  // all were switched on in the same instant
        std::int64_t now = 0;
        for (;;) {
            now += wait_ms(schedule, limits, now);
            if (now >= up_again) break;
            call_begins(schedule);
            call_ended(schedule, now < down_from ? CallOutcome::done : CallOutcome::failed, limits, now, random);
        }
        CHECK(now <= up_again + limits.retry_longest_ms);
        ++calls_a_second[now / 1000];
    }
    int busiest = 0;
    for (const auto& second : calls_a_second) busiest = std::max(busiest, second.second);
    CHECK(busiest <= 5);
}
