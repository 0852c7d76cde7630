// Conflicts: two edits that had not seen each other. The machine picks a winner so that all nodes show the same, and keeps the other
// value in a row of table `conflict` until a person settles it.
//
// A conflict's id is the hash of (table, row, column, the two versions, of a clash of unique values also the other row), so that two finders
// make one record. Conflict records are rows of the unit of the row concerned and sync like any other; the engine's own tables have no
// conflicts.
#pragma once

#include <cstdint>
#include <string>

#include "node/change_log.h"
#include "node/row_store.h"

namespace ocop {

struct Contender {
    Version version;
    Value value;
};

struct Clash {
    const TableInfo* table = nullptr;
    std::string row;
    std::string unit;
    std::string kind;  // edit, delete, unique
    int bit = 0;       // 0 for delete
    std::string
        other_row;     // unique: the row that keeps the value; delete: the row that refers to this one, if that is why
    Contender winner;  // edit: the higher version; delete: the edit that keeps the row; unique: the claim that stays
    Contender loser;
};

/// Keeps the clash. False if it was known already. Inside a merging transaction.
bool record_conflict(ChangeLog& log, const Clash& clash);

/// A conflict whose winner was written anew, by this node, in the row's edit `gen`.
void note_again(ChangeLog& log, const Clash& clash, std::uint64_t gen);

/// As records name them: an origin, and a value within a JSON text.
std::string origin_text(const Origin& origin);
std::string json_of(const Value& value);
std::string json_text(const std::string& text);

/// What a conflict shows of the cells of one bit: the value, or a JSON array for a group.
Value shown_value(const std::vector<Cell>& cells);
/// "name" or "valid_from,valid_until"; "#17" for a column that only a newer model knows.
std::string column_names(const TableInfo& table, int bit);

}  // namespace ocop
