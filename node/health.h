// What a node can say of its own condition: for `ocop status` and `ocop verify`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/digest.h"
#include "node/history.h"
#include "node/replica.h"

namespace ocop {

/// A row or value the log knows but the tables cannot show, and why.
struct Withheld {
    std::string table;
    std::string row;
    std::string column;  // empty: the whole row
    std::string reason;  // parked, displaced, shown_as_gone, out_of_scope, orphan, too_long
};

struct Health {
    std::uint64_t unsealed = 0;  // journalled edits not yet in the log
    std::uint64_t unsent = 0;    // log entries the parent has not acknowledged
    std::uint64_t open_conflicts = 0;
    std::uint64_t open_refusals = 0;  // quarantine records nobody has dealt with
    std::uint64_t children = 0;
    std::uint64_t rows = 0;          // live rows in the log
    std::vector<Withheld> withheld;  // at most 1,000
    std::vector<std::string>
        notices;  // restored triggers and the like, in plain words, newest last (both languages: "vi|en")
};

/// Seals, then looks.
Health look_at(Replica& replica);

struct Verification {
    bool file_sound = false;  // PRAGMA quick_check
    std::string file_complaint;
    bool log_matches_tables = false;       // every live row of the log is in its table and the reverse
    std::vector<std::string> differences;  // at most 100: "table row: what"
    HistoryCheck history;                  // the chain of what no longer stands
    bool digest_matches_log = false;       // the digests kept while merging equal those counted afresh
    Digest digest;                         // of this node's scope
    std::uint64_t rows = 0;
    bool compared = false;  // the parent has told its digest of our scope, and nothing is unsent or unread since
    bool equal = false;
    std::int64_t compared_at = 0;
    bool sound() const
    {
        return file_sound && log_matches_tables && digest_matches_log && history.sound() && (!compared || equal);
    }
};

/// Seals, counts everything afresh, and compares with what the parent said last.
Verification verify(Replica& replica);

/// The digest of what a node of `unit` holds, as this replica knows it. Inside a transaction.
Digest scope_digest(Replica& replica, std::string_view unit);

}  // namespace ocop
