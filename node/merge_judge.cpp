// What a child tells is judged here, cell by cell, before it is taken; merge_refuse.cpp does what is decided here. The rules and their
// oracle are in tests/model/tree_merge_refuse.py; the numbers below are the model's.
//
//   1 a value that stands here already is nobody's to refuse, nor is the deletion of what is not here
//   2 a refused cell goes into a quarantine record; if it would have won, what stands is written anew above it
//   3 a row that does not stand here, made by a change of which any cell is refused, is refused whole: what comes is a bare tombstone. So is a
//     row of which only cells have come yet (its existence was written again since), one of them refused
//   4 what was written anew is judged as the edit it repeats
//   5 what the sender had from us, or from a life of ours that has ended, is no wish of its own: what stands is left alone, what is not its to
//     say is passed over; but what we, or those above us, wrote and have lost may come back from anybody who had read it
//   6 existence that a node wrote to keep a row is nobody's to refuse, but a row that comes to life is judged cell by cell

#include <algorithm>
#include <bit>

#include "node/merge_hearing.h"
#include "node/notice.h"
#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

std::vector<std::string> names_of(const TableInfo& table, std::uint64_t bits)
{
    std::vector<std::string> names;
    if ((bits & existence_bit) != 0) names.emplace_back("id");
    for (const ColumnInfo* column : columns_of(table, bits)) names.push_back(column->name);
    return names;
}

}  // namespace

bool Merge::moved_after(const Hearing& hearing, const Entry& entry)
{
    const std::uint64_t unit = hearing.table.unit_bit() == 0 ? 0 : std::uint64_t{1} << hearing.table.unit_bit();
    const auto& all = hearing.change.entries;
    return std::any_of(all.begin(), all.end(), [&](const Entry& other) {
        return (other.mask & unit) != 0 && other.version.gen > entry.version.gen;
    });
}

/// Of each entry the bits that are to be judged; hearing.fresh becomes all of them, hearing.makes whether the row comes to life.
std::vector<std::uint64_t> Merge::bits_to_judge(Hearing& hearing, std::uint64_t heard) const
{
    const LogRow& row = hearing.row;
    const std::vector<Entry>& entries = hearing.change.entries;
    std::vector<std::uint64_t> bits;
    for (const Entry& entry : entries) {
        bits.push_back(fresh_bits(hearing.table, row, entry, heard));
        hearing.makes = hearing.makes || ((bits.back() & existence_bit) != 0 && !entry.gone && !row.live());
    }
    // A row that comes to life is judged by all that will be seen of it, heard before or not.
    for (std::size_t i = 0; hearing.makes && i < bits.size(); ++i) {
        if (is_lost_word(entries[i])) continue;
        for (std::uint64_t rest = entries[i].mask & hearing.table.column_mask; rest != 0; rest &= rest - 1)
            if (row.holder(std::countr_zero(rest)) == nullptr) bits[i] |= rest & (~rest + 1);
    }
    for (const std::uint64_t each : bits) hearing.fresh |= each;
    return bits;
}

