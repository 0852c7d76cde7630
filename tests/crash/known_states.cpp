#include "tests/crash/known_states.h"

#include <sys/mman.h>

#include <atomic>
#include <new>

namespace ocop::test {

namespace {

using Slot = std::atomic<std::uint64_t>;
static_assert(Slot::is_always_lock_free);  // else processes could not share it

constexpr std::size_t slots = 1u << 21, farthest = 64;
Slot* table = nullptr;

Slot* slot_of(std::uint64_t state, std::uint64_t step)
{
    share_known_states();
    return table + (state + step) % slots;
}

}  // namespace

void share_known_states()
{
    if (table != nullptr) return;
    void* memory =
        mmap(nullptr, slots * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    table = static_cast<Slot*>(memory);  // zeros: nothing is known
}

bool is_known(std::uint64_t state)
{
    for (std::uint64_t step = 0; step < farthest; ++step) {
        const std::uint64_t there = slot_of(state, step)->load(std::memory_order_relaxed);
        if (there == state) return true;
        if (there == 0) return false;
    }
    return false;
}

void now_known(std::uint64_t state)
{
    for (std::uint64_t step = 0; step < farthest; ++step) {
        std::uint64_t there = 0;
        if (slot_of(state, step)->compare_exchange_strong(there, state) || there == state) return;
    }
}

}  // namespace ocop::test
