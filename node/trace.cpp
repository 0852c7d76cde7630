#include "node/trace.h"

#include <algorithm>

#include "node/history.h"
#include "node/row_key.h"

namespace ocop {

namespace {

// As many as an answer carries: what a parent says of its own must not keep us from answering our children.
constexpr std::size_t most_tiers = 16;

/// How far each tier above has our own log: the parent first.
std::vector<std::uint64_t> reach_of_own(Replica& replica)
{
    std::vector<std::uint64_t> reach{replica.state().acked};
    auto tiers = replica.db().query(
        "SELECT tier, max(lsn) FROM _reached WHERE peer = 1 AND tier > 1 GROUP BY tier ORDER BY tier");
    while (reach.size() < most_tiers && tiers.step() && tiers.natural(0) == reach.size() + 1)
        reach.push_back(std::min(reach.back(), tiers.natural(1)));
    return reach;
}

std::int64_t since(Replica& replica, std::int64_t peer, std::int64_t tier, std::uint64_t lsn)
{
    auto found = replica.db().query(
        "SELECT at FROM _reached WHERE peer = ? AND tier = ? AND lsn >= ? ORDER BY lsn LIMIT 1", peer, tier, lsn);
    return found.step() ? found.integer(0) : 0;
}

class Tracer {
public:
    explicit Tracer(ChangeLog& log) : log_(log), replica_(log.replica()), units_(replica_.units()) {}

    Traced row(const TableInfo& table, const std::string& id)
    {
        const LogRow row = log_.row(table.id, id);
        Traced traced{&table, id, row.unit(), {}};
        for (const LogEntry& entry : row.entries())
            traced.versions.push_back({entry.version, entry.mask, entry.gone, places(table, row.unit(), entry)});
        std::sort(traced.versions.begin(), traced.versions.end(),
                  [](const TracedVersion& a, const TracedVersion& b) { return b.version < a.version; });
        return traced;
    }

private:
    std::vector<TracedPlace> places(const TableInfo& table, const std::string& unit, const LogEntry& entry)
    {
        std::vector<TracedPlace> all;
        const std::string& own = replica_.state().unit;
        const auto batch = batch_at(replica_.db(), entry.lsn);
        all.push_back({TracedPlace::Where::here, 0, own, true, batch ? batch->at : 0, entry.via == via_local});
        if (replica_.state().parent) add_above(all, entry);
        auto children = replica_.db().query("SELECT ref, unit, cursor, max(incarnation) FROM _neighbour WHERE ref > 1 "
                                            "AND unit IS NOT NULL GROUP BY node");
        while (children.step()) {
            const std::string child = children.text(1);
            if (!units_.holds(child, table.model->audience, unit)) continue;
            const bool from_there = entry.via == children.integer(0);
            all.push_back({TracedPlace::Where::below, 1, child, from_there || entry.lsn <= children.natural(2),
                           from_there ? 0 : since(replica_, children.integer(0), 1, entry.lsn), from_there});
        }
        return all;
    }

    void add_above(std::vector<TracedPlace>& all, const LogEntry& entry)
    {
        const std::string& parent = replica_.state().parent_unit;
        if (entry.via == via_parent) {
            all.push_back({TracedPlace::Where::above, 1, parent, true, 0, true});
            return;
        }
        const std::vector<std::uint64_t> reach = reach_of_own(replica_);
        const std::vector<std::string> offices = offices_above(reach.size());
        for (std::size_t i = 0; i < reach.size(); ++i) {
            const auto tier = static_cast<std::int64_t>(i) + 1;
            const bool has = reach[i] >= entry.lsn;
            all.push_back({TracedPlace::Where::above, tier, offices[i], has,
                           has ? since(replica_, 1, tier, entry.lsn) : 0, false});
        }
    }

    /// The units of so many nodes above. Where a tier has no node of its own (a commune may join the centre) only the next is certain.
    std::vector<std::string> offices_above(std::size_t nodes)
    {
        std::vector<std::string> all;
        std::string unit = replica_.state().parent_unit;
        for (const Unit* at = units_.find(unit); at != nullptr && all.size() <= nodes; at = units_.find(at->parent))
            all.push_back(at->id);
        if (all.size() == nodes) return all;
        all.assign(nodes, {});
        if (nodes != 0) all.front() = std::move(unit);
        return all;
    }

    ChangeLog& log_;
    Replica& replica_;
    const UnitTree& units_;
};

}  // namespace

std::vector<std::uint64_t> reach_of_child(Replica& replica, std::int64_t child, std::uint64_t mark)
{
    std::vector<std::uint64_t> reach;
    if (!replica.state().parent) return reach;
    std::uint64_t below = mark;
    for (const std::uint64_t mine : reach_of_own(replica)) {
        auto missing = replica.db().query("SELECT min(via_lsn) FROM _log WHERE lsn > ? AND via IN (SELECT a.ref FROM "
                                          "_neighbour AS a JOIN _neighbour AS b "
                                          "USING (node) WHERE b.ref = ?)",
                                          mine, child);
        if (missing.step() && !missing.is_null(0) && missing.natural(0) > 0)
            below = std::min(below, missing.natural(0) - 1);
        reach.push_back(below);
    }
    return reach;
}

void note_reached(Replica& replica, std::int64_t peer, std::int64_t tier, std::uint64_t lsn)
{
    if (lsn == 0) return;
    {
        auto known = replica.db().query("SELECT max(lsn) FROM _reached WHERE peer = ? AND tier = ?", peer, tier);
        if (known.step() && known.natural(0) >= lsn) return;
    }
    replica.db().run("INSERT INTO _reached VALUES (?, ?, ?, ?)", peer, tier, lsn,
                     replica.environment().clock->now_ms());
}

void forget_reached(Replica& replica, std::int64_t peer, std::uint64_t above)
{
    replica.db().run("DELETE FROM _reached WHERE peer = ? AND lsn > ?", peer, above);
}

std::vector<Traced> trace(ChangeLog& log, const std::string& id)
{
    std::vector<Traced> found;
    auto rows = log.replica().db().query("SELECT DISTINCT tbl FROM _log WHERE row = ?", log_key(id));
    while (rows.step()) {
        const TableInfo* table = log.replica().catalog().table(static_cast<std::uint32_t>(rows.integer(0)));
        if (table != nullptr) found.push_back(Tracer{log}.row(*table, id));
    }
    return found;
}

}  // namespace ocop
