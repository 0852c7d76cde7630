// The bug museum stays in its house: nothing of it in the product, and no exhibit without a hook or a hook without an exhibit.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tests/museum/exhibits.h"

using namespace ocop::museum;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> names()
{
    std::set<std::string> all;
    for (const Exhibit& exhibit : exhibits()) all.emplace(exhibit.name);
    return all;
}

std::set<std::string> named_in(const std::string& bytes)
{
    std::set<std::string> found;
    for (const std::string& name : names())
        if (bytes.find(name) != std::string::npos) found.insert(name);
    return found;
}

std::vector<fs::path> engine_sources()
{
    std::vector<fs::path> files;
    for (const char* folder : {"schema", "node", "sync", "cli"})
        for (const auto& entry : fs::recursive_directory_iterator(fs::path{OCOP_SOURCE_DIR} / folder))
            if (entry.is_regular_file()) files.push_back(entry.path());
    return files;
}

}  // namespace

// Catches a published bug that could be switched on in the product: the names would stand in the binary.
TEST_CASE("the product binary knows no exhibit", "[museum]")
{
    CHECK(named_in(text_of("/proc/self/exe")) == names());  // that a name would be found: this binary has the table
    const std::string product = text_of(OCOP_BINARY);
    REQUIRE(product.size() > 1'000'000);
    CHECK(named_in(product).empty());
    CHECK(product.find("exhibit_on") == std::string::npos);  // the switch, among the symbols
}

// Catches a hook that no visit ever tries, an exhibit whose hook was lost in a rebase, and a hook in a header, which is compiled once only.
TEST_CASE("every exhibit has its hook and every hook its exhibit", "[museum]")
{
    const std::regex hook{"exhibit\\(\"([^\"]*)\"\\)"};
    std::set<std::string> hooked;
    for (const fs::path& path : engine_sources()) {
        const std::string text = text_of(path);
        INFO(path.string());
        if (path.extension() != ".cpp") CHECK(text.find("exhibit.h\"") == std::string::npos);
        if (path.parent_path().filename() == "cli") CHECK(text.find("exhibit.h\"") == std::string::npos);
        for (std::sregex_iterator at{text.begin(), text.end(), hook}, end; at != end; ++at) hooked.insert((*at)[1]);
    }
    CHECK(hooked == names());
    CHECK(names().size() == exhibits().size());
    CHECK(exhibits().size() >= 25);
}
