// Rows made, edited and deleted in random trees, with messages cut, lost, late and repeated, while every office forgets deletions at once:
// nothing that anybody wrote unaware of a deletion may be lost, and nothing that everybody saw deleted may come back.
//
// OCOP_SEEDS=N runs more seeds; OCOP_SEED=S runs one. The model of these rules: tests/model/tree_merge_retention.py.

#include "node/retention.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/support/random_tree.h"

using namespace ocop;
using namespace ocop::test;

namespace {

/// One value a person wrote, and the value it replaced under that person's eyes.
struct Written {
    std::string row, column, value, before;
};

struct Deletion {
    std::string row;
    std::set<std::string> seen;  // every value of any row that this office had held
};

class Forgetful {
public:
    explicit Forgetful(std::uint64_t seed) : world_(seed), random_(world_.random)
    {
        grow_tree(world_, 1 + random_.below(5));
        for (const auto& office : world_.offices) {
            LocalWrite write{*office->replica};
            set_retention_days(office->replica->db(), 0);
            write.commit();
        }
    }

    void run()
    {
        const std::size_t steps = 40 + random_.below(160);
        for (std::size_t step = 0; step < steps; ++step) {
            Office& office = *world_.offices[random_.below(world_.offices.size())];
            for (const auto& any : world_.offices) any->clock->advance(1);
            if (random_.chance(0.45))
                write(office);
            else if (office.parent != nullptr)
                exchange(office);
            if (!sticks_.empty() && random_.chance(0.2)) stick_arrives();
        }
        for (int round = 0; round < 12; ++round)
            for (std::size_t i = world_.offices.size(); i-- > 0;)
                if (world_.offices[i]->parent != nullptr)
                    last_[world_.offices[i].get()] = world_.sync(*world_.offices[i]);
    }

    void check()
    {
        for (const auto& office : world_.offices) {
            INFO("office " << office->unit);
            CHECK(office->one("SELECT count(*) FROM _log WHERE gone = 1") == "0");
            CHECK(office->one("SELECT count(*) FROM _side") == "0");
            CHECK(office->one("SELECT count(*) FROM (SELECT 1 FROM _log GROUP BY tbl, row HAVING max(mask & 1) = 0)") ==
                  "0");  // a part of a row
            CHECK(office->replica->state().repaired_at == 0);
            if (office->parent == nullptr) continue;
            CHECK(last_[office.get()].compared);
            CHECK(last_[office.get()].equal);
            forgotten_ += forgotten_gen(office->replica->db(), 2) != 0 ? 1u : 0u;
        }
        check_losses();
        check_risen();
    }

    std::size_t forgotten() const { return forgotten_; }

private:
    void note_held(Office& office)
    {
        auto rows = office.replica->db().query("SELECT name, phone FROM organization");
        while (rows.step())
            for (int i = 0; i < 2; ++i)
                if (!rows.is_null(i)) held_[&office].insert(rows.text(i));
    }

    void write(Office& office)
    {
        const std::string value = "v" + std::to_string(++values_);
        std::vector<std::string> ids;
        {
            auto rows = office.replica->db().query("SELECT id FROM organization ORDER BY id");
            while (rows.step()) ids.push_back(rows.text(0));
        }
        if (ids.size() < 3 && random_.chance(0.4)) {
            char id[40];
            std::snprintf(id, sizeof id, "01890000-0000-7000-8000-%012zx", ++last_id_);
            const Office& of = random_.chance(0.5) ? office : *world_.offices[random_.below(world_.offices.size())];
            const bool below = office.replica->units().is_within(of.unit, office.unit);
            office.sql("INSERT INTO organization (id, unit, name) VALUES ('" + std::string{id} + "', '" +
                       (below ? of.unit : office.unit) + "', '" + value + "')");
            written_.push_back({id, "name", value, {}});
        } else if (!ids.empty()) {
            const std::string row = ids[random_.below(ids.size())];
            if (random_.chance(0.3)) {
                office.sql("DELETE FROM organization WHERE id = '" + row + "'");
                deletions_.push_back({row, held_[&office]});
                return;
            }
            const std::string column = random_.chance(0.5) ? "name" : "phone";
            const std::string before = office.one("SELECT " + column + " FROM organization WHERE id = '" + row + "'");
            office.sql("UPDATE organization SET " + column + " = '" + value + "' WHERE id = '" + row + "'");
            written_.push_back({row, column, value, before});
        } else {
            return;
        }
        held_[&office].insert(value);
    }

