// An office of the simulated country: a real replica in memory, a clock that may lie, and a machine that may lose power, run out of
// disk or come back as its own old snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/replica.h"
#include "tests/simulator/country.h"
#include "tests/simulator/dormitory.h"
#include "tests/simulator/machine.h"

namespace ocop::sim {

/// Virtual time, seen through a node's own error.
class LyingClock final : public Clock {
public:
    explicit LyingClock(const std::int64_t& now) : now_(now) {}
    std::int64_t now_ms() override
    {
        const std::int64_t time = now_ + error_;
        return time > 0 ? time : 0;
    }
    void set_error(std::int64_t error) { error_ = error; }

private:
    const std::int64_t& now_;
    std::int64_t error_ = 0;
};

class Office {
public:
    Office(int its_number, const Place& its_place, Office* its_parent, const std::int64_t& now, std::uint64_t seed,
           Dormitory& dormitory)
        : number(its_number), place(its_place), parent(its_parent), clock(now), random(seed), dormitory_(dormitory)
    {
        guest_.environment = {&clock, &random};
    }
    ~Office() { dormitory_.leave(guest_); }
    Office(const Office&) = delete;
    Office& operator=(const Office&) = delete;

    /// The replica, awake, with this node's clock under SQL's 'now'. Everything done to a node goes through here.
    Replica& replica()
    {
        Machine::runs(&clock);
        return dormitory_.awake(guest_);
    }
    void is_born(const NewNode& born);
    /// Power cut and boot: what was committed is there, all else is gone. Opening a database takes as long as ten exchanges, so only every
    /// fourth time is it opened anew.
    void reboot();
    void never_sleeps() { guest_.never_sleeps = true; }

    std::string snapshot();
    /// `noticed`: the witness file beside the database tells, as it does when the node starts; else its neighbours must find out.
    void restore(const std::string& image, bool noticed);

    /// No page more than there are: the next growth fails as on a full disk.
    void fill_disk();
    void free_disk();
    bool disk_is_full() const { return guest_.disk_is_full; }

    int number;
    Place place;
    Office* parent;
    std::vector<Office*> children;
    std::vector<std::string> subtree;  // units: its own first, then those below
    int depth = 0;
    std::size_t province = 0;  // 1, 2, ... below the root
    LyingClock clock;
    test::SeededRandom random;  // of the node's own choices: tokens, numbers, keys
    std::int64_t asleep_until = 0;
    std::size_t room = 0;  // bytes of a message; less on a line that cuts
    int more_rounds = 0;

private:
    Dormitory& dormitory_;
    std::size_t reboots_ = 0;
    Dormitory::Guest guest_;
};

}  // namespace ocop::sim
