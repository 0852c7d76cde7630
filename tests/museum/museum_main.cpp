// ./run museum: puts each bug back and demands that a check goes red. README.md says what that proves.
//
//     museum_tool [--commit HASH] [--rotate N | --only NAME] [--jobs J] [--verbose]
//     OCOP_EXHIBIT=NAME museum_tool --check WHAT SEED      one check in this process: "simulator", "power SCENARIO", a test's name
//
// Every check runs in a process of its own: an exhibit may crash, or never end.
#define CATCH_CONFIG_RUNNER
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>

#include "schema/base/exhibit.h"
#include "tests/crash/trial.h"
#include "tests/museum/exhibits.h"
#include "tests/simulator/batch.h"
#include "tests/support/stock.h"

namespace ocop {
std::string_view exhibit_on;
}

namespace {

using namespace ocop;
using namespace ocop::museum;
using test::SeededRandom;

constexpr unsigned longest = 300;  // seconds a check may take: more is red, too
constexpr int points_a_seed = 60;

// ---- one check, in its own process; true: green

bool sound_seed(std::uint64_t seed)
{
    const sim::Verdict verdict = sim::try_seed(seed, false);
    for (const std::string& complaint : verdict.complaints) std::fprintf(stderr, "%s\n", complaint.c_str());
    return verdict.complaints.empty();
}

/// As Catch2 wants it. A name it does not find is no test that passes.
std::string pattern_of(const std::string& name)
{
    const auto& tests = Catch::getRegistryHub().getTestCaseRegistry().getAllTests();
    if (std::none_of(tests.begin(), tests.end(), [&](const Catch::TestCase& test) { return test.name == name; }))
        throw std::runtime_error("no such test: " + name);
    std::string pattern;
    for (const char c : name) pattern += (c == ',' ? "\\" : "") + std::string(1, c);
    return pattern;
}

bool passes(const std::string& name, std::uint64_t seed)
{
    setenv("OCOP_SEED", std::to_string(seed).c_str(), 1);
    Catch::Session session;
    session.configData().testsOrTags = {pattern_of(name)};
    session.configData().warnings = Catch::WarnAbout::NoTests;
    session.configData().abortAfter = 1;
    session.configData().rngSeed = static_cast<unsigned>(seed);
    return session.run() == 0;
}

/// `what`: "power SCENARIO".
bool survives(const std::string& what, std::uint64_t seed)
{
    const std::string name = what.substr(what.find(' ') + 1);
    const test::TempDir home;
    for (const test::Scenario& scenario : test::crash_scenarios()) {
        if (scenario.name != name) continue;
        test::Trial trial{scenario, home.path(), seed};
        SeededRandom random{seed};
        test::PowerCount count;
        std::vector<std::uint64_t> places;
        for (int i = 0; i < points_a_seed; ++i) places.push_back(random.below(trial.operations() + 1));
        std::sort(places.begin(), places.end());
        for (const std::uint64_t at : places) {
            const std::string bad = trial.power_cut(at, random.next(), count);
            if (!bad.empty()) std::fprintf(stderr, "%s\n", bad.c_str());
            if (!bad.empty()) return false;
        }
        return true;
    }
    std::fprintf(stderr, "no such scenario: %s\n", name.c_str());
    return false;
}

bool green(const Check& check, std::uint64_t seed)
{
    try {
        switch (check.kind) {
        case Check::Kind::simulator: return sound_seed(seed);
        case Check::Kind::crash: return survives(check.what, seed);
        default: return passes(check.what, seed);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return false;
    }
}

// ---- the visit

struct Visit {
    std::string commit = "0";
    std::size_t rotate = 0;  // 0: all
    std::string only;
    std::size_t jobs = 1;
    bool verbose = false;
};

/// Runs the check with the exhibit on (empty: none) in a process of its own.
bool green_apart(std::string_view exhibit, const Check& check, std::uint64_t seed, bool verbose)
{
    std::fflush(stdout);
    const pid_t process = fork();
    if (process == 0) {
        if (!verbose) {
            const int nowhere = open("/dev/null", O_WRONLY);
            dup2(nowhere, STDOUT_FILENO);
            dup2(nowhere, STDERR_FILENO);
        }
        alarm(longest);
        exhibit_on = exhibit;
        const bool good = green(check, seed);
        std::fflush(nullptr);
        std::_Exit(good ? 0 : 1);
    }
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// From the commit, so that nobody is lucky twice.
std::uint64_t seed_from(const std::string& commit, const std::string& salt, std::uint64_t number)
{
    std::uint64_t seed = 1469598103934665603u;
    for (const char c : commit + "/" + salt) seed = (seed ^ static_cast<std::uint8_t>(c)) * 1099511628211u;
    return SeededRandom{seed + number}.next() % 1'000'000 + 1;
}

struct Finding {
    bool caught = false;
    Check by;
    std::uint64_t seed = 0;
    std::uint64_t seeds = 0;  // tried until it was red
    std::string untrusted;    // of these, red without the exhibit as well: they show nothing
};

/// Red with the exhibit and green without it, by the same check and seed: only both together say that it was caught.
Finding look_at(const Exhibit& exhibit, const Visit& visit)
{
    Finding finding;
    for (const Check& check : exhibit.checks) {
        finding.by = check;
        finding.seeds = 0;
        for (std::uint64_t i = 0; i < check.budget; ++i) {
            finding.seed = seed_from(visit.commit, title_of(check), i);
            ++finding.seeds;
            if (green_apart(exhibit.name, check, finding.seed, visit.verbose)) continue;
            if (green_apart({}, check, finding.seed, visit.verbose)) {
                finding.caught = true;
                return finding;
            }
            finding.untrusted += " " + std::to_string(finding.seed);
        }
    }
    return finding;
}

std::string line_of(const Exhibit& exhibit, const Finding& finding)
{
    std::string line = finding.caught ? "caught  " : "MISSED  ";
    line += std::string{exhibit.name} + std::string(exhibit.name.size() < 26 ? 26 - exhibit.name.size() : 1, ' ');
    line += exhibit.origin + ": " + exhibit.mistake + "\n" + std::string(8, ' ');
    if (finding.caught) {
        line += "by " + title_of(finding.by);
        if (finding.by.kind != Check::Kind::test)
            line += ", after " + std::to_string(finding.seeds) + (finding.seeds == 1 ? " seed (" : " seeds (") +
                    std::to_string(finding.seed) + ")";
    } else {
        line += "by none of its checks";
    }
    if (!finding.untrusted.empty()) line += "; red without it as well, so not counted:" + finding.untrusted;
    return line + "\n";
}

std::vector<const Exhibit*> chosen(const Visit& visit)
{
    std::vector<const Exhibit*> all;
    for (const Exhibit& exhibit : exhibits())
        if (visit.only.empty() || exhibit.name == visit.only) all.push_back(&exhibit);
    if (visit.rotate == 0 || visit.rotate >= all.size()) return all;
    SeededRandom random{seed_from(visit.commit, "rotation", 0)};
    for (std::size_t i = 0; i < visit.rotate; ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
    all.resize(visit.rotate);
    return all;
}

bool show_one(const Exhibit& exhibit, const Visit& visit)
{
    const Finding finding = look_at(exhibit, visit);
    const std::string line = line_of(exhibit, finding);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
    return finding.caught;
}

/// The exhibits, several at a time, each line as it is known. Returns how many were caught.
std::size_t show(const std::vector<const Exhibit*>& rooms, const Visit& visit)
{
    std::size_t caught = 0;
    std::size_t running = 0;
    const auto one_ends = [&] {
        int status = 0;
        wait(&status);
        caught += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
        --running;
    };
    for (const Exhibit* exhibit : rooms) {
        if (running == visit.jobs) one_ends();
        std::fflush(stdout);
        if (fork() == 0) std::_Exit(show_one(*exhibit, visit) ? 0 : 1);
        ++running;
    }
    while (running > 0) one_ends();
    return caught;
}

int check_here(const std::string& what, const std::string& seed)
{
    Check check;
    check.what = what;
    if (what == "simulator") check.kind = Check::Kind::simulator;
    if (what.starts_with("power ")) check.kind = Check::Kind::crash;
    const bool good = green(check, std::strtoull(seed.c_str(), nullptr, 10));
    std::printf(good ? "green\n" : "red\n");
    return good ? 0 : 1;
}

bool known(const std::string& name)
{
    return std::any_of(exhibits().begin(), exhibits().end(), [&](const Exhibit& each) { return each.name == name; });
}

int usage()
{
    std::fputs("museum_tool [--commit HASH] [--rotate N | --only NAME] [--jobs J] [--verbose]\n"
               "OCOP_EXHIBIT=NAME museum_tool --check WHAT SEED\n",
               stderr);
    return 2;
}

}  // namespace

int main(int count, char** words)
{
    Visit visit;
    static std::string on;
    if (const char* name = std::getenv("OCOP_EXHIBIT")) on = name;
    if (!on.empty() && !known(on)) return usage();
    exhibit_on = on;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--verbose") {
            visit.verbose = true;
            continue;
        }
        if (++i >= count) return usage();
        const std::string value = words[i];
        if (word == "--check" && i + 1 < count) return check_here(value, words[i + 1]);
        if (word == "--commit")
            visit.commit = value;
        else if (word == "--rotate")
            visit.rotate = std::strtoull(value.c_str(), nullptr, 10);
        else if (word == "--only")
            visit.only = value;
        else if (word == "--jobs")
            visit.jobs = std::max<std::size_t>(1, std::strtoull(value.c_str(), nullptr, 10));
        else
            return usage();
    }
    if (!visit.only.empty() && !known(visit.only)) return usage();
    exhibit_on = {};
    const auto rooms = chosen(visit);
    const std::size_t caught = show(rooms, visit);
    std::printf("museum: commit %s: %zu of %zu exhibits (of %zu there are): %zu caught, %zu missed\n",
                visit.commit.c_str(), rooms.size(), rooms.size(), exhibits().size(), caught, rooms.size() - caught);
    return caught == rooms.size() ? 0 : 1;
}
