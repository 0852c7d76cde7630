// The corpora of the fuzzers, replayed: what they once reached or found must stay harmless, in every build and under every sanitizer.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/targets.h"

using namespace ocop::test;

// Would catch a hostile input that was found once, or a corner the fuzzers reached, and that now ends the process (F60, F62, F65).
TEST_CASE("F60 the fuzzers' corpora do no harm", "[fuzz]")
{
    for (const FuzzTarget& target : fuzz_targets()) {
        const auto folder = std::filesystem::path{OCOP_SOURCE_DIR} / "tests/fuzz/corpus" / target.name;
        CAPTURE(folder.string());
        REQUIRE(std::filesystem::is_directory(folder));
        std::size_t inputs = 0;
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            CAPTURE(file.path().string());
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            REQUIRE_NOTHROW(target.run(bytes));
            ++inputs;
        }
        CHECK(inputs > 0);
    }
}
