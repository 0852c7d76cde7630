// The people: what they write at their offices, in SQL, through the real triggers. Every value written to a column of a row is new there, so
// that a value read names the change that made it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/simulator/counters.h"
#include "tests/simulator/deed.h"

namespace ocop::sim {

/// SQL: the row's unit is this office's or below it.
std::string own_units(const Office& office);

class Workload {
public:
    Workload(const Options& options, test::SeededRandom& random, History& history, Counters& counters);

    /// One transaction at this office, or none where it has nothing to write. May end in a power cut.
    void act(Office& office, std::int64_t now);
    /// A commune enters what it has: a maker and some of its products.
    void enter(Office& office, std::int64_t now);
    /// A person reads every table.
    void read(Office& office, std::int64_t now, const std::string& why);

private:
    bool choose(Office& office, Deed& deed);
    bool make_organization(Office& office, Deed& deed);
    bool make_product(Office& office, Deed& deed);
    bool make_evaluation(Office& office, Deed& deed);
    bool make_certificate(Office& office, Deed& deed);
    bool make_directive(Office& office, Deed& deed);
    bool edit(Office& office, Deed& deed);
    bool edit_row(Office& office, Deed& deed, const std::string& table);
    bool edit_many(Office& office, Deed& deed);
    bool remove(Office& office, Deed& deed);
    bool claim(Office& office, Deed& deed);
    bool settle(Office& office, Deed& deed);

    // workload_unusual.cpp
    bool move(Office& office, Deed& deed);
    bool adopt(Office& office, Deed& deed);
    bool offend(Office& office, Deed& deed);
    bool spoil(Office& office, Deed& deed, const std::string& table, const std::string& condition,
               const std::string& column);
    bool forge_certificate(Office& office, Deed& deed);
    bool forge_directive(Office& office, Deed& deed);
    bool give_star(Office& office, Deed& deed);
    static std::string unit_of(Office& office, const std::string& table, const std::string& row);

    /// A row this office may write; empty: none.
    std::string pick(Office& office, const std::string& table, const std::string& condition = "1");
    std::string writable(Office& office, const std::string& table);
    Value fresh(const std::string& table, const std::string& column);
    std::string fresh_text(const std::string& text);
    std::string fresh_day();
    const std::string& one_of(const std::vector<std::string>& list) { return list[random_.below(list.size())]; }
    std::string day() const { return options_.tree_2025 ? "2025-08-01" : "2024-05-10"; }

    const Options& options_;
    test::SeededRandom& random_;
    History& history_;
    Counters& counters_;
    std::string met_;  // what the deed under way is to be counted as
    std::uint64_t deeds_ = 0;
    std::uint64_t values_ = 0;
    std::uint64_t reads_ = 0;
    std::map<std::string, std::set<std::string>> claimed_;  // by row: unique values ever given to it
};

}  // namespace ocop::sim
