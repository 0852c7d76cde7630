// A schedule that a model of the merge went through, and how it ended there. tests/model/trace.py writes them and says what
// each line means.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ocop::test {

/// One write of one row by one node: its version names it.
struct WriteKey {
    int row = 0;
    std::uint64_t gen = 0;
    std::int64_t time = 0;
    friend auto operator<=>(const WriteKey&, const WriteKey&) = default;
};

/// One column of a write.
struct CellKey {
    WriteKey write;
    char column = 'a';  // X existence, u unit, a, b
    friend auto operator<=>(const CellKey&, const CellKey&) = default;
};

struct Step {
    enum class Kind { write, request, serve, finish, round };
    Kind kind = Kind::round;
    int node = 0;
    WriteKey write;                           // kind write
    std::vector<std::pair<char, int>> cells;  // column, event
    int message = 0;                          // what is made (request), served or finished
    int answer = 0;                           // what serving makes
    std::size_t limit = 0;
    std::int64_t time = 0;  // what the node's clock shows; 0: any

    bool has(char column) const;
    bool deletes() const { return cells.size() == 1 && has('X'); }
    bool creates() const { return cells.size() > 1 && has('X'); }
};

struct FinalRow {
    bool here = false;
    std::vector<std::pair<char, int>> cells;  // column, event
};

struct Trace {
    std::string mode;  // cells, rows, cut
    std::string seed;
    std::vector<int> parents;  // by node; the first is the root, -1
    std::vector<Step> steps;
    std::map<int, CellKey> events;
    std::map<int, FinalRow> rows;
    std::set<std::pair<CellKey, CellKey>> conflicts;  // the smaller first

    int row_count() const;
};

/// The next trace; false at the end of the stream. A line it cannot read is a bug of ours: OCOP_CHECK.
bool read_trace(std::istream& in, Trace& trace);

}  // namespace ocop::test
