// One libFuzzer program per target; FUZZ_TARGET names it (tests/CMakeLists.txt).
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const ocop::test::FuzzTarget* const target = [] {
        for (const auto& one : ocop::test::fuzz_targets())
            if (one.name == FUZZ_TARGET) return &one;
        std::abort();
    }();
    target->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
