#include "tests/crash/pool_memory.h"

#include <sqlite3.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace ocop::test {

namespace {

constexpr std::size_t header = 16, largest = 64u << 10, slab = 1u << 20;

constexpr std::size_t classes = 89;

/// Sizes 16, 32 ... 1024, then four to each doubling up to the largest.
std::size_t class_of(std::size_t size)
{
    if (size <= 1024) return (size + 15) / 16;
    const std::size_t power = std::bit_floor(size - 1);
    return 65 + 4 * static_cast<std::size_t>(std::countr_zero(power) - 10) + (size - 1 - power) / (power / 4);
}

std::size_t size_of_class(std::size_t number)
{
    if (number <= 64) return number * 16;
    const std::size_t power = std::size_t{1024} << ((number - 65) / 4);
    return power + power / 4 * ((number - 65) % 4 + 1);
}

struct Free {
    Free* next;
};
std::array<Free*, classes> kept{};
char* fresh = nullptr;
std::size_t left = 0;
char* own = nullptr;  // of a copy of the process
constexpr std::size_t own_size = std::size_t{1} << 30;

std::size_t& size_at(void* piece)
{
    return *reinterpret_cast<std::size_t*>(static_cast<char*>(piece) - header);
}

void* take(int wanted)
{
    const auto size = static_cast<std::size_t>(wanted);
    if (size > largest) {
        auto* block = static_cast<char*>(std::malloc(size + header));
        if (block == nullptr) return nullptr;
        size_at(block + header) = (size + 7) & ~std::size_t{7};
        return block + header;
    }
    const std::size_t kind = class_of(size == 0 ? 1 : size);
    if (Free* piece = kept[kind]) {
        kept[kind] = piece->next;
        return piece;
    }
    const std::size_t whole = size_of_class(kind) + header;
    if (left < whole) {
        fresh = static_cast<char*>(std::malloc(slab));
        left = fresh != nullptr ? slab : 0;
        if (fresh == nullptr) return nullptr;
    }
    char* piece = fresh + header;
    fresh += whole;
    left -= whole;
    size_at(piece) = size_of_class(kind);
    return piece;
}

void give(void* piece)
{
    if (size_at(piece) > largest) {
        std::free(static_cast<char*>(piece) - header);
        return;
    }
    if (own != nullptr && (piece < own || piece >= own + own_size)) return;
    auto* free = static_cast<Free*>(piece);
    Free*& list = kept[class_of(size_at(piece))];
    free->next = list;
    list = free;
}

void* resize(void* piece, int wanted)
{
    const auto size = static_cast<std::size_t>(wanted);
    const std::size_t had = size_at(piece);
    if (size <= had && size * 2 > had) return piece;
    void* other = take(wanted);
    if (other == nullptr) return nullptr;
    std::memcpy(other, piece, std::min(size, had));
    give(piece);
    return other;
}

int size_of(void* piece)
{
    return piece != nullptr ? static_cast<int>(size_at(piece)) : 0;
}
int rounded(int wanted)
{
    const auto size = static_cast<std::size_t>(wanted);
    return static_cast<int>(size > largest ? (size + 7) & ~std::size_t{7} : size_of_class(class_of(size)));
}
int begin(void*)
{
    return SQLITE_OK;
}
void end(void*) {}

}  // namespace

void use_pool_memory()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr bool watched = true;
#else
    constexpr bool watched = false;
#endif
    if (watched) return;
    sqlite3_mem_methods ours{take, give, resize, size_of, rounded, begin, end, nullptr};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

void leave_shared_pieces()
{
    void* room = mmap(nullptr, own_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return;
    madvise(room, own_size, MADV_HUGEPAGE);
    kept = {};
    own = fresh = static_cast<char*>(room);
    left = own_size;
}

}  // namespace ocop::test
