#include "node/units.h"

#include <algorithm>

namespace ocop {

namespace {

// Deeper than any tree of offices; a cycle typed by hand must not hang a node.
constexpr int deepest = 16;

}  // namespace

void UnitTree::load(sqlite::Connection& db)
{
    units_.clear();
    by_id_.clear();
    auto rows = db.query("SELECT id, code, name, kind, level, coalesce(parent, ''), coalesce(valid_from, ''), "
                         "coalesce(valid_to, '') FROM admin_unit ORDER BY code, valid_from");
    while (rows.step()) {
        by_id_.emplace(rows.text(0), units_.size());
        units_.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                          rows.text(6), rows.text(7)});
    }
}

const Unit* UnitTree::find(std::string_view id) const
{
    const auto found = by_id_.find(std::string{id});
    return found == by_id_.end() ? nullptr : &units_[found->second];
}

Result<const Unit*> UnitTree::by_code(std::string_view code, std::string_view date) const
{
    std::string when;
    for (const Unit& unit : units_) {
        if (unit.code != code) continue;
        if (unit.valid_from <= date && (unit.valid_to.empty() || date < unit.valid_to)) return &unit;
        when += (when.empty() ? "" : "; ") + unit.name + " " + unit.valid_from + ".." + unit.valid_to;
    }
    if (when.empty()) return Refusal{Errc::unknown_unit, std::string{code}};
    return Refusal{Errc::unit_not_in_force, std::string{code} + " @ " + std::string{date} + ": " + when};
}

bool UnitTree::is_within(std::string_view unit, std::string_view ancestor) const
{
    if (unit == ancestor) return true;
    const Unit* at = find(unit);
    for (int depth = 0; at != nullptr && depth < deepest; ++depth) {
        if (at->parent == ancestor) return !at->parent.empty();
        at = find(at->parent);
    }
    return false;
}

std::vector<std::string> UnitTree::path(std::string_view unit) const
{
    std::vector<std::string> found;
    std::string at{unit};
    for (int depth = 0; !at.empty() && depth < deepest; ++depth) {
        const Unit* known = find(at);
        found.push_back(std::move(at));
        at = known != nullptr ? known->parent : std::string{};
    }
    return found;
}

bool UnitTree::holds(std::string_view node, Audience audience, std::string_view unit) const
{
    if (is_within(unit, node)) return true;
    if (audience == Audience::lineage) return false;
    if (is_within(node, unit)) return true;
    if (audience == Audience::subtree) return false;
    const Unit* found = find(unit);
    return found != nullptr && found->level == "province";
}

std::optional<Tier> UnitTree::tier(std::string_view id) const
{
    const Unit* unit = find(id);
    if (unit == nullptr) return std::nullopt;
    if (unit->level == "central") return Tier::central;
    if (unit->level == "province") return Tier::province;
    if (unit->level == "district") return Tier::district;
    return Tier::commune;
}

}  // namespace ocop
