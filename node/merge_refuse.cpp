// What merge_judge.cpp (or, while it is written, a CHECK) did not let pass is refused here: kept in a quarantine record, and, where it would
// have won, what stands is written anew above it. The rules' numbers are those of merge_judge.cpp.
#include <algorithm>
#include <bit>

#include "node/merge_hearing.h"

namespace ocop {

namespace {

std::string object_of(const TableInfo& table, const std::vector<Cell>& cells)
{
    std::string text;
    for (const ColumnInfo& column : table.columns)
        for (const Cell& cell : cells)
            if (cell.bit == column.bit && cell.part == column.part)
                text += (text.empty() ? "{" : ",") + json_text(column.name) + ":" + json_of(cell.value);
    return text.empty() ? "{}" : text + "}";
}

std::uint64_t highest_gen(const Change& change)
{
    std::uint64_t gen = 0;
    for (const Entry& entry : change.entries) gen = std::max(gen, entry.version.gen);
    return gen;
}

}  // namespace

/// Rule 3. What stands of the row's columns (it may be known in part) is written anew beneath the tombstone.
void Merge::refuse_row(const Hearing& hearing, LogRow& row, const std::vector<Fault>& faults)
{
    const TableInfo& table = hearing.table;
    const Change& change = hearing.change;
    const std::uint64_t gen = std::max(row.highest_gen(), highest_gen(change)) + 1;
    const Fault first = faults.empty() ? Fault{nullptr, 0, "row_refused", {}} : faults.front();
    Origin maker;
    for (const Entry& entry : change.entries)
        if (hearing.makes && (entry.mask & existence_bit) != 0) maker = entry.version.origin;
    std::uint64_t again = 0;
    bool in_part = false;  // nothing stands here of some of it: a part of the row must never be brought back as the row
    for (const Entry& entry : change.entries) {
        for (std::uint64_t rest = entry.mask & hearing.fresh; rest != 0; rest &= rest - 1) {
            const int bit = std::countr_zero(rest);
            const LogEntry* holder = row.holder(bit);
            in_part = in_part || (bit != 0 && holder == nullptr);
            if (bit != 0 && holder != nullptr && holder->version < entry.version) again |= std::uint64_t{1} << bit;
            const auto fault = std::find_if(faults.begin(), faults.end(), [&](const Fault& f) { return f.bit == bit; });
            const bool told = fault != faults.end();
            const Fault why{&entry, bit, told ? fault->reason : "row_refused", told ? fault->detail : first.detail};
            if (bit == 0 && !entry.gone)
                keep_refused_row(table, change, {&entry, 0, first.reason, first.detail}, gen);
            else if (bit != 0 && entry.version.origin != maker)  // the maker's own are in the record of the row
                keep_refused(table, row, change, why, gen, holder);
        }
    }
    const bool known = row.known();
    const bool ours = replica_.units().is_within(change.unit, sender_.unit);
    if (!known) row.set_unit(ours ? change.unit : sender_.unit);
    if (again != 0) row.put_own(again, gen);
    row.put_own(existence_bit, gen, true);
    if (in_part && row.bare_gen(table) == 0) row.keep_only_existence();
    if (!known) store_.set_reason(table, row.row(), "gone");
    any_row_refused_ = true;
}

/// Rule 2. `before`: the row's entries as they stood before this change.
void Merge::refuse_bits(const TableInfo& table, LogRow& row, const Change& change, const std::vector<LogEntry>& before,
                        const std::vector<Fault>& faults)
{
    const std::uint64_t gen = std::max(row.highest_gen(), highest_gen(change)) + 1;
    std::uint64_t again = 0;
    for (const Fault& fault : faults) {
        const LogEntry* standing = nullptr;
        for (const LogEntry& entry : before)
            if (((entry.mask >> fault.bit) & 1) != 0) standing = &entry;
        const bool would_win = standing == nullptr || standing->version < fault.entry->version;
        if (would_win) again |= std::uint64_t{1} << fault.bit;
        keep_refused(table, row, change, fault, would_win ? gen : 0, standing);
    }
    if (again != 0) row.put_own(again, gen);
}

void Merge::keep_refused(const TableInfo& table, const LogRow& row, const Change& change, const Fault& fault,
                         std::uint64_t again, const LogEntry* standing)
{
    RefusedEdit refused{&table,
                        change.row,
                        change.unit,
                        fault.bit == 0 ? "delete" : "edit",
                        fault.bit,
                        {},
                        fault.entry->version,
                        fault.reason,
                        fault.detail,
                        sender_.unit,
                        again,
                        {}};
    if (fault.bit != 0) refused.value = shown_value(cells_of(change.cells, std::uint64_t{1} << fault.bit));
    if (standing != nullptr) refused.standing = author_of(log_, table, row.row(), fault.bit, standing->version);
    record_refusal(log_, refused);
}

void Merge::keep_refused_row(const TableInfo& table, const Change& change, const Fault& fault, std::uint64_t again)
{
    record_refusal(log_, {&table,
                          change.row,
                          change.unit,
                          "create",
                          0,
                          Value{object_of(table, change.cells)},
                          fault.entry->version,
                          fault.reason,
                          fault.detail,
                          sender_.unit,
                          again,
                          {}});
}

/// What a CHECK or NOT NULL here did not let pass: the table shows what it showed, so the log must say so.
void Merge::refuse_unwritable(const TableInfo& table, LogRow& row, const Change& change,
                              const std::vector<LogEntry>& before, std::uint64_t won)
{
    if (not_shown_) {
        const std::uint64_t gen = std::max(row.highest_gen(), highest_gen(change)) + 1;
        for (const Entry& entry : change.entries)
            if ((entry.mask & existence_bit) != 0)
                keep_refused_row(table, change, {&entry, 0, "check_failed", table.name}, gen);
        make_bare(table, row, gen);
        return;
    }
    std::vector<Fault> faults;
    for (std::uint64_t rest = store_.refused_bits() & won; rest != 0; rest &= rest - 1)
        for (const Entry& entry : change.entries)
            if ((entry.mask & rest & (~rest + 1)) != 0)
                faults.push_back(
                    {&entry, std::countr_zero(rest), "check_failed", column_names(table, std::countr_zero(rest))});
    if (faults.empty()) return;
    refuse_bits(table, row, change, before, faults);
}

/// Beneath a tombstone values are not checked; a row that is kept after all may turn out to be unwritable.
void Merge::refuse_revival(const TableInfo& table, LogRow& row, const std::vector<Cell>& cells)
{
    const LogEntry* newest = nullptr;
    for (const LogEntry& entry : row.entries())
        if ((entry.mask & ~existence_bit) != 0 && (newest == nullptr || newest->version < entry.version))
            newest = &entry;
    if (newest == nullptr) return;
    const std::uint64_t gen = row.highest_gen() + 1;
    record_refusal(log_, {&table,
                          row.row(),
                          row.unit(),
                          "create",
                          0,
                          Value{object_of(table, cells)},
                          newest->version,
                          "check_failed",
                          table.name,
                          sender_.unit,
                          gen,
                          {}});
    make_bare(table, row, gen);
}

void Merge::make_bare(const TableInfo& table, LogRow& row, std::uint64_t gen)
{
    row.keep_only_existence();
    row.put_own(existence_bit, gen, true);
    store_.set_reason(table, row.row(), "gone");
    any_row_refused_ = true;
}

/// What arrives under a bare tombstone is written anew above it.
void Merge::lift_over_bare(LogRow& row, const Change& change, std::uint64_t won, std::uint64_t bare)
{
    std::uint64_t low = 0;
    for (const Entry& entry : change.entries)
        if (entry.version.gen < bare) low |= entry.mask & won & ~existence_bit;
    if (low != 0) row.put_own(low, std::max(row.highest_gen(), bare) + 1);
}

std::uint64_t Merge::not_refused(const TableInfo& table, const LogRow& row, std::uint64_t bits, const Entry& entry)
{
    std::uint64_t rest = bits;
    for (std::uint64_t each = bits; each != 0; each &= each - 1)
        if (is_refused(log_, table, row.row(), std::countr_zero(each), entry.version)) rest &= ~(each & (~each + 1));
    return rest;
}

}  // namespace ocop
