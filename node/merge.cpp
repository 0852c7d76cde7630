#include "node/merge.h"

#include <algorithm>
#include <bit>

#include "node/moves.h"
#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

constexpr std::uint64_t column_bits = ~existence_bit;

bool is_deletion(std::uint64_t mask, bool gone)
{
    return (mask & existence_bit) != 0 && gone;
}

/// The place in the sender's log at which a change stands: its existence entry's, else its only entry's.
std::uint64_t place_of(const Change& change)
{
    for (const Entry& entry : change.entries)
        if ((entry.mask & existence_bit) != 0) return entry.lsn;
    return change.entries.back().lsn;
}

/// The change without some of its bits.
Change without(const Change& change, std::uint64_t bits)
{
    Change rest;
    rest.table = change.table;
    rest.row = change.row;
    rest.unit = change.unit;
    for (Entry entry : change.entries) {
        entry.mask &= ~bits;
        if ((entry.mask & existence_bit) == 0) entry.gone = false;
        if (entry.mask != 0) rest.entries.push_back(entry);
    }
    rest.cells = cells_of(change.cells, ~bits);
    return rest;
}

bool is_older(const Version& a, const Version& b)
{
    if (exhibit("riak-lww") && a.time != b.time) return a.time < b.time;
    return a < b;
}

std::string edited_columns(const TableInfo& table, std::uint64_t mask)
{
    std::string names;
    for (const ColumnInfo* column : columns_of(table, mask)) names += (names.empty() ? "" : ",") + column->name;
    for (std::uint64_t rest = mask & column_bits & ~table.column_mask; rest != 0; rest &= rest - 1)
        names += (names.empty() ? "" : ",") + column_names(table, std::countr_zero(rest));
    return names;
}

}  // namespace

Merge::Merge(ChangeLog& log, const Sender& sender)
    : log_(log), replica_(log.replica()), db_(replica_.db()), store_(replica_), sender_(sender), kin_(db_, sender.via)
{
    log_.history().merging(sender_.via);
    any_held_ = db_.query("SELECT 1 FROM _held LIMIT 1").step();
    any_row_refused_ = !sender_.is_parent() && any_row_refused(log_);
    store_.refuse_unwritable(!sender_.is_parent());
    keep_steps_ =
        sender_.is_parent() && !sender_.mending && db_.query("SELECT 1 FROM _neighbour WHERE ref > 1 LIMIT 1").step();
}

void Merge::take(const std::vector<Change>& changes)
{
    if (!changes.empty()) replica_.merging();
    // A row may come whole, ahead of the records that say whose edit it repeats or that the engine set a value aside: it is judged by them.
    const auto is_record = [&](const Change& change) {
        const TableInfo* table = replica_.catalog().table(change.table);
        return !sender_.is_parent() && table != nullptr && table->model->engine;
    };
    const auto take_it = [&](const Change& change) {
        take_one(sender_.mending ? as_never_heard(log_.row(change.table, change.row), change) : change);
    };
    for (const Change& change : changes)
        if (is_record(change)) take_it(change);
    for (const Change& change : changes)
        if (!is_record(change)) take_it(change);
}

/// What stands here already in the same version was heard, whatever stands beside it; the rest is news.
Change Merge::as_never_heard(const LogRow& row, const Change& change) const
{
    Change news = change;
    for (Entry& entry : news.entries) {
        std::uint64_t rest = entry.mask;
        for (const LogEntry& here : row.entries())
            if (here.version == entry.version) rest &= ~here.mask;
        entry.echo = rest == 0;
    }
    return news;
}

void Merge::take_one(const Change& change)
{
    const TableInfo* table = replica_.catalog().table(change.table);
    if (table == nullptr) return;
    LogRow row = log_.row(change.table, change.row);
    if (!sender_.is_parent() && same_find(*table, row, change)) {
        tell_the_sender(row);
        return remember(change, replica_.state().lsn, false);
    }
    if (nothing_new(change)) return;
    if (is_away(change)) return take_away(row, change);
    // The cursor in the state is still that of before this message.
    const std::uint64_t heard =
        sender_.is_parent() && row.leaving()
            ? row.leaving()->cap
            : std::max(sender_.heard, sender_.mending ? 0 : log_.ahead(sender_.via, change.table, change.row));
    const std::uint64_t refused = sender_.is_parent() ? 0 : judge_change(*table, row, change, heard);
    if (refused == 0) {
        take_judged(*table, row, change, heard);
    } else if (const Change rest = without(change, refused); !rest.entries.empty()) {
        take_judged(*table, row, rest, heard);
    } else {
        row.close();
    }
    if (!overruled_.empty()) apply_authority(*table, row);
}

