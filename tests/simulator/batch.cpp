#include "tests/simulator/batch.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>

#include "tests/simulator/checkers/checkers.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

constexpr std::size_t most_shown = 12;

void report(const Verdict& verdict, const Batch& batch)
{
    if (verdict.complaints.empty()) return;
    std::ostringstream text;
    text << "seed " << verdict.seed << ": " << verdict.complaints.size() << " complaints\n";
    for (std::size_t i = 0; i < verdict.complaints.size() && i < most_shown; ++i)
        text << "  " << verdict.complaints[i] << "\n";
    if (!batch.quiet) std::fputs(text.str().c_str(), stderr);
    if (batch.keep.empty()) return;
    std::ofstream(batch.keep + "/" + std::to_string(verdict.seed) + ".history", std::ios::binary) << verdict.history;
}

/// Seeds from + job, from + job + jobs, ...; says on `out` what came of them, a line each.
void work(const Batch& batch, std::size_t job, std::FILE* out)
{
    Counters counters;
    for (std::uint64_t seed = batch.from + job; seed <= batch.to; seed += batch.jobs) {
        const Verdict verdict = try_seed(seed, seed % 100 == 1, batch.plain);
        report(verdict, batch);
        counters.add(verdict.counters);
        if (!verdict.complaints.empty()) std::fprintf(out, "failed %llu\n", static_cast<unsigned long long>(seed));
    }
    for (const auto& [name, count] : counters.all())
        std::fprintf(out, "%llu %s\n", static_cast<unsigned long long>(count), name.c_str());
    std::fprintf(out, "end\n");
    std::fflush(out);
}

/// False if the worker died before its end.
bool collect(std::FILE* in, Outcome& outcome)
{
    std::string text;
    char buffer[4096];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, in)) text.append(buffer, got);
    std::istringstream lines(text);
    bool ended = false;
    for (std::string line; std::getline(lines, line);) {
        if (line == "end")
            ended = true;
        else if (line.starts_with("failed "))
            outcome.failed.push_back(std::strtoull(line.c_str() + 7, nullptr, 10));
        else
            outcome.counters.add(line.substr(line.find(' ') + 1), std::strtoull(line.c_str(), nullptr, 10));
    }
    return ended;
}

double cpu_seconds(int who)
{
    rusage usage{};
    getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void run_workers(const Batch& batch, Outcome& outcome)
{
    struct Worker {
        pid_t process;
        std::FILE* in;
    };
    std::vector<Worker> workers;
    for (std::size_t job = 0; job < batch.jobs; ++job) {
        int ends[2];
        OCOP_CHECK(pipe(ends) == 0);
        const pid_t process = fork();
        OCOP_CHECK(process >= 0);
        if (process == 0) {
            close(ends[0]);
            std::FILE* out = fdopen(ends[1], "w");
            work(batch, job, out);
            std::_Exit(0);
        }
        close(ends[1]);
        workers.push_back({process, fdopen(ends[0], "r")});
    }
    for (const Worker& worker : workers) {
        const bool ended = collect(worker.in, outcome);
        std::fclose(worker.in);
        int status = 0;
        waitpid(worker.process, &status, 0);
        if (!ended) outcome.missing.emplace_back("the end of a worker process (it died)");
    }
}

}  // namespace

Verdict try_seed(std::uint64_t seed, bool twice, bool plain)
{
    Options options = draw(seed);
    if (plain) options.offenders = options.moves = 0;
    Verdict verdict;
    verdict.seed = seed;
    try {
        Simulation simulation{options};
        try {
            simulation.run();
        } catch (const std::exception& error) {
            verdict.complaints.push_back(std::string{"broke: "} + error.what());
        }
        verdict.counters = simulation.counters();
        verdict.history = simulation.history();
    } catch (const std::exception& error) {
        verdict.complaints.push_back(std::string{"broke: "} + error.what());
    }
    if (verdict.complaints.empty()) verdict.complaints = judge::judge(verdict.history);
    if (!twice) return verdict;
    verdict.counters.add("seeds run twice");
    if (try_seed(seed, false, plain).history != verdict.history)
        verdict.complaints.emplace_back("the same seed gave another history");
    return verdict;
}

Outcome run_batch(const Batch& batch)
{
    Outcome outcome;
    const auto start = std::chrono::steady_clock::now();
    outcome.seeds = batch.to - batch.from + 1;
    run_workers(batch, outcome);
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    outcome.cpu_seconds = cpu_seconds(RUSAGE_CHILDREN);
    for (const std::string& name : demanded(outcome.seeds, batch.plain))
        if (outcome.counters.of(name) == 0) outcome.missing.push_back(name);
    return outcome;
}

}  // namespace ocop::sim
