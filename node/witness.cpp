#include "node/witness.h"

#include <charconv>
#include <map>

#include "node/identity.h"
#include "node/os/files.h"
#include "node/os/machine.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

constexpr std::size_t longest = 1024;

std::string machine()
{
    const std::string id = machine_id();
    return id.empty() ? std::string{} : to_hex(hash16("witness " + id));
}

std::map<std::string, std::string> lines_of(const std::string& text)
{
    std::map<std::string, std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        const std::size_t space = line.find(' ');
        if (space != std::string::npos) lines[line.substr(0, space)] = line.substr(space + 1);
        at = end + 1;
    }
    return lines;
}

template <class Number>
bool read_number(const std::string& text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// A disk that fails once is no restore: asked twice before the witness is taken for gone.
std::optional<std::string> read_witness(const std::filesystem::path& directory)
{
    auto text = read_file(directory / "witness", longest);
    if (!text && file_exists(directory / "witness")) text = read_file(directory / "witness", longest);
    return text;
}

}  // namespace

std::optional<Rewind> compare_witness(const std::filesystem::path& directory, const State& state)
{
    if (exhibit("submersion-309")) return std::nullopt;
    const auto text = read_witness(directory);
    if (!text) {
        if (state.beat == 0) return std::nullopt;
        return Rewind{Rewound::witness_gone, 0};
    }
    auto lines = lines_of(*text);
    Rewind rewind;
    std::uint64_t beat = 0;
    if (lines["end"] != "1" || !read_number(lines["incarnation"], rewind.incarnation) ||
        !read_number(lines["beat"], beat) || lines["node"] != to_hex(state.self.node))
        return Rewind{Rewound::witness_gone, 0};
    if (!lines["machine"].empty() && lines["machine"] != machine()) {
        rewind.how = Rewound::other_machine;
        return rewind;
    }
    const bool crash = state.beat == beat || state.beat == beat + 1;
    if (crash && rewind.incarnation == state.self.incarnation) return std::nullopt;
    // A life that a crash kept from its witness is ours all the same.
    if (state.beat >= beat && state.beat <= beat + 1 && rewind.incarnation < state.self.incarnation)
        return std::nullopt;
    return rewind;
}

void write_witness(const std::filesystem::path& directory, const State& state)
{
    const std::string text = "ocop-witness 1\nnode " + to_hex(state.self.node) + "\nincarnation " +
                             std::to_string(state.self.incarnation) + "\nbeat " + std::to_string(state.beat) +
                             "\nmachine " + machine() + "\nend 1\n";
    if (read_file(directory / "witness", longest) != text) replace_file(directory / "witness", text);
}

}  // namespace ocop
