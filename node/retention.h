// Retention: how deletions are forgotten (executable form: tests/model/tree_merge_retention.py).
//
// A deletion is a row of the log that says "gone", with the row's last values beside it: a tombstone. It is needed until everybody has heard
// of it who might still say something of the row. So it goes, with all that is kept of the row here,
//   - when the parent has all of it, in an answer after which nothing of the parent's log was left for us to read;
//   - when every child whose scope holds it has a floor above it (node/neighbours.h): nothing it has yet to send was written without having
//     read the deletion. A child's floor is never above those of its own children, so this settles the whole subtree;
//   - and when it has been here for the retention, by this node's clock: for as long, a backup may be put back anywhere without bringing
//     deleted rows back with it. A clock that jumps ahead forgets earlier, never what somebody has yet to hear.
// What goes leaves two numbers a table: the highest gen and the highest place that went. A new row starts above that gen, so that it
// wins against a tombstone of the same key that stands elsewhere still. The history keeps what went.
#pragma once

#include <cstddef>
#include <cstdint>

#include "node/change_log.h"

namespace ocop {

constexpr std::int64_t default_retention_days = 400;

std::int64_t retention_days(sqlite::Connection& db);
/// Inside a transaction.
void set_retention_days(sqlite::Connection& db, std::int64_t days);

/// The parent's answer went to the end of its log, and it had ours up to `mark`.
void note_settled(sqlite::Connection& db, std::uint64_t mark);

/// Forgets what may go, looking at no more than `most` tombstones: the next call goes on from there. Inside a sealed transaction, at its
/// end. Returns how many went.
std::size_t forget_deletions(ChangeLog& log, std::size_t most = 64);

/// The highest gen of a row of this table that was forgotten: a new row starts above it.
std::uint64_t forgotten_gen(sqlite::Connection& db, std::uint32_t table);

}  // namespace ocop