    void exchange(Office& office)
    {
        sync::Limits limits;
        if (random_.chance(0.5)) limits.entries = 1 + random_.below(3);
        const auto request = sync::make_request(*office.replica, limits);
        REQUIRE(request.ok());
        if (random_.chance(0.25)) sticks_.push_back({&office, true, *request});
        if (random_.chance(0.2)) write(office);
        if (random_.chance(0.2)) return;
        arrive(office, *request, limits);
    }

    void arrive(Office& office, const Bytes& request, const sync::Limits& limits)
    {
        const auto answer = sync::answer_request(*office.parent->replica, request, limits);
        INFO("answer to " << office.unit << ": " << (answer.ok() ? "" : answer.refusal().detail));
        REQUIRE(answer.ok());
        note_held(*office.parent);
        if (random_.chance(0.25)) sticks_.push_back({&office, false, *answer});
        if (random_.chance(0.2)) write(office);
        if (random_.chance(0.2)) return;
        finish(office, *answer);
    }

    void finish(Office& office, const Bytes& answer)
    {
        const auto outcome = sync::finish(*office.replica, answer);
        INFO("finish at " << office.unit);
        REQUIRE((outcome.ok() || outcome.refusal().code == Errc::stale_answer));
        note_held(office);
    }

    void stick_arrives()
    {
        const Stick stick = take_any(sticks_, random_);
        if (stick.up)
            arrive(*stick.office, stick.bytes, {});
        else
            finish(*stick.office, stick.bytes);
    }

    void check_losses()
    {
        std::set<std::string> kept;
        auto values = world_.offices.front()->replica->db().query(
            "SELECT winner_value FROM conflict UNION SELECT loser_value FROM conflict UNION SELECT name FROM "
            "organization UNION SELECT phone FROM organization");
        while (values.step())
            if (!values.is_null(0)) kept.insert(values.text(0));
        const std::set<std::string> met = contended();
        for (const Written& old : written_) {
            if (kept.count(old.value) != 0 || met.count(old.row) != 0) continue;
            INFO(old.value << " of " << old.row << "." << old.column);
            const bool replaced = std::any_of(written_.begin(), written_.end(), [&](const Written& newer) {
                return newer.row == old.row && newer.column == old.column && newer.before == old.value;
            });
            const bool deleted = std::any_of(deletions_.begin(), deletions_.end(), [&](const Deletion& deletion) {
                return deletion.row == old.row && deletion.seen.count(old.value) != 0;
            });
            CHECK((replaced || deleted));
        }
    }

    /// Rows whose deletion met an edit: the record names the columns, not the values.
    std::set<std::string> contended()
    {
        std::set<std::string> all;
        auto rows = world_.offices.front()->replica->db().query("SELECT row_id FROM conflict WHERE kind = 'delete'");
        while (rows.step()) all.insert(rows.text(0));
        return all;
    }

    /// Deleted with all of it in sight, and no deletion of it met an edit: it is gone everywhere.
    void check_risen()
    {
        const std::set<std::string> met = contended();
        for (const Deletion& deletion : deletions_) {
            const bool all_seen = std::all_of(written_.begin(), written_.end(), [&](const Written& written) {
                return written.row != deletion.row || deletion.seen.count(written.value) != 0;
            });
            if (!all_seen || met.count(deletion.row) != 0) continue;
            for (const auto& office : world_.offices) {
                INFO(deletion.row << " at " << office->unit);
                CHECK(office->one("SELECT count(*) FROM organization WHERE id = '" + deletion.row + "'") == "0");
            }
        }
    }

    World world_;
    SeededRandom& random_;
    std::map<Office*, std::set<std::string>> held_;
    std::map<Office*, sync::Outcome> last_;
    std::vector<Stick> sticks_;
    std::vector<Written> written_;
    std::vector<Deletion> deletions_;
    std::size_t values_ = 0;
    std::size_t last_id_ = 0;
    std::size_t forgotten_ = 0;
};

}  // namespace

// Would catch: a deletion forgotten before all below or above have heard of it, a row of which only a part came back, tombstones left over.
TEST_CASE("deletions forgotten at once, with messages cut, lost and late: nothing is lost and nothing comes back",
          "[property]")
{
    const auto [from, to] = seeds(100);
    std::size_t forgotten = 0;
    for (std::uint64_t seed = from; seed < to; ++seed) {
        INFO("OCOP_SEED=" << seed);
        Forgetful scenario{seed};
        scenario.run();
        scenario.check();
        forgotten += scenario.forgotten();
    }
    if (to - from > 20) CHECK(forgotten > to - from);
}
