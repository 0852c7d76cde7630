// What the property tests share: seeds, a random tree of offices, and messages between them that are cut, lost, late or repeated.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/world.h"

namespace ocop::test {

/// From, and up to but not including: `usual` of them, or as many as OCOP_SEEDS says, or the one that OCOP_SEED names.
inline std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t usual)
{
    if (const char* one = std::getenv("OCOP_SEED"))
        return {std::strtoull(one, nullptr, 10), std::strtoull(one, nullptr, 10) + 1};
    if (const char* many = std::getenv("OCOP_SEEDS")) usual = std::strtoull(many, nullptr, 10);
    return {1, 1 + usual};
}

/// A root, and so many offices, each under any of those before it: provinces, districts and communes by their depth.
inline void grow_tree(World& world, std::size_t offices)
{
    world.root();
    const char* levels[] = {"province", "district", "commune"};
    for (std::size_t i = 0; i < offices; ++i) {
        Office& parent = *world.offices[world.random.below(world.offices.size())];
        int depth = 0;
        for (const Office* at = &parent; at->parent != nullptr && depth < 2; at = at->parent) ++depth;
        world.child(parent, "U" + std::to_string(i), levels[depth]);
    }
}

/// Some clocks stand at 1970, some in 2099.
inline void set_clocks(World& world)
{
    for (const auto& office : world.offices)
        office->clock->set(world.random.chance(0.2)   ? 1
                           : world.random.chance(0.2) ? 4'070'908'800'000
                                                      : 1'600'000'000'000);
}

/// A message under way, perhaps for long, perhaps twice.
struct Stick {
    Office* office = nullptr;
    bool up = false;
    Bytes bytes;
};

/// Any of those under way; it may arrive once more.
inline Stick take_any(std::vector<Stick>& sticks, SeededRandom& random)
{
    const std::size_t at = random.below(sticks.size());
    const Stick stick = sticks[at];
    if (random.chance(0.6)) sticks.erase(sticks.begin() + static_cast<std::ptrdiff_t>(at));
    return stick;
}

/// Exchanges by line and by stick in a tree where everybody's word must be good: any refusal fails the test.
class Mail {
public:
    /// `write`: what people at an office do while a message is under way.
    Mail(World& world, std::function<void(Office&)> write)
        : world_(world), random_(world.random), write_(std::move(write))
    {
    }

    /// One step: people write, an office calls, a stick arrives.
    void step()
    {
        Office& office = *world_.offices[random_.below(world_.offices.size())];
        office.clock->advance(1);
        if (random_.chance(0.5))
            write_(office);
        else if (office.parent != nullptr)
            exchange(office);
        if (!sticks_.empty() && random_.chance(0.2)) stick_arrives();
    }

private:
    sync::Limits limits()
    {
        sync::Limits small;
        small.entries = random_.chance(0.5) ? SIZE_MAX : 1 + random_.below(3);
        return small;
    }

    void exchange(Office& office)
    {
        const sync::Limits small = limits();
        const auto request = sync::make_request(*office.replica, small);
        REQUIRE(request.ok());
        if (random_.chance(0.25)) sticks_.push_back({&office, true, *request});
        if (random_.chance(0.3)) write_(office);
        if (random_.chance(0.2)) return;  // the request was lost
        const Bytes answer = answered(office, *request, small);
        if (random_.chance(0.25)) sticks_.push_back({&office, false, answer});
        if (random_.chance(0.3)) write_(office);
        if (random_.chance(0.2)) return;  // the answer was lost
        finish(office, answer);
    }

    void stick_arrives()
    {
        const Stick stick = take_any(sticks_, random_);
        if (!stick.up) return finish(*stick.office, stick.bytes);
        const Bytes answer = answered(*stick.office, stick.bytes, limits());
        if (random_.chance(0.5)) sticks_.push_back({stick.office, false, answer});
    }

    static Bytes answered(Office& office, const Bytes& request, const sync::Limits& limits)
    {
        const auto answer = sync::answer_request(*office.parent->replica, request, limits);
        INFO("answer to " << office.unit << ": " << (answer ? std::string{} : answer.refusal().detail));
        REQUIRE(answer.ok());
        return *answer;
    }

    static void finish(Office& office, const Bytes& answer)
    {
        const auto outcome = sync::finish(*office.replica, answer);
        INFO("finish at " << office.unit << ": " << (outcome ? std::string{} : outcome.refusal().detail));
        REQUIRE(outcome.ok());
    }

    World& world_;
    SeededRandom& random_;
    std::function<void(Office&)> write_;
    std::vector<Stick> sticks_;
};

}  // namespace ocop::test
