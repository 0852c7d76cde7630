// What becomes of a quarantine record: its author, or anybody above who may, sends the value again as an ordinary edit of his own, or lets it go.
// And the end of all that is settled: after a time the records are removed, by the node that owns their unit and nobody else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "node/replica.h"
#include "schema/base/result.h"

namespace ocop {

/// The refused value becomes an edit made here and now, by the same rules as any other: whoever may not write it is refused once more, before
/// anything is saved. Inside the caller's LocalWrite. `typed` is a record's id or its beginning; returns the id. Refusals: unknown_row (or closed
/// already), out_of_scope, and those of Records.
Result<std::string> resubmit(Replica& replica, const std::string& today, std::string_view typed);

/// Nothing is to be done about it. Refusals: unknown_row (or closed already), out_of_scope.
Result<std::string> dismiss(Replica& replica, const std::string& today, std::string_view typed);

/// How long settled conflicts and closed quarantine records are kept where nobody says otherwise.
constexpr std::int64_t keep_settled_ms = std::int64_t{90} * 86'400'000;

/// Removes the conflicts and quarantine records that were closed, as this node heard it, before now - `keep_ms` by its own clock, where it
/// owns their unit: no child's unit holds it. The removal is an ordinary deletion; what lost stays in the history. A transaction of its own.
/// Returns how many.
std::uint64_t remove_settled(Replica& replica, std::int64_t keep_ms = keep_settled_ms);

}  // namespace ocop
