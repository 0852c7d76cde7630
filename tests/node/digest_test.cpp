// Digests of change-log entries.

#include <catch2/catch.hpp>

#include <algorithm>

#include "node/digest.h"
#include "tests/support/world.h"

using namespace ocop;

namespace {

const DigestKey key{"0123456789abcdef"};

Version version(std::uint64_t gen, std::int64_t time = 5, std::uint8_t node = 1, std::uint32_t incarnation = 1)
{
    return {gen, time, {{node}, incarnation}};
}

}  // namespace

// Would catch a digest that depends on the order of arrival: two replicas with the same cells would call each other different.
TEST_CASE("a digest is a sum: any order, and what is taken away leaves nothing", "[digest]")
{
    test::SeededRandom random{11};
    std::vector<Digest> entries;
    for (int i = 0; i < 200; ++i)
        entries.push_back(key.entry(static_cast<std::uint32_t>(random.below(9)), std::to_string(random.next()),
                                    version(random.next()), random.next() >> 1));
    Digest forwards;
    for (const Digest& entry : entries) forwards += entry;
    for (std::size_t i = entries.size() - 1; i > 0; --i) std::swap(entries[i], entries[random.below(i + 1)]);
    Digest shuffled;
    for (const Digest& entry : entries) shuffled += entry;
    CHECK(forwards == shuffled);
    for (const Digest& entry : entries) shuffled -= entry;
    CHECK(shuffled == Digest{});
    CHECK(forwards.hex().size() == 32);
    CHECK(Digest{1, 0xabc}.hex() == "00000000000000010000000000000abc");
}

// Would catch replicas called different because one of them got a row in one piece and the other in two.
TEST_CASE("splitting a mask leaves the sum unchanged", "[digest]")
{
    test::SeededRandom random{12};
    for (int i = 0; i < 500; ++i) {
        const std::uint64_t mask = random.next() >> 1;
        const std::uint64_t part = mask & random.next();
        Digest split = key.entry(2, "row", version(3), part);
        split += key.entry(2, "row", version(3), mask & ~part);
        CHECK(split == key.entry(2, "row", version(3), mask));
    }
    CHECK(key.entry(2, "row", version(3), 0) == Digest{});
}

// Would catch a difference between two replicas that no digest sees.
TEST_CASE("another table, row, column, version or key gives another digest", "[digest]")
{
    const Digest one = key.entry(2, "row", version(3), 6);
    const std::vector<Digest> others = {key.entry(3, "row", version(3), 6),
                                        key.entry(2, "roW", version(3), 6),
                                        key.entry(2, std::string("row\0", 4), version(3), 6),
                                        key.entry(2, "row", version(4), 6),
                                        key.entry(2, "row", version(3, 6), 6),
                                        key.entry(2, "row", version(3, 5, 2), 6),
                                        key.entry(2, "row", version(3, 5, 1, 2), 6),
                                        key.entry(2, "row", version(3), 2),
                                        key.entry(2, "row", version(3), 7),
                                        key.entry(2, "row", version(3, -5), 6),
                                        DigestKey{"0123456789abcdeF"}.entry(2, "row", version(3), 6)};
    for (const Digest& other : others) {
        CHECK_FALSE(other == one);
        CHECK(std::count(others.begin(), others.end(), other) == 1);
    }
    std::vector<std::string> bits;
    for (int bit = 0; bit < 63; ++bit) bits.push_back(key.entry(1, "r", version(1), std::uint64_t{1} << bit).hex());
    std::sort(bits.begin(), bits.end());
    CHECK(std::unique(bits.begin(), bits.end()) == bits.end());
}

// Would catch two cells that trade versions and cancel out: the sum must be of products, not of separate hashes.
TEST_CASE("two columns, or two rows, that trade versions change the sum", "[digest]")
{
    Digest straight = key.entry(1, "r", version(1), 2);
    straight += key.entry(1, "r", version(2), 4);
    Digest crossed = key.entry(1, "r", version(2), 2);
    crossed += key.entry(1, "r", version(1), 4);
    CHECK_FALSE(straight == crossed);
    straight = key.entry(1, "r", version(1), 2);
    straight += key.entry(1, "s", version(2), 2);
    crossed = key.entry(1, "r", version(2), 2);
    crossed += key.entry(1, "s", version(1), 2);
    CHECK_FALSE(straight == crossed);
}
