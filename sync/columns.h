// Changes on the wire, column by column: all keys, all units, all versions, then the values of each column of each table together.
//
// A change's skeleton (its table, the masks of its entries, how many columns share each bit) is a *form*; a message has few of them.
// The forms make the layout self-describing: a node that does not know a table or column can still read, keep and pass on its values.
// PROTOCOL.md has the grammar.
#pragma once

#include <vector>

#include "node/change.h"
#include "sync/archive.h"

namespace ocop::sync {

/// `known`: origins the message has named already, which cost a byte each from then on.
/// `units`: of the origins that occur; where one has none, none is written.
void write_changes(CompactOutput& out, const std::vector<Change>& changes, const OriginUnits& units,
                   const std::vector<Origin>& known);
std::vector<Change> read_changes(CompactInput& in, OriginUnits& units, const std::vector<Origin>& known);

}  // namespace ocop::sync
