#include "tests/crash/stage.h"

#include <fstream>
#include <iterator>

#include "node/sql_text.h"
#include "tests/crash/crash_vfs.h"

namespace ocop::test {

namespace {

const std::array<const char*, 3> folders = {"centre", "below", "lowest"};

}  // namespace

Refused::Refused(const std::string& what, const Refusal& refusal)
    : std::runtime_error(what + ": refused " + std::to_string(static_cast<int>(refusal.code)) + " " + refusal.detail),
      code(refusal.code)
{
}

Stage::Stage(CrashDisk& on, const std::filesystem::path& home, std::uint64_t seed) : disk(on), random(seed), home_(home)
{
    use_crash_disk(&disk);
    seed_sqlite(seed);
}

std::filesystem::path Stage::folder(int node) const
{
    return home_ / folders[static_cast<std::size_t>(node)];
}

bool Stage::exists(int node) const
{
    return disk.find((folder(node) / "replica.db").string()).has_value();
}

Environment Stage::environment(int node)
{
    return {&clocks_[static_cast<std::size_t>(node)], &random};
}

Replica& Stage::at(int node)
{
    auto& replica = replicas_[static_cast<std::size_t>(node)];
    if (!replica) replica = wanted(Replica::open(folder(node), environment(node)), "open");
    return *replica;
}

void Stage::adopt(int node, std::unique_ptr<Replica> replica)
{
    replicas_[static_cast<std::size_t>(node)] = std::move(replica);
}

void Stage::close_all()
{
    for (auto& replica : replicas_) replica.reset();
}

void Stage::sql(int node, const std::string& text)
{
    Replica& replica = at(node);
    LocalWrite write{replica};
    replica.db().script(text);
    write.commit();
}

void Stage::request(int child, const sync::Limits& limits)
{
    letters[static_cast<std::size_t>(child)].request = wanted(sync::make_request(at(child), limits), "request");
}

void Stage::answer(int child, const sync::Limits& limits)
{
    Letters& mail = letters[static_cast<std::size_t>(child)];
    mail.answer = wanted(sync::answer_request(at(child - 1), mail.request.value(), limits), "answer");
}

void Stage::finish(int child)
{
    (void)wanted(sync::finish(at(child), letters[static_cast<std::size_t>(child)].answer.value()), "finish");
}

void Stage::exchange(int child, const sync::Limits& limits)
{
    for (int rounds = 0; rounds < 200; ++rounds) {
        request(child, limits);
        answer(child, limits);
        const auto outcome =
            wanted(sync::finish(at(child), letters[static_cast<std::size_t>(child)].answer.value()), "finish");
        if (!outcome.more) return;
    }
    throw std::runtime_error("an exchange without end");
}

std::uint64_t fingerprint(sqlite::Connection& db)
{
    std::uint64_t hash = 14695981039346656037u;
    const auto add = [&](std::string_view bytes) {
        for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
        hash = (hash ^ 0x1ff) * 1099511628211u;
    };
    std::vector<std::string> names;
    {
        auto tables = db.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        while (tables.step()) names.push_back(tables.text(0));
    }
    for (const std::string& name : names) {
        add(name);
        auto rows = db.query("SELECT * FROM " + sql_name(name));
        while (rows.step())
            for (int i = 0; i < rows.columns(); ++i) add(rows.is_null(i) ? std::string_view{"\1"} : rows.text_view(i));
    }
    return hash;
}

std::string complaint_of(Replica& replica)
{
    const Verification found = verify(replica);
    if (!found.file_sound) return "the file: " + found.file_complaint;
    if (!found.log_matches_tables) return "log and tables: " + found.differences.front();
    if (!found.digest_matches_log) return "the digests are not those of the log";
    if (found.compared && !found.equal) return "the digest differs from the parent's";
    if (replica.db().query("PRAGMA foreign_key_check").step()) return "a reference leads nowhere";
    return {};
}

namespace {

/// A letter that was under way when the power went may still arrive, or arrive a second time; a refusal is a fair answer to it.
void deliver_late(Stage& stage, int child)
{
    Letters& mail = stage.letters[static_cast<std::size_t>(child)];
    if (mail.request && stage.random.chance(0.5)) {
        auto answer = sync::answer_request(stage.at(child - 1), *mail.request, {});
        if (answer && stage.random.chance(0.5)) mail.answer = std::move(*answer);
    }
    if (mail.answer && stage.random.chance(0.5)) (void)sync::finish(stage.at(child), *mail.answer);
}

std::string difference(Stage& stage, int child)
{
    for (const char* table : {"organization", "product", "evaluation", "certificate", "conflict", "directive"})
        if (dump(stage.at(child), table) != dump(stage.at(child - 1), table))
            return std::string{table} + " of node " + std::to_string(child) + " differs from its parent's";
    return {};
}

}  // namespace

std::string converge(Stage& stage)
{
    const int deepest = stage.exists(lowest) ? lowest : below;
    for (int child = deepest; child >= below; --child)
        if (stage.exists(child)) deliver_late(stage, child);
    for (int round = 0; round < deepest + 1; ++round)
        for (int child = deepest; child >= below; --child)
            if (stage.exists(child)) stage.exchange(child);
    for (int child = below; child <= deepest; ++child) {
        if (!stage.exists(child)) continue;
        const Verification found = verify(stage.at(child));
        if (!found.compared || !found.equal) return "node " + std::to_string(child) + " is not equal to its parent";
        if (auto bad = complaint_of(stage.at(child)); !bad.empty()) return bad;
        if (auto bad = complaint_of(stage.at(child - 1)); !bad.empty()) return "parent: " + bad;
        if (auto bad = difference(stage, child); !bad.empty()) return bad;
    }
    return {};
}

// ---- the grounds

namespace {

void found_centre(Stage& stage)
{
    NewNode born;
    born.unit = "VN";
    stage.adopt(centre, wanted(Replica::create(stage.folder(centre), born, stage.environment(centre)), "create"));
    stage.sql(centre, R"(INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES
        ('VN', 'VN', 'Việt Nam', 'Trung ương', 'central', NULL, '1945-09-02'),
        ('845', '845', 'Huyện Cầu Kè', 'Huyện', 'district', 'VN', '2020-12-31'),
        ('29338', '29338', 'Xã Thạnh Phú', 'Xã', 'commune', '845', '2020-12-31');
        INSERT INTO directive (unit, number, subject) VALUES ('VN', '148/QĐ-TTg', 'Bộ tiêu chí OCOP'))");
}

void enrol(Stage& stage, int child, const std::string& unit)
{
    const auto invite = wanted(make_invite(stage.at(child - 1), unit, "http://127.0.0.1:1"), "invite");
    stage.adopt(child,
                wanted(Replica::create(stage.folder(child), born_of(invite), stage.environment(child)), "create"));
    stage.exchange(child);
}

void fill(Stage& stage, int node)
{
    stage.sql(node, R"(INSERT INTO organization (id, unit, name) VALUES
        ('00000000-0000-7000-8000-000000000001', '29338', 'HTX Cầu Kè'), ('00000000-0000-7000-8000-000000000002', '29338', 'Hộ Lê');
        INSERT INTO product (id, unit, organization, name, product_code) VALUES
        ('00000000-0000-7000-8000-000000000011', '29338', '00000000-0000-7000-8000-000000000001', 'Dừa sáp', 'DS'),
        ('00000000-0000-7000-8000-000000000012', '29338', '00000000-0000-7000-8000-000000000002', 'Cam sành', NULL))");
}

std::string slurp(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Image make_ground(const std::string& name, const std::filesystem::path& home)
{
    CrashDisk disk{{}};
    Stage stage{disk, home, 7};
    for (int node = centre; node <= lowest; ++node) std::filesystem::create_directories(stage.folder(node));
    if (name == "v1") {
        const std::filesystem::path from = std::filesystem::path{OCOP_SOURCE_DIR} / "tests/data/databases/v1";
        Image image;
        for (const char* file : {"replica.db", "node.key"}) {
            image[(stage.folder(centre) / file).string()] = slurp(from / "province" / file);
            image[(stage.folder(below) / file).string()] = slurp(from / "commune" / file);
        }
        return image;
    }
    if (name != "empty") found_centre(stage);
    if (name == "line") {
        enrol(stage, below, "845");
        enrol(stage, lowest, "29338");
        fill(stage, lowest);
        stage.exchange(lowest);
        stage.exchange(below);
        stage.exchange(lowest);
    } else if (name == "pair") {
        enrol(stage, below, "29338");
        fill(stage, below);
        stage.exchange(below);
    }
    stage.close_all();
    return disk.image();
}

}  // namespace

const Image& ground(const std::string& name, const std::filesystem::path& home)
{
    static std::map<std::string, Image> made;
    const std::string key = home.string() + name;
    const auto found = made.find(key);
    return found != made.end() ? found->second : made.emplace(key, make_ground(name, home)).first->second;
}

}  // namespace ocop::test
