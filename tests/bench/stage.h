// Where the benchmark plays: templates of a parent, a child and a plain database, made once, copied fresh for each run.
//
//   parent()      the root's node holding W, sealed              plain()   the same rows in a file without our triggers and tables
//   child()       the district's node that has synced all of W   plain_start(), parent_start(): organizations only
//
// Files lie on a real disk and are opened as the product opens them: WAL, synchronous = FULL, SQLite's default page cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/replica.h"
#include "sync/exchange.h"
#include "tests/bench/workload.h"

namespace ocop::bench {

namespace fs = std::filesystem;

/// Seconds by the clock on the wall, and of this process's own work (which another program's load disturbs less).
struct Cost {
    double wall = 0;
    double cpu = 0;
    Cost& operator+=(const Cost& other)
    {
        wall += other.wall;
        cpu += other.cpu;
        return *this;
    }
};

class Timer {
public:
    Cost since() const
    {
        return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count(), cpu_now() - cpu_};
    }

private:
    static double cpu_now()
    {
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    }
    std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
    double cpu_ = cpu_now();
};

template <class Work>
Cost timed(Work&& work)
{
    const Timer timer;
    work();
    return timer.since();
}

/// An open node whose clock and chance the benchmark holds, so that byte counts are the same on every machine.
struct Node {
    std::shared_ptr<test::FakeClock> clock = std::make_shared<test::FakeClock>();
    std::shared_ptr<test::SeededRandom> random;
    std::unique_ptr<Replica> replica;

    Replica& operator*() { return *replica; }
    sqlite::Connection& db() { return replica->db(); }
    /// Folds what was written into the log.
    void seal();
};

struct Talk {
    std::size_t bytes = 0;
    int rounds = 0;
    std::uint64_t received = 0;
    Cost making;     // the child makes requests
    Cost answering;  // the parent takes and answers
    Cost finishing;  // the child takes answers
};

/// Exchanges until neither side has more to say.
Talk converse(Replica& child, Replica& parent);

class Stage {
public:
    Stage(const fs::path& where, std::size_t organizations, std::size_t products);
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    const Workload& workload() const { return workload_; }

    const fs::path& plain_empty();  // tables and units only
    const fs::path& plain_start();
    const fs::path& plain();
    const fs::path& parent_start();
    const fs::path& parent();
    const fs::path& child_born();  // has its invite and nothing else
    const fs::path& child();       // has synced; its parent is parent_met()
    const fs::path& parent_met();

    /// A fresh copy of a template; the copy before it under the same name goes.
    fs::path copy(const fs::path& original, const std::string& name);
    static Node open(const fs::path& directory, std::uint64_t seed = 7);
    static std::unique_ptr<sqlite::Connection> open_plain(const fs::path& directory);

private:
    void make_units_and_invite();
    void meet();
    void fill_plain(const fs::path& directory, const Shape& shape, const std::vector<Row>& rows);
    void fill_node(const fs::path& directory, const Shape& shape, const std::vector<Row>& rows);

    fs::path root_;
    Workload workload_;
    std::map<std::string, fs::path> made_;  // the templates there are
};

/// Size of the database after a checkpoint and VACUUM.
std::uintmax_t packed_size(sqlite::Connection& db, const fs::path& file);

}  // namespace ocop::bench
