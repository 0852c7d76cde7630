// Each checker rejects a history forged for it, and none rejects the honest one. A checker that cannot say no guards nothing.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/simulator/checkers/checkers.h"

using namespace ocop::sim::judge;

namespace {

// Two provinces below the centre. The first makes an organization and its product in one transaction; then the centre and the province give
// the organization two names at once. `|` stands for a tab.
const std::string honest = R"(run|1|1|1
unit|VN|-|central
unit|84|VN|province
unit|95|VN|province
node|0|VN|-|aa
node|1|84|0|bb
node|2|95|0|cc
invoke|10|1|1
cell|1|organization|o1|84|id|~|to1
cell|1|organization|o1|84|unit|~|t84
cell|1|organization|o1|84|name|~|tHTX Cầu Kè
cell|1|product|p1|84|id|~|tp1
cell|1|product|p1|84|unit|~|t84
cell|1|product|p1|84|organization|~|to1
cell|1|product|p1|84|name|~|tCam sành
cell|1|product|p1|84|stage|~|tmới
ok|10|1|1
make|20|1|1|20
serve|20|0|1|2|20|1
finish|20|1|2|20|0|1|1
invoke|30|0|2
cell|2|organization|o1|84|name|tHTX Cầu Kè|tHTX A
ok|30|0|2
invoke|31|1|3
cell|3|organization|o1|84|name|tHTX Cầu Kè|tHTX B
ok|31|1|3
invoke|32|1|4
cell|4|product|p1|84|name|tCam sành|tCam sành loại 1
fail|32|1|4
read|35|1|1|now
row|1|organization|o1|84|unit|t84|name|tHTX B
row|1|product|p1|84|unit|t84|organization|to1|name|tCam sành|stage|tmới
quiet|40
make|41|1|3|41
serve|41|0|3|4|41|1
finish|41|1|4|41|0|1|1
proof|42|0|1|0|0|0
proof|42|1|1|1|1|0
proof|42|2|1|1|1|0
size|42|0|400000
read|43|0|2|end
row|2|admin_unit|84|84|code|t84
row|2|organization|o1|84|unit|t84|name|tHTX B
row|2|product|p1|84|unit|t84|organization|to1|name|tCam sành|stage|tmới
row|2|conflict|k1|84|unit|t84|kind|tedit|table_name|torganization|row_id|to1|column_name|tname|winner_value|tHTX B|loser_value|tHTX A|state|topen
read|43|1|3|end
row|3|admin_unit|84|84|code|t84
row|3|organization|o1|84|unit|t84|name|tHTX B
row|3|product|p1|84|unit|t84|organization|to1|name|tCam sành|stage|tmới
row|3|conflict|k1|84|unit|t84|kind|tedit|table_name|torganization|row_id|to1|column_name|tname|winner_value|tHTX B|loser_value|tHTX A|state|topen
read|43|2|4|end
row|4|admin_unit|84|84|code|t84
)";

std::string tabbed(std::string text)
{
    std::replace(text.begin(), text.end(), '|', '\t');
    return text;
}

/// The honest history with every `from` made `to`.
std::string forged(std::string text, const std::string& from, const std::string& to)
{
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size(), ++count)
        text.replace(at, from.size(), to);
    REQUIRE(count > 0);
    return text;
}

std::string without(const std::string& text, const std::string& beginning)
{
    std::string out;
    std::size_t gone = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at) + 1;
        if (text.compare(at, beginning.size(), beginning) == 0)
            ++gone;
        else
            out += text.substr(at, end - at);
        at = end;
    }
    REQUIRE(gone > 0);
    return out;
}

Complaints said(Complaints (*check)(const Facts&), const std::string& history)
{
    const std::string text = tabbed(history);
    const Story story = read_story(text);
    return check(Facts{story});
}

bool rejects(Complaints (*check)(const Facts&), const std::string& history)
{
    return !said(check, history).empty();
}

}  // namespace

// Would catch a checker that cries wolf, and with it every forgery below that is rejected for another reason than its own.
TEST_CASE("no checker complains of the honest history", "[simulator]")
{
    for (const Checker& checker : checkers()) {
        INFO(checker.name);
        CHECK(said(checker.check, honest) == Complaints{});
    }
    CHECK_FALSE(judge("").empty());
    CHECK_FALSE(judge("run\t1\t1\t1\nnonsense\t5\n").empty());
}

