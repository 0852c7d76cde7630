// Cuts the power, fails the disk and fails memory at sampled or all points of every scenario. './run crash' builds and calls it.
//
//     crash_tool [--points N] [--seed S] [--jobs J] [--only SCENARIO] [--kind power|disk|memory|every-allocation]
//     crash_tool --seed S --only SCENARIO --kind 'io_error once' --at N --point P     one point again
//
// Three quarters of the points are power cuts, an eighth disk errors, an eighth failing allocations. With every-allocation nothing is sampled: in each
// scenario that begins by opening, every allocation fails once; those of the openings, the same in all, in the first scenario only. Ends with 1
// if any point failed; the line of a failing point names all that is needed to see it again.
#include <malloc.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>

#include "tests/crash/crash_vfs.h"
#include "tests/crash/known_states.h"
#include "tests/crash/pool_memory.h"
#include "tests/crash/trial.h"
#include "tests/support/stock.h"

using namespace ocop::test;

// ---- memory that fails

#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // g++ sees the free of our own delete meet our own new

void* operator new(std::size_t size)
{
    if (memory_fails(FailingMemory::Whose::ours)) throw std::bad_alloc();
    if (void* at = std::malloc(size != 0 ? size : 1)) return at;
    throw std::bad_alloc();
}
void* operator new[](std::size_t size)
{
    return operator new(size);
}
// Without these the sanitizers see memory of their own new come to our delete.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return memory_fails(FailingMemory::Whose::ours) ? nullptr : std::malloc(size != 0 ? size : 1);
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept
{
    return operator new(size, tag);
}
void operator delete(void* at) noexcept
{
    std::free(at);
}
void operator delete[](void* at) noexcept
{
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept
{
    std::free(at);
}
void operator delete[](void* at, std::size_t) noexcept
{
    std::free(at);
}
void operator delete(void* at, const std::nothrow_t&) noexcept
{
    std::free(at);
}
void operator delete[](void* at, const std::nothrow_t&) noexcept
{
    std::free(at);
}

namespace {

sqlite3_mem_methods real_memory;

void* failing_malloc(int size)
{
    return memory_fails(FailingMemory::Whose::sqlite) ? nullptr : real_memory.xMalloc(size);
}
void* failing_realloc(void* at, int size)
{
    return memory_fails(FailingMemory::Whose::sqlite) ? nullptr : real_memory.xRealloc(at, size);
}

/// What every point pays for: opening, which reads the schema; and memory that goes back to the system only to be asked for again.
void make_fast()
{
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    use_pool_memory();
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

void install_failing_memory()
{
    use_crash_disk(nullptr);
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods ours = real_memory;
    ours.xMalloc = failing_malloc;
    ours.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);  // else most allocations would not be seen
}

// ---- the work and its account

struct Options {
    std::uint64_t points = 3000;
    std::uint64_t seed = 1;
    int jobs = 1;
    std::string only, kind;
    std::uint64_t at = 0, point = 0;  // one point again: its place and its own seed
};

/// Shared by the processes at work.
struct Account {
    struct Worker {
        std::uint64_t power, nested, converged, repeated, same, disk, memory, failures;
        char at[400];  // what it is doing, in case it never says more
    } workers[64];
};

std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c)
{
    SeededRandom random{a * 0x9e3779b97f4a7c15 ^ b * 0xc2b2ae3d27d4eb4f ^ c};
    return random.next();
}

class Worker {
public:
    Worker(const Options& options, int number, Account& account, std::filesystem::path home)
        : options_(options), number_(static_cast<std::uint64_t>(number)), account_(account.workers[number]),
          home_(std::move(home))
    {
    }

    void run()
    {
        std::vector<std::unique_ptr<Trial>> trials;
        for (const Scenario& scenario : crash_scenarios()) {
            if (!options_.only.empty() && scenario.name != options_.only) continue;
            say(scenario.name, "undisturbed", 0, 0);
            try {
                trials.push_back(std::make_unique<Trial>(scenario, home_, options_.seed));
            } catch (const std::exception& error) {
                tell(error.what());
            }
        }
        if (options_.point != 0) {
            if (options_.kind.find("memory") != std::string::npos) install_failing_memory();
            return again(trials);
        }
        const bool all = options_.kind.empty();
        const std::uint64_t some = all ? options_.points / 8 : options_.points;
        if (all || options_.kind == "power") power(trials, all ? 6 * some : some);
        if (all || options_.kind == "disk") disk(trials, some);
        if (!all && options_.kind != "memory" && options_.kind != "every-allocation") return;
        install_failing_memory();
        if (options_.kind == "every-allocation")
            every_allocation(trials);
        else
            memory(trials, some);
    }

private:
    using Trials = std::vector<std::unique_ptr<Trial>>;

    /// One point, as the line of a failure names it.
    void again(Trials& trials)
    {
        for (const auto& trial : trials) {
            say(trial->name(), options_.kind.c_str(), options_.at, options_.point);
            if (options_.kind == "power") {
                PowerCount count;
                tell(trial->power_cut(options_.at, options_.point, count));
            }
            for (const DiskFault& kind : disk_faults()) {
                if (options_.kind != name_of(kind)) continue;
                tell(trial->failing_disk({kind.kind, options_.at, kind.for_ever}, options_.point));
            }
            if (options_.kind.find("memory") == std::string::npos) continue;
            FailingMemory fault = memory_of(options_.kind.starts_with("our") ? both[0] : both[1]);
            fault.at = options_.at;
            fault.for_ever = options_.kind.find("for ever") != std::string::npos;
            tell(trial->failing_memory_at(fault, options_.point, options_.kind.ends_with("opened")));
        }
    }

    static std::vector<DiskFault> disk_faults()
    {
        using Kind = DiskFault::Kind;
        std::vector<DiskFault> kinds;
        for (const Kind kind : {Kind::io_error, Kind::full, Kind::read_only})
            for (const bool for_ever : {false, true}) kinds.push_back({kind, 0, for_ever});
        return kinds;
    }

    static std::string name_of(const DiskFault& fault)
    {
        const char* names[] = {"none", "io_error", "full", "read_only"};
        return std::string{names[static_cast<int>(fault.kind)]} + (fault.for_ever ? " for ever" : " once");
    }

    void say(const std::string& name, const char* kind, std::uint64_t at, std::uint64_t seed)
    {
        std::snprintf(account_.at, sizeof account_.at, "--only '%s' --kind '%s' --at %llu --point %llu", name.c_str(),
                      kind, static_cast<unsigned long long>(at), static_cast<unsigned long long>(seed));
    }

    void tell(const std::string& bad)
    {
        if (bad.empty()) return;
        if (++account_.failures <= 10) std::printf("FAILED %s: %s\n", account_.at, bad.c_str());
        std::fflush(stdout);
    }

    /// Each place `count` times, or one place in some, so that about `points` are tried by all workers together.
    template <class Try>
    void sweep(std::uint64_t places, double share, std::uint64_t salt, Try&& attempt)
    {
        SeededRandom random{mixed(options_.seed, salt, 77)};  // the same for all workers: they share the places
        for (std::uint64_t place = 0; place < places; ++place) {
            const auto whole = static_cast<std::uint64_t>(share);
            const std::uint64_t times = whole + (random.chance(share - static_cast<double>(whole)) ? 1 : 0);
            for (std::uint64_t i = 0; i < times; ++i)
                if ((place + i) % static_cast<std::uint64_t>(options_.jobs) == number_)
                    attempt(place, mixed(options_.seed, salt * 1000003 + place, i));
        }
    }

    void power(Trials& trials, std::uint64_t points)
    {
        std::uint64_t places = 0;
        for (const auto& trial : trials) places += trial->operations() + 1;
        // A point is cut again, in its recovery, with one chance in eight.
        const double share = static_cast<double>(points) / (1.125 * static_cast<double>(places));
        PowerCount count;
        for (std::size_t i = 0; i < trials.size(); ++i) {
            sweep(trials[i]->operations() + 1, share, i, [&](std::uint64_t at, std::uint64_t seed) {
                say(trials[i]->name(), "power", at, seed);
                tell(trials[i]->power_cut(at, seed, count));
                account_.power = count.points;
                account_.nested = count.nested;
                account_.converged = count.converged;
                account_.repeated = count.repeated;
                account_.same = count.same;
            });
        }
    }

    void disk(Trials& trials, std::uint64_t points)
    {
        const std::vector<DiskFault> kinds = disk_faults();
        const auto places = counted(trials, [](Trial& trial) {
            return trial.places(DiskFault{DiskFault::Kind::io_error, 0, false});
        });
        const double share = share_of(points, kinds.size() * sum_of(places));
        for (std::size_t i = 0; i < trials.size(); ++i) {
            Trial& trial = *trials[i];
            auto forks = planned(places[i], kinds.size(), share, 100'000 + i, [&](const PlannedFault& fault) {
                say(trial.name(), name_of(kinds[fault.kind]).c_str(), fault.at, fault.seed);
                ++account_.disk;
            });
            trial.failing_disks(kinds, forks);
        }
    }

    void memory(Trials& trials, std::uint64_t points)
    {
        std::vector<std::uint64_t> places;
        for (const auto whose : both) {
            const auto some = counted(trials, [&](Trial& trial) { return trial.places(memory_of(whose)); });
            places.insert(places.end(), some.begin(), some.end());
        }
        const double share = share_of(points, 2 * sum_of(places));
        std::size_t next = 0;
        for (const auto whose : both) {
            for (const auto& trial : trials) {
                allocations(*trial, whose, false, places[next], 2, share, 200'000 + next);
                ++next;
            }
        }
    }

    /// `kinds`: once, or once and for ever.
    void allocations(Trial& trial, FailingMemory::Whose whose, bool opened, std::uint64_t places, std::size_t kinds,
                     double share, std::uint64_t salt)
    {
        auto forks = planned(places, kinds, share, salt, [&](const PlannedFault& fault) {
            const std::string kind = std::string{whose == FailingMemory::Whose::ours ? "our" : "SQLite's"} + " memory" +
                                     (fault.kind == 1 ? " for ever" : " once") + (opened ? ", opened" : "");
            say(trial.name(), kind.c_str(), fault.at, fault.seed);
            ++account_.memory;
        });
        trial.failing_memories(whose, forks, opened);
    }

    /// The openings come last: they are the longest.
    void every_allocation(Trials& trials)
    {
        std::vector<std::pair<Trial*, bool>> plan;  // and whether all is open before anything fails
        for (const auto& trial : trials)
            if (trial->begins_by_opening()) plan.emplace_back(trial.get(), true);
        if (!plan.empty()) plan.emplace_back(plan.front().first, false);
        std::vector<std::uint64_t> places;
        for (const auto& [trial, opened] : plan)
            for (const auto whose : both) places.push_back(trial->places(memory_of(whose), opened));
        if (number_ == 0) inform("in all", sum_of(places));
        std::size_t next = 0;
        for (const auto& [trial, opened] : plan) {
            for (const auto whose : both) {
                allocations(*trial, whose, opened, places[next], 1, 1, 300'000 + next);
                ++next;
            }
            if (number_ == 0)
                inform(trial->name() + (opened ? "" : ", from the opening on"), places[next - 2] + places[next - 1]);
        }
    }

    static constexpr std::array both{FailingMemory::Whose::ours, FailingMemory::Whose::sqlite};

    static FailingMemory memory_of(FailingMemory::Whose whose)
    {
        FailingMemory fault;
        fault.whose = whose;
        return fault;
    }

    static std::uint64_t sum_of(const std::vector<std::uint64_t>& counts)
    {
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    }

    static double share_of(std::uint64_t points, std::uint64_t places)
    {
        return std::min(1.0, static_cast<double>(points) / static_cast<double>(std::max<std::uint64_t>(1, places)));
    }

    template <class Count>
    std::vector<std::uint64_t> counted(Trials& trials, Count&& count)
    {
        std::vector<std::uint64_t> places;
        for (const auto& trial : trials) {
            say(trial->name(), "counting", 0, 0);
            places.push_back(count(*trial));
        }
        return places;
    }

    /// The faults of this process at places 1 to `places`.
    template <class Begin>
    Forks planned(std::uint64_t places, std::size_t kinds, double share, std::uint64_t salt, Begin begin)
    {
        std::vector<PlannedFault> plan;
        for (std::size_t kind = 0; kind < kinds; ++kind)
            sweep(places, share, salt * 10 + kind, [&](std::uint64_t place, std::uint64_t seed) {
                plan.push_back({place + 1, seed, kind});
            });
        return Forks{std::move(plan), begin, [this](const PlannedFault&, const std::string& bad) { tell(bad); }};
    }

    static void inform(const std::string& what, std::uint64_t allocations)
    {
        std::printf("%s: %llu allocations\n", what.c_str(), static_cast<unsigned long long>(allocations));
        std::fflush(stdout);
    }

    const Options& options_;
    std::uint64_t number_;
    Account::Worker& account_;
    std::filesystem::path home_;
};

Options read_options(int count, char** words)
{
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string word = words[i];
        const char* value = words[i + 1];
        if (word == "--points")
            options.points = std::strtoull(value, nullptr, 10);
        else if (word == "--seed")
            options.seed = std::strtoull(value, nullptr, 10);
        else if (word == "--jobs")
            options.jobs = std::max(1, std::min(64, std::atoi(value)));
        else if (word == "--only")
            options.only = value;
        else if (word == "--at")
            options.at = std::strtoull(value, nullptr, 10);
        else if (word == "--point")
            options.point = std::strtoull(value, nullptr, 10);
        else if (word == "--kind")
            options.kind = value;
        else {
            std::fprintf(stderr, "crash_tool: %s is not understood\n", words[i]);
            std::exit(2);
        }
    }
    return options;
}

void work(const Options& options, int number, Account& account)
{
    const TempDir home;
    Worker{options, number, account, home.path()}.run();
}

bool ended_well(pid_t child)
{
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int count, char** words)
{
    const Options options = read_options(count, words);
    const auto begun = std::chrono::steady_clock::now();
    void* shared = mmap(nullptr, sizeof(Account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto& account = *static_cast<Account*>(shared);
    share_known_states();
    std::vector<pid_t> children;
    for (int i = 0; i < options.jobs; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            make_fast();
            work(options, i, account);
            std::fflush(stdout);
            _exit(0);
        }
        children.push_back(child);
    }
    Account::Worker sum{};
    for (int i = 0; i < options.jobs; ++i) {
        Account::Worker& one = account.workers[i];
        if (!ended_well(children[static_cast<std::size_t>(i)])) {
            ++one.failures;
            std::printf("FAILED %s: the process ended\n", one.at);
        }
        sum.power += one.power;
        sum.nested += one.nested;
        sum.converged += one.converged;
        sum.repeated += one.repeated;
        sum.same += one.same;
        sum.disk += one.disk;
        sum.memory += one.memory;
        sum.failures += one.failures;
    }
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    const std::uint64_t points = sum.power + sum.disk + sum.memory;
    std::printf("crash: seed %llu: %llu power cuts (%llu of them in a recovery, %llu taken on to convergence, %llu "
                "found the bytes of an earlier one, %llu its database), %llu disk errors, %llu failed allocations; "
                "%llu points in %.1f s "
                "with %d processes (%.0f/s); %llu failed\n",
                number(options.seed), number(sum.power), number(sum.nested), number(sum.converged),
                number(sum.repeated), number(sum.same), number(sum.disk), number(sum.memory), number(points), seconds,
                options.jobs, static_cast<double>(points) / seconds, number(sum.failures));
    // For ./run crash --ledger.
    std::printf("ledger: crash points %llu; CPU-hours %.2f; failures %llu\n", number(points),
                static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) / 3600, number(sum.failures));
    return sum.failures == 0 ? 0 : 1;
}
