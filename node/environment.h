// The two things a replica may not take from the machine by itself: time and chance.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ocop {

class Clock {
public:
    virtual ~Clock() = default;
    /// Milliseconds since 1970, as this machine believes; it may be wrong by decades.
    virtual std::int64_t now_ms() = 0;
};

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(void* bytes, std::size_t count) = 0;
    std::uint64_t number()
    {
        std::uint64_t value = 0;
        fill(&value, sizeof value);
        return value;
    }
};

/// The machine's own; defined in node/os/.
Clock& system_clock();
Random& system_random();

struct Environment {
    Clock* clock = nullptr;
    Random* random = nullptr;
};

}  // namespace ocop
