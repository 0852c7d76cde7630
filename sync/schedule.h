// When to call the parent next. Pure: time and chance are arguments, so a year of bad line is a test of milliseconds.
//
// A Schedule holds one number, when the next call is due, and what it takes to move it. Four things move it:
//   - a call went well: the next one is an interval away, or at once while either side has more to say;
//   - a call failed: back-off, doubled each time up to a ceiling, always jittered, because after an outage of the
//     parent or of a whole province's power 200 children would otherwise come back in the same second (F44);
//   - something changed here: call soon, but a little later than the first change, so that a form saved field by field
//     is one call. A change does not cut a back-off short: the line is down for it too;
//   - somebody asks (a person, a line that came back): now.
// The ceiling of the back-off bounds how long a child stays silent after faults stop (F47).
//
// `now_ms` must come from a clock that never goes back (a wall clock is wrong out there). Should it go back all the
// same, no wait is ever longer than the longest one in the limits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace ocop::sync {

using RandomBits = std::function<std::uint64_t()>;

struct ScheduleLimits {
    std::int64_t interval_ms = 15 * 60'000;  // between calls when nothing happens
    std::int64_t settle_ms = 2'000;          // from the first local change to the call
    std::int64_t first_spread_ms = 3'000;    // the first call after start comes within this
    std::int64_t retry_first_ms = 5'000;     // ceiling of the first back-off
    std::int64_t retry_longest_ms = 30 * 60'000;
    int jitter_percent = 10;  // of the interval, either way
};

enum class CallOutcome {
    done,    // both sides said everything
    more,    // something moved, and there is more: call again at once
    failed,  // no answer, a refusal, or an answer that moved nothing although there was something to move
};

struct Schedule {
    std::int64_t due_ms = 0;
    std::uint32_t failures = 0;              // in a row
    std::optional<std::int64_t> changed_ms;  // first local change since the last call began
};

/// A schedule at the start of the program.
Schedule start_schedule(const ScheduleLimits& limits, std::int64_t now_ms, const RandomBits& random);

/// Changes saved from here on are not in the call that now begins.
void call_begins(Schedule& schedule);
void call_ended(Schedule& schedule, CallOutcome outcome, const ScheduleLimits& limits, std::int64_t now_ms,
                const RandomBits& random);
void changed_locally(Schedule& schedule, const ScheduleLimits& limits, std::int64_t now_ms);
void call_now(Schedule& schedule, std::int64_t now_ms);

/// How long to wait from now until the next call; 0: call.
std::int64_t wait_ms(const Schedule& schedule, const ScheduleLimits& limits, std::int64_t now_ms);

}  // namespace ocop::sync
