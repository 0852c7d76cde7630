// The few nodes of a crash scenario, each in a folder of its own on one CrashDisk, and the messages between them.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/crash/crash_disk.h"

namespace ocop::test {

/// The tree is a line: centre, district, commune; a pair is the first and the second.
constexpr int centre = 0, below = 1, lowest = 2;

/// What crossed the line towards and from a node's parent last.
struct Letters {
    std::optional<Bytes> request, answer;
};

class Stage {
public:
    /// `home` is a folder of the real disk, for the lock files; nothing else is written there.
    Stage(CrashDisk& disk, const std::filesystem::path& home, std::uint64_t seed);

    std::filesystem::path folder(int node) const;
    /// The node, opened now if it was not. A refusal is an exception: the machine is not as it should be.
    Replica& at(int node);
    bool is_open(int node) const { return replicas_[static_cast<std::size_t>(node)] != nullptr; }
    bool exists(int node) const;
    /// As at the end of its process, which hears of no failure any more.
    void close(int node)
    {
        replicas_[static_cast<std::size_t>(node)].reset();
        disk.unsynced.clear();
    }
    void close_all();
    void adopt(int node, std::unique_ptr<Replica> replica);
    Environment environment(int node);

    // Steps that most scenarios are made of. Refusals are exceptions.
    void sql(int node, const std::string& text);
    void request(int child, const sync::Limits& limits = {});
    void answer(int child, const sync::Limits& limits = {});
    void finish(int child);
    /// Rounds until neither has more to say.
    void exchange(int child, const sync::Limits& limits = {});

    CrashDisk& disk;
    SeededRandom random;
    std::array<Letters, 3> letters;
    std::string note;  // a step's word to a later one

private:
    std::filesystem::path home_;
    std::array<FakeClock, 3> clocks_;
    std::array<std::unique_ptr<Replica>, 3> replicas_;
};

struct Refused : std::runtime_error {
    Refused(const std::string& what, const Refusal& refusal);
    Errc code;
};

template <class T>
T&& wanted(Result<T>&& result, const char* what)
{
    if (!result) throw Refused(what, result.refusal());
    return std::move(*result);
}

struct Step {
    std::string name;
    std::function<void(Stage&)> run;
    bool several = false;  // commits: what is found after a cut in the middle is then only asked to be sound
};

struct Scenario {
    std::string name;
    int victim = below;
    std::string ground;  // which prepared country it begins with
    std::function<void(Stage&)> prepare;
    std::vector<Step> steps;
};

const std::vector<Scenario>& crash_scenarios();

/// The grounds of the scenarios, made once: "empty", "pair", "line" (three nodes), "v1" (files of release 1).
const Image& ground(const std::string& name, const std::filesystem::path& home);

/// All that a database holds, in one number.
std::uint64_t fingerprint(sqlite::Connection& db);

/// Empty: all is well.
std::string complaint_of(Replica& replica);
/// The interrupted exchanges are taken up again, letters that were under way arrive late, and all must become equal.
std::string converge(Stage& stage);

}  // namespace ocop::test