/// Returns the bits that are not to be taken; what they ask for has been done then.
std::uint64_t Merge::judge_change(const TableInfo& table, LogRow& row, const Change& change, std::uint64_t heard)
{
    if (table.model->engine || !table.here) return in_scope(row, change) ? 0 : ~std::uint64_t{0};
    Hearing hearing{table, row, change, 0, {}, {}, false};
    const std::vector<std::uint64_t> bits = bits_to_judge(hearing, heard);
    const std::uint64_t passed_over = hearing.makes ? 0 : unfounded(hearing, heard);
    if (hearing.fresh == 0) return passed_over;
    if (row.known()) hearing.here = store_.read(table, row.row(), table.column_mask);
    hearing.to_come = overlay(hearing.here, cells_of(change.cells, hearing.fresh & table.column_mask));

    std::vector<Fault> faults;
    for (std::size_t i = 0; i < bits.size(); ++i)
        if (bits[i] != 0) judge_entry(hearing, change.entries[i], bits[i], faults);
    std::uint64_t refused = passed_over;
    for (const Fault& fault : faults)
        if (fault.quiet) refused |= std::uint64_t{1} << fault.bit;
    if (hearing.makes && (refused & existence_bit) != 0) return ~std::uint64_t{0};
    faults.erase(std::remove_if(faults.begin(), faults.end(), [](const Fault& fault) { return fault.quiet; }),
                 faults.end());
    // Only a deletion can come so far of a row that neither is here nor is the child's to name: it would be another unit's for good.
    if (faults.empty() && !row.known() && !may_tell(row, change.unit)) return ~std::uint64_t{0};
    const bool under_bare = row.bare_gen(table) != 0 && !hearing.makes && (hearing.fresh & ~existence_bit) != 0;
    if (faults.empty() && !under_bare) return refused;

    const bool missing =
        std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) { return row.holder(fault.bit) == nullptr; });
    if (row.known() && !may_tell(row, row.unit())) {
        // Somebody else's row: what stands is not for this child to see.
        for (const Fault& fault : faults) keep_refused(table, row, change, fault, 0, nullptr);
        return ~std::uint64_t{0};
    }
    if (hearing.makes || missing || under_bare) {
        refuse_row(hearing, row, faults);
        return ~std::uint64_t{0};
    }
    for (const Fault& fault : faults) refused |= std::uint64_t{1} << fault.bit;
    refuse_bits(table, row, change, row.entries(), faults);
    return refused;
}

/// Of a table of the engine, whose rows whoever finds something writes, or of a newer model, whose writers are not known here, only this is
/// asked: outside its subtree nothing is the child's to tell.
bool Merge::in_scope(const LogRow& row, const Change& change)
{
    const auto lost_word = [&](const Entry& entry) { return is_lost_word(entry); };
    // An echo is of what stands here; of a row that does not, nothing can be one.
    const bool lost = std::all_of(change.entries.begin(), change.entries.end(),
                                  [&](const Entry& entry) { return entry.echo || lost_word(entry); }) &&
                      (row.known() || std::any_of(change.entries.begin(), change.entries.end(), lost_word));
    if (lost || all_known(row, change)) return true;
    if (may_tell(row, change.unit) && (!row.known() || may_tell(row, row.unit()))) return true;
    leave_notice(replica_, "Bỏ qua một dòng ngoài phạm vi của đơn vị gửi (" + sender_.unit + "): " + change.row,
                 "A row outside the sender's scope (" + sender_.unit + ") was passed over: " + change.row);
    return false;
}

std::uint64_t Merge::fresh_bits(const TableInfo& table, const LogRow& row, const Entry& entry,
                                std::uint64_t heard) const
{
    if (entry.echo || entry.lsn <= heard || is_lost_word(entry)) return 0;
    std::uint64_t bits = entry.mask & (table.column_mask | existence_bit);
    for (const LogEntry& here : row.entries())
        if (here.version == entry.version) bits &= ~here.mask;
    return bits;
}

/// What we or an office above us wrote in what a life of ours has lost. A child could forge it; only one whose parent was put back, and the
/// forgery is refused by the office it names. Who is not known any more and writes in a child's rows is above us: the root knows all of those.
bool Merge::is_lost_word(const Entry& entry) const
{
    const State& state = replica_.state();
    const Origin& origin = entry.version.origin;
    if (state.ended.empty() || origin == state.self) return false;
    if (origin.node == state.self.node) return true;
    if (!entry.back && !entry.echo) return false;
    const std::string author = log_.unit_of(origin);
    if (author.empty()) return entry.back && state.parent.has_value();
    return author != state.unit && replica_.units().is_within(state.unit, author);
}

