// History: what no longer stands, chained; the life of a row; undo.

#include <catch2/catch.hpp>

#include <algorithm>

#include "node/history.h"
#include "node/row_history.h"
#include "node/undo.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

const std::string a = "01890000-0000-7000-8000-00000000000a";
const std::string b = "01890000-0000-7000-8000-00000000000b";
const std::string p = "01890000-0000-7000-8000-0000000000a1";

void seal_now(Office& office)
{
    Transaction{*office.replica}.commit();
}

struct Country {
    World world;
    Office& centre = world.root();
    Office& province = world.child(centre, "84", "province");
    Office& commune = world.child(province, "29338", "commune");

    Country()
    {
        add(a, "A");
        world.settle();
    }

    void add(const std::string& id, const std::string& name)
    {
        commune.sql("INSERT INTO organization (id, unit, name) VALUES ('" + id + "', '29338', '" + name + "')");
    }
    void set(Office& office, const std::string& id, const std::string& column, const std::string& value)
    {
        office.clock->advance(1000);
        office.sql("UPDATE organization SET " + column + " = '" + value + "' WHERE id = '" + id + "'");
        seal_now(office);
    }
};

std::string text_of(const std::optional<std::vector<Cell>>& cells)
{
    if (!cells) return "?";
    const auto* text = std::get_if<std::string>(&cells->front().value);
    return text != nullptr ? *text : "-";
}

/// "what from>to via" of each event that touched the column of this bit, oldest first.
std::string life(Office& office, const std::string& row, int bit, const std::string& table = "organization")
{
    Transaction transaction{*office.replica};
    const TableInfo& info = *office.replica->catalog().table(std::string_view{table});
    std::string text;
    for (const RowEvent& event : row_history(transaction.log(), info, row)) {
        constexpr const char* names[] = {"edited", "created", "deleted", "lost", "evicted"};
        for (const ColumnChange& change : event.columns)
            if (change.bit == bit)
                text += std::string(names[static_cast<std::size_t>(event.what)]) + " " + text_of(change.from) + ">" +
                        text_of(change.to) + " " + std::to_string(event.via) + "; ";
    }
    transaction.commit();
    return text;
}

constexpr int name_bit = 2;
constexpr int phone_bit = 8;

std::vector<Undone> undo(Office& office, std::uint64_t batch)
{
    seal_now(office);
    LocalWrite write{*office.replica};
    auto lines = undo_batch(*office.replica, "2020-12-31", batch);
    REQUIRE(lines.ok());
    write.commit();
    seal_now(office);
    return *lines;
}

std::uint64_t batch_of_last_seal(Office& office)
{
    seal_now(office);
    return last_batch(*office.replica);
}

std::size_t count(const std::vector<Undone>& lines, Undone::What what)
{
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [what](const Undone& line) { return line.what == what; }));
}

}  // namespace

// Would catch a sealed value that nobody can find any more once a later one has taken its place, here or on a node it went through.
TEST_CASE("every version that stood is found with its value, its author and its way", "[history]")
{
    Country at;
    at.set(at.commune, a, "name", "B");
    at.set(at.commune, a, "phone", "1");
    at.set(at.commune, a, "name", "C");
    at.world.settle();
    CHECK(life(at.commune, a, name_bit) == "created ?>A 0; edited A>B 0; edited B>C 0; ");
    CHECK(life(at.commune, a, phone_bit) == "created ?>-"
                                            " 0; edited ->1 0; ");
    at.set(at.province, a, "name", "D");
    at.world.settle();
    CHECK(life(at.commune, a, name_bit) == "created ?>A 0; edited A>B 0; edited B>C 0; edited C>D 1; ");
    CHECK(life(at.province, a, name_bit) == "created ?>A 2; edited A>C 2; edited C>D 0; ");  // B was never sent
    CHECK(life(at.centre, a, name_bit) == "created ?>A 2; edited A>C 2; edited C>D 2; ");
    for (const auto& office : at.world.offices) CHECK(verify(*office->replica).sound());
}

// Would catch an old value read after the write, or only from the last of several writes between two seals.
TEST_CASE("of many writes between two seals history has what the log named before, in any form of writing", "[history]")
{
    Country at;
    at.set(at.commune, a, "name", "B");
    at.commune.sql("UPDATE organization SET name = 'x', phone = '7' WHERE id = '" + a + "'");
    at.commune.sql("UPDATE organization SET name = 'y'");
    at.commune.sql("INSERT OR REPLACE INTO organization (id, unit, name) VALUES ('" + a + "', '29338', 'z')");
    seal_now(at.commune);
    CHECK(life(at.commune, a, name_bit) == "created ?>A 0; edited A>B 0; edited B>z 0; ");
    at.commune.sql("UPDATE organization SET name = 'w'; DELETE FROM organization");
    seal_now(at.commune);
    CHECK(life(at.commune, a, name_bit) == "created ?>A 0; edited A>B 0; edited B>z 0; edited z>w 0; deleted w>? 0; ");
    at.add(a, "again");
    seal_now(at.commune);
    CHECK(life(at.commune, a, name_bit) ==
          "created ?>A 0; edited A>B 0; edited B>z 0; edited z>w 0; deleted w>? 0; created w>again 0; ");
}

