// Who may write what: the writer rules of the model, asked as one pure question.
//
// A star is decided by one tier, and which one depends on the star and on the day of the decision. So a rule may look at the
// row: `date_column` says which of its values is the day, `when_column` which value is decided. The row is looked at as it
// was and as it will be, and both must be the writer's to decide: who may give 3 stars may not turn 4 into 3.
//
// Whether the writer's unit is the row's unit or above it is asked elsewhere: it holds for every table.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model.h"

namespace ocop {

/// A column's value as text; nothing for NULL.
using RowLookup = std::function<std::optional<std::string>(std::string_view column)>;

struct WriteQuestion {
    std::vector<std::string> columns;  // what is written; "id" for making or deleting the row
    Tier tier = Tier::commune;         // the writer's
    std::string today;                 // ISO date of the write, where a rule names no date of the row
    RowLookup before;                  // empty: there was no row
    RowLookup after;                   // empty: there will be no row
};

struct WriteAnswer {
    bool allowed = false;
    std::string column;  // refused: the first column that this writer may not write
    const WriterRule* rule =
        nullptr;  // refused: the rule that gives it to another tier, if any does; points into the table

    explicit operator bool() const { return allowed; }
    /// Refused: "star: district (Quyết định 148/QĐ-TTg)", for Refusal{Errc::not_permitted, ...}.
    std::string detail() const;
};

/// Making or deleting a row, or changing the date a rule goes by, also asks for the values that are decided by when_column.
/// A NULL in such a column decides nothing and is anybody's to write.
WriteAnswer may_write(const TableModel& table, const WriteQuestion& question);

/// "central", "province", "district" or "commune".
std::string_view tier_name(Tier tier);
std::optional<Tier> tier_named(std::string_view name);

}  // namespace ocop
