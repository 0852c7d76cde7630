// Restores, clones, swapped files: found out, said, and nothing lost. Random ones are in tests/property/restore_test.cpp.

#include "node/lives.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "node/health.h"
#include "tests/support/rewind.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string unit = "29338";

/// A centre and a commune that exchange in memory.
struct Pair {
    World world{7};
    Office& centre = world.root();
    Office& commune = world.child(centre, unit, "commune");

    static std::string id(int n) { return "01890000-0000-7000-8000-00000000000" + std::to_string(n); }
    void make(Office& office, int n, const std::string& name)
    {
        office.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id(n) + "', '" + unit + "', '" + name +
                   "')");
    }
    void rename(Office& office, int n, const std::string& name)
    {
        office.clock->advance(1000);
        office.sql("UPDATE organization SET name = '" + name + "' WHERE id = '" + id(n) + "'");
    }
    static std::string names(Office& office)
    {
        return office.one("SELECT group_concat(name, ' ') FROM (SELECT name FROM organization ORDER BY id)");
    }
    static bool said(Office& office) { return !look_at(*office.replica).notices.empty(); }
};

std::uint32_t life(Office& office)
{
    office.replica->reload_state();
    return office.replica->state().self.incarnation;
}

/// The folder of a commune whose parent lives in memory.
struct Folder {
    TempDir temporary;
    World world{3};
    Office& centre = world.root();
    std::filesystem::path at = temporary.path() / "commune";
    SeededRandom random{9};
    FakeClock clock;
    Environment environment{&clock, &random};

    Folder()
    {
        centre.sql(
            "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ('29338', '29338', 'Xã "
            "Thạnh Phú', 'Xã', 'commune', 'VN', '2020-12-31')");
        const auto invite = make_invite(*centre.replica, unit, "http://127.0.0.1:1");
        REQUIRE(Replica::create(at, born_of(*invite), environment).ok());
        exchange();
    }
    std::unique_ptr<Replica> open()
    {
        auto opened = Replica::open(at, environment);
        REQUIRE(opened.ok());
        return std::move(*opened);
    }
    void exchange()
    {
        const auto commune = open();
        for (int i = 0; i < 5; ++i) {
            const auto request = sync::make_request(*commune);
            REQUIRE(request.ok());
            const auto answer = sync::answer_request(*centre.replica, *request);
            REQUIRE(answer.ok());
            const auto outcome = sync::finish(*commune, *answer);
            REQUIRE(outcome.ok());
            if (!outcome->more) return;
        }
    }
    void sql(const std::string& text)
    {
        const auto commune = open();
        LocalWrite write{*commune};
        commune->db().script(text);
        write.commit();
    }
    std::uint32_t life() { return open()->state().self.incarnation; }
    void copy(const std::string& from, const std::string& to) const
    {
        std::filesystem::copy_file(at / from, at / to, std::filesystem::copy_options::overwrite_existing);
    }
};

const std::string insert = "INSERT INTO organization (unit, name) VALUES ('29338', '";

}  // namespace

