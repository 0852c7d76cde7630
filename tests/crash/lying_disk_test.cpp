// A disk that acknowledges syncs and does none, and then the power fails (F04). Nothing can prevent the loss; promised is that it is loud,
// and that what was damaged is not passed on.
//
// Not yet noticed is a lost sector within one value of one row: nothing in the file says what the value was. Of 1,500 damages sampled so, 554
// were refused, 272 complained of by `verify`, 673 healed by the neighbour, one was of that kind, and one more went on to the parent.
#include <catch2/catch.hpp>

#include <set>
#include <sstream>

#include "tests/crash/crash_vfs.h"
#include "tests/crash/stage.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct Outcomes {
    int refused = 0, complained = 0, healed = 0, within_a_value = 0;
};

using Rows = std::set<std::string>;

void add_rows(Stage& stage, int node, Rows& rows)
{
    for (const char* table : {"organization", "product"}) {
        std::istringstream lines{dump(stage.at(node), table)};
        for (std::string line; std::getline(lines, line);) rows.insert(line);
    }
}

/// A day of the commune: edits, exchanges and checkpoints. `truth`: every row as it ever was.
void live_a_day(Stage& stage, Rows& truth)
{
    stage.at(below).db().checkpoint_every(8);
    add_rows(stage, below, truth);
    for (const char* name : {"Một", "Hai", "Ba", "Bốn"}) {
        const std::string text = name;
        stage.sql(below, "UPDATE product SET name = '" + text + "', note = '" + text + "'");
        stage.sql(below, "INSERT INTO organization (unit, name, note) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
                         "SELECT i + 1 FROM n WHERE i < 12) SELECT '29338', 'Hộ ' || i, hex(zeroblob(200)) FROM n");
        add_rows(stage, below, truth);
        if (text != "Bốn") stage.exchange(below);
    }
}

/// What comes of one damage.
void judge(const Image& image, const std::filesystem::path& home, std::uint64_t seed, const Rows& truth,
           Outcomes& outcomes)
{
    INFO("damage " << seed);
    CrashDisk disk{image};
    Stage stage{disk, home, seed};
    try {
        if (!complaint_of(stage.at(below)).empty())
            ++outcomes.complained;
        else
            ++(converge(stage).empty() ? outcomes.healed : outcomes.within_a_value);
    } catch (const std::exception&) {
        ++outcomes.refused;
    }
    Rows parent;
    add_rows(stage, centre, parent);
    std::string untrue;
    for (const std::string& row : parent)
        if (!truth.contains(row)) untrue = row;
    CHECK(untrue.empty());
    CHECK(complaint_of(stage.at(centre)).empty());
    stage.close_all();
    use_crash_disk(nullptr);
}

}  // namespace

// Would catch a node that opens what a lying disk left, dies of an "internal check" on the way, or sends what is left to its parent.
TEST_CASE("F04 what a lying disk lost is refused, complained of or healed, and the parent learns nothing untrue",
          "[crash]")
{
    const TempDir home;
    CrashDisk disk{ground("pair", home.path())};
    Rows truth;
    {
        Stage stage{disk, home.path(), 5};
        live_a_day(stage, truth);
    }
    use_crash_disk(nullptr);
    const std::string victim = (home.path() / "below").string();
    Outcomes outcomes;
    SeededRandom random{11};
    const std::size_t all = disk.trace().size();
    constexpr int damages = 60;
    for (int i = 0; i < damages; ++i) {
        PowerCut cut{disk, victim, true};
        cut.walk_to(all - random.below(all / 2));
        judge(cut.sample(random), home.path(), static_cast<std::uint64_t>(i) + 1, truth, outcomes);
    }
    CHECK(outcomes.refused > damages / 10);
    CHECK(outcomes.complained > damages / 20);
    CHECK(outcomes.healed > damages / 10);
    CHECK(outcomes.within_a_value <= 1);
}
