// Undo: takes back a batch (what this node sealed together: an import, a delete, whatever a program wrote), or the last change of one row.
//
// Undoing is no rewinding: it is ordinary edits that put the former values back, by the same rules as a person's (who may write what, scope,
// constraints), captured, versioned and sent like any other. Only what nobody has edited since is touched; the rest is named and left alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/replica.h"
#include "schema/base/result.h"

namespace ocop {

struct Undone {
    enum class What {
        restored,      // columns have their former values
        brought_back,  // the row was deleted
        removed,       // the row was made by the batch
        edited_since,  // left alone
        unknown,       // left alone: the former values are not in the history
        refused        // left alone: `refusal` says why
    };
    What what = What::restored;
    std::string table;
    std::string row;
    std::vector<std::string> columns;
    Refusal refusal{Errc::usage, {}};
    bool done() const { return what <= What::removed; }
};

/// The number of the last batch made here; 0 if there is none. Inside a sealed transaction.
std::uint64_t last_batch(Replica& replica);

/// Inside the caller's LocalWrite, shortly after a seal: what is not sealed yet counts as edited since. The caller commits, or rolls back if
/// it was a dry run. Refusals: unknown_batch.
Result<std::vector<Undone>> undo_batch(Replica& replica, const std::string& today, std::uint64_t batch);

/// The last change of the row, whoever made it. Refusals: unknown_row.
Result<std::vector<Undone>> undo_row(Replica& replica, const std::string& today, const std::string& table,
                                     const std::string& row);

}  // namespace ocop
