#include "tests/property/trace.h"

#include <algorithm>
#include <sstream>

#include "schema/base/check.h"

namespace ocop::test {

namespace {

using Names = std::map<std::string, int>;

std::vector<std::pair<char, int>> read_cells(std::istream& words)
{
    std::vector<std::pair<char, int>> cells;
    for (std::string word; words >> word;) {
        OCOP_CHECK(word.size() > 2 && word[1] == '=');
        cells.emplace_back(word[0], std::stoi(word.substr(2)));
    }
    return cells;
}

void read_node(std::istream& words, Trace& trace, Names& names)
{
    std::string name;
    std::string parent;
    words >> name >> parent;
    trace.parents.push_back(parent == "-" ? -1 : names.at(parent));
    names.emplace(name, static_cast<int>(names.size()));
}

Step read_write(std::istream& words, const Names& names)
{
    Step step;
    step.kind = Step::Kind::write;
    std::string node;
    words >> node >> step.write.time >> step.write.gen >> step.write.row;
    step.node = names.at(node);
    step.time = step.write.time;
    step.cells = read_cells(words);
    return step;
}

Step read_exchange(const std::string& kind, std::istream& words, const Names& names)
{
    Step step;
    std::string node;
    words >> node >> step.message;
    step.node = names.at(node);
    if (kind == "request") {
        step.kind = Step::Kind::request;
        words >> step.limit;
    } else if (kind == "serve") {
        step.kind = Step::Kind::serve;
        words >> step.answer >> step.limit >> step.time;
    } else {
        OCOP_CHECK(kind == "finish");
        step.kind = Step::Kind::finish;
    }
    return step;
}

void read_conflict(std::istream& words, Trace& trace)
{
    int one = 0;
    int other = 0;
    words >> one >> other;
    const CellKey a = trace.events.at(one);
    const CellKey b = trace.events.at(other);
    trace.conflicts.emplace(std::min(a, b), std::max(a, b));
}

void read_row(std::istream& words, Trace& trace)
{
    int row = 0;
    std::string state;
    words >> row >> state;
    trace.rows[row] = {state == "here", read_cells(words)};
}

void read_line(const std::string& kind, std::istream& words, Trace& trace, Names& names)
{
    if (kind == "trace") {
        words >> trace.mode >> trace.seed;
    } else if (kind == "node") {
        read_node(words, trace, names);
    } else if (kind == "write" || kind == "again") {
        const Step step = read_write(words, names);
        for (const auto& [column, event] : step.cells) trace.events[event] = {step.write, column};
        if (kind == "write") trace.steps.push_back(step);
    } else if (kind == "round") {
        trace.steps.emplace_back();
    } else if (kind == "row") {
        read_row(words, trace);
    } else if (kind == "conflict") {
        read_conflict(words, trace);
    } else {
        trace.steps.push_back(read_exchange(kind, words, names));
    }
}

}  // namespace

bool Step::has(char column) const
{
    return std::any_of(cells.begin(), cells.end(), [column](const auto& cell) { return cell.first == column; });
}

int Trace::row_count() const
{
    int count = 0;
    for (const auto& entry : events) count = std::max(count, entry.second.write.row + 1);
    return count;
}

bool read_trace(std::istream& in, Trace& trace)
{
    trace = {};
    Names names;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string kind;
        if (!(words >> kind) || kind.front() == '#') continue;
        if (kind == "end") return true;
        read_line(kind, words, trace, names);
        OCOP_CHECK(!words.bad());
    }
    OCOP_CHECK(trace.steps.empty());  // a trace that breaks off
    return false;
}

}  // namespace ocop::test