// Would catch a checker that calls half a history sound.
TEST_CASE("forged: a history cut short", "[simulator]")
{
    CHECK(rejects(check_history, without(honest, "ok|31")));
    CHECK(rejects(check_history, without(honest, "quiet")));
    CHECK(rejects(check_history, without(honest, "proof|42|1")));
    CHECK(rejects(check_history, without(honest, "read|43|1|3")));
    CHECK(rejects(check_history, honest.substr(0, honest.size() - 1)));
    CHECK(rejects(check_history, honest + "what|1\n"));
}

// Would catch a convergence checker that compares nothing, or only one way.
TEST_CASE("forged: replicas that differ", "[simulator]")
{
    CHECK(rejects(check_convergence, forged(honest, "row|3|organization|o1|84|unit|t84|name|tHTX B",
                                            "row|3|organization|o1|84|unit|t84|name|tHTX A")));
    CHECK(rejects(check_convergence, without(honest, "row|3|product")));
    CHECK(rejects(check_convergence, without(honest, "row|2|product")));
    CHECK(rejects(check_convergence, without(honest, "row|3|conflict")));
}

// Would catch a checker that lets a committed value vanish: overwritten unseen, deleted unseen, or back from the dead.
TEST_CASE("F84 forged: an update lost", "[simulator]")
{
    CHECK(rejects(check_no_lost_update, without(without(honest, "row|2|conflict"), "row|3|conflict")));
    CHECK(rejects(check_no_lost_update,
                  forged(honest, "winner_value|tHTX B|loser_value|tHTX A", "winner_value|tHTX B|loser_value|tHTX C")));
    CHECK(rejects(check_no_lost_update, without(honest, "row|2|product")));
    CHECK(rejects(check_no_lost_update, forged(honest, "stage|tmới\nrow|2|conflict", "stage|tcũ\nrow|2|conflict")));
    const std::string removal = "invoke|36|0|9\ncell|9|product|p1|84|id|tp1|~\ncell|9|product|p1|84|name|tCam sành|~\n"
                                "cell|9|product|p1|84|unit|t84|~\ncell|9|product|p1|84|organization|to1|~\n"
                                "cell|9|product|p1|84|stage|tmới|~\nok|36|0|9\nquiet|40\n";
    CHECK(rejects(check_no_lost_update, forged(honest, "quiet|40\n", removal)));  // and the row is still there
}

// Would catch an excuse too many: after a restore only that may be gone which no machine held any more.
TEST_CASE("F20 forged: a restore is no excuse for what the parent had", "[simulator]")
{
    const std::string lost =
        without(without(honest, "row|2|conflict"), "row|3|conflict");  // HTX A, the centre's, is gone
    const std::string unsent = forged(lost, "ok|30|0|2\n", "ok|30|0|2\nrestore|30|0|1\n");
    const std::string kept = forged(unsent, "invoke|10|1|1\n", "snapshot|9|0|1\ninvoke|10|1|1\n");
    CHECK_FALSE(rejects(check_no_lost_update, kept));
    const std::string heard = forged(kept, "restore|30|0|1\n",
                                     "make|30|1|7|30\nserve|30|0|7|8|30|1\nfinish|30|1|8|30|0|1|1\nrestore|30|0|1\n");
    CHECK(rejects(check_no_lost_update, heard));
    const std::string late = forged(kept, "snapshot|9|0|1\n", "");
    CHECK(rejects(check_no_lost_update, forged(late, "restore|30|0|1\n", "snapshot|30|0|1\nrestore|30|0|1\n")));
}

// Would catch a checker that believes what nobody wrote: a value from nowhere, from a transaction that failed, or from the future.
TEST_CASE("forged: a value nobody committed", "[simulator]")
{
    CHECK(rejects(check_no_invention, forged(honest, "row|2|organization|o1|84|unit|t84|name|tHTX B",
                                             "row|2|organization|o1|84|unit|t84|name|tHTX Z")));
    CHECK(rejects(check_no_invention, forged(honest, "row|1|product|p1|84|unit|t84|organization|to1|name|tCam sành|",
                                             "row|1|product|p1|84|unit|t84|organization|to1|name|tCam sành loại 1|")));
    CHECK(
        rejects(check_no_invention, forged(honest, "invoke|30|0|2\n",
                                           "read|25|1|7|now\nrow|7|organization|o1|84|name|tHTX A\ninvoke|30|0|2\n")));
}

