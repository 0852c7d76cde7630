// The values of one column of one table, in the order of the changes.
#pragma once

#include <vector>

#include "node/value.h"
#include "sync/archive.h"
#include "sync/codec_ids.h"

namespace ocop::sync {

void write_values(CompactOutput& out, const std::vector<const Value*>& values, Dictionary& ids);
void read_values(CompactInput& in, const std::vector<Value*>& values, Dictionary& ids);

}  // namespace ocop::sync
