#include "schema/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ocop {

void check_failed(const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "ocop: internal check failed: %s (%s:%d). Saved data are safe on disk.\n", expression, file,
                 line);
    std::abort();
}

}  // namespace ocop
