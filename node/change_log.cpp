#include "node/change_log.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "node/damage.h"
#include "node/row_key.h"
#include "schema/base/check.h"

namespace ocop {

// ---- LogRow

LogRow::LogRow(ChangeLog& log, std::uint32_t table, std::string row)
    : log_(&log), table_(table), row_(std::move(row)), key_(log_key(row_))
{
    auto query = log.db_.query("SELECT lsn, unit, mask, gone, gen, time, origin, via, via_lsn, ctx FROM _log WHERE row "
                               "= ? AND tbl = ? ORDER BY lsn",
                               key_, table_);
    std::int64_t unit = 0;
    while (query.step()) {
        unit = query.integer(1);
        entries_.push_back({query.natural(0),
                            query.natural(2),
                            query.integer(3) != 0,
                            {query.natural(4), query.integer(5), log.origin(query.integer(6))},
                            query.integer(7),
                            query.natural(8),
                            query.natural(9)});
    }
    if (unit != 0) unit_ = log.unit_id(unit);
    unit_before_ = unit_;
    leaving_ = log.leaving(table_, row_);
    before_ = sum();
}

bool LogRow::live() const
{
    const LogEntry* entry = existence();
    return entry != nullptr && !entry->gone;
}

const LogEntry* LogRow::holder(int bit) const
{
    for (const LogEntry& entry : entries_)
        if ((entry.mask >> bit) & 1) return &entry;
    return nullptr;
}

std::uint64_t LogRow::bare_gen(const TableInfo& table) const
{
    const LogEntry* gone = existence();
    if (gone == nullptr || !gone->gone) return 0;
    for (const ColumnInfo& column : table.columns)
        if (column.not_null && holder(column.bit) == nullptr) return gone->version.gen;
    return 0;
}

std::uint64_t LogRow::highest_gen() const
{
    std::uint64_t gen = 0;
    for (const LogEntry& entry : entries_) gen = std::max(gen, entry.version.gen);
    return gen;
}

std::uint64_t LogRow::last_lsn() const
{
    std::uint64_t lsn = 0;
    for (const LogEntry& entry : entries_) lsn = std::max(lsn, entry.lsn);
    return lsn;
}

void LogRow::take_bits(std::uint64_t mask)
{
    for (LogEntry& entry : entries_) {
        if ((entry.mask & mask) == 0) continue;
        entry.mask &= ~mask;
        if (entry.mask == 0)
            log_->db_.run("DELETE FROM _log WHERE lsn = ?", entry.lsn);
        else
            log_->db_.run("UPDATE _log SET mask = ? WHERE lsn = ?", entry.mask, entry.lsn);
    }
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), [](const LogEntry& e) { return e.mask == 0; }),
                   entries_.end());
}

std::uint64_t LogRow::put(LogEntry entry)
{
    OCOP_CHECK(entry.mask != 0);
    OCOP_CHECK(!unit_.empty());
    log_->history_.replacing(*this, entry, log_->replica_.state().lsn + 1);
    take_bits(entry.mask);
    entry.lsn = ++log_->replica_.mutable_state().lsn;
    log_->db_.run("INSERT INTO _log (lsn, tbl, row, unit, mask, gone, gen, time, origin, via, via_lsn, ctx) VALUES "
                  "(?,?,?,?,?,?,?,?,?,?,?,?)",
                  entry.lsn, table_, key_, log_->unit_ref(unit_), entry.mask, entry.gone, entry.version.gen,
                  entry.version.time, log_->origin_ref(entry.version.origin), entry.via, entry.via_lsn, entry.ctx);
    entries_.push_back(entry);
    return entry.lsn;
}

Version LogRow::put_own(std::uint64_t mask, std::uint64_t gen, bool gone)
{
    Replica& replica = log_->replica_;
    const Version version{gen, replica.environment().clock->now_ms(), replica.state().self};
    put({0, mask, gone, version, via_local, 0, log_->local_ctx(table_, row_)});
    return version;
}

void LogRow::set_unit(const std::string& unit)
{
    OCOP_CHECK(!unit.empty());
    if (unit == unit_) return;
    if (!entries_.empty() && !unit_.empty()) log_->moved(table_, row_, unit_);
    unit_ = unit;
    if (!entries_.empty())
        log_->db_.run("UPDATE _log SET unit = ? WHERE row = ? AND tbl = ?", log_->unit_ref(unit), key_, table_);
}

void LogRow::keep_only_existence()
{
    take_bits(~existence_bit);
}

void LogRow::set_leaving(const std::optional<Leaving>& leaving)
{
    sqlite::Connection& db = log_->db_;
    leaving_ = leaving;
    if (leaving)
        db.run("INSERT OR REPLACE INTO _leaving VALUES (?,?,?,?)", table_, key_, leaving->cap, leaving->place);
    else
        db.run("DELETE FROM _leaving WHERE tbl = ? AND row = ?", table_, key_);
    log_->any_leaving_ = log_->any_leaving_ || leaving;
}

