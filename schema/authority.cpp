#include "schema/authority.h"

#include <algorithm>
#include <charconv>
#include <iterator>

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
        if (!rule.when_column.empty() && moved && names(rule, rule.when_column) && !holds(asked, rule.when_column))
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

}  // namespace ocop
