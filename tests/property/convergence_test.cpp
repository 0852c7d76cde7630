// Property tests of the exchange on the real model, from a seed.
//
//   (a) pure merge: the same changes in any order, with repetition, give equal rows and digests;
//   (b) random trees with edits, deletions, clashing unique values and references to deleted rows, exchanged in any order with small batches,
//       lost answers and late sticks, until quiet: equal rows, digests and conflict sets, nothing unsound.
//
// OCOP_SEEDS=N runs more seeds; OCOP_SEED=S runs one.

#include <algorithm>
#include <catch2/catch.hpp>

#include "node/merge.h"
#include "node/outbox.h"
#include "tests/support/equal.h"
#include "tests/support/random_tree.h"

using namespace ocop;
using namespace ocop::test;

namespace {

class Scenario {
public:
    explicit Scenario(std::uint64_t seed) : world_(seed), random_(world_.random)
    {
        grow_tree(world_, 2 + random_.below(5));
        set_clocks(world_);
    }

    void run()
    {
        Mail mail{world_, [this](Office& office) { write(office); }};
        for (std::size_t left = 30 + random_.below(120); left > 0; --left) mail.step();
        world_.settle();
        world_.settle();
    }

    World& world() { return world_; }

private:
    std::string pick(Office& office, const std::string& table)
    {
        auto rows = office.replica->db().query("SELECT id FROM \"" + table + "\" ORDER BY id");
        std::vector<std::string> ids;
        while (rows.step()) ids.push_back(rows.text(0));
        return ids.empty() ? std::string{} : ids[random_.below(ids.size())];
    }

    std::string id()
    {
        char text[40];
        std::snprintf(text, sizeof text, "01890000-0000-7000-8000-%012llx",
                      static_cast<unsigned long long>(++last_id_));
        return text;
    }

    void write(Office& office)
    {
        const std::string value = "v" + std::to_string(++values_);
        const std::string organization = pick(office, "organization");
        const std::string product = pick(office, "product");
        // Below or at this office's unit: what it may write.
        const std::string unit = office.one("WITH RECURSIVE below(id) AS (SELECT '" + office.unit +
                                            "' UNION SELECT a.id FROM admin_unit a JOIN below b ON a.parent = b.id) "
                                            "SELECT id FROM below ORDER BY (id || '" +
                                            value + "') LIMIT 1 OFFSET " + std::to_string(random_.below(2)));
        const std::string where = unit == "(none)" ? office.unit : unit;
        std::string sql;
        switch (random_.below(9)) {
        case 0:
        case 1:
            sql = "INSERT INTO organization (id, unit, name) VALUES ('" + id() + "', '" + where + "', '" + value + "')";
            break;
        case 2: sql = "UPDATE organization SET name = '" + value + "' WHERE id = '" + organization + "'"; break;
        case 3:
            sql = "UPDATE organization SET phone = '" + value + "', village = '" + value + "' WHERE id = '" +
                  organization + "'";
            break;
        case 4:
        case 5: {
            const std::string code = "'c" + std::to_string(random_.below(3)) + "'";
            sql = "INSERT OR IGNORE INTO product (id, unit, organization, name, product_code) SELECT '" + id() +
                  "', unit, id, '" + value + "', " + (random_.chance(0.5) ? code : "NULL") +
                  " FROM organization WHERE id = '" + organization + "'";
            break;
        }
        case 6:
            sql = "UPDATE OR IGNORE product SET product_code = 'c" + std::to_string(random_.below(3)) + "', name = '" +
                  value + "' WHERE id = '" + product + "'";
            break;
        case 7: sql = "DELETE FROM product WHERE id = '" + product + "'"; break;
        default:
            sql = "DELETE FROM organization WHERE id = '" + organization +
                  "' AND NOT EXISTS (SELECT 1 FROM product p WHERE p.organization = organization.id)";
        }
        office.sql(sql);
    }

    World world_;
    SeededRandom& random_;
    std::uint64_t last_id_ = 0;
    std::uint64_t values_ = 0;
};

void check_equal(World& world)
{
    for (const auto& office : world.offices) {
        INFO("office " << office->unit);
        for (const char* table : {"admin_unit", "organization", "product", "conflict"}) {
            INFO("table " << table);
            CHECK(dump(*office->replica, table) == scoped(world, table, office->unit));
        }
        const Verification found = verify(*office->replica);
        CHECK(found.log_matches_tables);
        for (const std::string& difference : found.differences) UNSCOPED_INFO(difference);
        CHECK(found.digest_matches_log);
        if (office->parent == nullptr) continue;
        CHECK(found.compared);
        CHECK(found.equal);
        CHECK(found.digest == scope_digest(*office->parent->replica, office->unit));
        CHECK(versions(*office->replica, office->unit) == versions(*office->parent->replica, office->unit));
        CHECK(look_at(*office->replica).withheld.empty());
    }
}

}  // namespace

