// Two releases that talk: which tables a message must name, and what its reader learns of them.
#pragma once

#include <vector>

#include "node/change_log.h"
#include "sync/message.h"

namespace ocop::sync {

/// The tables of these changes that a reader whose model has this fingerprint (0: not known) may not have.
std::vector<NamedTable> tables_to_name(const Replica& replica, const std::vector<Change>& changes,
                                       std::uint64_t reader);

/// Before merging. A table nobody named is held as narrowly as any: by the lineage of its rows. Refusals: malformed.
Status learn_tables(ChangeLog& log, const std::vector<NamedTable>& tables, const std::vector<Change>& changes);

/// The fingerprint of the parent's model as it last told; 0 before its first answer.
std::uint64_t schema_of_parent(Replica& child);
void note_schema_of_parent(Replica& child, std::uint64_t schema);

}  // namespace ocop::sync
