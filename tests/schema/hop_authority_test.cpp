// The authority function against an oracle of its own: the decrees written out by hand, trees walked on plain vectors. Random trees, row by
// writer by relay by date.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "schema/authority.h"

using namespace ocop;

namespace {

struct Case {
    std::vector<int> parents;  // of unit i; the first is the root
    std::vector<Tier> tiers;
    int before = -1, after = -1, author = -1, sender = 0;  // units; -1: none, or not known
    std::string table;
    std::vector<std::string> columns, later;
    std::map<std::string, std::string> was, will;
    std::string today;
    bool existed = false, exists = false;
};

bool has(const std::vector<std::string>& list, const std::string& item)
{
    return std::find(list.begin(), list.end(), item) != list.end();
}

// ---- the oracle

bool below(const Case& c, int unit, int over)
{
    for (; unit >= 0; unit = c.parents[static_cast<std::size_t>(unit)])
        if (unit == over) return true;
    return false;
}

/// Who decides so many stars on that day (Quyết định 1048, 148, 1489).
bool decides(Tier tier, int star, const std::string& day)
{
    if (star == 5) return tier == Tier::central;
    if (star == 4) return tier == Tier::province;
    const bool district = day >= "2023-02-24" && day < "2025-07-06";
    return star == 3 && tier == (district ? Tier::district : Tier::province);
}

std::string value(const std::map<std::string, std::string>& row, const std::string& column,
                  const std::string& otherwise)
{
    const auto found = row.find(column);
    return found == row.end() ? otherwise : found->second;
}

bool may_in_state(const Case& c, Tier tier, const std::string& column, const std::map<std::string, std::string>& row)
{
    const bool council = tier != Tier::commune;
    const int star = std::stoi(value(row, "star", "0"));
    if (c.table == "organization" || c.table == "product") return tier != Tier::central;
    if (c.table == "directive") return council;
    if (c.table == "evaluation") {
        if (column != "star") return council;
        return star == 0 || (star < 3 ? council : decides(tier, star, value(row, "evaluated_on", c.today)));
    }
    if (column == "star" && star == 0) return true;
    if (star < 3) return false;
    if (decides(tier, star, value(row, "issued_on", c.today))) return true;
    if (!has({"withdrawn_on", "withdrawn_reason", "note"}, column)) return false;
    return decides(tier, star, value(row, "withdrawn_on", c.today));
}

Verdict oracle(const Case& c)
{
    if (c.author < 0) return Verdict::unknown_author;
    if (!below(c, c.author, c.sender)) return Verdict::author_out_of_scope;
    for (const int unit : {c.before, c.after}) {
        if (unit < 0) continue;
        if (!below(c, unit, c.sender)) return Verdict::row_out_of_scope;
        if (!below(c, unit, c.author)) return Verdict::unit_not_authors;
    }
    std::vector<std::string> asked = c.columns;
    const std::string date = c.table == "evaluation" ? "evaluated_on" : c.table == "certificate" ? "issued_on" : "";
    if (!date.empty() && (has(asked, "id") || has(asked, date)) && !has(c.later, "star")) asked.push_back("star");
    const Tier tier = c.tiers[static_cast<std::size_t>(c.author)];
    for (const std::string& column : asked) {
        if (c.existed && !may_in_state(c, tier, column, c.was)) return Verdict::not_permitted;
        if (c.exists && !may_in_state(c, tier, column, c.will)) return Verdict::not_permitted;
        if (!c.existed && !c.exists && !may_in_state(c, tier, column, {})) return Verdict::not_permitted;
    }
    return Verdict::accepted;
}

// ---- chance

class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
    bool one_in(int n) { return below(n) == 0; }
    template <class T>
    T of(const std::vector<T>& list)
    {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }
    std::string day()
    {
        return of<std::string>({"2019-01-01", "2023-02-23", "2023-02-24", "2025-07-05", "2025-07-06", "2026-01-01"});
    }

private:
    std::mt19937 engine_;
};

std::map<std::string, std::string> a_row(Dice& dice)
{
    std::map<std::string, std::string> row;
    if (!dice.one_in(4)) row["star"] = std::to_string(1 + dice.below(5));
    for (const char* date : {"evaluated_on", "issued_on", "withdrawn_on"})
        if (!dice.one_in(3)) row[date] = dice.day();
    return row;
}