// Would catch a value that lost a merge and is gone once its conflict has been settled and removed.
TEST_CASE("what lost a merge is in the history of whoever saw it lose", "[history]")
{
    Country at;
    at.set(at.province, a, "name", "P1");
    at.set(at.province, a, "name", "P2");
    at.set(at.commune, a, "name", "mine");
    at.world.settle();
    CHECK(life(at.province, a, name_bit).find("lost ?>mine 2; ") != std::string::npos);
    CHECK(life(at.commune, a, name_bit) == "created ?>A 0; edited A>mine 0; edited mine>P2 1; ");
    at.world.settle();
    CHECK(life(at.province, a, name_bit).find("lost") == life(at.province, a, name_bit).rfind("lost"));  // once
}

// Would catch history that a program may quietly change, shorten at the end, or cut a piece out of.
TEST_CASE("an altered chunk, a missing one and a cut tail are named", "[history]")
{
    Country at;
    for (int i = 0; i < 6; ++i) at.set(at.commune, a, "name", "n" + std::to_string(i));
    sqlite::Connection& db = at.commune.replica->db();
    CHECK(verify_history(db).chunks == 6);
    CHECK(verify_history(db).sound());
    CHECK_THROWS(db.script("DELETE FROM _history WHERE seq = 6"));  // a program is told
    CHECK_THROWS(db.script("UPDATE _history SET at = 0"));
    db.enable_triggers(false);
    db.script("BEGIN; UPDATE _history SET at = at + 1 WHERE seq = 3");
    CHECK(verify_history(db).complaint == "_history 3: altered");
    db.script("ROLLBACK; BEGIN; UPDATE _history SET body = replace(body, 'n1', 'n9') WHERE seq = 3");
    CHECK(verify_history(db).complaint == "_history 3: altered");
    db.script("ROLLBACK; BEGIN; DELETE FROM _history WHERE seq = 2");
    CHECK(verify_history(db).complaint == "_history 2: missing");
    db.script("ROLLBACK; BEGIN; DELETE FROM _history WHERE seq >= 5");
    CHECK(verify_history(db).complaint == "_history 5: missing");
    CHECK_FALSE(verify_history(db).sound());
    db.script("ROLLBACK");
    db.enable_triggers(true);
    CHECK(verify(*at.commune.replica).sound());
}

// Would catch pruning that breaks the chain, or takes what is not old.
TEST_CASE("pruning takes the old off the front and the rest can still be verified", "[history]")
{
    Country at;
    const std::int64_t start = at.commune.clock->now_ms();
    for (int i = 0; i < 6; ++i) at.set(at.commune, a, "name", "n" + std::to_string(i));
    sqlite::Connection& db = at.commune.replica->db();
    {
        Transaction transaction{*at.commune.replica};
        CHECK(prune_history(*at.commune.replica, start + 3500) == 3);
        CHECK(prune_history(*at.commune.replica, start + 3500) == 0);
        transaction.commit();
    }
    CHECK(verify_history(db).chunks == 3);
    CHECK(verify_history(db).pruned == 3);
    CHECK(verify_history(db).sound());
    at.set(at.commune, a, "name", "last");
    CHECK(verify_history(db).sound());
    CHECK(life(at.commune, a, name_bit) ==
          "edited ?>n2 0; edited n2>n3 0; edited n3>n4 0; edited n4>n5 0; edited n5>last 0; ");
}

// Would catch a mistake in bulk that only a backup could mend.
TEST_CASE("F85 a mass delete by mistake is undone, here and everywhere it went", "[history]")
{
    Country at;
    for (int i = 0; i < 50; ++i) {
        char id[40];
        std::snprintf(id, sizeof id, "01890000-0000-7000-8000-%012d", 1000 + i);
        at.add(id, "HTX " + std::to_string(i));
        at.commune.sql("INSERT INTO product (unit, organization, name) VALUES ('29338', '" + std::string(id) +
                       "', 'Dừa sáp')");
    }
    at.world.settle();
    const std::string organizations = dump(*at.commune.replica, "organization");
    const std::string products = dump(*at.commune.replica, "product");
    at.commune.sql("DELETE FROM product; DELETE FROM organization");
    const std::uint64_t batch = batch_of_last_seal(at.commune);
    at.world.settle();
    CHECK(at.centre.one("SELECT count(*) FROM organization") == "0");
    const auto lines = undo(at.commune, batch);
    CHECK(count(lines, Undone::What::brought_back) == 101);
    CHECK(lines.size() == 101);
    at.world.settle();
    for (const auto& office : at.world.offices) {
        CHECK(dump(*office->replica, "organization") == organizations);
        CHECK(dump(*office->replica, "product") == products);
        CHECK(verify(*office->replica).sound());
    }
}

