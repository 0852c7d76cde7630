// Repair: what a node does when its digest and the parent's differ although nothing is left to say, whatever the cause.
//
// It begins a life that shares nothing with those before it (node/lives.h): everything it has is told to the parent again and everything the
// parent has for it is read again, in batches as ever. Every version wins or loses by the usual rule, nothing is dropped on either side. It
// costs the bytes of the whole scope, both ways.
#pragma once

#include "node/change_log.h"

namespace ocop {

/// Everything is compared with the parent in the next exchanges. Inside a sealed transaction of a node that has a parent.
void compare_everything(ChangeLog& log);

}  // namespace ocop
