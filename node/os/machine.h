// Which machine this is.
#pragma once

#include <string>

namespace ocop {

/// A text that no other machine shares (on Linux /etc/machine-id); empty where there is none.
std::string machine_id();

}  // namespace ocop
