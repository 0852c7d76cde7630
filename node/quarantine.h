// Quarantine: what this node refused of a child's changes, kept with its reason in a row of table `quarantine`, which syncs like any other and
// so reaches the author. What stands instead is written anew here with a higher gen, so that a refusal ends in equality (the rules and
// their oracle: tests/model/tree_merge_refuse.py). The record also says whose edit was repeated: higher up the repetition is judged as that.
//
// A record's id is the hash of what was refused (table, row, column, version) and of the record's unit, so that two who refuse the same for
// the same reader make one record, and none ever moves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "node/change_log.h"

namespace ocop {

/// Who made an edit, as records name it.
struct Author {
    std::string origin;
    std::string unit;  // empty: nobody has said
    std::int64_t time = 0;
    std::uint64_t gen = 0;
};

struct RefusedEdit {
    const TableInfo* table = nullptr;
    std::string row;
    std::string unit;  // of the row, as its author names it
    std::string kind;  // edit, create, delete
    int bit = 0;       // 0 for create and delete
    Value value;
    Version version;
    std::string reason;  // a permanent name
    std::string detail;
    std::string sender_unit;
    std::uint64_t again_gen = 0;  // what stands was written anew in this edit; 0: it was not
    std::optional<Author> standing;
};

/// Keeps it. False if it was known already. Inside a merging transaction.
bool record_refusal(ChangeLog& log, const RefusedEdit& refused);
bool is_refused(ChangeLog& log, const TableInfo& table, const std::string& row, int bit, const Version& version);
/// Has this node, or one it has heard of, refused the making of a row?
bool any_row_refused(ChangeLog& log);

/// Whose edit a version is: its origin's, or, where it repeats another edit (after a refusal, or by conflict = "authority"), that one's.
Author author_of(ChangeLog& log, const TableInfo& table, const std::string& row, int bit, const Version& version);

/// Did the engine decide this, as a conflict record says: kind 'delete' kept the row, 'unique' set the value aside?
bool decided_by_engine(ChangeLog& log, const TableInfo& table, const std::string& row, int bit);

}  // namespace ocop