// Would catch places given out twice: what a restored commune writes next would pass for heard and never leave.
TEST_CASE("F20 F21 a commune put back with its witness is found out by its parent", "[lives]")
{
    Pair pair;
    pair.make(pair.commune, 1, "một");
    pair.world.sync(pair.commune);
    const std::string backup = image_of(*pair.commune.replica);
    pair.make(pair.commune, 2, "hai");
    pair.rename(pair.commune, 1, "một-mới");
    pair.world.sync(pair.commune);
    const std::uint32_t before = life(pair.commune);
    put_back(*pair.commune.replica, backup);
    pair.make(pair.commune, 3, "ba");
    pair.world.settle();
    CHECK(life_count(life(pair.commune)) == life_count(before) + 1);
    CHECK(Pair::names(pair.commune) == "một-mới hai ba");
    CHECK(Pair::names(pair.centre) == "một-mới hai ba");
    CHECK(Pair::said(pair.commune));
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch a parent whose children go on from cursors and marks that it has forgotten.
TEST_CASE("F24 a centre put back gets back what its children had heard and sent", "[lives]")
{
    Pair pair;
    pair.make(pair.commune, 1, "một");
    pair.world.settle();
    const std::string backup = image_of(*pair.centre.replica);
    pair.centre.sql(
        "INSERT INTO directive (id, unit, subject) VALUES ('01890000-0000-7000-8000-0000000000d1', 'VN', 'chỉ thị')");
    pair.make(pair.commune, 2, "hai");
    pair.world.settle();
    put_back(*pair.centre.replica, backup);
    pair.centre.sql(
        "INSERT INTO directive (id, unit, subject) VALUES ('01890000-0000-7000-8000-0000000000d2', 'VN', 'sau')");
    pair.make(pair.commune, 3, "ba");
    pair.world.settle();
    CHECK(Pair::names(pair.centre) == "một hai ba");
    CHECK(pair.centre.one("SELECT group_concat(subject) FROM (SELECT subject FROM directive ORDER BY id)") ==
          "chỉ thị,sau");
    CHECK(pair.commune.one("SELECT count(*) FROM directive") == "2");
    CHECK(Pair::said(pair.centre));
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch a link that is dead for good: the centre tells its child to begin anew, the child takes that for the word of a former life.
TEST_CASE("F24 a centre put back a second time, to a later point of its first life", "[lives]")
{
    Pair pair;
    pair.make(pair.commune, 1, "một");
    pair.world.sync(pair.commune);
    const std::string early = image_of(*pair.centre.replica);
    for (int i = 2; i < 6; ++i) {
        pair.make(pair.commune, i, "v" + std::to_string(i));
        pair.world.sync(pair.commune);
    }
    const std::string late = image_of(*pair.centre.replica);  // it has given more tokens than the second life will have
    put_back(*pair.centre.replica, early);
    notice_rewind(*pair.centre.replica);
    pair.make(pair.centre, 7, "bảy");
    pair.world.settle();
    put_back(*pair.centre.replica, late);
    pair.world.settle();
    CHECK(Pair::names(pair.centre) == Pair::names(pair.commune));
    CHECK(Pair::names(pair.centre) == "một v2 v3 v4 v5 bảy");
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch two machines that live on as one node, each taking the other's places for its own.
TEST_CASE("F22 a cloned commune and its original are both served", "[lives]")
{
    Pair pair;
    pair.make(pair.commune, 1, "một");
    pair.world.sync(pair.commune);
    std::string original = image_of(*pair.commune.replica);
    std::string clone = original;
    for (int turn = 0; turn < 6; ++turn) {
        std::string& now = turn % 2 == 0 ? original : clone;
        put_back(*pair.commune.replica, now);
        pair.make(pair.commune, 2 + turn, "tên" + std::to_string(turn));
        pair.world.sync(pair.commune);
        now = image_of(*pair.commune.replica);
    }
    for (std::string* now : {&original, &clone}) {
        put_back(*pair.commune.replica, *now);
        pair.world.sync(pair.commune);
        CHECK(Pair::names(pair.commune) == "một tên0 tên1 tên2 tên3 tên4 tên5");
        CHECK(pair.world.sync(pair.commune).equal);
    }
    CHECK(Pair::names(pair.centre) == "một tên0 tên1 tên2 tên3 tên4 tên5");
}

// Would catch a bad line that looks like a rewind: every lost answer would cost a new life and needless bytes.
TEST_CASE("F40 lost answers, late and repeated requests begin no new life", "[lives]")
{
    Pair pair;
    const std::uint32_t before = life(pair.commune);
    std::vector<Bytes> requests;
    for (int i = 0; i < 12; ++i) {
        pair.rename(pair.centre, 1, std::to_string(i));
        if (i == 0) pair.make(pair.commune, 1, "một");
        requests.push_back(*sync::make_request(*pair.commune.replica));
        if (i % 3 == 0) REQUIRE(sync::answer_request(*pair.centre.replica, requests.back()).ok());
    }
    pair.world.sync(pair.commune);
    for (const Bytes& late : requests) {
        const auto answer = sync::answer_request(*pair.centre.replica, late);
        REQUIRE(answer.ok());
        const auto outcome = sync::finish(*pair.commune.replica, *answer);
        CHECK((outcome.ok() || outcome.refusal().code == Errc::stale_answer));
    }
    pair.world.settle();
    CHECK(life(pair.commune) == before);
    CHECK(pair.world.sync(pair.commune).equal);
}

// Would catch divergence that nobody mends: the digests say it, and then nothing happens.
TEST_CASE("unequal digests make the child compare everything, once a day at most", "[lives]")
{
    Pair pair;
    pair.make(pair.commune, 1, "một");
    pair.make(pair.commune, 2, "hai");
    pair.world.settle();
    {
        // As a bug of ours or a bad disk might: it believes that the parent said what the parent does not know.
        Transaction transaction{*pair.commune.replica};
        LogRow row = transaction.log().row(2, Pair::id(2));
        row.put({0, 4, false, {9, 1, pair.centre.replica->state().self}, via_parent, 1, 0});
        row.close();
        transaction.commit();
    }
    CHECK(!pair.world.sync(pair.commune).equal);
    pair.world.sync(pair.commune);
    CHECK(pair.world.sync(pair.commune).equal);
    CHECK(Pair::said(pair.commune));
}

// Would catch a restored file that is written to before anybody notices.
TEST_CASE("F20 F27 a database put back beside its witness begins a new life when it is opened", "[lives]")
{
    Folder folder;
    const std::uint32_t before = folder.life();
    folder.copy("replica.db", "backup");
    folder.sql(insert + "mất')");
    folder.exchange();
    folder.copy("backup", "replica.db");
    std::filesystem::remove(folder.at / "replica.db-wal");
    CHECK(life_count(folder.life()) == life_count(before) + 1);
    CHECK(folder.life() == folder.life());
    folder.sql(insert + "sau')");
    folder.exchange();
    const auto commune = folder.open();
    auto names = commune->db().query("SELECT group_concat(name) FROM (SELECT name FROM organization ORDER BY name)");
    REQUIRE(names.step());
    CHECK(names.text(0) == "mất,sau");
}

// Would catch a crash between commit and witness taken for a rewind, or a rewind for a crash.
TEST_CASE("F11 F26 F27 the witness: a crash is none, anything else is a rewind", "[lives]")
{
    Folder folder;
    const auto witness = folder.at / "witness";
    const std::uint32_t before = folder.life();
    folder.copy("witness", "old");
    const auto rewritten = [&](const std::string& from, const std::string& to) {
        std::ifstream in{witness};
        std::string text{std::istreambuf_iterator<char>{in}, {}};
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, text.find('\n', at) - at, to);
        in.close();
        std::ofstream{witness} << text;
    };
    SECTION("the process died between commit and witness")
    {
        {
            REQUIRE(sync::make_request(*folder.open()).ok());
        }
        folder.copy("old", "witness");
        CHECK(folder.life() == before);
    }
    SECTION("an old witness")
    {
        folder.exchange();
        folder.exchange();
        folder.copy("old", "witness");
        CHECK(folder.life() != before);
    }
    SECTION("no witness")
    {
        std::filesystem::remove(witness);
        CHECK(folder.life() != before);
    }
    SECTION("an empty witness")
    {
        std::filesystem::resize_file(witness, 0);
        CHECK(folder.life() != before);
    }
    SECTION("another node's witness")
    {
        rewritten("node ", "node 00112233445566778899aabbccddeeff");
        CHECK(folder.life() != before);
    }
    SECTION("another machine's witness")
    {
        rewritten("machine ", "machine 00112233445566778899aabbccddeeff");
        CHECK(folder.life() != before);
    }
}

// Would catch lines compared only in their numbers, or a fork counted beyond what both remember.
TEST_CASE("lines: what two lives have in common", "[lives]")
{
    const Line first{{}, 1};
    const Line second{{{1, 10, 8, 5, 1}}, 70000};
    const Line third{{{1, 7, 6, 4, 1}}, 80000};
    CHECK(common(first, first).places == UINT64_MAX);
    CHECK(common(first, second).places == 10);
    CHECK(common(first, second).acked == 8);
    CHECK(common(second, third).places == 7);
    CHECK(common(first, Line{{}, 2}).places == 0);
    CHECK(parted(first, second) == 1);
    CHECK(!parted(second, second));
    CHECK(!parted(Line{{}, 2}, second));
    CHECK(is_former(first, second));
    CHECK(!is_former(second, first));
    CHECK(ended_lives(to_bytes(second.ended)) == second.ended);
    CHECK(life_count(next_life(1, 5)) == 1);
    CHECK(next_life(next_life(1, 0xffff), 0) > next_life(1, 0xffff));
}