void LogRow::drop()
{
    OCOP_CHECK(before_ == Digest{});
    for (const char* table : {"_log", "_leaving", "_ahead", "_move"})
        log_->db_.run(std::string("DELETE FROM ") + table + " WHERE row = ? AND tbl = ?", key_, table_);
    entries_.clear();
}

Digest LogRow::sum() const
{
    Digest total;
    if (!live() || leaving_) return total;  // not our parent's to compare any more
    const DigestKey& key = log_->replica_.digest_key();
    for (const LogEntry& entry : entries_) total += key.entry(table_, row_, entry.version, entry.mask);
    return total;
}

void LogRow::close()
{
    const Digest after = sum();
    if (unit_ == unit_before_) {
        log_->add_digest(table_, unit_, before_, after);
    } else {
        if (!unit_before_.empty()) log_->add_digest(table_, unit_before_, before_, {});
        log_->add_digest(table_, unit_, {}, after);
    }
    before_ = after;
    unit_before_ = unit_;
}

// ---- ChangeLog

ChangeLog::ChangeLog(Replica& replica) : replica_(replica), db_(replica.db()), history_(replica)
{
    any_ahead_ = db_.query("SELECT 1 FROM _ahead LIMIT 1").step();
    any_leaving_ = db_.query("SELECT 1 FROM _leaving LIMIT 1").step();
    any_moves_ = db_.query("SELECT 1 FROM _move LIMIT 1").step();
    any_children_ = db_.query("SELECT 1 FROM _neighbour WHERE ref > 1 LIMIT 1").step();
}

