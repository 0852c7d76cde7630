// What a decoded message may say at all, before anybody asks who sent it. A frame that breaks one of these is malformed, whole: it was not
// written by a node of ours that is in order, and nothing of it is taken.
#pragma once

#include <vector>

#include "node/change.h"
#include "node/replica.h"
#include "schema/base/result.h"
#include "sync/message.h"

namespace ocop::sync {

/// Numbers below those at which our own next edit, or SQLite's integers, would overflow; cells that are exactly the columns named; the unit
/// named is the row's own. Refusal: malformed.
Status check_changes(Replica& replica, const std::vector<Change>& changes);
Status check_request(Replica& parent, const Request& request);
Status check_answer(Replica& child, const Answer& answer);

}  // namespace ocop::sync
