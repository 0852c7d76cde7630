// The house rules, checked on the source tree itself. A rule is a function from files to complaints, so that each is
// also shown a forged file that breaks it: a rule that cannot fail guards nothing.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

struct Source {
    std::string path;  // from the repository root
    std::string text;
};

// Each folder may include itself and those before it.
constexpr std::array<std::string_view, 5> folders = {"schema", "node", "sync", "cli", "tests"};

std::string read_file(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool is_code(const std::string& path)
{
    return path.ends_with(".cpp") || path.ends_with(".h");
}

const fs::path& root()
{
    static const fs::path path = OCOP_SOURCE_DIR;
    return path;
}

std::vector<Source> code_of_tree()
{
    std::vector<Source> out;
    for (const auto folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
            const auto path = entry.path().lexically_relative(root()).generic_string();
            if (entry.is_regular_file() && is_code(path)) out.push_back({path, read_file(entry.path())});
        }
    }
    return out;
}

// The files git would publish: tracked, or new and not ignored. Empty outside a git checkout (a release archive).
std::vector<std::string> published_files()
{
    const std::string command = "git -C '" + root().string() + "' ls-files -co --exclude-standard 2>/dev/null";
    std::string listing;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    std::array<char, 4096> buffer{};
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe)) listing.append(buffer.data(), got);
    pclose(pipe);
    std::vector<std::string> out;
    std::istringstream lines(listing);
    for (std::string line; std::getline(lines, line);) {
        if (fs::is_regular_file(root() / line)) out.push_back(line);
    }
    return out;
}

struct Include {
    std::string name;
    bool quoted = false;
};

std::vector<Include> includes_of(const std::string& text)
{
    std::vector<Include> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        line.erase(std::remove_if(line.begin(), line.end(), [](unsigned char c) { return std::isspace(c) != 0; }),
                   line.end());
        if (!line.starts_with("#include") || line.size() < 10) continue;
        const char close = line[8] == '<' ? '>' : '"';
        const auto end = line.find(close, 9);
        if (end != std::string::npos) out.push_back({line.substr(9, end - 9), close == '"'});
    }
    return out;
}

int rank_of(std::string_view path)
{
    const auto folder = path.substr(0, path.find('/'));
    const auto at = std::find(folders.begin(), folders.end(), folder);
    return at == folders.end() ? -1 : static_cast<int>(at - folders.begin());
}

Complaints against_direction(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        for (const auto& include : includes_of(source.text)) {
            if (!include.quoted) continue;
            const int rank = rank_of(include.name);
            if (rank < 0) out.push_back(source.path + " includes \"" + include.name + "\" not from the root");
            if (rank > rank_of(source.path)) out.push_back(source.path + " includes upwards: " + include.name);
        }
    }
    return out;
}

// A library is named in one place, so that it can be replaced and reviewed there. Tests may name any.
struct Reserved {
    std::vector<std::string> headers;  // how the header's name starts
    std::vector<std::string> places;   // how the path of a file that may name it starts
};

const std::vector<Reserved>& reserved()
{
    static const std::vector<Reserved> rules = {
        {{"sqlite3"}, {"node/"}},
        {{"curl/"}, {"sync/client"}},
        {{"boost/asio", "boost/beast"}, {"sync/server", "sync/daemon"}},
        {{"cereal/", "zstd", "zdict"}, {"sync/codec", "sync/archive"}},
        {{"sodium"}, {"node/identity", "node/digest"}},
        {{"unistd.h", "fcntl.h", "sys/"}, {"node/os/"}},
    };
    return rules;
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& starts)
{
    return std::any_of(starts.begin(), starts.end(), [&](const auto& start) { return text.starts_with(start); });
}

Complaints out_of_place(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        if (source.path.starts_with("tests/")) continue;
        for (const auto& include : includes_of(source.text)) {
            for (const auto& rule : reserved()) {
                if (starts_with_any(include.name, rule.headers) && !starts_with_any(source.path, rule.places))
                    out.push_back(source.path + " may not include <" + include.name + ">");
            }
        }
    }
    return out;
}

Complaints too_long(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        const auto lines = std::count(source.text.begin(), source.text.end(), '\n');
        if (lines > 600) out.push_back(source.path + " has " + std::to_string(lines) + " lines; 600 are allowed");
    }
    return out;
}

