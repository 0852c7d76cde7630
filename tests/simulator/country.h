// A corner of the real country: units of the 2020 or the 2025 list, products and their makers by their real names.
#pragma once

#include <string>
#include <vector>

#include "tests/simulator/options.h"
#include "tests/support/world.h"

namespace ocop::sim {

struct Place {
    std::string id;  // CODE@VALID_FROM
    std::string code;
    std::string name;
    std::string kind;
    std::string level;
    std::size_t parent = 0;  // in the list; the root is its own
};

/// The centre first, every unit after its parent.
std::vector<Place> units_2020();
std::vector<Place> units_2025();

/// The offices of one seed: a connected part of the tree with the centre in it, parents before children.
std::vector<Place> draw_offices(const Options& options, test::SeededRandom& random);

/// The centre, the first so many provinces of 2020 and all that is below them.
std::vector<Place> whole_provinces(std::size_t count);

/// Real names, e.g. "Cam sành" and "HTXNN Thông Hòa".
const std::vector<std::string>& product_names();
const std::vector<std::string>& maker_names();

}  // namespace ocop::sim
