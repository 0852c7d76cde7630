// What a comparison adds to the messages (node/compare.h): ranges, names of rows, and what is held in a range. PROTOCOL.md has the grammar.
#pragma once

#include <vector>

#include "node/compare.h"
#include "sync/archive.h"

namespace ocop::sync {

void ranges(CompactOutput& out, std::vector<Range>& list);
void ranges(CompactInput& in, std::vector<Range>& list);
void names(CompactOutput& out, std::vector<RowName>& list);
void names(CompactInput& in, std::vector<RowName>& list);
void held(CompactOutput& out, std::vector<Held>& list);
void held(CompactInput& in, std::vector<Held>& list);

}  // namespace ocop::sync
