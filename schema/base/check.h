// Assertions for our own bugs. They stay on in release: a wrong replica is worse than a stopped one,
// and a stopped process recovers from disk. Bad input and broken machines never reach them
// (see schema/base/result.h for those).
#pragma once

namespace ocop {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace ocop

#define OCOP_CHECK(expression)                                                                                         \
    (static_cast<bool>(expression) ? void(0) : ::ocop::check_failed(#expression, __FILE__, __LINE__))