// Would catch an order checker that allows a step back, a reference into nothing, or an effect before its cause.
TEST_CASE("forged: an effect before its cause", "[simulator]")
{
    const std::string now = "row|1|organization|o1|84|unit|t84|name|tHTX B";
    CHECK(rejects(check_causal_order,
                  forged(honest, now, "row|1|organization|o1|84|unit|t84|name|tHTX Cầu Kè")));  // it had written HTX B
    CHECK(rejects(check_causal_order, without(honest, "row|1|organization")));
    const std::string early = "read|25|0|7|now\nrow|7|organization|o1|84|unit|t84|name|tHTX Cầu Kè\ninvoke|30|0|2\n";
    CHECK(
        rejects(check_causal_order, forged(honest, "invoke|30|0|2\n", early)));  // its product came in the same message
}

// Would catch a checker that takes every move for an excuse: only who no longer holds the row may show it as it was, and only from then on.
TEST_CASE("F72 forged: an effect before its cause, of a row that moves", "[simulator]")
{
    const std::string both = "cell|2|organization|o1|84|phone|~|t1\ncell|2|product|p1|84|note|~|tx\nok|30|0|2\n";
    const std::string read = "read|42|1|8|now\nrow|8|organization|o1|84|unit|t84|name|tHTX B\n"
                             "row|8|product|p1|84|unit|t84|organization|to1|name|tCam sành|stage|tmới|note|tx\n";
    const std::string heard = forged(honest, "ok|30|0|2\n", both);
    const auto move = [](const char* to) {
        return "invoke|39|0|9\ncell|9|organization|o1|" + std::string{to} + "|unit|t84|t" + to + "\nok|39|0|9\n";
    };
    const auto late = [](const std::string& history) {  // of node 1; the centre, which moved it, is another matter
        const Complaints all = said(check_causal_order, history);
        return std::any_of(all.begin(), all.end(), [](const auto& one) { return one.starts_with("node 1 shows not"); });
    };
    const std::string end = "proof|42|0|1|0|0|0\n";
    CHECK(late(forged(heard, end, read + end)));
    CHECK_FALSE(late(forged(heard, end, move("95") + read + end)));
    CHECK(late(forged(heard, end, read + move("95") + end)));
    CHECK(late(forged(heard, end, move("84") + read + end)));
}

// Would catch an atomicity checker to which half a change of one row is a change, or half a transaction in a whole message.
TEST_CASE("forged: half a change", "[simulator]")
{
    const std::string row = "row|1|product|p1|84|unit|t84|organization|to1|name|tCam sành";
    CHECK(rejects(check_atomicity, forged(honest, row + "|stage|tmới\nquiet", row + "\nquiet")));
    const std::string in_parts = forged(honest, "run|1|1|1", "run|1|0|1");
    CHECK(rejects(check_atomicity, forged(in_parts, row + "|stage|tmới\nquiet", row + "\nquiet")));
    CHECK(rejects(check_atomicity, without(honest, "row|1|product")));
    CHECK_FALSE(rejects(check_atomicity, without(in_parts, "row|1|product")));
}

// Would catch a scope checker that lets one province read another's rows.
TEST_CASE("F73 forged: a row out of scope", "[simulator]")
{
    CHECK(rejects(check_scope, honest + "row|4|organization|o1|84|unit|t84|name|tHTX B\n"));
    CHECK(rejects(check_scope, honest + "row|4|directive|d1|84|unit|t84|subject|tx\n"));
    CHECK_FALSE(rejects(check_scope, honest + "row|4|directive|d1|VN|unit|tVN|subject|tx\n"));
}

// Would catch a liveness checker that waits for ever, or takes a node's refusal or doubt for an end.
TEST_CASE("F47 forged: an end that is none", "[simulator]")
{
    CHECK(rejects(check_liveness, forged(honest, "proof|42|1|1|1|1|0", "proof|42|1|1|1|0|0")));
    CHECK(rejects(check_liveness, forged(honest, "proof|42|1|1|1|1|0", "proof|42|1|1|0|1|0")));
    CHECK(rejects(check_liveness, forged(honest, "proof|42|0|1|0|0|0", "proof|42|0|0|0|0|0")));
    CHECK(rejects(check_liveness, forged(honest, "proof|42|1|1|1|1|0", "proof|42|1|1|1|1|2")));
    CHECK(rejects(check_liveness, forged(honest, "proof|42|0", "refused|41|1|serve|malformed\nproof|42|0")));
    const std::string again = "finish|41|1|4|41|0|1|1\n";
    CHECK(rejects(check_liveness, forged(honest, again, again + again + again)));
}

// Would catch a bound that bounds nothing.
TEST_CASE("forged: a log without bound", "[simulator]")
{
    CHECK(rejects(check_bounds, forged(honest, "size|42|0|400000", "size|42|0|40000000")));
}

