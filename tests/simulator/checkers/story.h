// A history as the checkers see it: its lines taken apart, nothing else. The format is told in tests/simulator/history.h; this is a parser
// of its own, and no file here includes anything of node/ or sync/, so that a checker cannot share the engine's mistakes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ocop::sim::judge {

using Text = std::string_view;  // into the history, which outlives all of this
using Complaints = std::vector<std::string>;

constexpr Text null = "~";

struct RowKey {
    Text table, row;
    friend bool operator==(const RowKey&, const RowKey&) = default;
    friend auto operator<=>(const RowKey&, const RowKey&) = default;
};
struct CellKey {
    Text table, row, column;
    RowKey of_row() const { return {table, row}; }
    friend bool operator==(const CellKey&, const CellKey&) = default;
    friend auto operator<=>(const CellKey&, const CellKey&) = default;
};
struct Hash {
    std::size_t operator()(const RowKey& key) const { return std::hash<Text>{}(key.row) * 31 + key.table.size(); }
    std::size_t operator()(const CellKey& key) const
    {
        return std::hash<Text>{}(key.row) * 31 + std::hash<Text>{}(key.column);
    }
};

/// One column of one row that a person changed. Column `id`: the row itself.
struct Cell {
    CellKey key;
    Text unit, before, after;
};

enum class Fate { ok, fail, info, open };

/// A person's transaction.
struct Deed {
    int node = 0;
    std::size_t place = 0;  // line of the invocation; the order of the history
    Fate fate = Fate::open;
    std::vector<Cell> cells;
    bool counts() const { return fate == Fate::ok || fate == Fate::info; }
};

struct Row {
    RowKey key;
    Text unit;
    std::vector<std::pair<Text, Text>> values;  // NULLs left out
    Text value(Text column) const;
};

struct Reading {
    int node = 0;
    std::size_t place = 0;
    Text why;
    std::vector<Row> rows;
};

/// What the engine was asked to do, and what befell it: make, serve, finish, seal, refused, restart, snapshot, restore, clone.
struct Step {
    Text what;
    int node = 0;
    std::size_t place = 0;
    std::uint64_t message = 0, answer = 0;  // message: of a snapshot and a restore, the snapshot; of a clone, whose
    std::int64_t clock = 0;
    bool flag = false;  // serve: taken; finish: more
    Text cause;
};

struct Unit {
    Text parent, level;
};
struct Node {
    Text unit;
    int parent = -1;
    Text origin;
};
struct Proof {
    int node = 0;
    bool sound = false, compared = false, equal = false;
    std::uint64_t withheld = 0;
};

struct Story {
    Text seed;
    bool whole = false;
    int depth = 0;
    std::unordered_map<Text, Unit> units;
    std::vector<Node> nodes;
    std::vector<Deed> deeds;  // in order
    std::vector<Reading> readings;
    std::vector<Step> steps;
    std::vector<Proof> proofs;
    std::vector<std::pair<int, std::uint64_t>> sizes;  // node, bytes
    std::size_t quiet = 0;                             // line; 0: never
    Complaints malformed;

    // steps and deeds in the order of the history
    struct Mark {
        bool deed;
        std::size_t index;
    };
    std::vector<Mark> order;
};

/// `history` must outlive the story.
Story read_story(Text history);

}  // namespace ocop::sim::judge
