// The administrative tree, and who holds what.

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "node/units.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct Units {
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    UnitTree tree;

    Units()
    {
        db.script("CREATE TABLE admin_unit (id TEXT PRIMARY KEY, code TEXT, name TEXT, kind TEXT, level TEXT, parent "
                  "TEXT, valid_from TEXT, valid_to TEXT)");
    }
    void add(const std::string& id, const std::string& code, const std::string& level, const Value& parent,
             const Value& from = {}, const Value& to = {})
    {
        db.run("INSERT INTO admin_unit VALUES (?, ?, ?, 'k', ?, ?, ?, ?)", id, code, "Tên " + id, level, parent, from,
               to);
    }
};

/// Written from the definition of the audiences, with sets instead of walks.
struct Oracle {
    std::map<std::string, std::set<std::string>> above;  // a unit and all its ancestors
    std::set<std::string> provinces;

    bool holds(const std::string& node, Audience audience, const std::string& unit) const
    {
        const bool ancestor_or_self = above.at(unit).count(node) != 0;
        const bool descendant = above.at(node).count(unit) != 0;
        switch (audience) {
        case Audience::lineage: return ancestor_or_self;
        case Audience::subtree: return ancestor_or_self || descendant;
        default: return ancestor_or_self || descendant || provinces.count(unit) != 0;
        }
    }
};

}  // namespace

// Would catch a read leak: a node that gets rows of a unit outside its scope, or does not get what is its own (F73).
TEST_CASE("F73 who holds which unit's rows agrees with brute force over random trees", "[units][property]")
{
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SeededRandom random{seed};
        Units units;
        Oracle oracle;
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < 30; ++i) {
            const std::string id = std::to_string(random.below(3)) + std::to_string(i);  // ids that begin alike
            const bool root = i == 0 || random.chance(0.03);
            const std::string parent = root ? "" : ids[random.below(ids.size())];
            const char* const levels[] = {"province", "district", "commune"};
            const std::string level = root ? "central" : levels[random.below(3)];
            if (!root && oracle.above[parent].size() > 14) continue;
            units.add(id, id, level, root ? Value{} : Value{parent});
            oracle.above[id] = root ? std::set<std::string>{} : oracle.above[parent];
            oracle.above[id].insert(id);
            if (level == "province") oracle.provinces.insert(id);
            ids.push_back(id);
        }
        units.tree.load(units.db);
        for (const std::string& node : ids)
            for (const std::string& unit : ids)
                for (const Audience audience : {Audience::lineage, Audience::subtree, Audience::line})
                    if (units.tree.holds(node, audience, unit) != oracle.holds(node, audience, unit))
                        FAIL("seed " << seed << ": " << node << " and " << unit << ", audience "
                                     << static_cast<int>(audience));
    }
}

// Would catch rows of an unknown or empty unit leaking to everybody, and a tree with a cycle that hangs the node.
TEST_CASE("unknown units are nobody's and a cycle comes to an end", "[units]")
{
    Units units;
    units.add("VN", "VN", "central", {});
    units.add("a", "1", "commune", Value{std::string{"b"}});
    units.add("b", "2", "district", Value{std::string{"a"}});
    units.tree.load(units.db);
    for (const Audience audience : {Audience::lineage, Audience::subtree, Audience::line}) {
        CHECK_FALSE(units.tree.holds("VN", audience, "nowhere"));
        CHECK_FALSE(units.tree.holds("VN", audience, ""));
        CHECK_FALSE(units.tree.holds("", audience, "VN"));
        CHECK_FALSE(units.tree.holds("VN", audience, "a"));
    }
    CHECK(units.tree.is_within("a", "b"));
    CHECK_FALSE(units.tree.is_within("VN", ""));
    CHECK(units.tree.find("nowhere") == nullptr);
    CHECK_FALSE(units.tree.tier("nowhere").has_value());
    CHECK(units.tree.tier("b") == Tier::district);
    CHECK(units.tree.tier("VN") == Tier::central);
}

// Would catch a code taken for another unit's at another date: one code named three communes within five years.
TEST_CASE("a code is a unit only together with a date", "[units]")
{
    Units units;
    units.add("VN", "VN", "central", {});
    units.add("29338@1945", "29338", "commune", Value{std::string{"VN"}}, {}, Value{std::string{"2020-12-31"}});
    units.add("29338@2020", "29338", "commune", Value{std::string{"VN"}}, Value{std::string{"2020-12-31"}},
              Value{std::string{"2025-07-01"}});
    units.add("29338@2025", "29338", "commune", Value{std::string{"VN"}}, Value{std::string{"2025-07-01"}});
    units.add("845", "845", "district", Value{std::string{"VN"}}, Value{std::string{"1945-09-02"}},
              Value{std::string{"2025-07-01"}});
    units.tree.load(units.db);
    const auto id = [&](const char* code, const char* date) {
        const auto found = units.tree.by_code(code, date);
        return found.ok()                                   ? (*found)->id
               : found.refusal().code == Errc::unknown_unit ? "unknown"
                                                            : "not in force: " + found.refusal().detail;
    };
    CHECK(id("29338", "1990-01-01") == "29338@1945");
    CHECK(id("29338", "2020-12-30") == "29338@1945");
    CHECK(id("29338", "2020-12-31") == "29338@2020");
    CHECK(id("29338", "2025-06-30") == "29338@2020");
    CHECK(id("29338", "2025-07-01") == "29338@2025");
    CHECK(id("29338", "2099-01-01") == "29338@2025");
    CHECK(id("845", "2025-06-30") == "845");
    CHECK(id("845", "2025-07-01").find("1945-09-02..2025-07-01") != std::string::npos);
    CHECK(id("845", "1900-01-01").find("not in force") == 0);
    CHECK(id("0845", "2020-01-01") == "unknown");
    CHECK(id("", "2020-01-01") == "unknown");
}

// Would catch a node that goes on with the tree it knew before a merge, or before another program's write.
TEST_CASE("a replica's units follow every write of admin_unit", "[units]")
{
    World world;
    Office& centre = world.root();
    CHECK(centre.replica->units().all().size() == 1);
    Office& commune = world.child(centre, "29338", "commune");
    CHECK(centre.replica->units().find("29338") != nullptr);
    centre.sql("UPDATE admin_unit SET name = 'Xã Phong Thạnh' WHERE id = '29338'");
    world.settle();
    CHECK(commune.replica->units().find("29338")->name == "Xã Phong Thạnh");
    centre.sql("DELETE FROM admin_unit WHERE id = '29338'");
    CHECK(centre.replica->units().find("29338") == nullptr);
}