Complaints headers_without_guard(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        if (source.path.ends_with(".h") && source.text.find("#pragma once") == std::string::npos)
            out.push_back(source.path + " lacks #pragma once");
    }
    return out;
}

// The line above a test case says what the test would catch.
Complaints tests_without_reason(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        if (!source.path.ends_with("_test.cpp")) continue;
        std::istringstream lines(source.text);
        std::string above;
        for (std::string line; std::getline(lines, line); above = line) {
            if (line.starts_with("TEST_CASE") && !above.starts_with("//"))
                out.push_back(source.path + " does not say above it what this would catch: " + line);
        }
    }
    return out;
}

// ctest runs the binary once a file, by the file's name: two of one name would each run both.
Complaints unbuilt_or_twice(const std::vector<std::string>& in_tree, const std::vector<std::string>& in_target)
{
    Complaints out;
    std::set<std::string> names;
    for (const auto& path : in_tree) {
        if (std::find(in_target.begin(), in_target.end(), path) == in_target.end())
            out.push_back(path + " is not in ocop_tests");
        if (!names.insert(fs::path(path).filename().string()).second)
            out.push_back(path + " has the name of another test file");
    }
    return out;
}

// Where a path of somebody's machine, or a package registry's host, starts in `text`; npos if nowhere. (The words are put
// together here so that this file does not hold them.)
std::size_t machine_path_in(const std::string& text)
{
    static const std::vector<std::string> starts = {std::string("/wo") + "rk/", std::string("/ro") + "ot/",
                                                    std::string("/ho") + "me/", std::string("/Us") + "ers/"};
    for (const auto& start : starts) {
        for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
            const auto before = at == 0 ? ' ' : text[at - 1];
            // After a letter, a bracket or a variable it is the middle of a longer path.
            if (std::isalnum(static_cast<unsigned char>(before)) == 0 &&
                std::string("._-}>)*").find(before) == std::string::npos)
                return at;
        }
    }
    return text.find(std::string("registry.") + "npmjs");
}

Complaints with_machine_path(const std::vector<Source>& sources)
{
    Complaints out;
    for (const auto& source : sources) {
        const auto at = machine_path_in(source.text);
        if (at != std::string::npos) out.push_back(source.path + " holds '" + source.text.substr(at, 30) + "'");
    }
    return out;
}

std::string listed(const Complaints& complaints)
{
    std::string out;
    for (const auto& complaint : complaints) out += complaint + "\n";
    return out;
}

// Seeds, crash points and fuzz executions: the sums of the ledger's columns.
std::array<std::uint64_t, 3> totals_of(const std::string& ledger)
{
    std::array<std::uint64_t, 3> sums{};
    std::istringstream lines(ledger);
    for (std::string line; std::getline(lines, line);) {
        if (line.size() < 3 || line[0] != '|' || std::isdigit(static_cast<unsigned char>(line[2])) == 0) continue;
        std::istringstream cells(line);
        std::string cell;
        for (std::size_t i = 0; std::getline(cells, cell, '|'); ++i)
            if (i >= 4 && i < 4 + sums.size()) sums[i - 4] += std::strtoull(cell.c_str(), nullptr, 10);
    }
    return sums;
}

void require_none(const Complaints& complaints)
{
    INFO(listed(complaints));
    REQUIRE(complaints.empty());
}

}  // namespace

// Catches a lower part that comes to depend on a higher one, and includes not written from the root.
TEST_CASE("includes go one way: tests, cli, sync, node, schema", "[house]")
{
    require_none(against_direction(code_of_tree()));
    CHECK(against_direction({{"node/a.cpp", "#include \"sync/b.h\"\n"}}).size() == 1);
    CHECK(against_direction({{"schema/a.h", "  # include \"cli/b.h\"\n"}}).size() == 1);
    CHECK(against_direction({{"node/a.cpp", "#include \"a.h\"\n"}}).size() == 1);
    CHECK(against_direction({{"sync/a.cpp", "#include \"node/b.h\"\n#include <vector>\n"}}).empty());
}

