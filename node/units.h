// The administrative units a node knows, as a tree in memory. Tiers and parents are data: nothing here knows how many there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "node/sqlite.h"
#include "schema/base/result.h"
#include "schema/model.h"

namespace ocop {

struct Unit {
    std::string id;
    std::string code;
    std::string name;
    std::string kind;
    std::string level;       // central, province, district, commune
    std::string parent;      // id; empty for the root
    std::string valid_from;  // ISO date
    std::string valid_to;    // exclusive; empty: in force
};

class UnitTree {
public:
    void load(sqlite::Connection& db);

    const Unit* find(std::string_view id) const;
    /// (code, date) identifies a unit; a code alone never does. Refusals: unknown_unit, unit_not_in_force (detail: when it was).
    Result<const Unit*> by_code(std::string_view code, std::string_view date) const;
    /// Is `unit` the unit `ancestor`, or below it?
    bool is_within(std::string_view unit, std::string_view ancestor) const;
    /// The unit and those above it, from below; ends where a unit is not known here.
    std::vector<std::string> path(std::string_view unit) const;
    /// Does a node of unit `node` hold rows of `unit` in a table with this audience?
    bool holds(std::string_view node, Audience audience, std::string_view unit) const;
    std::optional<Tier> tier(std::string_view id) const;
    const std::vector<Unit>& all() const { return units_; }

private:
    std::vector<Unit> units_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace ocop
