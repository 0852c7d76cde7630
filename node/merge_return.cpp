// The parent was put back to an older state of itself. What we had read from the part of its log that is gone is ours to tell it again.

#include <set>

#include "node/merge.h"
#include "node/row_key.h"
#include "schema/base/check.h"

namespace ocop {

void Merge::take_back(std::uint64_t common)
{
    std::set<std::pair<std::uint32_t, std::string>> rows;
    {
        auto lost = db_.query("SELECT DISTINCT tbl, row FROM _log WHERE via = 1 AND via_lsn > ?", common);
        while (lost.step()) rows.insert({static_cast<std::uint32_t>(lost.integer(0)), row_of(lost.value(1))});
    }
    for (const auto& [id, row] : rows) {
        const TableInfo* table = replica_.catalog().table(id);
        if (table != nullptr) return_row(*table, row, common);
    }
    db_.run("UPDATE _log SET ctx = ?1 WHERE via <> 1 AND ctx > ?1", common);
    db_.run("UPDATE _step SET parents = ?1 WHERE parents > ?1", common);
    db_.run("DELETE FROM _ahead WHERE peer = 1 AND theirs > ?", common);
    State& state = replica_.mutable_state();
    state.cursor = std::min(state.cursor, common);
}

void Merge::return_row(const TableInfo& table, const std::string& id, std::uint64_t common)
{
    LogRow row = log_.row(table.id, id);
    const std::uint64_t acked = replica_.state().acked;
    const std::vector<LogEntry> entries = row.entries();
    const bool ours = replica_.units().is_within(row.unit(), replica_.state().unit);  // to judge
    const auto lost = [&](const LogEntry& entry) { return entry.via == via_parent && entry.via_lsn > common; };
    const auto deletes = [](const LogEntry& entry) { return (entry.mask & existence_bit) != 0 && entry.gone; };
    for (const LogEntry& entry : entries) {
        if (!lost(entry) || table.model->engine || !ours) continue;
        for (const LogEntry& other : entries) {
            // What the lost life was to judge when it heard it; and a value younger than its row's deletion: what made the row again is lost.
            const bool unheard = other.via != via_parent && other.lsn > acked;
            const bool younger = entry.version.gen > other.version.gen;
            if (deletes(other) && (entry.mask & ~existence_bit) != 0 && (unheard || younger))
                keep_delete_conflict(table, row, {entry.version, Value{}}, other.version, {});
            else if (deletes(entry) && unheard && (other.mask & ~existence_bit) != 0)
                keep_delete_conflict(table, row, {other.version, Value{}}, entry.version, {});
            else
                continue;
            to_reassert_.insert({&table, id});
        }
    }
    for (LogEntry entry : entries) {
        if (!lost(entry)) continue;
        entry.via = via_returned;
        entry.via_lsn = 0;
        entry.ctx = common;
        row.put(entry);
    }
    row.close();
}

}  // namespace ocop
