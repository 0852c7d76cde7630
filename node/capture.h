// Capture: generated pure-SQL triggers that journal every write of any program into `_pending`.
//
// No values are copied but those a write removes, and, in tables with history, replaces. Existence is judged from the table at seal, never from the journal, so a journalled
// removal that did not happen (an INSERT OR IGNORE, an UPSERT that updated) does no harm.
//   after insert / update / delete   the row and the columns that changed
//   before insert / update           the rows that a REPLACE would remove: it fires no delete trigger (recursive_triggers is off)
//   after update of the key          a delete and an insert
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/catalog.h"

namespace ocop {

struct Trigger {
    std::string name;
    std::string sql;
};

std::vector<Trigger> capture_triggers(const TableInfo& table);

/// "quote(PREFIX.a)||','||quote(PREFIX.b)…" over the table's columns in catalogue order; read by parse_literals().
std::string literal_list(const TableInfo& table, const std::string& prefix);

}  // namespace ocop
