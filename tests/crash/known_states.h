// States that were found sound, in memory that all processes at work share: whoever meets one again need not prove it a second time.
#pragma once

#include <cstdint>

namespace ocop::test {

/// To be called before the first fork; else each process knows its own only.
void share_known_states();
bool is_known(std::uint64_t state);
/// What finds no room is forgotten, and proved again.
void now_known(std::uint64_t state);

}  // namespace ocop::test