/// Bits that were heard before, or came from here, and yet have nothing here: they fill what is missing only where they may.
std::uint64_t Merge::unfounded(const Hearing& hearing, std::uint64_t heard)
{
    const TableInfo& table = hearing.table;
    if (hearing.row.bare_gen(table) != 0) return 0;
    std::uint64_t bad = 0;
    for (const Entry& entry : hearing.change.entries) {
        if ((!entry.echo && entry.lsn > heard) || is_lost_word(entry)) continue;
        std::uint64_t missing = entry.mask & (table.column_mask | existence_bit);
        for (const LogEntry& here : hearing.row.entries()) missing &= ~here.mask;
        if (missing == 0 || (missing == existence_bit && entry.gone)) continue;
        Hearing filled = hearing;
        if (filled.row.known()) filled.here = store_.read(table, filled.row.row(), table.column_mask);
        filled.to_come = overlay(filled.here, cells_of(filled.change.cells, table.column_mask));
        const Author author{origin_text(entry.version.origin), log_.unit_of(entry.version.origin), entry.version.time,
                            entry.version.gen};
        if (!ask(filled, entry, missing, author)) bad |= missing;
    }
    return (bad & existence_bit) != 0 && !hearing.row.known() ? ~std::uint64_t{0} : bad;
}

/// First the entry as a whole, as it was meant; only if that may not be, bit by bit.
void Merge::judge_entry(const Hearing& hearing, const Entry& entry, std::uint64_t fresh, std::vector<Fault>& faults)
{
    const Author author{origin_text(entry.version.origin), log_.unit_of(entry.version.origin), entry.version.time,
                        entry.version.gen};
    const bool whole = static_cast<bool>(ask(hearing, entry, fresh, author));
    if (whole && !any_row_refused_) return;
    for (std::uint64_t rest = fresh; rest != 0; rest &= rest - 1) {
        const int bit = std::countr_zero(rest);
        if (const std::string target = refused_target(hearing.table, hearing.change, bit); !target.empty()) {
            faults.push_back({&entry, bit, "refers_to_refused", target});
            continue;
        }
        if (whole) continue;
        Judgement judgement = ask(hearing, entry, rest & (~rest + 1), author);
        if (judgement || excused(hearing, entry, bit, judgement)) continue;
        const LogEntry* holder = hearing.row.holder(bit);
        const bool loses = holder != nullptr && entry.version < holder->version;
        const bool quiet = entry.back || (loses && judgement.verdict == Verdict::author_out_of_scope);
        faults.push_back({&entry, bit, std::string{verdict_name(judgement.verdict)}, judgement.detail, quiet});
    }
}

Judgement Merge::ask(const Hearing& hearing, const Entry& entry, std::uint64_t bits, const Author& author)
{
    const UnitTree& units = replica_.units();
    const TableInfo& table = hearing.table;
    const bool deletes = (bits & existence_bit) != 0 && entry.gone;
    const bool moves = !hearing.row.known() || ((bits >> table.unit_bit()) & 1) != 0;
    ChangeQuestion question;
    question.table = table.model;
    question.unit_before = hearing.row.live() ? hearing.row.unit() : std::string{};
    const bool moved_since = !hearing.row.known() && moved_after(hearing, entry);
    question.unit_after = deletes || moved_since ? std::string{} : moves ? hearing.change.unit : hearing.row.unit();
    const std::string& asked = exhibit("relay-not-author") ? sender_.unit : author.unit;
    question.author_unit = asked;
    question.author_tier = units.tier(asked);
    question.sender_unit = sender_.unit;
    question.within = [&](std::string_view unit, std::string_view over) {
        // Whether the row was its author's to write, with all that moves, only the author's own parent can tell. Higher up the answer would
        // prove nothing: a relay that lies about it could as well lie about the author.
        if (over != sender_.unit && over == author.unit) return true;
        return within(hearing.row, std::string{unit}, std::string{over});
    };
    question.write.columns = names_of(table, bits);
    // Where a row goes with its owner, who may move the owner moves it; both units are asked for all the same.
    const bool follows = std::any_of(table.references.begin(), table.references.end(),
                                     [&](const ForeignKeyInfo& key) { return follows_unit(table, key); });
    if (follows && !deletes && (bits & existence_bit) == 0) {
        std::vector<std::string>& columns = question.write.columns;
        columns.erase(std::remove(columns.begin(), columns.end(), table.unit_column), columns.end());
    }
    question.write.today = day_of(author.time, replica_.environment().clock->now_ms());
    if (hearing.row.live() || deletes) question.write.before = hearing.lookup(hearing.here);
    if (!deletes) question.write.after = hearing.lookup(hearing.to_come);
    for (const Entry& other : hearing.change.entries)
        if (other.version.gen > entry.version.gen && !exhibit("matrix-hydra"))
            for (std::string& name : names_of(table, other.mask)) question.write.later.push_back(std::move(name));
    return judge(question);
}

