// A replica as files: what is refused, by name, and never harmed.

#include <catch2/catch.hpp>

#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

struct Place {
    TempDir dir;
    FakeClock clock;
    SeededRandom random{5};
    Environment environment{&clock, &random};
    std::filesystem::path file = dir.path() / "replica.db";

    Result<std::unique_ptr<Replica>> create()
    {
        return Replica::create(dir.path(), NewNode{"VN", {}, {}, {}, {}}, environment);
    }
    Result<std::unique_ptr<Replica>> open() { return Replica::open(dir.path(), environment); }
    Errc refused()
    {
        const auto opened = open();
        REQUIRE_FALSE(opened.ok());
        return opened.refusal().code;
    }
    std::string bytes() const
    {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& content) const { std::ofstream(file, std::ios::binary) << content; }
};

}  // namespace

// Would catch a node that loses its identity, counters or rows from one start to the next.
TEST_CASE("a replica is created once and opened again as the same node", "[replica]")
{
    Place at;
    CHECK(at.refused() == Errc::no_node);
    State born;
    {
        auto made = at.create();
        REQUIRE(made.ok());
        (*made)->db().script("INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'Việt Nam', "
                             "'Trung ương', 'central')");
        Transaction{**made}.commit();
        born = (*made)->state();
        CHECK((*made)->db().query("PRAGMA journal_mode").step());
    }
    const auto permissions = std::filesystem::status(at.dir.path() / "node.key").permissions();
    CHECK((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
          std::filesystem::perms::none);
    const auto again = at.open();
    REQUIRE(again.ok());
    CHECK((*again)->state().self == born.self);
    CHECK((*again)->state().tree_key == born.tree_key);
    CHECK((*again)->state().lsn == 1);
    CHECK(verify(**again).log_matches_tables);
    CHECK(verify(**again).digest_matches_log);
}

// Would catch a second `init` that overwrites a key or a database, whichever of the two is there.
TEST_CASE("creating over a node is refused and changes nothing", "[replica]")
{
    Place at;
    REQUIRE(at.create().ok());
    const std::string before = at.bytes();
    const std::string gone = GENERATE("none", "node.key", "replica.db");
    std::filesystem::remove(at.dir.path() / gone);
    const auto again = at.create();
    REQUIRE_FALSE(again.ok());
    CHECK(again.refusal().code == Errc::node_exists);
    if (gone != "replica.db") CHECK(at.bytes() == before);
}

// Would catch an old release that writes into a database it does not understand.
TEST_CASE("F48 a database of a newer release is refused unharmed", "[replica]")
{
    Place at;
    REQUIRE(at.create().ok());
    REQUIRE(shell(at.dir.path(), "PRAGMA user_version = 900; PRAGMA journal_mode = DELETE;") == "delete\n");
    const std::string before = at.bytes();
    CHECK(at.refused() == Errc::newer_database);
    CHECK(at.bytes() == before);
}

// Would catch an exception or a crash, where a person needs to hear that this file is damaged or not a replica.
TEST_CASE("a file that is damaged or not ours is refused by name and unharmed", "[replica]")
{
    Place at;
    REQUIRE(at.create().ok());
    REQUIRE(shell(at.dir.path(), "PRAGMA journal_mode = DELETE;") == "delete\n");
    const std::string whole = at.bytes();
    std::string content;
    SECTION("random bytes")
    {
        content.resize(40'000);
        at.random.fill(content.data(), content.size());
    }
    SECTION("no bytes at all") {}
    SECTION("one byte")
    {
        content = "x";
    }
    SECTION("cut inside the header")
    {
        content = whole.substr(0, 60);
    }
    SECTION("cut after the first page")
    {
        content = whole.substr(0, 4096);
    }
    SECTION("cut in the middle of a page")
    {
        content = whole.substr(0, 10'000);
    }
    SECTION("the header overwritten")
    {
        content = "SQLite format 4" + whole.substr(15);
    }
    SECTION("the schema overwritten")
    {
        content = whole.substr(0, 100) + std::string(whole.size() - 100, '\xff');
    }
    SECTION("another program's database")
    {
        std::filesystem::remove(at.file);
        REQUIRE(shell(at.dir.path(), "CREATE TABLE t (x); PRAGMA application_id = 252006673;") == "");
        content = at.bytes();
    }
    SECTION("a plain database without an owner")
    {
        std::filesystem::remove(at.file);
        REQUIRE(shell(at.dir.path(), "CREATE TABLE t (x);") == "");
        content = at.bytes();
    }
    at.write(content);
    CHECK(at.refused() == Errc::corrupt_database);
    CHECK(at.bytes() == content);
}

// Would catch a damaged page met only later, in the middle of an exchange, that ends the process instead of the exchange.
TEST_CASE("damage anywhere in the file is a named refusal or an exception, never a crash", "[replica]")
{
    Place at;
    {
        auto made = at.create();
        REQUIRE(made.ok());
        (*made)->db().script("INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'Việt Nam', "
                             "'Trung ương', 'central')");
    }
    REQUIRE(shell(at.dir.path(), "PRAGMA journal_mode = DELETE;") == "delete\n");
    const std::string whole = at.bytes();
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        std::string content = whole;
        for (std::size_t j = 0, place = at.random.below(whole.size() - 64); j < 64; ++j)
            content[place + j] = static_cast<char>(at.random.next());
        std::filesystem::remove(at.dir.path() / "replica.db-wal");
        std::filesystem::remove(at.dir.path() / "replica.db-shm");
        at.write(content);
        try {
            const auto opened = at.open();
            if (!opened.ok()) {
                ++refused;
                continue;
            }
            (void)verify(**opened);
        } catch (const std::exception&) {
            ++refused;
        }
    }
    CHECK(refused > 0);
}

// Would catch a writer's transaction that stays open after an exception, and a local write that is half kept.
TEST_CASE("what is not committed leaves nothing", "[replica]")
{
    Place at;
    auto made = at.create();
    REQUIRE(made.ok());
    Replica& replica = **made;
    {
        LocalWrite write{replica};
        replica.db().script(
            "INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'n', 'k', 'central')");
    }
    try {
        Transaction transaction{replica};
        replica.db().script(
            "INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'n', 'k', 'central')");
        replica.db().script("no such statement");
    } catch (const sqlite::Error&) {
    }
    CHECK_FALSE(replica.db().in_transaction());
    CHECK(replica.db().query("SELECT 1 FROM _state WHERE lsn = 0").step());
    CHECK_FALSE(replica.db().query("SELECT 1 FROM admin_unit").step());
    CHECK_FALSE(replica.db().query("SELECT 1 FROM _pending").step());
    CHECK(shell(at.dir.path(),
                "INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('VN', 'VN', 'n', 'k', 'central');") ==
          "");
    LocalWrite{replica}.commit();
    CHECK(replica.units().all().size() == 1);
}