Case a_case(Dice& dice)
{
    Case c;
    for (int i = 0, count = 1 + dice.below(12); i < count; ++i) {
        c.parents.push_back(i == 0 ? -1 : dice.below(i));
        const int level = i == 0 ? 0
                                 : std::min(3, static_cast<int>(c.tiers[static_cast<std::size_t>(c.parents.back())]) +
                                                   1 + dice.below(2));
        c.tiers.push_back(static_cast<Tier>(level));
    }
    const int units = static_cast<int>(c.parents.size());
    // Mostly a lawful lineage, so that the later questions are reached.
    c.after = dice.below(units);
    const auto up = [&](int unit) {
        return dice.one_in(2) || c.parents[static_cast<std::size_t>(unit)] < 0
                   ? unit
                   : c.parents[static_cast<std::size_t>(unit)];
    };
    c.author = dice.one_in(8) ? dice.below(units) : up(up(c.after));
    c.sender = dice.one_in(8) ? dice.below(units) : up(up(c.author));
    c.before = dice.one_in(8) ? dice.below(units) : c.after;
    c.existed = !dice.one_in(3);
    c.exists = !dice.one_in(6);
    if (!c.existed) c.before = -1;
    if (!c.exists) c.after = -1;
    if (dice.one_in(20)) c.author = -1;
    c.table = dice.of<std::string>(
        {"organization", "product", "evaluation", "evaluation", "certificate", "certificate", "directive"});
    const std::map<std::string, std::vector<std::string>> columns = {
        {"organization", {"id", "name", "phone"}},
        {"product", {"id", "name", "note"}},
        {"directive", {"id", "subject"}},
        {"evaluation", {"id", "score", "star", "evaluated_on", "note"}},
        {"certificate", {"id", "star", "number", "issued_on", "withdrawn_on", "withdrawn_reason", "note"}}};
    for (const std::string& column : columns.at(c.table))
        if (dice.one_in(3)) c.columns.push_back(column);
    if (c.columns.empty()) c.columns.push_back(columns.at(c.table).front());
    if (dice.one_in(4)) c.later = {"star"};
    c.was = a_row(dice);
    c.will = dice.one_in(2) ? c.was : a_row(dice);
    c.today = dice.day();
    return c;
}

RowLookup lookup(const std::map<std::string, std::string>& row)
{
    return [&row](std::string_view column) -> std::optional<std::string> {
        const auto found = row.find(std::string{column});
        return found == row.end() ? std::nullopt : std::optional<std::string>{found->second};
    };
}

Verdict asked(const Case& c)
{
    const auto name = [](int unit) { return unit < 0 ? std::string{} : "u" + std::to_string(unit); };
    ChangeQuestion question;
    question.table = ocop_model().table(c.table);
    question.unit_before = name(c.before);
    question.unit_after = name(c.after);
    question.author_unit = name(c.author);
    if (c.author >= 0) question.author_tier = c.tiers[static_cast<std::size_t>(c.author)];
    question.sender_unit = name(c.sender);
    question.within = [&c](std::string_view unit, std::string_view over) {
        return below(c, std::stoi(std::string{unit.substr(1)}), std::stoi(std::string{over.substr(1)}));
    };
    question.write.columns = c.columns;
    question.write.later = c.later;
    question.write.today = c.today;
    if (c.existed) question.write.before = lookup(c.was);
    if (c.exists) question.write.after = lookup(c.will);
    return judge(question).verdict;
}

}  // namespace

// Would catch any row, writer, relay and date for which a hop decides otherwise than the decrees and the tree say.
TEST_CASE("F70 F72 authority at a hop agrees with the decrees, for any row, writer, relay and date", "[authority]")
{
    std::map<Verdict, int> seen;
    for (unsigned seed = 0; seed < 60'000; ++seed) {
        Dice dice{seed};
        const Case c = a_case(dice);
        const Verdict expected = oracle(c);
        ++seen[expected];
        if (asked(c) != expected)
            FAIL("seed " << seed << " " << c.table << ": " << verdict_name(asked(c)) << ", by the decrees "
                         << verdict_name(expected));
    }
    for (int verdict = 0; verdict <= static_cast<int>(Verdict::not_permitted); ++verdict)
        CHECK(seen[static_cast<Verdict>(verdict)] > 500);  // else this shows little
}

// Would catch a row that is moved out of reach of whoever may look at it, and one that is taken from a neighbour.
TEST_CASE("F72 a row that moves is asked for at both ends", "[authority]")
{
    Case c;
    c.parents = {-1, 0, 1, 1};
    c.tiers = {Tier::central, Tier::district, Tier::commune, Tier::commune};
    c.table = "organization";
    c.columns = {"unit"};
    c.existed = c.exists = true;
    c.today = "2026-01-01";
    c.before = c.author = c.sender = 2;
    c.after = 3;
    CHECK(asked(c) == Verdict::row_out_of_scope);
    c.before = 3;
    c.after = 2;
    CHECK(asked(c) == Verdict::row_out_of_scope);
    c.sender = 1;
    CHECK(asked(c) == Verdict::unit_not_authors);
    c.author = 1;
    CHECK(asked(c) == Verdict::accepted);
}

// Would catch a clock at 1970 or 2099 that puts a change under the rules of another age.
TEST_CASE("the day of a change is its author's only where that can be believed", "[authority]")
{
    constexpr std::int64_t now = 1'764'547'200'000;  // 2025-12-01
    CHECK(day_of(now, now) == "2025-12-01");
    CHECK(day_of(1'600'000'000'000, now) == "2020-09-13");
    CHECK(day_of(1'709'164'800'000, now) == "2024-02-29");
    CHECK(day_of(0, now) == "2025-12-01");
    CHECK(day_of(4'070'908'800'000, now) == "2025-12-01");
    CHECK(day_of(now + 3'600'000, now) == "2025-12-01");
}
