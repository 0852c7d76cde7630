#include "cli/authors.h"

#include <algorithm>

namespace ocop::cli {

std::string hex_start(const NodeId& node)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) {
        text += digits[node[i] >> 4];
        text += digits[node[i] & 15];
    }
    return text;
}

NodeId node_from(const std::string& bytes)
{
    NodeId node{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), node.size()), node.begin());
    return node;
}

Authors::Authors(Replica& replica) : replica_(replica)
{
    const State& state = replica.state();
    units_[state.self.node] = state.unit;
    if (state.parent) neighbours_[1] = *state.parent;
    if (const Unit* unit = replica.units().find(state.unit); unit && state.parent) units_[*state.parent] = unit->parent;
    auto children = replica.db().query(
        "SELECT node, unit, ref FROM _neighbour WHERE ref > 1 AND node IS NOT NULL AND unit IS NOT NULL");
    while (children.step()) {
        units_[node_from(children.blob(0))] = children.text(1);
        neighbours_[children.integer(2)] = node_from(children.blob(0));
    }
}

std::string Authors::name(const NodeId& node) const
{
    const auto found = units_.find(node);
    if (found == units_.end()) return hex_start(node);
    const Unit* unit = replica_.units().find(found->second);
    return unit ? unit->name : found->second;
}

std::string Authors::neighbour(std::int64_t via) const
{
    const auto found = neighbours_.find(via);
    return found == neighbours_.end() ? std::string{} : name(found->second);
}

std::string Authors::unit(const NodeId& node) const
{
    const auto found = units_.find(node);
    return found == units_.end() ? std::string{} : found->second;
}

}  // namespace ocop::cli
