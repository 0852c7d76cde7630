// The numbers of this project, measured beside plain SQLite in the same run. README.md in this folder says what each line means.
//
//   ocop_bench [--quick] [--only N7] [--json] [--dir PATH]
#include <cstring>
#include <functional>
#include <numeric>

#include "schema/base/check.h"
#include "sync/client.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"
#include "tests/bench/stage.h"
#include "tests/sync/loopback.h"

namespace ocop::bench {

namespace {

struct Options {
    bool quick = false;
    bool json = false;
    std::string only;
    fs::path directory = "/var/tmp";
};

struct Scale {
    std::size_t organizations = 10'000;
    std::size_t products = 50'000;
    std::size_t batch = 10'000;   // rows of N1 and N2
    std::size_t singles = 1'000;  // transactions of N3
    std::size_t edits = 1'000;    // of N5
    int repeat = 5;
    int heavy = 3;
};

Scale scale_of(bool quick)
{
    return quick ? Scale{1'000, 5'000, 1'000, 100, 100, 3, 1} : Scale{};
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed)
{
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    test::SeededRandom random{seed};
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

/// What a program must do at the least to know which rows changed: the floor of capture.
std::string bare_log_sql()
{
    std::string sql = "CREATE TABLE _pending (seq INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, row TEXT NOT NULL, mask "
                      "INTEGER NOT NULL);";
    for (const char* event : {"INSERT", "UPDATE"})
        sql += std::string("CREATE TRIGGER bare_") + event + " AFTER " + event +
               " ON product BEGIN INSERT INTO _pending (tbl, row, mask) VALUES (3, NEW.id, 1); END;";
    return sql;
}

void set_text(sqlite::Connection& db, const char* column, const std::string& id, const std::string& text)
{
    db.run(std::string("UPDATE product SET ") + column + " = ? WHERE id = ?", text, id);
}

class Bench {
public:
    explicit Bench(const Options& options)
        : options_(options), scale_(scale_of(options.quick)),
          stage_(options.directory, scale_.organizations, scale_.products), report_(options.json)
    {
    }

    void run()
    {
        report_.head();
        const std::pair<const char*, void (Bench::*)()> all[] = {
            {"N1", &Bench::inserts},    {"N2", &Bench::updates}, {"N3", &Bench::singles}, {"N4", &Bench::storage},
            {"N5", &Bench::edit_bytes}, {"N6", &Bench::silence}, {"N7", &Bench::apply},   {"N8", &Bench::initial},
            {"N9", &Bench::initial},    {"N10", &Bench::memory}};
        for (const auto& [id, measure] : all) {
            if (!options_.only.empty() && options_.only != id) continue;
            if (options_.only.empty() && std::strcmp(id, "N9") == 0) continue;  // measured with N8
            (this->*measure)();
        }
    }

private:
    using Work = std::function<void(sqlite::Connection&)>;
    struct Compared {
        std::vector<Cost> plain;
        std::vector<Cost> bare;
        std::vector<Cost> ours;
        std::vector<Cost> seal;
    };

    /// The same work by the same statements, in turns: without triggers, with the least of a log, captured.
    Compared compare(const fs::path& plain, const fs::path& node, const std::string& pragma, const Work& in_plain,
                     const std::function<void(Replica&)>& in_node)
    {
        Compared all;
        for (int i = 0; i < scale_.repeat; ++i) {
            for (const bool bare : {false, true}) {
                const auto db = Stage::open_plain(stage_.copy(plain, "plain"));
                if (bare) db->script(bare_log_sql());
                db->script(pragma);
                (bare ? all.bare : all.plain).push_back(timed([&] { in_plain(*db); }));
            }
            Node ours = Stage::open(stage_.copy(node, "node"));
            ours.db().script(pragma);
            all.ours.push_back(timed([&] { in_node(*ours); }));
            all.seal.push_back(timed([&] { ours.seal(); }));
        }
        return all;
    }

    static Work in_one(const Work& work)
    {
        return [work](sqlite::Connection& db) {
            db.script("BEGIN IMMEDIATE");
            work(db);
            db.script("COMMIT");
        };
    }
    static std::function<void(Replica&)> captured(const Work& work)
    {
        return [work](Replica& replica) {
            LocalWrite write{replica};
            work(replica.db());
            write.commit();
        };
    }

    void show_capture(const std::string& id, const std::string& what, const Compared& all, double target,
                      double moonshot, const std::string& peer)
    {
        report_.add(aim(times(id, "capture: " + what, all.ours, all.plain), target, moonshot, peer));
        report_.add(times(id + "b", "  a bare trigger log (the floor)", all.bare, all.plain));
        report_.add(times(id + "s", "  the seal that follows, once for all of it", all.seal, all.plain));
    }

    void inserts()
    {
        const Work work = [this](sqlite::Connection& db) {
            insert_rows(db, product_shape(), stage_.workload().products, 0, scale_.batch);
        };
        const Compared all = compare(stage_.plain_start(), stage_.parent_start(), "", in_one(work), captured(work));
        show_capture("N1", std::to_string(scale_.batch) + " inserts in one transaction", all, 1.35, 1.15,
                     "1.99 SQLite session (in memory)");
    }

    void updates()
    {
        const std::vector<std::size_t> order = shuffled(scale_.products, 2);
        const Work work = [this, &order](sqlite::Connection& db) {
            for (std::size_t i = 0; i < scale_.batch; ++i)
                set_text(db, "stage", stage_.workload().product_id(order[i]), "đã chấm lại");
        };
        const Compared all = compare(stage_.plain(), stage_.parent(), "", in_one(work), captured(work));
        show_capture("N2", std::to_string(scale_.batch) + " one-column updates in one transaction", all, 1.5, 1.25,
                     "1.74 outbox");
    }

    /// One new product, then one edit of it, and so on: each in its own transaction.
    void single(sqlite::Connection& db, std::size_t i)
    {
        const std::vector<Row>& products = stage_.workload().products;
        if (i % 2 == 0)
            insert_rows(db, product_shape(), products, i / 2, i / 2 + 1);
        else
            set_text(db, "stage", stage_.workload().product_id(i / 2), "đã chấm lại");
    }

    void singles_with(const std::string& id, const std::string& pragma, const std::string& said)
    {
        const Work in_plain = [this](sqlite::Connection& db) {
            for (std::size_t i = 0; i < scale_.singles; ++i)
                in_one([this, i](sqlite::Connection& same) { single(same, i); })(db);
        };
        const auto in_node = [this](Replica& replica) {
            for (std::size_t i = 0; i < scale_.singles; ++i)
                captured([this, i](sqlite::Connection& db) { single(db, i); })(replica);
        };
        const Compared all = compare(stage_.plain_start(), stage_.parent_start(), pragma, in_plain, in_node);
        show_capture(id, std::to_string(scale_.singles) + " one-row transactions" + said, all, 1.4, 1.15,
                     "1.44 SQLite session (in memory)");
    }

    void singles()
    {
        singles_with("N3", "", ", synchronous FULL");
        singles_with("N3n", "PRAGMA synchronous = NORMAL;", ", synchronous NORMAL on both sides");
    }

    void storage()
    {
        const fs::path plain = stage_.copy(stage_.plain(), "plain");
        const auto plain_size = static_cast<double>(packed_size(*Stage::open_plain(plain), plain / "plain.db"));
        const auto show = [&](const std::string& id, const std::string& what, const fs::path& original) {
            const fs::path copy = stage_.copy(original, "node");
            Node node = Stage::open(copy);
            Line line =
                plain_line(id, what, Unit::bytes, static_cast<double>(packed_size(node.db(), copy / "replica.db")));
            line.plain = plain_size;
            line.judged = line.ours / plain_size;
            return line;
        };
        const std::string rows = std::to_string(scale_.organizations + scale_.products) + " rows";
        report_.add(aim(show("N4", "storage of " + rows + ", where they were written", stage_.parent()), 1.6, 1.3,
                        "1.63 PouchDB"));
        report_.add(aim(show("N4c", "storage of " + rows + ", at a child that received them", stage_.child()), 1.6, 1.3,
                        "1.63 PouchDB"));
    }

    /// A request after one-field edits of as many products; `floor` becomes the size of the bare values, packed.
    double request_after_edits(Stage& stage, bool over_a_day, double* floor = nullptr)
    {
        Node child = Stage::open(stage.copy(stage.child(), "child"));
        const std::vector<std::size_t> order = shuffled(stage.workload().products.size(), 5);
        test::SeededRandom random{6};
        std::string values;
        child.clock->advance(86'400'000);
        for (std::size_t i = 0; i < scale_.edits; ++i) {
            const std::string text = phrase(random, 3);
            values += text + '\n';
            LocalWrite write{*child};
            set_text(child.db(), "note", stage.workload().product_id(order[i]), text);
            write.commit();
            child.clock->advance(static_cast<std::int64_t>(random.below(60'000)));
            if (over_a_day) child.seal();
        }
        if (floor != nullptr) *floor = static_cast<double>(zstd_size(values, 19));
        const auto request = sync::make_request(*child);
        OCOP_CHECK(request.ok());
        return static_cast<double>(request->size());
    }

    void edit_bytes()
    {
        const std::string edits = std::to_string(scale_.edits) + " one-field edits of as many rows";
        double floor = 0;
        Line line = plain_line("N5", "request with " + edits + " (text of 3 syllables)", Unit::bytes,
                               request_after_edits(stage_, false, &floor));
        line.plain = floor;
        line.judged = line.ours;
        const double share = static_cast<double>(scale_.edits) / 1'000;
        report_.add(aim(line, 16'000 * share, 10'000 * share, "12.6 kB Loro"));
        Line spread = plain_line("N5d", "  the same, each sealed at its own second of a day", Unit::bytes,
                                 request_after_edits(stage_, true));
        spread.plain = floor;
        report_.add(spread);
        Stage small{options_.directory, scale_.organizations / 10, scale_.products / 10};
        Line growth = plain_line("N5x", "  10 times the rows: growth of the same request", Unit::bytes, line.ours);
        growth.plain = request_after_edits(small, false);
        growth.judged = growth.ours / *growth.plain;
        report_.add(aim(growth, 1.10, 1.0, ""));
    }

    void silence()
    {
        Node child = Stage::open(stage_.copy(stage_.child(), "child"));
        Node parent = Stage::open(stage_.copy(stage_.parent_met(), "parent"));
        converse(*child, *parent);
        const Talk talk = converse(*child, *parent);
        Line line =
            plain_line("N6", "nothing to say: request and answer", Unit::bytes, static_cast<double>(talk.bytes));
        line.judged = line.ours;
        report_.add(aim(line, 300, 160, "496 B TinyBase"));
        const sync::LinkAccount link = post_silence(child, parent);
        Line wire = plain_line("N6h", "  with HTTP heads, both ways (no TCP, no TLS)", Unit::bytes,
                               static_cast<double>(link.sent + link.received));
        wire.judged = wire.ours;
        report_.add(aim(wire, 3'000, 2'200, "2.8 kB Turso (with TCP, TLS)"));
        Line trips =
            plain_line("N6t", "  round trips after the handshake", Unit::count, static_cast<double>(link.round_trips));
        trips.judged = trips.ours;
        report_.add(aim(trips, 1, 1, "1"));
    }

    static sync::LinkAccount post_silence(Node& child, Node& parent)
    {
        sync::testing::RunningServer server{
            [&parent](std::string_view body) { return sync::answer_request(*parent, body); }};
        sync::HttpClient client;
        const auto request = sync::make_request(*child);
        OCOP_CHECK(request.ok());
        const auto answer = client.post(server.url(), *request);
        OCOP_CHECK(answer.ok());
        OCOP_CHECK(sync::finish(*child, *answer).ok());
        return client.last();
    }

    /// Two waves over every product, one column each, sealed apart: each cell is a change of its own.
    fs::path edited_child()
    {
        const fs::path made = stage_.copy(stage_.child(), "edited");
        Node child = Stage::open(made);
        for (const char* column : {"stage", "capacity"}) {
            child.clock->advance(3'600'000);
            LocalWrite write{*child};
            for (std::size_t i = 0; i < scale_.products; ++i)
                set_text(child.db(), column, stage_.workload().product_id(i), "giá trị " + std::to_string(i % 977));
            write.commit();
            child.seal();
        }
        return made;
    }

    void apply()
    {
        const fs::path edited = edited_child();
        std::vector<Cost> ours;
        std::vector<Cost> whole;
        std::vector<Cost> plain;
        for (int i = 0; i < scale_.heavy; ++i) {
            const auto db = Stage::open_plain(stage_.copy(stage_.plain(), "plain"));
            plain.push_back(timed([&] {
                in_one([this](sqlite::Connection& same) {
                    for (const char* column : {"stage", "capacity"})
                        for (std::size_t row = 0; row < scale_.products; ++row)
                            set_text(same, column, stage_.workload().product_id(row),
                                     "giá trị " + std::to_string(row % 977));
                })(*db);
            }));
            Node child = Stage::open(stage_.copy(edited, "child"));
            Node parent = Stage::open(stage_.copy(stage_.parent_met(), "parent"));
            const Talk talk = converse(*child, *parent);
            ours.push_back(talk.answering);
            whole.push_back(talk.making);
        }
        const std::string changes = std::to_string(2 * scale_.products) + " cell changes";
        report_.add(aim(times("N7", "apply " + changes + " from another replica", ours, plain), 2.5, 1.5,
                        "0.96 session (keeps no versions)"));
        report_.add(times("N7m", "  making the requests that carry them", whole, plain));
    }

    void initial()
    {
        const std::string rows = std::to_string(scale_.organizations + scale_.products) + " rows";
        const Workload& workload = stage_.workload();
        std::vector<Cost> plain;
        std::vector<Cost> ours;
        std::vector<Cost> sending;
        std::vector<Cost> receiving;
        Talk talk;
        for (int i = 0; i < scale_.heavy; ++i) {
            const auto db = Stage::open_plain(stage_.copy(stage_.plain_empty(), "plain"));
            plain.push_back(timed([&] {
                in_one([&](sqlite::Connection& same) {
                    insert_rows(same, organization_shape(), workload.organizations, 0, workload.organizations.size());
                    insert_rows(same, product_shape(), workload.products, 0, workload.products.size());
                })(*db);
            }));
            Node parent = Stage::open(stage_.copy(stage_.parent(), "parent"), 8);
            Node child = Stage::open(stage_.copy(stage_.child_born(), "child"), 9);
            talk = converse(*child, *parent);
            sending.push_back(talk.answering);
            receiving.push_back(talk.finishing);
            ours.push_back(talk.making);
            (ours.back() += talk.answering) += talk.finishing;
        }
        Line bytes = plain_line(
            "N8", "initial sync of " + rows + ", bytes both ways, " + std::to_string(talk.rounds) + " rounds",
            Unit::bytes, static_cast<double>(talk.bytes));
        bytes.plain = static_cast<double>(columnar_floor(workload.organizations) + columnar_floor(workload.products));
        bytes.judged = bytes.ours;
        const double share = options_.quick ? 0.1 : 1;
        report_.add(aim(bytes, 4.8e6 * share, 4.1e6 * share, "4.8 MB Yjs, zstd -19"));
        report_.add(aim(times("N9", "initial sync of " + rows + ", sending and receiving", ours, plain), 6, 3,
                        "2.6 session (keeps no versions)"));
        report_.add(times("N9s", "  the sender's part", sending, plain));
        report_.add(times("N9r", "  the receiver's part", receiving, plain));
    }

    void memory()
    {
        Node parent = Stage::open(stage_.copy(stage_.parent(), "parent"), 8);
        const fs::path child = stage_.copy(stage_.child_born(), "child");
        sync::testing::RunningServer server{
            [&parent](std::string_view body) { return sync::answer_request(*parent, body); }};
        Program receiver{{"/proc/self/exe", "--receive", child.string(), server.url()}};
        const std::string peak = receiver.line();
        Line line = plain_line("N10", "peak memory of a node receiving the initial sync", Unit::megabytes,
                               peak.empty() ? 0 : std::stod(peak));
        line.missing = line.ours <= 0;
        line.judged = line.ours;
        report_.add(aim(line, 32, 20, "50 MB session"));
        report_.add(aim(idle_daemon(child), 20, 12, ""));
    }

    static Line idle_daemon(const fs::path& directory)
    {
        Line line = plain_line("N10i", "peak memory of an idle daemon holding those rows", Unit::megabytes, 0);
#ifdef OCOP_BINARY
        if (fs::exists(OCOP_BINARY)) {
            Program daemon{{OCOP_BINARY, "-C", directory.string(), "serve", "--listen", "127.0.0.1:0"}};
            if (!daemon.line().empty()) {
                ::sleep(2);  // it calls its parent in vain, and is idle
                line.ours = peak_memory(daemon.pid());
            }
        }
#else
        (void)directory;
#endif
        line.missing = line.ours <= 0;
        line.judged = line.ours;
        return line;
    }

    Options options_;
    Scale scale_;
    Stage stage_;
    Report report_;
};

/// The other process of N10: syncs DIR with the parent at URL and says its peak memory.
int receive(const fs::path& directory, const std::string& url)
{
    Node child = Stage::open(directory, 9);
    sync::HttpClient client;
    for (bool more = true; more;) {
        const auto request = sync::make_request(*child);
        OCOP_CHECK(request.ok());
        const auto answer = client.post(url, *request);
        OCOP_CHECK(answer.ok());
        const auto outcome = sync::finish(*child, *answer);
        OCOP_CHECK(outcome.ok());
        more = outcome->more;
    }
    std::printf("%.3f\n", peak_memory());
    return 0;
}

int usage()
{
    std::fprintf(stderr, "usage: ocop_bench [--quick] [--only N1..N10] [--json] [--dir PATH]\n");
    return 2;
}

int start(const std::vector<std::string>& words)
{
    if (words.size() == 3 && words[0] == "--receive") return receive(words[1], words[2]);
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool more = i + 1 < words.size();
        if (words[i] == "--quick")
            options.quick = true;
        else if (words[i] == "--json")
            options.json = true;
        else if (words[i] == "--only" && more)
            options.only = words[++i];
        else if (words[i] == "--dir" && more)
            options.directory = words[++i];
        else
            return usage();
    }
    Bench{options}.run();
    return 0;
}

}  // namespace

}  // namespace ocop::bench

int main(int argc, char** argv)
{
    return ocop::bench::start({argv + 1, argv + argc});
}