void Merge::take_judged(const TableInfo& table, LogRow& row, const Change& change, std::uint64_t heard)
{
    const bool back = sender_.is_parent() && row.leaving() && says_again(change);
    held_here_ = any_held_ && db_.query("SELECT 1 FROM _held WHERE tbl = ? AND row = ?", table.id, change.row).step();
    const std::vector<LogEntry> before = sender_.is_parent() ? std::vector<LogEntry>{} : row.entries();
    const bool was_live = row.live();
    not_shown_ = false;
    const std::uint64_t bare = row.bare_gen(table);
    const std::uint64_t place_before = replica_.state().lsn;
    if (!row.known()) row.set_unit(change.unit);
    std::uint64_t won = 0;
    for (const Entry& entry : change.entries) won |= take_entry(table, row, change, entry, heard);
    if (won != 0 && bare != 0) lift_over_bare(row, change, won, bare);
    // What lost put nothing here but a conflict record: whoever has read so far has seen what beat it.
    const std::uint64_t mine = won != 0 ? replica_.state().lsn : place_before;
    if (back) end_leaving(log_, row);
    // Which column of an unknown table is the unit is not known; but a row that moves travels whole.
    const int unit_bit = table.here ? table.unit_bit() : 0;
    if ((unit_bit != 0 || !table.here) && ((won >> unit_bit) & 1) && row.unit() != change.unit) {
        row.set_unit(change.unit);
        moved_.emplace_back(&table, change.row);
    }
    if (!sender_.is_parent()) tell_the_sender(row);
    if (won != 0) {
        if (held_here_) release_held(row);
        show(table, row, change, won, was_live);
        if (!sender_.is_parent()) refuse_unwritable(table, row, change, before, won);
        ++taken_;
        if (table.unit_is_key()) {
            replica_.units_changed();
            log_.touch_units();
        }
    }
    row.close();
    remember(change, mine, won != 0 || back);
}

/// Two found the same conflict while its row moved: the record stands under the unit that the row has here, and the child drops its own.
bool Merge::same_find(const TableInfo& table, const LogRow& row, const Change& change)
{
    return table.model->engine && row.known() && replica_.units().is_within(change.unit, sender_.unit) &&
           !replica_.units().is_within(row.unit(), sender_.unit) && !row_was_within(log_, row, sender_.unit);
}

/// All of it was heard before: nothing is to be learnt, and a row that went since must not come back by a late stick.
bool Merge::nothing_new(const Change& change) const
{
    if (is_away(change) || says_again(change)) return sender_.top <= sender_.heard;
    return std::all_of(change.entries.begin(), change.entries.end(),
                       [&](const Entry& entry) { return entry.lsn <= sender_.heard; });
}

/// Only a parent says so; from below it would be a wish.
void Merge::take_away(LogRow& row, const Change& change)
{
    if (!sender_.is_parent()) return;
    start_leaving(log_, row, place_of(change), sender_.heard);
    row.close();
    remember(change, replica_.state().lsn, false);
}

/// What the sender told us is not its own any more: it will be told so, if nothing else says it.
void Merge::tell_the_sender(LogRow& row)
{
    if (!row.known() || row_was_within(log_, row, sender_.unit)) return;
    // What everybody below may read has not left it; a move would count as leave to write.
    const TableInfo* table = replica_.catalog().table(row.table());
    const Audience audience = table != nullptr ? table->model->audience : Audience::lineage;
    if (audience != Audience::lineage && replica_.units().holds(sender_.unit, audience, row.unit())) return;
    const bool holds = replica_.units().is_within(row.unit(), sender_.unit);
    if (!holds || !unit_stays(log_, row.unit(), sender_.unit)) log_.moved(row.table(), row.row(), sender_.unit);
}