// Would catch an undo that tramples on what somebody has done since.
TEST_CASE("F85 undo puts back only what nobody has edited since, and names the rest", "[history]")
{
    Country at;
    at.add(b, "B");
    at.world.settle();
    at.commune.sql("UPDATE organization SET name = name || '!', phone = '0'");
    const std::uint64_t batch = batch_of_last_seal(at.commune);
    at.world.settle();
    at.set(at.province, b, "name", "tỉnh sửa");
    at.world.settle();
    at.commune.sql("UPDATE organization SET phone = 'unsealed' WHERE id = '" + a + "'");
    const auto lines = undo(at.commune, batch);
    CHECK(at.commune.one("SELECT group_concat(name || ':' || coalesce(phone, '-'), ' ') FROM (SELECT * FROM "
                         "organization ORDER BY id)") == "A:unsealed tỉnh sửa:-");
    CHECK(count(lines, Undone::What::restored) == 2);
    CHECK(count(lines, Undone::What::edited_since) == 2);
    at.world.settle();
    CHECK(at.centre.one("SELECT name FROM organization WHERE id = '" + a + "'") == "A");
}

// Would catch a wrong import that has to be removed row by row, or an undo that removes rows others have worked on since.
TEST_CASE("F85 the rows a batch added go again, but not those edited or referred to since", "[history]")
{
    Country at;
    at.add(b, "B");
    at.add(p, "C");
    const std::uint64_t batch = batch_of_last_seal(at.commune);
    at.world.settle();
    at.set(at.province, b, "phone", "1");
    at.world.settle();
    const auto lines = undo(at.commune, batch);
    CHECK(at.commune.one("SELECT group_concat(name, ' ') FROM (SELECT name FROM organization ORDER BY id)") == "A B");
    CHECK(count(lines, Undone::What::removed) == 1);
    CHECK(count(lines, Undone::What::edited_since) == 1);
    const auto again = undo(at.commune, batch_of_last_seal(at.commune));  // the undo is a batch like any other
    CHECK(count(again, Undone::What::brought_back) == 1);
    CHECK(at.commune.one("SELECT count(*) FROM organization") == "3");
}

// Would catch an undo that writes what its office may not write.
TEST_CASE("undo asks who may write what, and one row's last change can be taken back whoever made it", "[history]")
{
    Country at;
    at.province.sql("INSERT INTO product (id, unit, organization, name) VALUES ('" + p + "', '29338', '" + a +
                    "', 'Dừa')");
    at.province.sql("INSERT INTO evaluation (id, unit, product, level, evaluated_on, score, star) VALUES ('" + b +
                    "', '29338', '" + p + "', 'province', '2021-01-05', 95, 4)");
    at.world.settle();
    at.province.clock->advance(1000);
    at.province.sql("UPDATE evaluation SET star = 3");
    at.world.settle();
    REQUIRE(at.commune.one("SELECT star FROM evaluation") == "3");
    {
        LocalWrite write{*at.commune.replica};
        const auto lines = undo_row(*at.commune.replica, "2021-01-06", "evaluation", b);
        REQUIRE(lines.ok());
        REQUIRE(lines->size() == 1);
        CHECK(lines->front().what == Undone::What::refused);
        CHECK(lines->front().refusal.code == Errc::not_permitted);
    }
    LocalWrite write{*at.province.replica};
    const auto lines = undo_row(*at.province.replica, "2021-01-06", "evaluation", b);
    REQUIRE(lines.ok());
    CHECK(count(*lines, Undone::What::restored) == 1);
    write.commit();
    at.world.settle();
    CHECK(at.commune.one("SELECT star FROM evaluation") == "4");
    CHECK(undo_batch(*at.commune.replica, "2021-01-06", 999'999).refusal().code == Errc::unknown_batch);
}

// Would catch an upgrade that makes every row look edited, or a file of the first release that no longer opens.
TEST_CASE("F48 a database of release 1 gets history without a single new version", "[history]")
{
    TempDir dir;
    for (const char* file : {"replica.db", "node.key"})
        std::filesystem::copy_file(std::filesystem::path(OCOP_SOURCE_DIR) / "tests/data/databases/v1/commune" / file,
                                   dir.path() / file);
    FakeClock clock;
    SeededRandom random{1};
    std::uint64_t lsn = 0;
    {
        sqlite::Connection db((dir.path() / "replica.db").string(), sqlite::OpenMode::existing);
        auto row = db.query("SELECT max(lsn) FROM _log");
        row.step();
        lsn = row.natural(0);
    }
    auto opened = Replica::open(dir.path(), {&clock, &random});
    REQUIRE(opened.ok());
    Replica& replica = **opened;
    Transaction{replica}.commit();
    const std::uint64_t sealed = replica.state().lsn;
    CHECK(sealed >= lsn);
    CHECK(replica.db().query("SELECT 1 FROM _notice WHERE en LIKE '%rebuilt%'").step() == false);
    CHECK(verify(replica).sound());
    {
        LocalWrite write{replica};
        replica.db().script("UPDATE organization SET note = 'sau khi nâng cấp'");
        write.commit();
    }
    Transaction{replica}.commit();
    CHECK(verify(replica).history.chunks == 1);
}
