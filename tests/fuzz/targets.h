// What is fuzzed: plain functions from bytes to "nothing bad happened". libFuzzer drives them (./run fuzz), and the committed corpora are
// replayed through them by an ordinary test (corpus_test.cpp), so that what was once found stays found.
//
// A target ends the process (std::abort, OCOP_CHECK, a sanitizer) or throws when something bad happened. Refusing is not bad.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ocop::test {

struct FuzzTarget {
    std::string_view name;  // also its folder in tests/fuzz/corpus
    void (*run)(std::string_view bytes);
    std::size_t longest;  // worth trying
};

const std::vector<FuzzTarget>& fuzz_targets();

void fuzz_exchange(std::string_view bytes);  // targets_exchange.cpp

}  // namespace ocop::test
