// What a node does in a day, in small pieces; the power is cut, memory and disk fail, at every operation of each.
#include "cli/csv.h"
#include "cli/import_rows.h"
#include "cli/mapping.h"
#include "node/settle.h"
#include "schema/embedded.h"
#include "tests/crash/stage.h"

namespace ocop::test {

namespace {

constexpr std::string_view mapping = R"(format = 1
[[into]]
table = "organization"
match = ["name"]
required = ["name"]
columns = [{ name = "name", csv = "entity" }, { name = "unit", csv = "commune", as = "unit_code" }]
[[into]]
table = "product"
match = ["name", "organization"]
required = ["name"]
columns = [
    { name = "unit", row = "organization", column = "unit" },
    { name = "organization", row = "organization", column = "id" },
    { name = "name", csv = "product" },
])";

void import_fifty(Stage& stage)
{
    std::string text = "product,entity,commune\n";
    for (int i = 0; i < 50; ++i)
        text += "Sản phẩm " + std::to_string(i) + ",Cơ sở " + std::to_string(i / 5) + ",29338\n";
    Replica& replica = stage.at(below);
    const auto file = wanted(cli::parse_csv(text), "csv");
    const auto map = wanted(cli::parse_mapping(mapping, replica.catalog()), "mapping");
    LocalWrite write{replica};
    const auto report = wanted(cli::import_rows(replica, file, map, {{}, "2021-06-01", "2021-06-01"}), "import");
    if (report.taken != 50) throw std::runtime_error("import: rows refused");
    write.commit();
}

Step open(int node)
{
    return {"open", [node](Stage& stage) { (void)stage.at(node); }, true};
}
Step sql(int node, const std::string& name, const std::string& text)
{
    return {name, [node, text](Stage& stage) { stage.sql(node, text); }};
}
Step seal(int node)
{
    return {"seal", [node](Stage& stage) { Transaction{stage.at(node)}.commit(); }};
}
Step request(int child, std::size_t entries = SIZE_MAX)
{
    return {"request", [=](Stage& stage) { stage.request(child, {512u << 10, entries}); }};
}
Step answer(int child, std::size_t entries = SIZE_MAX)
{
    return {"answer", [=](Stage& stage) { stage.answer(child, {512u << 10, entries}); }};
}
Step finish(int child)
{
    return {"finish", [=](Stage& stage) { stage.finish(child); }};
}
Step raw(int node, const std::string& name, const std::string& text)
{
    return {name, [=](Stage& stage) { stage.at(node).db().script(text); }};
}

/// A checkpoint every few pages.
Step often(int node)
{
    return {"often", [=](Stage& stage) { stage.at(node).db().checkpoint_every(8); }};
}

/// The steps of one exchange, the victim opened first so that its opening is a step of its own.
std::vector<Step> exchange(int victim, int child, int rounds = 1, std::size_t entries = SIZE_MAX)
{
    std::vector<Step> steps{open(victim)};
    for (int i = 0; i < rounds; ++i) {
        steps.push_back(request(child, entries));
        steps.push_back(answer(child, entries));
        steps.push_back(finish(child));
    }
    return steps;
}

const std::string first_product = "'00000000-0000-7000-8000-000000000011'";
const std::string second_product = "'00000000-0000-7000-8000-000000000012'";
const std::string first_organization = "'00000000-0000-7000-8000-000000000001'";

std::string named(const std::string& name, const std::string& product = first_product)
{
    return "UPDATE product SET name = '" + name + "' WHERE id = " + product;
}

/// Ids of their own: SQLite's chance also keys the WAL, so it would differ where a checkpoint failed.
std::string many(const std::string& name, int count)
{
    static const std::string id = "printf('10000000-0000-7000-8000-%012x', i + 1000 * unicode(";
    return "INSERT INTO organization (id, unit, name, note) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
           "FROM n "
           "WHERE i < " +
           std::to_string(count) + ") SELECT " + id + "'" + name + "')), '29338', '" + name +
           " ' || i, hex(zeroblob(200)) FROM n";
}

void both_sides_edit(Stage& stage)
{
    stage.sql(below, named("Dừa sáp của xã"));
    stage.sql(centre, named("Dừa sáp của trung ương"));
    stage.sql(centre, "DELETE FROM product WHERE id = " + second_product);
    stage.sql(below, "UPDATE product SET note = 'còn bán' WHERE id = " + second_product);
    stage.sql(centre, "INSERT INTO directive (unit, number, subject) VALUES ('VN', '1489', 'Chương trình')");
}

void clash(Stage& stage)
{
    stage.sql(below, "UPDATE product SET product_code = 'A1' WHERE id = " + second_product);
    stage.sql(centre, "INSERT INTO product (unit, organization, name, product_code) VALUES ('29338', " +
                          first_organization + ", 'Mật ong', 'A1')");
    stage.sql(centre, "INSERT INTO evaluation (unit, product, level, evaluated_on, star) VALUES ('29338', " +
                          first_product + ", 'central', '2021-01-01', 5)");
}

void conflict_to_settle(Stage& stage)
{
    stage.sql(below, named("Một"));
    stage.sql(centre, named("Hai"));
    stage.exchange(below);
}

void settle_first(Stage& stage, int node)
{
    Replica& replica = stage.at(node);
    LocalWrite write{replica};
    std::string id;
    {
        auto open_one = replica.db().query("SELECT id FROM conflict WHERE state = 'open'");
        if (!open_one.step()) throw std::runtime_error("no conflict to settle");
        id = open_one.text(0);
    }
    (void)wanted(settle(replica, "2021-06-01", id, {Choice::Keep::loser, {}}), "settle");
    write.commit();
}

void nothing(Stage&) {}

void born_child(Stage& stage)
{
    const auto invite = wanted(make_invite(stage.at(centre), "29338", "http://127.0.0.1:1"), "invite");
    stage.adopt(below,
                wanted(Replica::create(stage.folder(below), born_of(invite), stage.environment(below)), "create"));
}

void small_checkpoints(Stage& stage)
{
    for (const int node : {centre, below}) stage.at(node).db().checkpoint_every(8);
}

std::vector<Scenario> local_ones()
{
    return {
        {"one write",
         below,
         "pair",
         nothing,
         {open(below), sql(below, "update", named("Dừa sáp loại 1")), seal(below)}},
        {"many edits of a row",
         below,
         "pair",
         nothing,
         {open(below), sql(below, "first", named("Một")), sql(below, "second", named("Hai")), seal(below),
          sql(below, "delete", "DELETE FROM product WHERE id = " + first_product), seal(below)}},
        {"a row replaced",
         below,
         "pair",
         nothing,
         {open(below),
          sql(below, "replace",
              "INSERT OR REPLACE INTO organization (id, unit, name) VALUES (" + first_organization +
                  ", '29338', 'Khác')"),
          seal(below)}},
        {"import of fifty rows", below, "pair", nothing, {open(below), {"import", import_fifty}, seal(below)}},
        {"seal of many", below, "pair", [](Stage& s) { s.sql(below, many("Hộ", 50)); }, {open(below), seal(below)}},
        {"settling",
         below,
         "pair",
         conflict_to_settle,
         {open(below),
          {"settle", [](Stage& s) { settle_first(s, below); }},
          request(below),
          answer(below),
          finish(below)}},
        {"triggers dropped by another program",
         below,
         "pair",
         nothing,
         {open(below), raw(below, "drop", "DROP TRIGGER _capture_product_update"),
          raw(below, "write", named("Không ai thấy")), seal(below)}},
        {"checkpoint",
         below,
         "pair",
         [](Stage& s) { s.sql(below, many("Hộ", 20)); },
         {open(below), raw(below, "checkpoint", "PRAGMA wal_checkpoint(TRUNCATE)"), sql(below, "write", named("Sau")),
          raw(below, "again", "PRAGMA wal_checkpoint(RESTART)"), sql(below, "more", named("Sau nữa"))}},
        {"close and open",
         below,
         "pair",
         nothing,
         {open(below),
          sql(below, "write", named("Trước khi đóng")),
          {"close", [](Stage& s) { s.close(below); }},
          open(below),
          sql(below, "again", named("Sau khi mở"))}},
        {"a checkpoint every few pages",
         below,
         "pair",
         small_checkpoints,
         {open(below), often(below), sql(below, "first", many("Hộ", 10)), seal(below),
          sql(below, "second", many("Cơ sở", 10)), seal(below)}},
        {"backup",
         below,
         "pair",
         nothing,
         {open(below),
          sql(below, "write", named("Trước")),
          {"backup", [](Stage& s) { s.at(below).db().backup_to((s.folder(below) / "copy.db").string()); }},
          sql(below, "after", named("Sau"))}},
        {"looking and proving",
         below,
         "pair",
         [](Stage& s) { s.sql(below, named("Chưa ghi sổ")); },
         {open(below),
          {"look", [](Stage& s) { (void)look_at(s.at(below)); }},
          {"verify", [](Stage& s) { (void)verify(s.at(below)); }}}},
    };
}

std::vector<Scenario> exchange_ones()
{
    const auto new_rows = [](Stage& s) {
        s.sql(below, many("Hộ", 12));
        s.sql(centre, "INSERT INTO directive (unit, subject) VALUES ('VN', 'Một'), ('VN', 'Hai'), ('VN', 'Ba')");
    };
    return {
        {"news both ways, the child", below, "pair", new_rows, exchange(below, below)},
        {"news both ways, the parent", centre, "pair", new_rows, exchange(centre, below)},
        {"conflicts, the child", below, "pair", both_sides_edit, exchange(below, below, 2)},
        {"conflicts, the parent", centre, "pair", both_sides_edit, exchange(centre, below, 2)},
        {"unique values clash, the child", below, "pair", clash, exchange(below, below, 2)},
        {"unique values clash, the parent", centre, "pair", clash, exchange(centre, below, 2)},
        {"three changes a message, the child", below, "pair", new_rows, exchange(below, below, 4, 3)},
        {"three changes a message, the parent", centre, "pair", new_rows, exchange(centre, below, 4, 3)},
        {"small checkpoints, the parent",
         centre,
         "pair",
         [=](Stage& s) {
             small_checkpoints(s);
             new_rows(s);
         },
         {open(centre), often(centre), request(below, 4), answer(below, 4), finish(below), request(below, 4),
          answer(below, 4), finish(below)}},
        {"a lost answer",
         below,
         "pair",
         new_rows,
         {open(below), request(below), answer(below), request(below), answer(below), finish(below)}},
        {"writes between request and answer",
         below,
         "pair",
         new_rows,
         {open(below), request(below), sql(below, "write", named("Trong lúc chờ")), answer(below), finish(below)}},
        {"an invite",
         centre,
         "pair",
         nothing,
         {open(centre),
          {"invite",
           [](Stage& s) { (void)wanted(make_invite(s.at(centre), "845", "http://127.0.0.1:1"), "invite"); }}}},
        {"enrolment, the child", below, "centre", born_child, exchange(below, below, 2)},
        {"enrolment, the parent", centre, "centre", born_child, exchange(centre, below, 2)},
        {"a relay hears its child",
         below,
         "line",
         [](Stage& s) {
             s.sql(lowest, named("Dừa"));
             s.sql(lowest, many("Hộ", 5));
             s.sql(centre, named("Dừa sáp TƯ"));
         },
         {open(below), request(below), answer(below), request(lowest), answer(lowest), finish(lowest), finish(below),
          request(below), answer(below), finish(below), request(lowest), answer(lowest), finish(lowest)}},
    };
}

std::vector<Scenario> births_and_upgrades()
{
    const auto root = [](Stage& s) {
        NewNode born;
        born.unit = "VN";
        s.adopt(centre, wanted(Replica::create(s.folder(centre), born, s.environment(centre)), "create"));
    };
    return {
        {"a centre is born", centre, "empty", nothing, {{"create", root, true}}},
        {"a child is born", below, "centre", [](Stage& s) { (void)s.at(centre); }, {{"create", born_child, true}}},
        {"release 1's commune",
         below,
         "v1",
         nothing,
         {open(below), seal(below), request(below), answer(below), finish(below)}},
        {"release 1's province",
         centre,
         "v1",
         nothing,
         {open(centre), seal(centre), request(below), answer(below), finish(below)}},
    };
}

std::vector<Scenario> make_scenarios()
{
    std::vector<Scenario> all;
    for (auto part : {local_ones(), exchange_ones(), births_and_upgrades()})
        all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    return all;
}

}  // namespace

const std::vector<Scenario>& crash_scenarios()
{
    static const std::vector<Scenario> all = make_scenarios();
    return all;
}

}  // namespace ocop::test
