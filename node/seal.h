// Seal: folds the journal into the change log.
//
// Many edits of a row become one entry; each touched row gets a version: the row's highest gen + 1, the time, this node. Whether a row
// exists is asked of its table, not of the journal. A row whose whole content was replaced is compared with what the replacement removed,
// so that only columns that really changed get a new version.
//
// Each seal also looks whether somebody changed the schema (a "modify table" of a database browser drops our triggers with the table). Then
// the triggers are restored, missing and extra rows are found by comparing the table with the log, and what cannot be proved unchanged is
// sealed as edited here, with a notice.
#pragma once

#include <cstdint>

namespace ocop {

class ChangeLog;

/// Returns the number of entries made. Inside a transaction of the replica behind `log`.
std::uint64_t seal(ChangeLog& log);

}  // namespace ocop
