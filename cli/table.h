// A table for the terminal: columns as wide as their widest cell, by what letters take on the screen.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace ocop::cli {

class Table {
public:
    explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
    /// Cells may be fewer than the head's; control characters are taken out.
    void add(std::vector<std::string> cells);
    /// Numbers are easier to compare when they end in one column.
    void align_right(std::size_t column) { right_.push_back(column); }
    std::size_t size() const { return rows_.size(); }
    /// No cell wider than `widest` columns.
    void print(std::ostream& out, std::size_t widest = 48) const;

private:
    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
    std::vector<std::size_t> right_;
};

}  // namespace ocop::cli
