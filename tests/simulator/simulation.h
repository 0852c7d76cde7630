// One seed: a country of real replicas in one thread under a virtual clock. Events run in the order of their time; everything that chance
// decides comes from the seed. First a time of writing and of faults; then the faults stop, every child calls 2 x depth times, and the
// last reads show whether all arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "tests/simulator/counters.h"
#include "tests/simulator/history.h"
#include "tests/simulator/machine.h"
#include "tests/simulator/network.h"
#include "tests/simulator/office.h"
#include "tests/simulator/workload.h"

namespace ocop::sim {

class Simulation {
public:
    explicit Simulation(const Options& options, Dormitory& dormitory = Dormitory::of_this_process());
    /// Runs the seed to its end.
    void run();

    const std::string& history() const { return history_.text(); }
    const Counters& counters() const { return counters_; }
    std::size_t bytes_of_history() const { return history_.text().size(); }
    std::string take_history() { return history_.take(); }
    /// Called at the end of each part of a country's time.
    void tell_progress(std::function<void(const std::string&)> tell) { tell_ = std::move(tell); }

private:
    struct Event {
        std::int64_t at;
        std::uint64_t order;
        std::function<void()> act;
        bool operator<(const Event& other) const  // the queue gives the greatest first
        {
            return at != other.at ? at > other.at : order > other.order;
        }
    };
    void at(std::int64_t time, std::function<void()> act) { events_.push({time, ++order_, std::move(act)}); }
    void run_events(std::int64_t until);
    std::int64_t some_time();

    // founding.cpp: the country, and what is to happen in it
    void found();
    void join(Office& office);
    void plan();
    void plan_faults();
    template <class List>
    void shuffle(List& list)
    {
        for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random_.below(i)]);
    }

    // nation_plan.cpp: the whole country's days
    void plan_nation();
    void plan_day(std::int64_t number);
    void plan_work(Office& office, std::int64_t start);
    void plan_calls(Office& office, std::int64_t start);
    std::int64_t between(std::int64_t start, std::int64_t from, std::int64_t to);

    // calls.cpp: exchanges, step by step
    void call(Office& child);
    void send(const Message& message);
    void arrive(const Message& message);
    void serve(const Message& message);
    void finish(const Message& message);
    bool power_cut(Office& office);
    sync::Limits limits(Office& office);
    void note_parked(Office& office);
    void failed(Office& office, const char* step, const std::string& cause);

    // faults.cpp
    void fill_disk(Office& office);
    void jump_clock(Office& office);
    void keep_and_restore(Office& office);
    void clone(Office& of);
    void lie(Office& child);

    // the end
    void quiet();
    void final_calls();
    void exchange_whole(Office& child);
    void prove(Office& office);

    Dormitory& dormitory_;  // before the machine
    Options options_;
    test::SeededRandom random_;
    Machine machine_;
    std::int64_t now_;
    History history_;
    Counters counters_;
    std::vector<std::unique_ptr<Office>> offices_;
    Network network_;
    Workload workload_;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t snapshots_ = 0;
    std::size_t clones_ = 0;
    bool quiet_ = false;
    std::function<void(const std::string&)> tell_ = [](const std::string&) {};
};

}  // namespace ocop::sim
