// Repair: what a node does when its digest and the parent's differ although nothing is left to say, whatever the cause.
//
// It counts its digests afresh, finds out which rows differ, and has each of them told whole by both sides (node/compare.h): bytes in proportion to
// the difference, not to the data. Every version wins or loses by the usual rule, nothing is dropped on either side.
#pragma once

#include "node/change_log.h"

namespace ocop {

/// In the next exchanges. Inside a sealed transaction of a node that has a parent.
void begin_repair(ChangeLog& log);

}  // namespace ocop
