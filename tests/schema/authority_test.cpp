#include <catch2/catch.hpp>

#include <map>
#include <string>

#include "schema/authority.h"

namespace {

using ocop::may_write;
using ocop::Tier;
using ocop::WriteAnswer;
using ocop::WriteQuestion;
using Row = std::map<std::string, std::string>;

ocop::RowLookup lookup(const Row& row)
{
    return [row](std::string_view column) -> std::optional<std::string> {
        const auto found = row.find(std::string(column));
        if (found == row.end()) return std::nullopt;
        return found->second;
    };
}

const ocop::TableModel& table(const char* name)
{
    return *ocop::ocop_model().table(name);
}

WriteAnswer decide(Tier tier, const std::string& day, const std::string& star)
{
    WriteQuestion question{{"star"}, tier, "2026-01-01", {}, {}};
    question.before = lookup({{"evaluated_on", day}});
    question.after = lookup({{"evaluated_on", day}, {"star", star}});
    return may_write(table("evaluation"), question);
}

WriteAnswer certify(Tier tier, const std::string& day, const std::string& star)
{
    WriteQuestion question{{"id", "unit", "product", "star", "issued_on"}, tier, "2026-01-01", {}, {}};
    question.after = lookup({{"issued_on", day}, {"star", star}});
    return may_write(table("certificate"), question);
}

// "D", "P", "C" for each tier that may decide that star that day.
std::string deciders(WriteAnswer (*ask)(Tier, const std::string&, const std::string&), const std::string& day, int star)
{
    std::string found;
    found += ask(Tier::commune, day, std::to_string(star)) ? "X" : "";
    found += ask(Tier::district, day, std::to_string(star)) ? "D" : "";
    found += ask(Tier::province, day, std::to_string(star)) ? "P" : "";
    found += ask(Tier::central, day, std::to_string(star)) ? "C" : "";
    return found;
}

// A star decided by the wrong tier is void: catches a date off by one or a tier mixed up, at both changes of the law.
TEST_CASE("who decides a star follows the decision in force on its day")
{
    for (auto* ask : {decide, certify}) {
        for (const char* day : {"2019-09-01", "2023-02-23", "2025-07-06", "2026-01-01"}) {
            INFO(day);
            CHECK(deciders(ask, day, 3) == "P");
            CHECK(deciders(ask, day, 4) == "P");
            CHECK(deciders(ask, day, 5) == "C");
        }
        for (const char* day : {"2023-02-24", "2024-06-01", "2025-07-05"}) {
            INFO(day);
            CHECK(deciders(ask, day, 3) == "D");
            CHECK(deciders(ask, day, 4) == "P");
            CHECK(deciders(ask, day, 5) == "C");
        }
        CHECK(deciders(ask, "2024-06-01", 6).empty());
    }
    CHECK(deciders(decide, "2024-06-01", 2) == "DPC");
    CHECK(deciders(certify, "2024-06-01", 2).empty());
}

// Without the act and the tier a refusal helps nobody: catches a refusal that names no rule.
TEST_CASE("a refusal names the tier that may and the act that says so")
{
    const WriteAnswer answer = decide(Tier::district, "2024-06-01", "4");
    REQUIRE_FALSE(answer.allowed);
    REQUIRE(answer.rule != nullptr);
    CHECK(answer.column == "star");
    CHECK(answer.detail() == "star: province (Quyết định 148/QĐ-TTg)");
    CHECK(decide(Tier::district, "2025-07-06", "3").detail() == "star: province (Quyết định 1489/QĐ-TTg)");
    CHECK(decide(Tier::central, "2024-06-01", "9").rule == nullptr);
}

// What stands must be the writer's too: catches a district that takes away or lowers a province's star.
TEST_CASE("a star is changed only by who may decide both values")
{
    const Row four = {{"evaluated_on", "2024-06-01"}, {"star", "4"}};
    const Row three = {{"evaluated_on", "2024-06-01"}, {"star", "3"}};
    const Row none = {{"evaluated_on", "2024-06-01"}};
    const auto change = [](Tier tier, const Row& before, const Row& after) {
        return may_write(table("evaluation"), {{"star"}, tier, "2024-06-02", lookup(before), lookup(after)}).allowed;
    };
    CHECK_FALSE(change(Tier::district, four, three));
    CHECK_FALSE(change(Tier::district, four, none));
    CHECK(change(Tier::province, four, none));
    CHECK(change(Tier::district, three, none));
    CHECK(change(Tier::district, none, three));
}

// A council scores and proposes without deciding: catches a rule that locks it out, or lets it decide by the way.
TEST_CASE("a council may propose without a star")
{
    const Row proposed = {{"evaluated_on", "2024-06-01"}, {"score", "75.5"}};
    WriteQuestion question{
        {"id", "unit", "product", "level", "evaluated_on", "score", "star"}, Tier::district, "2024-06-01", {}, {}};
    question.after = lookup(proposed);
    CHECK(may_write(table("evaluation"), question));
    question.after = lookup({{"evaluated_on", "2024-06-01"}, {"star", "4"}});
    CHECK(may_write(table("evaluation"), question).column == "star");
    question.columns.pop_back();  // a whole row brings its star even if the caller forgets to name it
    CHECK(may_write(table("evaluation"), question).column == "star");
    question.tier = Tier::commune;
    CHECK_FALSE(may_write(table("evaluation"), question));
}

// The date picks the rule, so moving the date is deciding: catches a back-dated evaluation that makes a star lawful, and a deletion.
TEST_CASE("moving the date of a decision or deleting it asks for the star as well")
{
    const Row then = {{"evaluated_on", "2026-03-01"}, {"star", "3"}};
    const Row moved = {{"evaluated_on", "2024-03-01"}, {"star", "3"}};
    CHECK_FALSE(
        may_write(table("evaluation"), {{"evaluated_on"}, Tier::district, "2026-03-01", lookup(then), lookup(moved)}));
    CHECK(may_write(table("evaluation"), {{"score"}, Tier::district, "2026-03-01", lookup(then), lookup(then)}));
    CHECK_FALSE(may_write(table("evaluation"), {{"id"}, Tier::district, "2026-03-01", lookup(then), {}}));
    CHECK(may_write(table("evaluation"), {{"id"}, Tier::province, "2026-03-01", lookup(then), {}}));
}

// The district that issued is gone since 07/2025: catches rules under which nobody could withdraw its certificates.
TEST_CASE("a withdrawal goes by the law of its own day")
{
    const Row issued = {{"issued_on", "2024-06-01"}, {"star", "3"}};
    Row withdrawn = issued;
    withdrawn["withdrawn_on"] = "2026-02-01";
    const auto withdraw = [&](Tier tier, const char* column) {
        return may_write(table("certificate"), {{column}, tier, "2026-02-01", lookup(issued), lookup(withdrawn)})
            .allowed;
    };
    CHECK(withdraw(Tier::province, "withdrawn_on"));
    CHECK_FALSE(withdraw(Tier::central, "withdrawn_on"));
    CHECK_FALSE(withdraw(Tier::province, "number"));
}

// Plain rules of plain tables: catches a table that everybody, or nobody, may write.
TEST_CASE("units, dossiers, directives and conflicts have their writers")
{
    const auto writers = [](const char* name, const char* column) {
        std::string found;
        for (Tier tier : {Tier::central, Tier::province, Tier::district, Tier::commune})
            if (may_write(table(name), {{column}, tier, "2024-01-01", {}, {}}))
                found += ocop::tier_name(tier).substr(0, 1);
        return found;
    };
    CHECK(writers("admin_unit", "name") == "c");
    CHECK(writers("organization", "id") == "pdc");
    CHECK(writers("product", "name") == "pdc");
    CHECK(writers("directive", "id") == "cpd");
    CHECK(writers("conflict", "state") == "cpdc");
    CHECK(writers("conflict", "loser_value").empty());
    CHECK(writers("conflict", "id").empty());
}

// Tier names are read from options and files: catches a name that does not come back.
TEST_CASE("tier names go both ways")
{
    for (Tier tier : {Tier::central, Tier::province, Tier::district, Tier::commune})
        CHECK(ocop::tier_named(ocop::tier_name(tier)) == tier);
    CHECK_FALSE(ocop::tier_named("xã"));
}

}  // namespace
