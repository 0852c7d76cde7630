// The engine against the models of its merge (tests/model): the same schedule must end with the same winners and no other conflicts.
//
// Schedules come from tests/model/trace.py, OCOP_MODEL_SEEDS of each kind (a number, or FROM-TO), and from tests/data/model_traces
// where there is no python3.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/property/replay.h"

using namespace ocop;
using namespace ocop::test;

namespace {

constexpr int at_a_time = 100;

// One conflict in so many may be one that the model has not. In the model a value that lost to what stands here takes no place in the
// log, so that whoever has read that far counts as having seen it; here its conflict record takes one, and a cut may fall between.
constexpr std::size_t extra_one_in = 500;

struct Tally {
    std::size_t seeds = 0, conflicts = 0, in_model = 0, extra = 0, writes = 0, failed = 0;
    std::string first_failures;
};

void replay_one(const Trace& trace, Tally& tally)
{
    Replay replay{trace};
    const std::vector<std::string> complaints = replay.run();
    ++tally.seeds;
    tally.conflicts += replay.conflicts();
    tally.in_model += trace.conflicts.size();
    tally.extra += replay.extra();
    tally.writes += replay.writes();
    if (complaints.empty() || ++tally.failed > 5) return;
    tally.first_failures += "python3 tests/model/trace.py " + trace.mode + " " + trace.seed + " " +
                            std::to_string(std::stoi(trace.seed) + 1) + "\n";
    for (const std::string& complaint : complaints) tally.first_failures += "    " + complaint + "\n";
}

void replay_all(std::istream& in, Tally& tally)
{
    for (Trace trace; read_trace(in, trace);) replay_one(trace, tally);
}

std::string output_of(const std::string& command)
{
    std::FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    if (pipe == nullptr) return text;
    char buffer[65536];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
    return pclose(pipe) == 0 ? text : std::string{};
}

std::pair<int, int> seeds()
{
    const char* asked = std::getenv("OCOP_MODEL_SEEDS");
    const std::string text = asked != nullptr ? asked : "80";
    const auto dash = text.find('-');
    if (dash == std::string::npos) return {0, std::stoi(text)};
    return {std::stoi(text.substr(0, dash)), std::stoi(text.substr(dash + 1))};
}

void compare(const std::string& mode)
{
    if (output_of("python3 --version 2>&1").empty()) {
        WARN("no python3: only the schedules in tests/data/model_traces are compared");
        return;
    }
    const auto [from, to] = seeds();
    Tally tally;
    for (int seed = from; seed < to; seed += at_a_time) {
        std::istringstream traces{output_of("python3 -B '" OCOP_SOURCE_DIR "/tests/model/trace.py' " + mode + " " +
                                            std::to_string(seed) + " " +
                                            std::to_string(std::min(seed + at_a_time, to)))};
        replay_all(traces, tally);
    }
    INFO(tally.failed << " seeds differ. The first:\n" << tally.first_failures);
    CHECK(tally.failed == 0);
    CHECK(tally.seeds == static_cast<std::size_t>(to - from));
    CHECK(tally.conflicts > 0);
    CHECK(tally.extra * extra_one_in <= tally.conflicts);
    if (std::getenv("OCOP_MODEL_SEEDS") != nullptr)
        WARN(mode << ": " << tally.seeds << " seeds, " << tally.writes << " writes, " << tally.conflicts
                  << " conflicts, " << tally.in_model << " in the model, " << tally.extra << " only here");
}

}  // namespace

// Would catch a wrong winner, a false or lost conflict, or replicas that differ, whatever is lost, repeated, late or cut short.
TEST_CASE("F30 cells: the same winners and conflicts as the model on the same schedule", "[models]")
{
    compare("cells");
}

// Would catch a row that is gone although somebody unaware edited it, or here although everybody agreed to delete it.
TEST_CASE("rows: the same winners and conflicts as the model on the same schedule", "[models]")
{
    compare("rows");
}

// Would catch a false conflict or a lost edit that comes of a row carried whole, ahead of the place where the message was cut.
TEST_CASE("cut messages: rows converge, nothing lost, no false conflict", "[models]")
{
    compare("cut");
}

// Would catch the same as the above where there is no python3, and a change of trace.py that the reader here does not follow.
TEST_CASE("the schedules kept as files end as in the models", "[models]")
{
    Tally tally;
    for (const auto& file : std::filesystem::directory_iterator(OCOP_SOURCE_DIR "/tests/data/model_traces")) {
        if (file.path().extension() != ".trace") continue;
        std::ifstream traces{file.path()};
        replay_all(traces, tally);
    }
    INFO(tally.first_failures);
    CHECK(tally.failed == 0);
    CHECK(tally.seeds >= 3);
}