// Would catch a checker that lets the machine ask a person about two values of which one had seen the other.
TEST_CASE("forged: a needless conflict", "[simulator]")
{
    CHECK(rejects(check_conflicts_are_true, forged(honest, "winner_value|tHTX B|loser_value|tHTX A",
                                                   "winner_value|tHTX B|loser_value|tHTX Cầu Kè")));
}

// Would catch a checker to which a refused value may stand, its author may never hear of it, or an honest one may be refused.
TEST_CASE("F70 forged: a refusal that is none, or should not be", "[simulator]")
{
    const std::string wrong = honest + "invoke|36|1|20\ncell|20|directive|d1|VN|id|~|td1\n"
                                       "cell|20|directive|d1|VN|subject|~|tX\nok|36|1|20\n";
    const auto record = [](const std::string& unit, const std::string& table, const std::string& row) {
        return "row|2|quarantine|q1|" + unit + "|unit|t" + unit + "|kind|tcreate|table_name|t" + table + "|row_id|t" +
               row + "|value|t{}|reason|tunit_not_authors|author_origin|tbb.1\n";
    };
    CHECK_FALSE(rejects(check_refusals, wrong + record("84", "directive", "d1")));
    CHECK(rejects(check_refusals, wrong + "row|2|directive|d1|VN|unit|tVN|subject|tX\n"));
    CHECK(rejects(check_refusals, wrong + record("95", "directive", "d1")));
    CHECK(rejects(check_refusals, honest + record("84", "organization", "o1")));
    CHECK(rejects(check_no_lost_update, wrong));
    CHECK_FALSE(rejects(check_no_lost_update,
                        forged(wrong + record("84", "directive", "d1"), "t{}", R"(t{"unit":"VN","subject":"X"})")));
}

// Would catch a checker that leaves it to the version who of two tiers is right.
TEST_CASE("forged: a lower tier's word over a higher one's", "[simulator]")
{
    const std::string two =
        honest + "invoke|36|0|20\ncell|20|evaluation|e1|84|result|~|tA\nok|36|0|20\ninvoke|37|1|21\n"
                 "cell|21|evaluation|e1|84|result|~|tB\nok|37|1|21\nrow|2|conflict|k2|84|unit|t84|kind|tedit|"
                 "table_name|tevaluation|row_id|te1|column_name|tresult|winner_value|";
    CHECK_FALSE(rejects(check_authority, two + "tA|loser_value|tB|state|topen\n"));
    CHECK(rejects(check_authority, two + "tB|loser_value|tA|state|topen\n"));
}

// Would catch a model that agrees with everything: another winner, a row gone or back, a conflict it has not.
TEST_CASE("forged: an end the reference model does not reach", "[simulator]")
{
    CHECK(rejects(check_against_model, forged(honest, "row|2|organization|o1|84|unit|t84|name|tHTX B",
                                              "row|2|organization|o1|84|unit|t84|name|tHTX A")));
    CHECK(rejects(check_against_model, without(honest, "row|2|product")));
    CHECK(rejects(check_against_model, forged(honest, "winner_value|tHTX B|loser_value|tHTX A",
                                              "winner_value|tHTX B|loser_value|tHTX Cầu Kè")));
    // The centre hears of HTX B before it writes: there is nothing to choose between.
    const std::string before = "make|30|1|7|30\nserve|30|0|7|8|30|1\n";
    std::string later = without(honest, "invoke|31");
    later = without(without(later, "cell|3"), "ok|31|1|3");
    later = forged(later, "invoke|30|0|2\n",
                   "invoke|29|1|3\ncell|3|organization|o1|84|name|tHTX Cầu Kè|tHTX B\nok|29|1|3\n" + before +
                       "invoke|30|0|2\n");
    CHECK(rejects(check_against_model, later));
}

// Would catch a checker that shares the engine's code, and so its mistakes; and a reference model grown into a second engine.
TEST_CASE("checkers include nothing of the engine, and the reference model stays small", "[simulator]")
{
    static const std::filesystem::path root = OCOP_SOURCE_DIR;
    const std::filesystem::path folder = root / "tests" / "simulator" / "checkers";
    std::size_t model_lines = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const std::string name = entry.path().filename().string();
        CAPTURE(name);
        if (name.find("_test.cpp") != std::string::npos) continue;
        for (const char* part : {"node/", "sync/", "schema/", "cli/", "tests/support", "sqlite3.h"})
            CHECK(text.find(std::string{"#include \""} + part) == std::string::npos);
        if (name.starts_with("reference_model"))
            model_lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
    CHECK(model_lines > 0);
    CHECK(model_lines <= 300);
}