// Catches a library (SQLite, curl, Asio, cereal, zstd, libsodium) or a POSIX header that leaks out of its one place.
TEST_CASE("each library is named in one place", "[house]")
{
    require_none(out_of_place(code_of_tree()));
    for (const auto& rule : reserved()) {
        for (const auto& header : rule.headers) {
            const auto text = "#include <" + header + ">\n";
            CAPTURE(header);
            CHECK(out_of_place({{"cli/a.cpp", text}}).size() == 1);
            CHECK(out_of_place({{rule.places.front() + "x.cpp", text}}).empty());
        }
    }
}

// Catches a file grown past what one reads at a sitting.
TEST_CASE("no file is over 600 lines", "[house]")
{
    require_none(too_long(code_of_tree()));
    CHECK(too_long({{"node/a.cpp", std::string(601, '\n')}}).size() == 1);
    CHECK(too_long({{"node/a.cpp", std::string(600, '\n')}}).empty());
}

// Catches a header that breaks when it is included twice.
TEST_CASE("every header has its guard", "[house]")
{
    require_none(headers_without_guard(code_of_tree()));
    CHECK(headers_without_guard({{"node/a.h", "int a;\n"}}).size() == 1);
}

// Catches a test nobody can judge, because it does not say what it is for.
TEST_CASE("every test says what it would catch", "[house]")
{
    require_none(tests_without_reason(code_of_tree()));
    CHECK(tests_without_reason({{"tests/a_test.cpp", "\nTEST_CASE(\"a\")\n"}}).size() == 1);
    CHECK(tests_without_reason({{"tests/a_test.cpp", "// why\nTEST_CASE(\"a\")\n"}}).empty());
}

// Catches a test file that is written but never compiled, and two files that ctest could not tell apart.
TEST_CASE("every test file is in the test binary, under a name of its own", "[house]")
{
    std::vector<std::string> in_target;
    std::ifstream list(OCOP_TEST_FILES);
    for (std::string line; std::getline(list, line);) in_target.push_back(line);
    std::vector<std::string> in_tree;
    for (const auto& source : code_of_tree()) {
        if (source.path.ends_with("_test.cpp")) in_tree.push_back((root() / source.path).string());
    }
    REQUIRE_FALSE(in_tree.empty());
    require_none(unbuilt_or_twice(in_tree, in_target));
    CHECK(unbuilt_or_twice({"tests/a_test.cpp"}, {}).size() == 1);
    CHECK(unbuilt_or_twice({"a/a_test.cpp", "b/a_test.cpp"}, {"a/a_test.cpp", "b/a_test.cpp"}).size() == 1);
}

// Catches a claim in the README that no run stands behind.
TEST_CASE("the README's totals are the sums of the ledger's columns", "[house]")
{
    const auto totals = totals_of(read_file(root() / "tests/LEDGER.md"));
    const std::string claim = "Run so far: " + std::to_string(totals[0]) + " simulated seeds, " +
                              std::to_string(totals[1]) + " crash points, " + std::to_string(totals[2]) +
                              " fuzz executions,";
    INFO(claim << " ('./run totals' renews it)");
    CHECK(read_file(root() / "README.md").find(claim) != std::string::npos);
    CHECK(
        totals_of(
            "| date | a | b | seeds |\n| 1/1/2026 | c | w | 5 | | 7 | 0.1 | 0 |\n| 2/1/2026 | c | w | 5 | 2 | | |\n") ==
        std::array<std::uint64_t, 3>{10, 2, 7});
}

// Catches a folder that leaves its reader without a first page.
TEST_CASE("every folder has a README", "[house]")
{
    Complaints missing;
    for (const auto folder : folders) {
        if (read_file(root() / folder / "README.md").empty()) missing.push_back(std::string(folder) + "/README.md");
    }
    require_none(missing);
}

// Catches a path of the author's machine, or a registry's host in the lock file, about to be published.
TEST_CASE("no published file holds a path of a machine", "[house]")
{
    std::vector<Source> sources;
    for (const auto& path : published_files()) sources.push_back({path, read_file(root() / path)});
    require_none(with_machine_path(sources));
    CHECK(with_machine_path({{"run", std::string("cd /wo") + "rk/x"}}).size() == 1);
    CHECK(with_machine_path({{"package-lock.json", std::string("https://regis") + "try.npmjs.org/a"}}).size() == 1);
    CHECK(with_machine_path({{"run", std::string("cd \"$dir/net") + "work/x\""}}).empty());
}
