#include "cli/table.h"

#include <algorithm>
#include <ostream>

#include "cli/text.h"

namespace ocop::cli {

void Table::add(std::vector<std::string> cells)
{
    cells.resize(head_.size());
    for (std::string& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, std::size_t widest) const
{
    std::vector<std::size_t> widths(head_.size(), 0);
    const auto measure = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::min(widest, std::max(widths[i], display_width(cells[i])));
    };
    measure(head_);
    for (const auto& row : rows_) measure(row);
    const auto write = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string cell = fit(cells[i], widths[i]);
            if (std::find(right_.begin(), right_.end(), i) != right_.end() && display_width(cells[i]) < widths[i])
                cell = std::string(widths[i] - display_width(cells[i]), ' ') + cells[i];
            line += (i ? "  " : "") + cell;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    };
    write(head_);
    for (const auto& row : rows_) write(row);
}

}  // namespace ocop::cli
