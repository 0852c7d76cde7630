// The switch of the bug museum (tests/museum): a published bug of another system, put back on purpose where one line would make it ours.
//
// In the product `exhibit` is false while compiling: neither a branch nor the name of an exhibit is left in the binary. Only files of .cpp may
// ask it, for only those are compiled twice.
#pragma once

#include <string_view>

namespace ocop {

#ifdef OCOP_MUSEUM
extern std::string_view exhibit_on;  // tests/museum; empty: none
inline bool exhibit(std::string_view name)
{
    return name == exhibit_on;  // of another length, nearly always: one comparison
}
#else
consteval bool exhibit(std::string_view /*name*/)
{
    return false;
}
#endif

}  // namespace ocop