/// Does the unit lie in the child's subtree, as far as the child can have heard?
bool Merge::may_tell(const LogRow& row, const std::string& unit)
{
    return within(row, unit, sender_.unit);
}

/// Does the unit lie in the other, or did it, or did the row, and somebody below may not have heard of the move?
bool Merge::within(const LogRow& row, const std::string& unit, const std::string& over)
{
    return replica_.units().is_within(unit, over) || unit_was_within(log_, unit, over) ||
           (row.known() && unit == row.unit() && row_was_within(log_, row, over));
}

/// Every version named stands here already: told again, for instance by a repair.
bool Merge::all_known(const LogRow& row, const Change& change) const
{
    return std::all_of(change.entries.begin(), change.entries.end(), [&](const Entry& entry) {
        std::uint64_t rest = entry.mask;
        for (const LogEntry& here : row.entries())
            if (here.version == entry.version) rest &= ~here.mask;
        return rest == 0;
    });
}

/// Nobody has been told of a row that was too long; as it stands now, it goes whole.
void Merge::release_held(LogRow& row)
{
    db_.run("DELETE FROM _held WHERE tbl = ? AND row = ?", row.table(), row.row());
    if (!row.live()) return;
    row.put_own(existence_bit, row.highest_gen() + 1);
}

bool Merge::concurrent(const LogEntry& here, const Entry& incoming) const
{
    if (sender_.is_parent())
        return here.via != via_parent && (held_here_ || here.lsn > std::max(sender_.mark, incoming.ctx));
    return here.lsn > incoming.ctx && !kin_.same(here.via, here.via_lsn, incoming.lsn);
}

std::uint64_t Merge::take_entry(const TableInfo& table, LogRow& row, const Change& change, const Entry& entry,
                                std::uint64_t heard)
{
    // What was heard before, or came from here, may name what has been superseded since: it only fills what is missing.
    const bool repeat = entry.echo || entry.lsn <= heard;
    const bool fresh = !repeat && !table.model->engine;
    if (fresh && !sender_.is_parent()) find_delete_against_edit(table, row, entry);
    std::uint64_t win = entry.mask;  // also what only a newer model knows
    std::uint64_t lost = 0;
    for (const LogEntry& here : row.entries()) {
        const std::uint64_t both = here.mask & entry.mask;
        if (both == 0) continue;
        if (repeat || here.version == entry.version) {
            win &= ~both;
            continue;
        }
        if (fresh && concurrent(here, entry)) find_edit_conflicts(table, row, change, here, entry);
        if (is_older(entry.version, here.version) && !(exhibit("syncthing-1613") && sender_.heard == 0)) {
            win &= ~both;
            lost |= both;
        }
    }
    if (lost != 0) log_.history().lost(row, change, entry, lost, sender_.via);
    // A repeat does not bring back what was refused, nor fill a bare tombstone.
    if (win != 0 && repeat && !sender_.is_parent())
        win = row.bare_gen(table) != 0 ? 0 : not_refused(table, row, win, entry);
    if (win == 0) return 0;
    const std::uint64_t ctx = sender_.is_parent() ? 0 : log_.to_parent(entry.ctx, change.table, change.row);
    row.put({0, win, entry.gone, entry.version, sender_.via, entry.lsn, ctx});
    return win;
}

void Merge::find_delete_against_edit(const TableInfo& table, const LogRow& row, const Entry& incoming)
{
    if (exhibit("couchbase-delete-wins")) return;
    const bool deletes = is_deletion(incoming.mask, incoming.gone);
    for (const LogEntry& here : row.entries()) {
        if (!concurrent(here, incoming) || here.version == incoming.version) continue;
        if (deletes && (here.mask & column_bits) != 0) {
            keep_delete_conflict(table, row, {here.version, edited_columns(table, here.mask)}, incoming.version, {});
            to_reassert_.insert({&table, row.row()});
        } else if (is_deletion(here.mask, here.gone) && (incoming.mask & column_bits) != 0) {
            keep_delete_conflict(table, row, {incoming.version, edited_columns(table, incoming.mask)}, here.version,
                                 {});
            to_reassert_.insert({&table, row.row()});
        }
    }
}

