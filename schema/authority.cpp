#include "schema/authority.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>

#include "schema/base/exhibit.h"

namespace ocop {
namespace {

constexpr std::string_view tier_names[] = {"central", "province", "district", "commune"};

template <class List, class Item>
bool holds(const List& list, const Item& item)
{
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool names(const WriterRule& rule, const std::string& column)
{
    return rule.columns.empty() || holds(rule.columns, column);
}

bool on_its_day(const WriterRule& rule, const RowLookup& row, const std::string& today)
{
    std::optional<std::string> day;
    if (!rule.date_column.empty()) day = row(rule.date_column);
    const std::string& date = day ? *day : today;
    return (rule.from.empty() || date >= rule.from) && (rule.to.empty() || date < rule.to);
}

bool has_its_value(const WriterRule& rule, const RowLookup& row)
{
    if (rule.when_column.empty()) return true;
    const std::optional<std::string> text = row(rule.when_column);
    std::int64_t number = 0;
    if (!text) return false;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    return error == std::errc() && end == text->data() + text->size() && holds(rule.when_values, number);
}

// A column that all its rules give by its own value, and that is NULL: nothing is decided.
bool undecided(const TableModel& table, const std::string& column, const RowLookup& row)
{
    bool decided_by_value = false;
    for (const WriterRule& rule : table.writers) {
        if (!names(rule, column)) continue;
        if (rule.when_column != column) return false;
        decided_by_value = true;
    }
    return decided_by_value && !row(column);
}

// One column of the row in one state. A refusal remembers the rule that would have let another tier write it.
bool state_allowed(const TableModel& table, const WriteQuestion& question, const std::string& column,
                   const RowLookup& row, const WriterRule*& other)
{
    if (undecided(table, column, row)) return true;
    for (const WriterRule& rule : table.writers) {
        if (!names(rule, column) || !on_its_day(rule, row, question.today) || !has_its_value(rule, row)) continue;
        if (holds(rule.tiers, question.tier)) return true;
        other = &rule;
    }
    return false;
}

std::vector<std::string> columns_asked(const TableModel& table, const WriteQuestion& question)
{
    std::vector<std::string> asked = question.columns;
    const bool whole_row = holds(asked, "id");
    for (const WriterRule& rule : table.writers) {
        const bool moved = whole_row || (!rule.date_column.empty() && holds(question.columns, rule.date_column));
        if (!rule.when_column.empty() && moved && names(rule, rule.when_column) && !holds(asked, rule.when_column) &&
            !holds(question.later, rule.when_column))
            asked.push_back(rule.when_column);
    }
    return asked;
}

}  // namespace

std::string_view tier_name(Tier tier)
{
    return tier_names[static_cast<std::size_t>(tier)];
}

std::optional<Tier> tier_named(std::string_view name)
{
    const auto* found = std::find(std::begin(tier_names), std::end(tier_names), name);
    if (found == std::end(tier_names)) return std::nullopt;
    return static_cast<Tier>(found - std::begin(tier_names));
}

std::string WriteAnswer::detail() const
{
    std::string text = column;
    if (rule == nullptr) return text;
    for (std::size_t i = 0; i < rule->tiers.size(); ++i)
        text += (i == 0 ? ": " : ", ") + std::string(tier_name(rule->tiers[i]));
    return rule->source.empty() ? text : text + " (" + rule->source + ")";
}

WriteAnswer may_write(const TableModel& table, const WriteQuestion& question)
{
    const RowLookup all_null = [](std::string_view) { return std::optional<std::string>(); };
    std::vector<const RowLookup*> states;
    if (question.before) states.push_back(&question.before);
    if (question.after) states.push_back(&question.after);
    if (states.empty()) states.push_back(&all_null);

    for (const std::string& column : columns_asked(table, question)) {
        for (const RowLookup* row : states) {
            const WriterRule* other = nullptr;
            if (!state_allowed(table, question, column, *row, other)) return {false, column, other};
        }
    }
    return {true, {}, nullptr};
}

// ---- at a hop

std::string_view verdict_name(Verdict verdict)
{
    constexpr std::string_view names[] = {"accepted",         "unknown_author",   "author_out_of_scope",
                                          "row_out_of_scope", "unit_not_authors", "not_permitted"};
    return names[static_cast<std::size_t>(verdict)];
}

Judgement judge(const ChangeQuestion& question)
{
    if (question.author_unit.empty() || !question.author_tier) return {Verdict::unknown_author, {}};
    if (!question.within(question.author_unit, question.sender_unit))
        return {Verdict::author_out_of_scope, question.author_unit};
    for (const std::string& unit : {question.unit_before, question.unit_after}) {
        if (unit.empty()) continue;
        if (!question.within(unit, question.sender_unit)) return {Verdict::row_out_of_scope, unit};
        if (!question.within(unit, question.author_unit)) return {Verdict::unit_not_authors, unit};
    }
    if (question.table->engine) return {};
    WriteQuestion write = question.write;
    write.tier = *question.author_tier;
    const WriteAnswer answer = may_write(*question.table, write);
    if (!answer) return {Verdict::not_permitted, answer.detail()};
    return {};
}

std::string day_of(std::int64_t time_ms, std::int64_t now_ms)
{
    constexpr std::int64_t day = 86'400'000;
    constexpr std::int64_t programme_began = 17'658 * day;  // 07/05/2018, Quyết định 490/QĐ-TTg
    bool believable = time_ms >= programme_began && time_ms <= now_ms + day;
    if (exhibit("jlongster-2")) believable = time_ms >= programme_began && now_ms <= time_ms + day;
    const auto days = (believable ? time_ms : now_ms) / day;
    // Civil date from days, by eras of 400 years (the calendar repeats after 146,097 days).
    const std::int64_t z = days + 719'468;
    const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
    const std::int64_t in_era = z - era * 146'097;
    const std::int64_t year = (in_era - in_era / 1460 + in_era / 36'524 - in_era / 146'096) / 365;
    const std::int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * in_year + 2) / 153;
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(year + era * 400 + (month >= 10 ? 1 : 0)),
                  static_cast<int>(month < 10 ? month + 3 : month - 9),
                  static_cast<int>(in_year - (153 * month + 2) / 5 + 1));
    return text;
}

}  // namespace ocop