// Would catch any schedule of edits, deletions, clashes, lost messages and late sticks after which two nodes differ.
TEST_CASE("F42 F47 random trees converge: rows, digests and conflicts", "[property]")
{
    const auto [from, to] = seeds(60);
    for (std::uint64_t seed = from; seed < to; ++seed) {
        INFO("seed " << seed);
        Scenario scenario{seed};
        scenario.run();
        check_equal(scenario.world());
    }
}

namespace {

/// Three offices of one unit that edit the same rows and never meet; every version any of them ever made, as changes.
std::vector<Change> versions_of_three_authors(std::uint64_t seed, const std::string& tree_key)
{
    SeededRandom random{seed};
    std::vector<Change> all;
    for (int author = 0; author < 3; ++author) {
        FakeClock clock{1'600'000'000'000 + static_cast<std::int64_t>(random.below(1000))};
        NewNode born;
        born.unit = "VN";
        born.tree_key = tree_key;
        auto replica = Replica::in_memory(ocop_model(), ocop_migrations(), born, {&clock, &random});
        replica->db().script("PRAGMA foreign_keys = OFF");  // the unit's own row is not what is tested
        std::uint64_t told = 0;
        for (int i = 0; i < 10; ++i) {
            const std::string id = "'01890000-0000-7000-8000-00000000000" + std::to_string(random.below(4)) + "'";
            const std::string value = "'a" + std::to_string(author) + "-" + std::to_string(i) + "'";
            clock.advance(static_cast<std::int64_t>(random.below(50)));
            replica->db().script(random.chance(0.15) ? "DELETE FROM organization WHERE id = " + id
                                 : random.chance(0.5)
                                     ? "INSERT OR IGNORE INTO organization (id, unit, name) VALUES (" + id +
                                           ", 'VN', " + value + ")"
                                     : "UPDATE organization SET " + std::string{random.chance(0.5) ? "name" : "phone"} +
                                           " = " + value + " WHERE id = " + id);
            Transaction reading{*replica};
            const Batch batch = read_log(reading.log(), {told, 99, "VN", SIZE_MAX, SIZE_MAX});
            all.insert(all.end(), batch.changes.begin(), batch.changes.end());
            told = batch.top;
            reading.commit();
        }
    }
    return all;
}

}  // namespace

// Would catch a merge whose result depends on the order or number of arrivals.
TEST_CASE("F42 the same changes in any order, repeated, give equal rows and digests", "[property]")
{
    const auto [from, to] = seeds(60);
    const std::string tree_key(16, 'k');
    for (std::uint64_t seed = from; seed < to; ++seed) {
        INFO("seed " << seed);
        const std::vector<Change> versions = versions_of_three_authors(seed, tree_key);
        SeededRandom random{seed};
        std::string rows;
        Digest digest;
        for (int attempt = 0; attempt < 4; ++attempt) {
            std::vector<Change> changes = versions;
            for (std::size_t i = 0; attempt > 0 && i < versions.size(); ++i)
                changes.push_back(versions[random.below(versions.size())]);
            for (std::size_t i = changes.size(); attempt > 0 && i > 1; --i)
                std::swap(changes[i - 1], changes[random.below(i)]);
            NewNode born;
            born.unit = "VN";
            born.tree_key = tree_key;
            FakeClock clock;
            SeededRandom same{7};  // one and the same node at every attempt
            auto replica = Replica::in_memory(ocop_model(), ocop_migrations(), born, {&clock, &same});
            replica->db().script(
                "INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'Việt Nam', '', 'central')");
            Transaction merging{*replica};
            Merge merge{merging.log(), Sender{}};
            merge.take(changes);
            merge.repair();
            merging.commit();
            if (attempt == 0) {
                rows = dump(*replica, "organization");
                digest = scope_digest(*replica, "VN");
            }
            CHECK(dump(*replica, "organization") == rows);
            CHECK(scope_digest(*replica, "VN") == digest);
            CHECK(verify(*replica).sound());
        }
    }
}
