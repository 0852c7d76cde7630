// The witness: a small file beside the database that says how far this node had come when bytes last left the machine.
//
// Order on disk: commit, then the witness, then let bytes leave. So a database one beat ahead of its witness is a crash, any other difference a rewind: a backup
// was restored, a file swapped, the folder copied to another machine. Restoring the whole folder, witness and all, is found out by the neighbours (node/lives.h).
#pragma once

#include <filesystem>
#include <optional>

#include "node/lives.h"

namespace ocop {

struct Rewind {
    Rewound how = Rewound::witness_behind;
    std::uint32_t incarnation = 0;  // the highest life the witness knew
};

/// Nothing if the database is what the witness saw, or what a crash may have left. A node that nothing has left yet needs none.
std::optional<Rewind> compare_witness(const std::filesystem::path& directory, const State& state);

/// Durable when it returns. Throws std::system_error.
void write_witness(const std::filesystem::path& directory, const State& state);

}  // namespace ocop
