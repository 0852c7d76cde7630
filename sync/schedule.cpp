#include "sync/schedule.h"

#include <algorithm>

namespace ocop::sync {
namespace {

/// Between low and high, both included. The modulo's bias is far below what a jitter needs.
std::int64_t between(std::int64_t low, std::int64_t high, const RandomBits& random)
{
    if (high <= low) return low;
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(random() % span);
}

/// Half of the doubled delay is certain, so that a parent in trouble is left alone; the other half is chance.
std::int64_t back_off(std::uint32_t failures, const ScheduleLimits& limits, const RandomBits& random)
{
    std::int64_t ceiling = std::max<std::int64_t>(limits.retry_first_ms, 1);
    for (std::uint32_t i = 1; i < failures && ceiling < limits.retry_longest_ms; ++i) ceiling *= 2;
    ceiling = std::min(ceiling, limits.retry_longest_ms);
    return between(ceiling / 2, ceiling, random);
}

std::int64_t jitter_of(const ScheduleLimits& limits)
{
    return limits.interval_ms / 100 * limits.jitter_percent;
}

}  // namespace

Schedule start_schedule(const ScheduleLimits& limits, std::int64_t now_ms, const RandomBits& random)
{
    Schedule schedule;
    schedule.due_ms = now_ms + between(0, limits.first_spread_ms, random);
    return schedule;
}

void call_begins(Schedule& schedule)
{
    schedule.changed_ms.reset();
}

void call_ended(Schedule& schedule, CallOutcome outcome, const ScheduleLimits& limits, std::int64_t now_ms,
                const RandomBits& random)
{
    if (outcome == CallOutcome::failed) {
        schedule.failures = std::min(schedule.failures + 1, 1'000u);
        schedule.due_ms = now_ms + back_off(schedule.failures, limits, random);
        return;
    }
    schedule.failures = 0;
    if (outcome == CallOutcome::more) {
        schedule.due_ms = now_ms;
        return;
    }
    const std::int64_t jitter = jitter_of(limits);
    schedule.due_ms = now_ms + between(limits.interval_ms - jitter, limits.interval_ms + jitter, random);
    if (schedule.changed_ms) changed_locally(schedule, limits, now_ms);
}

void changed_locally(Schedule& schedule, const ScheduleLimits& limits, std::int64_t now_ms)
{
    if (!schedule.changed_ms) schedule.changed_ms = now_ms;
    if (schedule.failures > 0) return;
    schedule.due_ms = std::min(schedule.due_ms, *schedule.changed_ms + limits.settle_ms);
}

void call_now(Schedule& schedule, std::int64_t now_ms)
{
    schedule.due_ms = std::min(schedule.due_ms, now_ms);
}

std::int64_t wait_ms(const Schedule& schedule, const ScheduleLimits& limits, std::int64_t now_ms)
{
    const std::int64_t longest =
        std::max({limits.interval_ms + jitter_of(limits), limits.retry_longest_ms, limits.first_spread_ms});
    return std::clamp<std::int64_t>(schedule.due_ms - now_ms, 0, longest);
}

}  // namespace ocop::sync
