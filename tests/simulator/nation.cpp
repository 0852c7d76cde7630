#include "tests/simulator/nation.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>

#include "tests/simulator/checkers/checkers.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

double resident_mib()
{
    std::ifstream in("/proc/self/statm");
    double total = 0;
    double resident = 0;
    in >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1'048'576.0;
}

rusage usage()
{
    rusage now{};
    getrusage(RUSAGE_SELF, &now);
    return now;
}

double cpu_seconds()
{
    const rusage now = usage();
    return static_cast<double>(now.ru_utime.tv_sec + now.ru_stime.tv_sec) +
           static_cast<double>(now.ru_utime.tv_usec + now.ru_stime.tv_usec) * 1e-6;
}

/// A 2G line in the hills, machines in offices without a guard: rare enough that most days pass, often enough that in a country of ten
/// thousand each fault happens many times.
Options options_of(const Nation& nation)
{
    Options options;
    options.seed = nation.seed;
    options.provinces = nation.provinces;
    options.nodes = whole_provinces(nation.provinces).size();
    options.days = nation.days;
    options.whole = true;
    options.room = std::size_t{4} << 20;  // a province's first days in one message, as the strictest judges need
    options.hot_rows = 3;
    options.slowest = 2'000;
    options.drop = 0.1;
    options.duplicate = 0.05;
    options.truncate = 0.05;
    options.outage = 0.02;
    options.stick = 0.01;
    options.power_cut = 0.001;
    options.disk_full = 0.0005;
    options.bad_clocks = 0.03;
    options.clock_jumps = 0.001;
    options.sleep = 0.005;
    options.lies = Features::byzantine ? 0.002 : 0.0;
    options.removes = 0.05;
    options.clashes = 0.02;
    options.settles = 0.03;
    options.many_rows = 0.1;
    options.aborts = 0.01;
    options.reads = 0.01;
    return options;
}

class Teller {
public:
    explicit Teller(const Nation& nation) : nation_(nation) {}
    void operator()(const std::string& what, std::size_t asleep, std::size_t history) const
    {
        if (nation_.quiet) return;
        constexpr double mib = 1'048'576.0;
        std::printf("%-18s %8.1f CPU s  %8.1f MiB, of nodes asleep %.1f, of history %.1f\n", what.c_str(),
                    cpu_seconds() - start_, resident_mib(), static_cast<double>(asleep) / mib,
                    static_cast<double>(history) / mib);
        std::fflush(stdout);
    }

private:
    const Nation& nation_;
    double start_ = cpu_seconds();
};

}  // namespace

NationOutcome run_nation(const Nation& nation)
{
    NationOutcome outcome;
    const double start = cpu_seconds();
    const Teller tell{nation};
    std::string history;
    {
        Dormitory dormitory{nation.beds};
        const Options options = options_of(nation);
        outcome.nodes = options.nodes;
        Simulation simulation{options, dormitory};
        simulation.tell_progress(
            [&](const std::string& what) { tell(what, dormitory.bytes_asleep(), simulation.bytes_of_history()); });
        try {
            simulation.run();
        } catch (const std::exception& error) {
            outcome.complaints.push_back(std::string{"broke: "} + error.what());
        }
        outcome.counters = simulation.counters();
        outcome.counters.add("wakings", dormitory.wakings());
        history = simulation.take_history();
    }
    tell("all read", 0, history.size());
    if (!nation.keep.empty()) std::ofstream(nation.keep, std::ios::binary) << history;
    if (outcome.complaints.empty()) outcome.complaints = judge::judge(history);
    tell("judged", 0, history.size());
    outcome.counters.add("bytes of history", history.size());
    outcome.cpu_seconds = cpu_seconds() - start;
    outcome.peak_mib = static_cast<double>(usage().ru_maxrss) / 1024.0;
    return outcome;
}

}  // namespace ocop::sim