LogRow ChangeLog::row(std::uint32_t table, const std::string& row)
{
    return {*this, table, row};
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> ChangeLog::ahead_of(std::int64_t peer, std::uint32_t table,
                                                                           const std::string& row)
{
    if (!any_ahead_) return std::nullopt;
    auto found =
        db_.query("SELECT theirs, mine FROM _ahead WHERE peer = ? AND tbl = ? AND row = ?", peer, table, log_key(row));
    if (!found.step()) return std::nullopt;
    return std::pair{found.natural(0), found.natural(1)};
}

std::uint64_t ChangeLog::ahead(std::int64_t peer, std::uint32_t table, const std::string& row)
{
    const auto found = ahead_of(peer, table, row);
    return found ? found->first : 0;
}

void ChangeLog::remember_ahead(std::int64_t peer, std::uint32_t table, const std::string& row, std::uint64_t theirs,
                               std::uint64_t mine, bool news)
{
    const auto before = ahead_of(peer, table, row);
    if (before && before->first >= theirs) return;
    if (before && !news) mine = before->second;
    any_ahead_ = true;
    db_.run("INSERT OR REPLACE INTO _ahead VALUES (?,?,?,?,?)", peer, table, log_key(row), theirs, mine);
}

void ChangeLog::forget_ahead(std::int64_t peer, std::uint64_t theirs)
{
    if (any_ahead_) db_.run("DELETE FROM _ahead WHERE peer = ? AND theirs <= ?", peer, theirs);
}

std::uint64_t ChangeLog::to_parent(std::uint64_t mine, std::uint32_t table, const std::string& row)
{
    if (!replica_.state().parent) return 0;
    auto step = db_.query("SELECT parents FROM _step WHERE mine <= ? ORDER BY mine DESC LIMIT 1", mine);
    std::uint64_t parents = step.step() ? step.natural(0) : 0;
    const auto whole = ahead_of(via_parent, table, row);
    if (whole && whole->second <= mine) parents = std::max(parents, whole->first);
    // Steps collapse, yet whoever had read so far had seen what stands here of this row.
    auto stands = db_.query("SELECT max(via_lsn) FROM _log WHERE row = ? AND tbl = ? AND via = 1 AND lsn <= ?",
                            log_key(row), table, mine);
    if (stands.step() && !stands.is_null(0)) parents = std::max(parents, stands.natural(0));
    if (const auto leaves = leaving(table, row)) parents = std::min(parents, leaves->cap);
    return parents;
}

std::uint64_t ChangeLog::local_ctx(std::uint32_t table, const std::string& row)
{
    return read_of_parent(table, row);
}

std::uint64_t ChangeLog::read_of_parent(std::uint32_t table, const std::string& row)
{
    if (const auto leaves = leaving(table, row)) return leaves->cap;
    return std::max(replica_.state().cursor, ahead(via_parent, table, row));
}

std::optional<Leaving> ChangeLog::leaving(std::uint32_t table, const std::string& row)
{
    if (!any_leaving_) return std::nullopt;
    auto found = db_.query("SELECT cap, place FROM _leaving WHERE tbl = ? AND row = ?", table, log_key(row));
    if (!found.step()) return std::nullopt;
    return Leaving{found.natural(0), found.natural(1)};
}

std::int64_t ChangeLog::origin_ref(const Origin& origin)
{
    const auto known = origin_refs_.find(origin);
    if (known != origin_refs_.end()) return known->second;
    const Blob node{std::string(reinterpret_cast<const char*>(origin.node.data()), origin.node.size())};
    db_.run("INSERT OR IGNORE INTO _origin (node, incarnation) VALUES (?, ?)", node, origin.incarnation);
    auto found = db_.query("SELECT ref FROM _origin WHERE node = ? AND incarnation = ?", node, origin.incarnation);
    undamaged(found.step(), "an origin or unit nobody knows");
    origin_refs_[origin] = found.integer(0);
    origins_[found.integer(0)] = origin;
    return found.integer(0);
}

Origin ChangeLog::origin(std::int64_t ref)
{
    const auto known = origins_.find(ref);
    if (known != origins_.end()) return known->second;
    auto found = db_.query("SELECT node, incarnation FROM _origin WHERE ref = ?", ref);
    undamaged(found.step(), "an origin or unit nobody knows");
    Origin origin;
    const std::string node = found.blob(0);
    undamaged(node.size() == origin.node.size(), "a node's id");
    std::memcpy(origin.node.data(), node.data(), node.size());
    origin.incarnation = static_cast<std::uint32_t>(found.integer(1));
    origins_[ref] = origin;
    origin_refs_[origin] = ref;
    return origin;
}

std::string ChangeLog::unit_of(const Origin& origin)
{
    const State& state = replica_.state();
    if (origin.node == state.self.node) return state.unit;
    const auto known = origin_units_.find(origin);
    if (known != origin_units_.end()) return known->second;
    const Blob node{std::string(reinterpret_cast<const char*>(origin.node.data()), origin.node.size())};
    std::string unit;
    auto child = db_.query("SELECT unit FROM _neighbour WHERE node = ? AND ref > 1", node);
    if (child.step()) {
        unit = child.text(0);
    } else {
        auto told = db_.query("SELECT unit FROM _origin WHERE node = ? AND incarnation = ? AND unit IS NOT NULL", node,
                              origin.incarnation);
        if (told.step()) unit = told.text(0);
    }
    if (!unit.empty()) origin_units_[origin] = unit;
    return unit;
}

void ChangeLog::vouch(const Origin& origin, const std::string& unit)
{
    if (unit.empty() || !unit_of(origin).empty()) return;
    db_.run("UPDATE _origin SET unit = ? WHERE ref = ?", unit, origin_ref(origin));
    origin_units_[origin] = unit;
}

std::int64_t ChangeLog::unit_ref(const std::string& unit)
{
    const auto known = unit_refs_.find(unit);
    if (known != unit_refs_.end()) return known->second;
    db_.run("INSERT OR IGNORE INTO _unit (id) VALUES (?)", unit);
    auto found = db_.query("SELECT ref FROM _unit WHERE id = ?", unit);
    undamaged(found.step(), "an origin or unit nobody knows");
    unit_refs_[unit] = found.integer(0);
    units_[found.integer(0)] = unit;
    return found.integer(0);
}

std::string ChangeLog::unit_id(std::int64_t ref)
{
    const auto known = units_.find(ref);
    if (known != units_.end()) return known->second;
    auto found = db_.query("SELECT id FROM _unit WHERE ref = ?", ref);
    undamaged(found.step(), "an origin or unit nobody knows");
    units_[ref] = found.text(0);
    unit_refs_[found.text(0)] = ref;
    return found.text(0);
}

void ChangeLog::add_digest(std::uint32_t table, const std::string& unit, const Digest& before, const Digest& after)
{
    if (before == after) return;
    Digest& sum = digests_[{table, unit_ref(unit)}];
    sum -= before;
    sum += after;
}

void ChangeLog::correct_digest(std::int64_t table, std::int64_t unit, const Digest& by)
{
    digests_[{static_cast<std::uint32_t>(table), unit}] += by;
    flush();
}

void ChangeLog::flush()
{
    for (const auto& [place, change] : digests_) {
        if (change == Digest{}) continue;
        Digest sum = change;
        {
            auto old = db_.query("SELECT high, low FROM _digest WHERE tbl = ? AND unit = ?", place.first, place.second);
            if (old.step()) sum += Digest{old.natural(0), old.natural(1)};
        }
        db_.run("INSERT OR REPLACE INTO _digest VALUES (?,?,?,?)", place.first, place.second, sum.high, sum.low);
    }
    digests_.clear();
}

}  // namespace ocop
