// A person's transaction on the domain tables of one office, told to the history: what each row was before and is after.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/history.h"
#include "tests/simulator/office.h"

namespace ocop::sim {

using Named = std::vector<std::pair<std::string, Value>>;  // columns and their values

class Deed {
public:
    Deed(Office& office, History& history, std::uint64_t number, std::int64_t now);
    Deed(const Deed&) = delete;
    Deed& operator=(const Deed&) = delete;
    ~Deed() = default;

    /// Returns the new row's id, made by the table's own DEFAULT.
    std::string insert(const std::string& table, const Named& values);
    void update(const std::string& table, const std::string& row, const Named& values);
    void remove(const std::string& table, const std::string& row);
    /// What somebody else's code does to these rows inside this transaction.
    template <class Act>
    bool watch(const std::vector<std::pair<std::string, std::string>>& rows, const Act& act)
    {
        std::vector<Named> before;
        for (const auto& [table, row] : rows) before.push_back(read(table, row));
        if (!act(office_.replica())) return false;
        for (std::size_t i = 0; i < rows.size(); ++i) tell(rows[i].first, rows[i].second, before[i]);
        return true;
    }

    /// Says `ok`, or `info` where nobody saw the end.
    void commit(bool seen = true);
    /// Says `fail`.
    void abort();

    std::size_t rows() const { return rows_; }

private:
    Named read(const std::string& table, const std::string& row);
    void tell(const std::string& table, const std::string& row, const Named& before);

    Office& office_;
    History& history_;
    std::uint64_t number_;
    std::int64_t now_;
    std::optional<LocalWrite> write_;
    std::size_t rows_ = 0;
};

}  // namespace ocop::sim
