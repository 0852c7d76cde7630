#include "node/ranges.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "node/row_key.h"

namespace ocop {

namespace {

auto key_of(const Position& at)
{
    return std::make_tuple(at.table, std::string_view{at.unit}, is_canonical_uuid(at.row), std::string_view{at.row});
}

constexpr std::string_view columns =
    "SELECT e.tbl, u.id, e.row, e.mask, e.gone, e.gen, e.time, e.origin FROM _log AS e "
    "JOIN _unit AS u ON u.ref = e.unit ";

/// Rows of the log between two positions, in their order: by the index of keys where both lie in one table and unit.
sqlite::Query rows_between(sqlite::Connection& db, const Position& from, const Position& to)
{
    const std::string order = " ORDER BY e.tbl, u.id, e.row";
    const std::uint64_t last = to.table == 0 ? UINT32_MAX : to.table;
    if (from.table == to.table && from.unit == to.unit && to.table != 0 && !from.row.empty() && !to.row.empty())
        return db.query(std::string{columns} + "WHERE e.row >= ? AND e.row < ? AND e.tbl = ? AND u.id = ?" + order,
                        log_key(from.row), log_key(to.row), from.table, from.unit);
    return db.query(std::string{columns} + "WHERE e.tbl BETWEEN ? AND ?" + order, from.table, last);
}

/// One row as it is read entry by entry.
struct Gathered {
    Position at;
    Digest sum;
    bool gone = false;
};

}  // namespace

bool operator<(const Position& a, const Position& b)
{
    return key_of(a) < key_of(b);
}

bool ScopeRows::counts(std::uint32_t table, const std::string& unit) const
{
    const TableInfo* info = log_.replica().catalog().table(table);
    return info != nullptr && log_.replica().units().holds(unit_, info->model->audience, unit);
}

void ScopeRows::each(const std::vector<Range>& ranges,
                     const std::function<void(std::size_t, const Position&, std::uint64_t sum)>& visit)
{
    if (ranges.empty()) return;
    const DigestKey& key = log_.replica().digest_key();
    std::size_t range = 0;
    Gathered row;
    const auto tell = [&] {
        if (row.at.table == 0 || row.gone || (log_.any_leaving() && log_.leaving(row.at.table, row.at.row))) return;
        while (range < ranges.size() && ranges[range].to.table != 0 && !(row.at < ranges[range].to)) ++range;
        if (range < ranges.size() && ranges[range].holds(row.at)) visit(range, row.at, row.sum.low);
    };
    std::map<std::pair<std::uint32_t, std::string>, bool> counting;
    auto entries = rows_between(log_.replica().db(), ranges.front().from, ranges.back().to);
    while (entries.step()) {
        Position at{static_cast<std::uint32_t>(entries.integer(0)), entries.text(1), row_of(entries.value(2))};
        const auto known = counting.try_emplace({at.table, at.unit}, false);
        if (known.second) known.first->second = counts(at.table, at.unit);
        if (!known.first->second) continue;
        if (!(at == row.at)) {
            tell();
            row = {std::move(at), {}, false};
        }
        const std::uint64_t mask = entries.natural(3);
        if ((mask & existence_bit) != 0) row.gone = entries.integer(4) != 0;
        const Version version{entries.natural(5), entries.integer(6), log_.origin(entries.integer(7))};
        row.sum += key.entry(row.at.table, row.at.row, version, mask);
    }
    tell();
}

std::vector<Held> ScopeRows::tell(const std::vector<Range>& ranges)
{
    std::vector<std::size_t> rows(ranges.size());
    each(ranges, [&](std::size_t range, const Position&, std::uint64_t) { ++rows[range]; });
    std::vector<Held> all(ranges.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].rows = rows[i] <= most_listed;
        if (!all[i].rows) all[i].sums.resize(1);
    }
    std::vector<std::size_t> seen(ranges.size());
    each(ranges, [&](std::size_t range, const Position& at, std::uint64_t sum) {
        Held& held = all[range];
        const std::size_t nth = seen[range]++;
        if (held.rows) {
            held.places.push_back(at);
            held.sums.push_back(sum);
            return;
        }
        // The row that begins part n is the first whose number reaches n parts' worth.
        if (nth * most_ranges / rows[range] >= held.sums.size()) {
            held.places.push_back(at);
            held.sums.push_back(0);
        }
        held.sums.back() += sum;
    });
    return all;
}

bool in_order(const std::vector<Range>& ranges)
{
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].empty()) return false;
        if (i > 0 && (ranges[i - 1].to.table == 0 || ranges[i].from < ranges[i - 1].to)) return false;
    }
    return true;
}

bool fits(const Held& held, const Range& range)
{
    if (held.sums.size() != held.places.size() + (held.rows ? 0u : 1u)) return false;
    if (!held.rows && held.places.empty())
        return range == Range{};  // of everything only, one sum says that both are equal
    for (std::size_t i = 0; i < held.places.size(); ++i) {
        if (!range.holds(held.places[i]) || held.places[i].row.empty()) return false;
        if (i > 0 && !(held.places[i - 1] < held.places[i])) return false;
    }
    return held.rows || held.places.empty() || range.from < held.places.front();
}

std::uint64_t row_sum(ChangeLog& log, std::uint32_t table, const std::string& row)
{
    const LogRow here = log.row(table, row);
    Digest sum;
    if (here.existence() != nullptr && here.existence()->gone) return 0;
    if (here.leaving()) return 0;
    for (const LogEntry& entry : here.entries())
        sum += log.replica().digest_key().entry(table, row, entry.version, entry.mask);
    return sum.low;
}

std::uint64_t row_sum(const DigestKey& key, const Change& change)
{
    Digest sum;
    for (const Entry& entry : change.entries) {
        if ((entry.mask & existence_bit) != 0 && entry.gone) return 0;
        sum += key.entry(change.table, change.row, entry.version, entry.mask);
    }
    return sum.low;
}

std::map<DigestPlace, Digest> digest_errors(ChangeLog& log)
{
    log.flush();
    Replica& replica = log.replica();
    sqlite::Connection& db = replica.db();
    std::map<DigestPlace, Digest> sums;
    auto entries = db.query("SELECT e.tbl, e.row, e.unit, e.mask, e.gen, e.time, e.origin FROM _log AS e JOIN _log AS "
                            "x ON x.row = e.row AND x.tbl = e.tbl "
                            "AND x.mask & 1 AND NOT x.gone WHERE NOT EXISTS (SELECT 1 FROM _leaving AS l WHERE l.row = "
                            "e.row AND l.tbl = e.tbl)");
    while (entries.step()) {
        const Version version{entries.natural(4), entries.integer(5), log.origin(entries.integer(6))};
        sums[{entries.integer(0), entries.integer(2)}] += replica.digest_key().entry(
            static_cast<std::uint32_t>(entries.integer(0)), row_of(entries.value(1)), version, entries.natural(3));
    }
    auto kept = db.query("SELECT tbl, unit, high, low FROM _digest");
    while (kept.step()) sums[{kept.integer(0), kept.integer(1)}] -= Digest{kept.natural(2), kept.natural(3)};
    for (auto at = sums.begin(); at != sums.end();) at = at->second == Digest{} ? sums.erase(at) : std::next(at);
    return sums;
}

bool recount_digests(ChangeLog& log)
{
    const auto wrong = digest_errors(log);
    for (const auto& [place, by] : wrong) log.correct_digest(place.first, place.second, by);
    return !wrong.empty();
}

}  // namespace ocop
