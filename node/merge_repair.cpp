// After a batch: what the tables' constraints refuse is resolved here, without ever deleting a row to satisfy one.
//
//   foreign key   a row whose reference is not here waits, parked; one whose reference was deleted brings it back (from a child: a
//                 reference counts as an edit of the row referred to). A deletion met by a row that refers: brought back if the two had not
//                 seen each other, else shown as gone until the row that refers goes.
//   unique        two claims to one value, met while merging from a child: both rows stay, the later claim is set aside by an ordinary
//                 edit and kept in a conflict. From the parent: the value waits, displaced.

#include <utility>

#include "node/merge.h"
#include "node/moves.h"
#include "node/sql_text.h"
#include "schema/base/check.h"

namespace ocop {

namespace {

// Each pass settles at least one row or stops; the cap is for a bug, not for data.
constexpr int most_passes = 10'000;

}  // namespace

void Merge::repair()
{
    if (to_reassert_.empty() && touched_.empty() && deleted_.empty() && !store_.anything_waits()) return;
    replica_.merging();
    for (const auto& [table, row] : to_reassert_) write_existence(*table, row);
    int passes = 0;
    bool progress = true;
    while (progress) {
        if (++passes >= most_passes) break;  // park_violators() is the net
        progress = false;
        for (std::vector<Place> moved = std::exchange(moved_, {}); const auto& [table, row] : moved)
            progress = check_followers(*table, row) || progress;
        progress = repair_references() || progress;
        progress = retry_shown_as_gone() || progress;
        progress = retry_parked() || progress;
    }
    repair_uniques();
    if (db_.deferred_violations()) park_violators();
    follow_units(log_);
}

/// The net under the passes above: a reference they did not foresee must not make the commit fail for ever.
void Merge::park_violators()
{
    for (bool found = true; found;) {
        found = false;
        for (const TableInfo& table : replica_.catalog().tables()) {
            std::vector<std::string> rows;
            auto violators = db_.query("SELECT r.id FROM pragma_foreign_key_check(?) AS v JOIN " +
                                           sql_name(table.name) + " AS r ON r.rowid = v.rowid",
                                       table.name);
            while (violators.step()) rows.push_back(violators.text(0));
            for (const std::string& row : rows) store_.park(table, row, "parked");
            found = found || !rows.empty();
        }
    }
}

void Merge::write_existence(const TableInfo& table, const std::string& id)
{
    LogRow row = log_.row(table.id, id);
    const bool bare = row.bare_gen(table) != 0;  // nothing to bring back
    if (!row.known() || row.live() || bare) return;
    const Version version = row.put_own(existence_bit, row.highest_gen() + 1);
    const std::vector<Cell> cells = store_.read(table, id, table.column_mask);
    const bool refused = store_.show(table, id, {}, false) == RowStore::Written::refused;
    if (refused) refuse_revival(table, row, cells);
    row.close();
    if (refused) return;
    touched_.push_back({&table, id, version, replica_.state().lsn});
}

// ---- foreign keys

bool Merge::repair_references()
{
    std::vector<Touched> touched;
    std::vector<Touched> deleted;
    touched.swap(touched_);
    deleted.swap(deleted_);
    bool progress = false;
    for (const Touched& row : deleted) progress = check_referrers(row) || progress;
    for (const Touched& row : touched) progress = check_references(row) || progress;
    return progress;
}

/// The id of a row that `row` refers to and that its table does not show; empty if there is none.
std::string Merge::missing_target(const TableInfo& table, const std::string& row, const ForeignKeyInfo** missing)
{
    for (const ForeignKeyInfo& key : table.references) {
        std::string list;
        std::string match;
        for (std::size_t i = 0; i < key.columns.size(); ++i) {
            list += (list.empty() ? "" : " AND ") + ("t." + sql_name(key.target_columns[i])) + " = r." +
                    sql_name(key.columns[i]);
            match += " AND r." + sql_name(key.columns[i]) + " IS NOT NULL";
        }
        auto found = db_.query("SELECT r." + sql_name(key.columns.front()) + " FROM " + sql_name(table.name) +
                                   " AS r WHERE r.id = ?" + match + " AND NOT EXISTS (SELECT 1 FROM " +
                                   sql_name(key.target) + " AS t WHERE " + list + ")",
                               row);
        if (!found.step()) continue;
        *missing = &key;
        return found.text(0);
    }
    return {};
}

bool Merge::check_references(const Touched& touched)
{
    const ForeignKeyInfo* key = nullptr;
    const std::string target = missing_target(*touched.table, touched.row, &key);
    if (target.empty()) return false;
    if (mend_reference(touched, *key, target)) return true;
    store_.park(*touched.table, touched.row, "parked");
    deleted_.push_back({touched.table, touched.row, touched.version, UINT64_MAX});
    return true;
}

/// From below: the row follows its owner to another unit, or brings back the deleted row it refers to.
bool Merge::mend_reference(const Touched& touched, const ForeignKeyInfo& key, const std::string& target)
{
    if (sender_.is_parent()) return false;
    const TableInfo* to = replica_.catalog().table(std::string_view{key.target});
    OCOP_CHECK(to != nullptr);
    LogRow referred = log_.row(to->id, target);
    const bool mended = follow_owner(*touched.table, touched.row, key);
    if (!mended) {
        if (referred.existence() == nullptr || referred.live() || store_.side_reason(*to, target) != "gone")
            return false;
        keep_delete_conflict(*to, referred, {touched.version, Value{}}, referred.existence()->version, touched.row);
        write_existence(*to, target);
    }
    touched_.push_back(touched);
    return true;
}

/// A row from below whose owner is here, but of another unit, belongs to that unit: it follows by an edit made here. What comes from above
/// and does not fit waits: the two meet above, and there it follows.
bool Merge::follow_owner(const TableInfo& table, const std::string& row, const ForeignKeyInfo& key)
{
    if (sender_.is_parent() || !follows_unit(table, key)) return false;
    auto found = db_.query("SELECT t." + sql_name(table.unit_column) + " FROM " + sql_name(table.name) + " AS r JOIN " +
                               sql_name(key.target) + " AS t ON t.id = r." + sql_name(key.columns.front()) +
                               " WHERE r.id = ? AND t.unit IS NOT r.unit",
                           row);
    if (!found.step()) return false;
    const ColumnInfo* unit = table.column(table.unit_column);
    const Cell cell{static_cast<std::uint8_t>(unit->bit), static_cast<std::uint8_t>(unit->part), found.value(0)};
    found.reset();
    set_value(table, row, unit->bit, {cell});
    return true;
}

/// The row's unit changed: the rows that refer to it follow, or wait.
bool Merge::check_followers(const TableInfo& table, const std::string& row)
{
    bool progress = false;
    for (const ForeignKeyInfo& key : table.referrers) {
        const TableInfo* follower = replica_.catalog().table(std::string_view{key.table});
        if (follower == nullptr || !follows_unit(*follower, key)) continue;
        std::vector<std::string> rows;
        auto found = db_.query("SELECT r.id FROM " + sql_name(key.table) + " AS r JOIN " + sql_name(table.name) +
                                   " AS t ON t.id = r." + sql_name(key.columns.front()) +
                                   " WHERE t.id = ? AND t.unit IS NOT r.unit",
                               row);
        while (found.step()) rows.push_back(found.text(0));
        found.reset();
        for (const std::string& id : rows) touched_.push_back({follower, id, {}, 0});
        progress = progress || !rows.empty();
    }
    return progress;
}

/// A row of another table that refers to this one (which its own table no longer shows); empty if none.
std::string Merge::referrer_of(const TableInfo& table, const std::string& row, const TableInfo** referring)
{
    const std::vector<Cell> values = store_.read(table, row, table.column_mask);
    for (const ForeignKeyInfo& key : table.referrers) {
        std::string where;
        std::vector<Value> arguments;
        for (std::size_t i = 0; i < key.columns.size(); ++i) {
            where += (where.empty() ? "" : " AND ") + sql_name(key.columns[i]) + " = ?";
            if (key.target_columns[i] == "id") {
                arguments.emplace_back(row);
                continue;
            }
            const ColumnInfo* column = table.column(key.target_columns[i]);
            OCOP_CHECK(column != nullptr);
            for (const Cell& cell : values)
                if (cell.bit == column->bit && cell.part == column->part) arguments.push_back(cell.value);
        }
        if (arguments.size() != key.columns.size()) continue;
        auto found = db_.query("SELECT id FROM " + sql_name(key.table) + " WHERE " + where + " LIMIT 1");
        for (std::size_t i = 0; i < arguments.size(); ++i) found.bind(static_cast<int>(i) + 1, arguments[i]);
        if (!found.step()) continue;
        *referring = replica_.catalog().table(std::string_view{key.table});
        return found.text(0);
    }
    return {};
}

bool Merge::check_referrers(const Touched& deleted)
{
    if (deleted.table->referrers.empty() || store_.in_table(*deleted.table, deleted.row)) return false;
    const TableInfo* referring = nullptr;
    const std::string referrer = referrer_of(*deleted.table, deleted.row, &referring);
    if (referrer.empty()) return false;
    const LogRow row = log_.row(deleted.table->id, deleted.row);
    if (row.live()) {  // parked itself: those that refer to it wait with it
        for (std::string id = referrer; !id.empty(); id = referrer_of(*deleted.table, deleted.row, &referring)) {
            store_.park(*referring, id, "parked");
            deleted_.push_back({referring, id, deleted.version, UINT64_MAX});
        }
        return true;
    }
    LogRow refers = log_.row(referring->id, referrer);
    const LogEntry* reference = refers.existence();
    const bool unaware = row.existence() != nullptr && !sender_.is_parent() && reference != nullptr &&
                         reference->lsn > deleted.ctx && !kin_.any_life(reference->via);

    if (unaware && row.bare_gen(*deleted.table) == 0) {
        keep_delete_conflict(*deleted.table, row, {reference->version, Value{}}, row.existence()->version, referrer);
        write_existence(*deleted.table, deleted.row);
        return true;
    }
    if (!store_.bring_back(*deleted.table, deleted.row)) return false;
    store_.set_reason(*deleted.table, deleted.row, "shown_as_gone");
    return true;
}

bool Merge::retry_parked()
{
    bool progress = false;
    for (const RowStore::Waiting& waiting : store_.waiting("parked")) {
        if (!store_.bring_back(*waiting.table, waiting.row)) continue;
        const ForeignKeyInfo* key = nullptr;
        const std::string target = missing_target(*waiting.table, waiting.row, &key);
        const LogRow row = log_.row(waiting.table->id, waiting.row);
        const Version version = row.existence() != nullptr ? row.existence()->version : Version{};
        if (target.empty()) {
            progress = true;
            touched_.push_back({waiting.table, waiting.row, version, 0});
        } else if (mend_reference({waiting.table, waiting.row, version, 0}, *key, target)) {
            progress = true;
        } else {
            store_.park(*waiting.table, waiting.row, "parked");
        }
    }
    return progress;
}

bool Merge::retry_shown_as_gone()
{
    bool progress = false;
    for (const RowStore::Waiting& waiting : store_.waiting("shown_as_gone")) {
        if (!store_.in_table(*waiting.table, waiting.row)) {
            store_.set_reason(*waiting.table, waiting.row, "gone");
            continue;
        }
        const TableInfo* referring = nullptr;
        const std::string referrer = referrer_of(*waiting.table, waiting.row, &referring);
        if (referrer.empty()) {
            store_.put_away(*waiting.table, waiting.row, {}, "gone");
            progress = true;
            continue;
        }
        LogRow row = log_.row(waiting.table->id, waiting.row);
        if (sender_.is_parent() || !sender_.complete || row.existence() == nullptr ||
            !kin_.any_life(row.existence()->via))
            continue;
        LogRow refers = log_.row(referring->id, referrer);
        if (refers.existence() == nullptr) continue;
        keep_delete_conflict(*waiting.table, row, {refers.existence()->version, Value{}}, row.existence()->version,
                             referrer);
        write_existence(*waiting.table, waiting.row);
        progress = true;
    }
    return progress;
}

// ---- unique values

void Merge::repair_uniques()
{
    for (const RowStore::Displaced& claim : store_.displaced()) {
        if (claim.table == nullptr || store_.try_place(claim)) continue;
        if (!sender_.is_parent() && claim.reason == "unique") resolve_unique(claim);
    }
}

/// The row's cells of one bit become `cells`, as an ordinary edit made here.
void Merge::set_value(const TableInfo& table, const std::string& id, int bit, std::vector<Cell> cells)
{
    const std::uint64_t mask = std::uint64_t{1} << bit;
    LogRow row = log_.row(table.id, id);
    if (bit == table.unit_bit()) {
        row.set_unit(std::get<std::string>(cells.front().value));
        moved_.emplace_back(&table, id);
    }
    row.put_own(mask, row.highest_gen() + 1);
    row.close();
    store_.refuse_unwritable(false);
    store_.show(table, id, cells, true);
    store_.refuse_unwritable(!sender_.is_parent());
}

void Merge::resolve_unique(const RowStore::Displaced& claim)
{
    const TableInfo& table = *claim.table;
    for (const UniqueInfo& unique : table.uniques) {
        if (unique.yields_bit != claim.bit) continue;
        std::string where;
        for (const std::string& name : unique.columns) {
            const std::string mine = name == unique.yields ? "?2"
                                                           : "(SELECT " + sql_name(name) + " FROM " +
                                                                 sql_name(table.name) + " WHERE id = ?1)";
            where += " AND " + sql_name(name) + " = " + mine;
        }
        auto found = db_.query("SELECT id FROM " + sql_name(table.name) + " WHERE id <> ?1" + where, claim.row,
                               claim.cells.front().value);
        if (!found.step()) continue;
        const std::string holder = found.text(0);
        const LogRow mine = log_.row(table.id, claim.row);
        const LogRow theirs = log_.row(table.id, holder);
        OCOP_CHECK(mine.holder(claim.bit) != nullptr);
        if (theirs.holder(claim.bit) == nullptr)
            continue;  // a row that cannot be sent (node/seal.cpp): the claim waits
        // A claim from above meets one from below: their lowest common ancestor is above, and settles it.
        if (mine.holder(claim.bit)->via == via_parent || theirs.holder(claim.bit)->via == via_parent) return;
        const Version my_version = mine.holder(claim.bit)->version;
        const Version their_version = theirs.holder(claim.bit)->version;
        const bool i_yield = my_version != their_version ? their_version < my_version : holder < claim.row;
        const LogRow& yields = i_yield ? mine : theirs;
        const Value value = claim.cells.front().value;
        const Clash clash{&table,
                          yields.row(),
                          yields.unit(),
                          "unique",
                          claim.bit,
                          i_yield ? holder : claim.row,
                          {i_yield ? their_version : my_version, value},
                          {i_yield ? my_version : their_version, value}};
        if (record_conflict(log_, clash)) ++conflicts_;
        const Cell nothing{claim.cells.front().bit, claim.cells.front().part, Value{}};
        set_value(table, yields.row(), claim.bit, {nothing});
        if (!i_yield && !store_.try_place(claim)) continue;
        return;
    }
}

}  // namespace ocop
