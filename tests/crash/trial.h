// One scenario tried at one point: power cut, failing disk or failing memory there, then everything judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/crash/crash_disk.h"
#include "tests/crash/failing_memory.h"
#include "tests/crash/forks.h"
#include "tests/crash/stage.h"

namespace ocop::test {

/// What stood after each step of an undisturbed run; the first is the state before any.
struct Mark {
    std::size_t operations = 0;  // on the disk so far
    std::uint64_t print = 0;     // of the victim's database
    bool there = false;          // the victim has a database
    std::array<Letters, 3> letters;
};

struct PowerCount {
    std::uint64_t points = 0;
    std::uint64_t nested = 0;     // of these, cuts in the recovery from another
    std::uint64_t converged = 0;  // of these, taken on to equality with the neighbours
    std::uint64_t repeated = 0;   // of these, the very bytes of an earlier one: recovered and judged once
    std::uint64_t same = 0;       // of these, recovered by SQLite to the very database of an earlier one: judged once
};

class Trial {
public:
    Trial(const Scenario& scenario, std::filesystem::path home, std::uint64_t seed);

    std::size_t operations() const { return disk_->trace().size(); }
    const std::string& name() const { return scenario_.name; }

    /// `at` never goes down from call to call. Empty: all is well.
    std::string power_cut(std::size_t at, std::uint64_t seed, PowerCount& count);

    /// How many places there are for a fault of this kind.
    std::uint64_t places(DiskFault fault);
    /// `opened`: not before every node is open.
    std::uint64_t places(FailingMemory fault, bool opened = false);
    bool begins_by_opening() const { return scenario_.ground != "v1" && scenario_.steps.front().name == "open"; }
    std::string failing_disk(DiskFault fault, std::uint64_t seed);
    std::string failing_memory_at(FailingMemory fault, std::uint64_t seed, bool opened = false);
    /// The same by copies of this process, all that are planned in one run; a planned kind is one of `kinds`, or of memory once and for ever.
    void failing_disks(const std::vector<DiskFault>& kinds, Forks& forks);
    void failing_memories(FailingMemory::Whose whose, Forks& forks, bool opened = false);

private:
    void record();
    Mark mark(Stage& stage) const;
    std::vector<const Mark*> lawful(std::size_t at, bool& any) const;
    struct Found {
        const Image& image;
        const std::vector<std::uint64_t>& prints;  // of what is lawful
        bool any;                                  // whatever is sound is lawful
        bool met;                                  // and was judged before
        bool again, on;                            // to be cut again; to be taken on to convergence
        std::uint64_t seed;
        int depth;
    };
    std::string judge(const Image& image, const std::vector<std::uint64_t>& prints, bool any, const Mark& last,
                      SeededRandom& random, int depth, PowerCount& count);
    std::string found_sound(const Found& found, const Mark& last, SeededRandom& random, PowerCount& count);
    struct Recovery {
        const CrashDisk& disk;
        std::size_t verified;  // operations until then
        std::uint64_t print, verified_print;
    };
    std::string cut_again(const Recovery& recovery, const Found& found, const Mark& last, SeededRandom& random,
                          PowerCount& count);
    std::string begin_again(Stage& stage);
    void open_all(Stage& stage) const;
    std::string disturbed(Stage& stage, SeededRandom& random, bool memory, std::size_t done = 0,
                          const Forks* forks = nullptr);
    std::string gone_on(Stage& stage, SeededRandom& random, std::size_t done);
    std::uint64_t state_of(const Image& image, std::uint64_t lawful) const;
    std::string after_restart(const Image& image, std::size_t done, SeededRandom& random);

    const Scenario& scenario_;
    std::filesystem::path home_;
    std::uint64_t seed_;
    std::string victim_;
    Image base_;
    std::array<Letters, 3> first_letters_;
    std::unique_ptr<CrashDisk> disk_;
    std::unique_ptr<PowerCut> cut_;
    std::vector<Mark> marks_;
    bool in_copy_ = false;  // of the process, see forks.h
};

}  // namespace ocop::test