void Merge::keep_delete_conflict(const TableInfo& table, const LogRow& row, const Contender& edit,
                                 const Version& deletion, const std::string& referrer)
{
    const Clash clash{&table, row.row(), row.unit(), "delete", 0, referrer, edit, {deletion, Value{}}};
    if (record_conflict(log_, clash)) ++conflicts_;
}

void Merge::find_edit_conflicts(const TableInfo& table, const LogRow& row, const Change& change, const LogEntry& here,
                                const Entry& incoming)
{
    const bool incoming_wins = incoming.version > here.version;
    const std::uint64_t authority = table.model->authority_mask();
    for (std::uint64_t rest = here.mask & incoming.mask; rest != 0; rest &= rest - 1) {
        const int bit = std::countr_zero(rest);
        Contender ours{here.version, {}};
        Contender theirs{incoming.version, {}};
        if (bit == 0) {
            if (here.gone == incoming.gone) continue;
            const Contender& kept = here.gone ? theirs : ours;
            keep_delete_conflict(table, row, kept, here.gone ? here.version : incoming.version, {});
            continue;
        }
        const std::uint64_t mask = std::uint64_t{1} << bit;
        ours.value = shown_value(store_.read(table, row.row(), mask));
        theirs.value = shown_value(cells_of(change.cells, mask));
        if (ours.value == theirs.value) continue;
        Clash clash{&table,
                    row.row(),
                    row.unit(),
                    "edit",
                    bit,
                    {},
                    incoming_wins ? theirs : ours,
                    incoming_wins ? ours : theirs};
        if ((authority & mask) != 0 && overruled(clash)) {
            std::swap(clash.winner, clash.loser);
            overruled_.push_back(
                {clash, incoming_wins ? store_.read(table, row.row(), mask) : cells_of(change.cells, mask)});
        }
        if (record_conflict(log_, clash)) ++conflicts_;
    }
}

void Merge::show(const TableInfo& table, const LogRow& row, const Change& change, std::uint64_t won, bool was_live)
{
    const std::vector<Cell> cells = cells_of(change.cells, won);
    Touched touched{&table, row.row(), change.entries.front().version, UINT64_MAX};
    for (const Entry& entry : change.entries) {
        touched.version = std::max(touched.version, entry.version);
        touched.ctx = std::min(touched.ctx, entry.ctx);
    }
    if (!row.live()) {
        store_.put_away(table, row.row(), cells, "gone");
        deleted_.push_back(touched);
        return;
    }
    const RowStore::Written written = store_.show(table, row.row(), cells, was_live);
    not_shown_ = written == RowStore::Written::refused;
    if (not_shown_) return;
    // An edit that leaves the row where it was and its references as they were cannot break one.
    if ((won & table.reference_mask) != 0 || written == RowStore::Written::inserted) touched_.push_back(touched);
}

void Merge::show_again(const TableInfo& table, const std::string& id, const std::vector<Cell>& cells)
{
    const LogRow row = log_.row(table.id, id);
    if (!row.known()) return;
    const Touched touched{&table, id, row.entries().back().version, replica_.state().lsn};
    if (!row.live()) {  // gone, or only columns of it have come so far
        store_.put_away(table, id, cells, "gone");
        deleted_.push_back(touched);
        return;
    }
    store_.show(table, id, cells, true);
    touched_.push_back(touched);
}

void Merge::remember(const Change& change, std::uint64_t mine, bool won)
{
    const std::uint64_t place = place_of(change);
    std::uint64_t highest = 0;
    bool whole = false;
    for (const Entry& entry : change.entries) {
        highest = std::max(highest, entry.lsn);
        whole = whole || (entry.mask & existence_bit) != 0;
    }
    if (whole && !is_away(change) && (highest > sender_.top || says_again(change)))
        log_.remember_ahead(sender_.via, change.table, change.row, sender_.whole_as_of, mine, won);
    if (keep_steps_ && place > sender_.heard)
        db_.run("INSERT INTO _step VALUES (?1, ?2) ON CONFLICT (mine) DO UPDATE SET parents = max(parents, ?2)", mine,
                place);
}

}  // namespace ocop
