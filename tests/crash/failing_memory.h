// Allocations that fail: those of C++ (operator new, replaced in crash_tool.cpp) and those of SQLite.
#pragma once

#include <cstdint>

namespace ocop::test {

struct FailingMemory {
    enum class Whose : std::uint8_t { ours, sqlite };
    bool armed = false;
    Whose whose = Whose::ours;
    std::uint64_t at = 0;  // 1: the first allocation
    bool for_ever = false;
    std::uint64_t count = 0;
    bool hit = false;
};

inline FailingMemory failing_memory;
/// Called, disarmed, before each allocation that is counted.
inline void (*at_allocation)() = nullptr;

/// True: the allocation that begins now shall fail.
inline bool memory_fails(FailingMemory::Whose whose)
{
    FailingMemory& memory = failing_memory;
    if (!memory.armed || memory.whose != whose) return false;
    ++memory.count;
    if (at_allocation != nullptr) {
        memory.armed = false;
        at_allocation();
        memory.armed = true;
    }
    if (memory.for_ever ? memory.count < memory.at : memory.count != memory.at) return false;
    memory.hit = true;
    return true;
}

/// The tests' own allocations in between do not count.
class MemoryPause {
public:
    MemoryPause() : armed_(failing_memory.armed) { failing_memory.armed = false; }
    ~MemoryPause() { failing_memory.armed = armed_; }
    MemoryPause(const MemoryPause&) = delete;
    MemoryPause& operator=(const MemoryPause&) = delete;

private:
    bool armed_;
};

}  // namespace ocop::test
