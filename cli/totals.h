// Totals, counted from the rows each time: never stored, so never stale. They go by the unit a row belongs to and the tree of
// units, so that the same subtree gives the same figures at every node that holds it, whatever its tier.
//
// A product's star is that of its standing certificate: the latest by day of issue that is not withdrawn. Before any
// certificate it has none. Whether a certificate has run out is not asked: that would make the figures depend on the clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/sqlite.h"

namespace ocop::cli {

enum class TotalsBy { nothing, province, district, commune, star, year, kind };

struct TotalsRow {
    std::string key;  // a unit's id, a star, a year, a kind; empty: none
    std::uint64_t organizations = 0;
    std::uint64_t products = 0;
    std::uint64_t star3 = 0;
    std::uint64_t star4 = 0;
    std::uint64_t star5 = 0;
};

struct Totals {
    std::vector<TotalsRow> rows;  // by key; none for TotalsBy::nothing
    /// Of the whole subtree. By star and year an organization is counted in each row it has a product in, so that column may
    /// add up to more (or, without products, to less) than this.
    TotalsRow sum;
};

/// Of the unit with this id and all below it.
Totals count_totals(sqlite::Connection& db, const std::string& unit, TotalsBy by);

}  // namespace ocop::cli
