// Settling a conflict: a person says which of two values that met shall stand. That is a handful of ordinary edits in one
// transaction: of the row concerned, by the same rules as any other (this tier must be one that may write it), and of the
// conflict's last four columns. So a settlement syncs, and can itself meet another one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/records.h"
#include "node/replica.h"
#include "schema/base/result.h"

namespace ocop {

struct Choice {
    enum class Keep {
        winner,  // what stands stays
        loser,   // edit: its value; delete: the row goes; unique: the value moves from the row that has it
        value,   // a third one, for the row whose value lost
    };
    Keep keep = Keep::winner;
    std::string value;  // as typed; for a group of columns a JSON array
};

/// Inside the caller's LocalWrite. `typed` is a conflict's id or its beginning; returns the id. Refusals: unknown_conflict (or
/// settled already), usage (a third value for a deletion), missing_reference (the row that has the value is not here: settle it
/// at a node above), and those of Records.
Result<std::string> settle(Replica& replica, const std::string& today, std::string_view typed, const Choice& choice);

/// The columns that a conflict or refusal is about: one, or those of a group. Recorded by a node whose model had no such column they are "#7";
/// `table` (may be null) gives them their names where this node's model has them. What is still "#7" only a newer model knows.
std::vector<std::string> conflict_columns(const TableInfo* table, const Row& conflict);

/// The unit of the node that an origin ("node.incarnation") names: this one, its parent or a child; a node further away is
/// not known here.
std::optional<std::string> unit_of_origin(Replica& replica, std::string_view origin);

}  // namespace ocop
