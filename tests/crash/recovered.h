// What SQLite itself makes of a database's files: its own recovery of log or journal, and everything written back into one file. No schema is
// read and nothing of ours is asked, so that it costs a hundredth of opening a node.
#pragma once

#include <optional>
#include <string>

#include "tests/crash/crash_disk.h"

namespace ocop::test {

/// Nothing: there is no such file, or SQLite complains.
std::optional<Content> recovered(const Image& image, const std::string& database);

}  // namespace ocop::test
