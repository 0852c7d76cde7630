// Who may write what: the writer rules of the model, asked as one pure question.
//
// A star is decided by one tier, and which one depends on the star and on the day of the decision. So a rule may look at the
// row: `date_column` says which of its values is the day, `when_column` which value is decided. The row is looked at as it
// was and as it will be, and both must be the writer's to decide: who may give 3 stars may not turn 4 into 3.
//
// Between replicas the same question is asked at every hop, with what else must hold there: `judge`. The CLI asks only `may_write`; that
// the writer's unit is the row's unit or above it, it asks by itself.
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
    std::vector<std::string> later{};  // columns that somebody wrote after this: asked by themselves, not here
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

/// Why a change from below is not taken. The names are permanent: they stand in quarantine records.
enum class Verdict {
    accepted,
    unknown_author,       // nobody has said whose node wrote it
    author_out_of_scope,  // a node outside the sender's subtree wrote it
    row_out_of_scope,     // the row is outside the sender's subtree, or was before
    unit_not_authors,     // the row's unit is not the author's nor below it, or was not before
    not_permitted,        // another tier writes that (schema: writers)
};
std::string_view verdict_name(Verdict verdict);

/// A change as a node hears it from one of its children.
struct ChangeQuestion {
    const TableModel* table = nullptr;
    WriteQuestion write;      // `tier` is not looked at
    std::string unit_before;  // the row's unit as it stands here; empty: no row stands here
    std::string unit_after;   // empty: there will be no row
    std::string author_unit;  // empty: not known
    std::optional<Tier> author_tier;
    std::string sender_unit;
    std::function<bool(std::string_view unit, std::string_view ancestor)> within;  // the unit tree: is, or lies below
};

struct Judgement {
    Verdict verdict = Verdict::accepted;
    std::string detail;  // as WriteAnswer::detail
    explicit operator bool() const { return verdict == Verdict::accepted; }
};

/// All that a node asks before it takes a change from below, in one place: no clock, no database. Tables of the engine (conflict,
/// quarantine) are written by whoever finds something, so only the units are asked.
Judgement judge(const ChangeQuestion& question);

/// The day a change was made, as far as its author's clock can be believed: a time before the programme began or more than a day ahead of
/// `now` is no day, and `now` stands for it. Rules go by the row's own date wherever it has one; this is for those that have none.
std::string day_of(std::int64_t time_ms, std::int64_t now_ms);

/// "central", "province", "district" or "commune".
std::string_view tier_name(Tier tier);
std::optional<Tier> tier_named(std::string_view name);

}  // namespace ocop
