// What the engine had to do that a person should know: `status` shows it.
#pragma once

#include <string>

#include "node/replica.h"

namespace ocop {

/// Once per text; the newest thousand are kept.
void leave_notice(Replica& replica, const std::string& vi, const std::string& en);

}  // namespace ocop
