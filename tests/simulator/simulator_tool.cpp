// ./run sim: runs seeds, prints what they met, and keeps what failed.
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/crash/pool_memory.h"
#include "tests/simulator/batch.h"
#include "tests/simulator/checkers/checkers.h"
#include "tests/simulator/nation.h"

namespace {

using namespace ocop::sim;

int usage()
{
    std::fputs("simulator_tool --seeds A..B [--plain] [--jobs N] [--keep DIR]\n"
               "simulator_tool --seed N [--plain] [--trace]     one seed; its history on standard output\n"
               "simulator_tool country [--days N] [--provinces N] [--beds N] [--seed N] [--keep FILE]    every unit of "
               "2020 a node\n"
               "simulator_tool --judge FILE           judges a history from anywhere\n",
               stderr);
    return 2;
}

int judge_text(const std::string& text)
{
    const auto complaints = judge::judge(text);
    for (const std::string& complaint : complaints) std::fprintf(stderr, "%s\n", complaint.c_str());
    std::fprintf(stderr, complaints.empty() ? "sound\n" : "%zu complaints\n", complaints.size());
    return complaints.empty() ? 0 : 1;
}

int one_seed(std::uint64_t seed, bool trace, bool plain)
{
    const Verdict verdict = try_seed(seed, true, plain);
    if (trace) std::fwrite(verdict.history.data(), 1, verdict.history.size(), stdout);
    for (const std::string& complaint : verdict.complaints) std::fprintf(stderr, "%s\n", complaint.c_str());
    std::fprintf(stderr, "seed %llu: %zu complaints\n", static_cast<unsigned long long>(seed),
                 verdict.complaints.size());
    return verdict.complaints.empty() ? 0 : 1;
}

void tell_counters(const Counters& counters)
{
    for (const auto& [name, count] : counters.all())
        std::printf("%12llu  %s\n", static_cast<unsigned long long>(count), name.c_str());
}

int whole_country(const Nation& nation)
{
    const NationOutcome outcome = run_nation(nation);
    tell_counters(outcome.counters);
    for (std::size_t i = 0; i < outcome.complaints.size() && i < 40; ++i)
        std::printf("%s\n", outcome.complaints[i].c_str());
    std::printf("%zu nodes, %lld days: %zu complaints; %.0f CPU-seconds, at most %.0f MiB\n", outcome.nodes,
                static_cast<long long>(nation.days), outcome.complaints.size(), outcome.cpu_seconds, outcome.peak_mib);
    std::printf("ledger: seeds 1; CPU-hours %.2f; failures %d\n", outcome.cpu_seconds / 3600,
                outcome.complaints.empty() ? 0 : 1);
    return outcome.complaints.empty() ? 0 : 1;
}

/// What './run sim --ledger' makes a line of tests/LEDGER.md of.
void tell_ledger(const Outcome& outcome)
{
    std::printf("ledger: seeds %llu; CPU-hours %.2f; failures %zu\n", static_cast<unsigned long long>(outcome.seeds),
                outcome.cpu_seconds / 3600, outcome.failed.size());
}

int many_seeds(const Batch& batch)
{
    const Outcome outcome = run_batch(batch);
    tell_counters(outcome.counters);
    std::printf("%llu seeds in %.1f s, %.1f seeds/s, %.1f CPU-seconds\n",
                static_cast<unsigned long long>(outcome.seeds), outcome.seconds,
                static_cast<double>(outcome.seeds) / outcome.seconds, outcome.cpu_seconds);
    for (const std::string& name : outcome.missing) std::printf("NEVER MET: %s\n", name.c_str());
    for (const std::uint64_t seed : outcome.failed)
        std::printf("FAILED: seed %llu\n", static_cast<unsigned long long>(seed));
    tell_ledger(outcome);
    return outcome.good() ? 0 : 1;
}

}  // namespace

int main(int count, char** words)
{
    // One thread: no mutexes, and a third of the time was in malloc.
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    ocop::test::use_pool_memory();
    Batch batch;
    batch.jobs = 2;
    std::string judged;
    bool trace = false;
    Nation nation;
    bool country = false;
    bool one = false;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "country") {
            country = true;
            continue;
        }
        if (word == "--plain") {
            batch.plain = true;
            continue;
        }
        if (word == "--trace") {
            trace = true;
            continue;
        }
        if (++i >= count) return usage();
        const std::string value = words[i];
        if (word == "--seeds") {
            batch.from = std::strtoull(value.c_str(), nullptr, 10);
            const std::size_t dots = value.find("..");
            if (dots == std::string::npos) return usage();
            batch.to = std::strtoull(value.c_str() + dots + 2, nullptr, 10);
        } else if (word == "--seed") {
            nation.seed = batch.from = batch.to = std::strtoull(value.c_str(), nullptr, 10);
            one = true;
        } else if (word == "--days") {
            nation.days = std::atoi(value.c_str());
        } else if (word == "--beds") {
            nation.beds = std::strtoull(value.c_str(), nullptr, 10);
        } else if (word == "--provinces") {
            nation.provinces = std::strtoull(value.c_str(), nullptr, 10);
        } else if (word == "--jobs") {
            batch.jobs = std::strtoull(value.c_str(), nullptr, 10);
        } else if (word == "--keep") {
            batch.keep = nation.keep = value;
        } else if (word == "--judge") {
            judged = value;
        } else {
            return usage();
        }
    }
    if (!judged.empty()) {
        std::ifstream in(judged, std::ios::binary);
        return judge_text({std::istreambuf_iterator<char>(in), {}});
    }
    if (country) return whole_country(nation);
    if (one) return one_seed(batch.from, trace, batch.plain);
    if (batch.to < batch.from || batch.jobs == 0) return usage();
    return many_seeds(batch);
}