/// Rules 1, 4 and 6. `judgement` becomes that on the author of the edit that was repeated.
bool Merge::excused(const Hearing& hearing, const Entry& entry, int bit, Judgement& judgement)
{
    const TableInfo& table = hearing.table;
    const LogRow& row = hearing.row;
    const std::uint64_t mask = std::uint64_t{1} << bit;
    const std::vector<Cell> cells = cells_of(hearing.change.cells, mask);
    if (row.known() && !may_tell(row, row.unit())) return false;
    if (bit == 0 && (entry.gone ? !row.live() : row.live())) return true;
    if (bit != 0 && row.holder(bit) != nullptr && cells_of(hearing.here, mask) == cells) return true;
    const bool set_aside =
        bit != 0 && std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.value.index() == 0; });
    if (((bit == 0 && !entry.gone) || set_aside) && decided_by_engine(log_, table, row.row(), bit)) return true;
    const Author author = author_of(log_, table, row.row(), bit, entry.version);
    if (author.origin == origin_text(entry.version.origin)) return false;
    judgement = ask(hearing, entry, mask, author);
    return static_cast<bool>(judgement);
}

/// The row whose making was refused here and to which this column refers; empty if there is none.
std::string Merge::refused_target(const TableInfo& table, const Change& change, int bit)
{
    if (!any_row_refused_) return {};
    for (const ForeignKeyInfo& key : table.references) {
        const ColumnInfo* column = table.column(key.columns.front());
        const TableInfo* to = replica_.catalog().table(std::string_view{key.target});
        if (column == nullptr || to == nullptr || column->bit != bit) continue;
        for (const Cell& cell : change.cells) {
            const auto* target = std::get_if<std::string>(&cell.value);
            if (cell.bit == column->bit && cell.part == column->part && target != nullptr &&
                log_.row(to->id, *target).bare_gen(*to) != 0)
                return to->name + " " + *target;
        }
    }
    return {};
}

// ---- conflict = "authority"

/// Is the edit that lost by its version a higher tier's?
bool Merge::overruled(const Clash& clash)
{
    const UnitTree& units = replica_.units();
    const auto tier = [&](const Contender& side) {
        return units.tier(author_of(log_, *clash.table, clash.row, clash.bit, side.version).unit);
    };
    const auto winner = tier(clash.winner);
    const auto loser = tier(clash.loser);
    return winner && loser && *loser < *winner;
}

void Merge::apply_authority(const TableInfo& table, LogRow& row)
{
    std::vector<Overruled> all;
    all.swap(overruled_);
    for (const Overruled& each : all) {
        const LogRow now = log_.row(table.id, row.row());
        if (!now.live() || !store_.in_table(table, row.row())) continue;
        note_again(log_, each.clash, now.highest_gen() + 1);
        set_value(table, row.row(), each.clash.bit, each.cells);
    }
}

}  // namespace ocop
