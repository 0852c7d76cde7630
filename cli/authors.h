// Whose node made a version, as far as this node can know: its own, its parent's, its children's; else the beginning of the node's id.
#pragma once

#include <map>
#include <string>

#include "node/replica.h"

namespace ocop::cli {

class Authors {
public:
    explicit Authors(Replica& replica);

    /// The office's name, or the beginning of the node's id.
    std::string name(const NodeId& node) const;
    /// The neighbour a change came from: its office's name; empty for 0, this node.
    std::string neighbour(std::int64_t via) const;
    /// Id of the office's unit; empty if not known.
    std::string unit(const NodeId& node) const;

private:
    Replica& replica_;
    std::map<NodeId, std::string> units_;
    std::map<std::int64_t, NodeId> neighbours_;
};

/// First 8 hexadecimal digits.
std::string hex_start(const NodeId& node);
NodeId node_from(const std::string& bytes);

}  // namespace ocop::cli
