#include "tests/bench/stage.h"

#include "node/enrolment.h"
#include "schema/base/check.h"

namespace ocop::bench {

namespace {

const char* const pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA "
                            "cell_size_check = ON; PRAGMA mmap_size = 0;"
                            "PRAGMA recursive_triggers = OFF; PRAGMA temp_store = MEMORY;";

}  // namespace

void Node::seal()
{
    Transaction transaction{*replica};
    transaction.commit();
}

Talk converse(Replica& child, Replica& parent)
{
    Talk talk;
    for (bool more = true; more; ++talk.rounds) {
        OCOP_CHECK(talk.rounds < 10'000);
        Timer making;
        const auto request = sync::make_request(child);
        talk.making += making.since();
        OCOP_CHECK(request.ok());
        Timer answering;
        const auto answer = sync::answer_request(parent, *request);
        talk.answering += answering.since();
        OCOP_CHECK(answer.ok());
        Timer finishing;
        const auto outcome = sync::finish(child, *answer);
        talk.finishing += finishing.since();
        OCOP_CHECK(outcome.ok());
        talk.bytes += request->size() + answer->size();
        talk.received += outcome->received;
        more = outcome->more;
    }
    return talk;
}

Stage::Stage(const fs::path& where, std::size_t organizations, std::size_t products)
    : root_(where / ("ocop-bench-" + std::to_string(static_cast<unsigned long long>(system_random().number())))),
      workload_(make_workload(organizations, products))
{
    fs::create_directories(root_);
}

Stage::~Stage()
{
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

fs::path Stage::copy(const fs::path& original, const std::string& name)
{
    const fs::path target = root_ / ("run-" + name);
    fs::remove_all(target);
    fs::copy(original, target, fs::copy_options::recursive);
    return target;
}

Node Stage::open(const fs::path& directory, std::uint64_t seed)
{
    Node node;
    node.random = std::make_shared<test::SeededRandom>(seed);
    auto opened = Replica::open(directory, {node.clock.get(), node.random.get()});
    OCOP_CHECK(opened.ok());
    node.replica = std::move(*opened);
    return node;
}

std::unique_ptr<sqlite::Connection> Stage::open_plain(const fs::path& directory)
{
    auto db = std::make_unique<sqlite::Connection>((directory / "plain.db").string(), sqlite::OpenMode::create);
    db->defensive();
    db->script(pragmas);
    return db;
}

void Stage::fill_plain(const fs::path& directory, const Shape& shape, const std::vector<Row>& rows)
{
    auto db = open_plain(directory);
    db->script("BEGIN IMMEDIATE");
    insert_rows(*db, shape, rows, 0, rows.size());
    db->script("COMMIT");
}

void Stage::fill_node(const fs::path& directory, const Shape& shape, const std::vector<Row>& rows)
{
    Node node = open(directory);
    LocalWrite write{*node};
    insert_rows(node.db(), shape, rows, 0, rows.size());
    write.commit();
    node.seal();
}

const fs::path& Stage::plain_empty()
{
    fs::path& made = made_["plain-empty"];
    if (!made.empty()) return made;
    made = root_ / "plain-empty";
    fs::create_directories(made);
    auto db = open_plain(made);
    for (const Migration& step : ocop_migrations()) db->script(step.sql);
    db->script(units_sql(workload_));
    return made;
}

const fs::path& Stage::plain_start()
{
    fs::path& made = made_["plain-start"];
    if (!made.empty()) return made;
    fs::copy(plain_empty(), root_ / "plain-start", fs::copy_options::recursive);
    made = root_ / "plain-start";
    fill_plain(made, organization_shape(), workload_.organizations);
    return made;
}

const fs::path& Stage::plain()
{
    fs::path& made = made_["plain"];
    if (!made.empty()) return made;
    fs::copy(plain_start(), root_ / "plain", fs::copy_options::recursive);
    made = root_ / "plain";
    fill_plain(made, product_shape(), workload_.products);
    return made;
}

/// The root's node with the units, and the district's, which holds an invite not yet redeemed.
void Stage::make_units_and_invite()
{
    test::FakeClock clock;
    test::SeededRandom random{1};
    NewNode born;
    born.unit = "VN";
    auto made = Replica::create(root_ / "parent-start", born, {&clock, &random});
    OCOP_CHECK(made.ok());
    LocalWrite write{**made};
    (*made)->db().script(units_sql(workload_));
    write.commit();
    const auto invite = make_invite(**made, district, "http://127.0.0.1:1");
    OCOP_CHECK(invite.ok());
    OCOP_CHECK(Replica::create(root_ / "child-born", born_of(*invite), {&clock, &random}).ok());
}

const fs::path& Stage::parent_start()
{
    fs::path& made = made_["parent-start"];
    if (!made.empty()) return made;
    make_units_and_invite();
    made = root_ / "parent-start";
    fill_node(made, organization_shape(), workload_.organizations);
    return made;
}

const fs::path& Stage::child_born()
{
    fs::path& made = made_["child-born"];
    if (!made.empty()) return made;
    parent_start();
    return made = root_ / "child-born";
}

const fs::path& Stage::parent()
{
    fs::path& made = made_["parent"];
    if (!made.empty()) return made;
    fs::copy(parent_start(), root_ / "parent", fs::copy_options::recursive);
    made = root_ / "parent";
    fill_node(made, product_shape(), workload_.products);
    return made;
}

void Stage::meet()
{
    if (fs::exists(root_ / "child")) return;
    fs::copy(parent(), root_ / "parent-met", fs::copy_options::recursive);
    fs::copy(child_born(), root_ / "child", fs::copy_options::recursive);
    Node parent = open(root_ / "parent-met", 8);
    Node child = open(root_ / "child", 9);
    const Talk talk = converse(*child, *parent);
    OCOP_CHECK(talk.received >= workload_.products.size() + workload_.organizations.size());
}

const fs::path& Stage::child()
{
    meet();
    return made_["child"] = root_ / "child";
}

const fs::path& Stage::parent_met()
{
    meet();
    return made_["parent-met"] = root_ / "parent-met";
}

std::uintmax_t packed_size(sqlite::Connection& db, const fs::path& file)
{
    db.script("VACUUM");
    auto checkpoint = db.query("PRAGMA wal_checkpoint(TRUNCATE)");
    while (checkpoint.step()) {}
    return fs::file_size(file);
}

}  // namespace ocop::bench
