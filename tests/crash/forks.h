// Faults tried by copies of this process: one undisturbed run of a scenario comes to every place, and where a fault is planned a copy (fork) goes on
// with it while the original waits. So what came before the place is run once, and a copy that dies is a failure like any other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ocop::test {

struct PlannedFault {
    std::uint64_t at = 0;  // the place, counted from 1
    std::uint64_t seed = 0;
    std::size_t kind = 0;  // as its planner counts them
};

class Forks {
public:
    /// `begin` is told of each fault before it is tried, `judged` what came of it (empty: all is well).
    Forks(std::vector<PlannedFault> plan, std::function<void(const PlannedFault&)> begin,
          std::function<void(const PlannedFault&, const std::string&)> judged);

    /// The run has come to this place. True: this is a copy now, for `fault()`.
    bool arrive(std::uint64_t place);
    bool is_copy() const { return copy_; }
    const PlannedFault& fault() const { return plan_[next_]; }
    /// The copy's last word.
    [[noreturn]] void end(const std::string& bad) const;

private:
    std::string judgement_of(int child) const;

    std::vector<PlannedFault> plan_;
    std::function<void(const PlannedFault&)> begin_;
    std::function<void(const PlannedFault&, const std::string&)> judged_;
    std::size_t next_ = 0;
    bool copy_ = false;
    char* word_;  // in memory that copies share
};

}  // namespace ocop::test
