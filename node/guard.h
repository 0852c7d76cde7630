// The guard over the capture triggers.
#pragma once

namespace ocop {

class ChangeLog;

/// If the schema changed since the last look: restores missing or altered triggers, and journals for the tables concerned every row that is
/// missing, extra, or cannot be proved unchanged. Leaves a notice. Does nothing else (one PRAGMA) on the common path.
void guard_capture(ChangeLog& log);

/// Creates the triggers of a new replica.
class Replica;
void install_capture(Replica& replica);

namespace sqlite {
class Connection;
}
/// Do the triggers stand as we last installed them? A table that was rebuilt without them has none.
bool triggers_as_left(sqlite::Connection& db);
/// After an upgrade of ours: gives the tables the triggers of this release.
void renew_capture(Replica& replica);

}  // namespace ocop
