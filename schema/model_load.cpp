// The TOML of a model, read strictly: what is not understood is refused, with its line and column.
#include <algorithm>
#include <initializer_list>
#include <set>

#include "schema/base/toml.h"
#include "schema/model.h"

namespace ocop {
namespace {

std::string at(const toml::source_region& source, const std::string& what)
{
    return std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column) + " " + what;
}

bool iso_date(const std::string& text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U})
        if (text[i] < '0' || text[i] > '9') return false;
    const int month = (text[5] - '0') * 10 + (text[6] - '0');
    const int day = (text[8] - '0') * 10 + (text[9] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// Reads node by node and keeps the first fault; after it, what is read no longer matters.
class Reader {
public:
    Result<Model> read(const toml::table& root);

private:
    TableModel read_table(const toml::table& node);
    ColumnModel read_column(const toml::table& node);
    WriterRule read_writer(const toml::table& node, const TableModel& table);
    void read_columns(const toml::table& node, TableModel& table);
    void check_groups(const toml::table& node, const TableModel& table);
    void check_writer(const toml::table& node, const TableModel& table, const WriterRule& rule);

    void fail(const toml::node& node, const std::string& what)
    {
        if (fault_.empty()) fault_ = at(node.source(), what);
    }

    void allow(const toml::table& node, std::initializer_list<std::string_view> keys)
    {
        for (auto&& [key, value] : node)
            if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
                fail(value, "unknown key " + std::string(key.str()));
    }

    const toml::node* get(const toml::table& node, std::string_view key, bool required)
    {
        const toml::node* found = node.get(key);
        if (found == nullptr && required) fail(node, "missing " + std::string(key));
        return found;
    }

    std::string text(const toml::table& node, std::string_view key, bool required)
    {
        const toml::node* found = get(node, key, required);
        if (found == nullptr) return {};
        if (!found->is_string() || found->as_string()->get().empty()) {
            fail(*found, std::string(key) + ": text expected");
            return {};
        }
        return found->as_string()->get();
    }

    int integer(const toml::table& node, std::string_view key, int low, int high)
    {
        const toml::node* found = get(node, key, true);
        if (found == nullptr) return low;
        const std::optional<std::int64_t> value = found->value_exact<std::int64_t>();
        if (!value || *value < low || *value > high) {
            fail(*found, std::string(key) + " outside " + std::to_string(low) + ".." + std::to_string(high));
            return low;
        }
        return static_cast<int>(*value);
    }

    bool flag(const toml::table& node, std::string_view key)
    {
        const toml::node* found = node.get(key);
        if (found == nullptr) return false;
        if (!found->is_boolean()) fail(*found, std::string(key) + ": true or false expected");
        return found->value_or(false);
    }

    // Calls `each` with every element of an array of T.
    template <class T, class Each>
    void elements(const toml::table& node, std::string_view key, bool required, Each each)
    {
        const toml::node* found = get(node, key, required);
        if (found == nullptr) return;
        if (!found->is_array() || (required && found->as_array()->empty())) {
            fail(*found, std::string(key) + ": a list expected");
            return;
        }
        for (const toml::node& element : *found->as_array()) {
            if (const auto* typed = element.as<T>())
                each(*typed);
            else
                fail(element, std::string(key) + ": wrong type");
        }
    }

    std::set<int> numbers(const toml::table& node, std::string_view key)
    {
        std::set<int> found;
        elements<std::int64_t>(node, key, false, [&](const toml::value<std::int64_t>& each) {
            if (each.get() < 1 || each.get() > 1'000'000)
                fail(each, std::string(key) + ": out of range");
            else
                found.insert(static_cast<int>(each.get()));
        });
        return found;
    }

    std::string fault_;
};

ColumnModel Reader::read_column(const toml::table& node)
{
    allow(node, {"name", "bit", "group", "uuid", "conflict", "vi", "en"});
    ColumnModel column;
    column.name = text(node, "name", true);
    column.bit = integer(node, "bit", 1, 62);
    column.uuid = flag(node, "uuid");
    column.label = {text(node, "vi", true), text(node, "en", true)};
    const std::string conflict = text(node, "conflict", false);
    if (conflict == "authority")
        column.conflict = ConflictRule::authority;
    else if (!conflict.empty())
        fail(node, "unknown conflict rule " + conflict);
    return column;
}

void Reader::read_columns(const toml::table& node, TableModel& table)
{
    const std::set<int> retired = numbers(node, "retired_bits");
    elements<toml::table>(node, "columns", true, [&](const toml::table& each) {
        ColumnModel column = read_column(each);
        if (column.name == "id" || table.column(column.name) != nullptr) fail(each, "duplicate column " + column.name);
        if (retired.count(column.bit) != 0) fail(each, "retired bit " + std::to_string(column.bit));
        table.columns.push_back(std::move(column));
    });
    check_groups(node, table);
}

// A shared bit is meant, not slipped into: all its columns say so, and nobody else does.
void Reader::check_groups(const toml::table& node, const TableModel& table)
{
    elements<toml::table>(node, "columns", true, [&](const toml::table& each) {
        const int bit = integer(each, "bit", 1, 62);
        const bool shared = table.group(bit).size() > 1;
        if (shared && !flag(each, "group")) fail(each, "duplicate bit " + std::to_string(bit));
        if (!shared && flag(each, "group")) fail(each, "group of one " + std::to_string(bit));
    });
}

WriterRule Reader::read_writer(const toml::table& node, const TableModel& table)
{
    allow(node, {"columns", "tiers", "from", "to", "date_column", "when_column", "when_values", "source"});
    WriterRule rule;
    elements<std::string>(node, "columns", false,
                          [&](const toml::value<std::string>& each) { rule.columns.push_back(each.get()); });
    elements<std::string>(node, "tiers", true, [&](const toml::value<std::string>& each) {
        constexpr std::string_view names[] = {"central", "province", "district", "commune"};
        const auto* found = std::find(std::begin(names), std::end(names), each.get());
        if (found == std::end(names))
            fail(each, "unknown tier " + each.get());
        else
            rule.tiers.push_back(static_cast<Tier>(found - std::begin(names)));
    });
    rule.from = text(node, "from", false);
    rule.to = text(node, "to", false);
    rule.date_column = text(node, "date_column", false);
    rule.when_column = text(node, "when_column", false);
    elements<std::int64_t>(node, "when_values", false,
                           [&](const toml::value<std::int64_t>& each) { rule.when_values.push_back(each.get()); });
    rule.source = text(node, "source", false);
    check_writer(node, table, rule);
    return rule;
}

void Reader::check_writer(const toml::table& node, const TableModel& table, const WriterRule& rule)
{
    if (const toml::node* columns = node.get("columns"); columns != nullptr && rule.columns.empty())
        fail(*columns, "columns: empty list");
    for (const std::string& name : rule.columns)
        if (name != "id" && table.column(name) == nullptr) fail(node, "unknown column " + name);
    for (const std::string& name : {rule.date_column, rule.when_column})
        if (!name.empty() && table.column(name) == nullptr) fail(node, "unknown column " + name);
    for (const std::string& date : {rule.from, rule.to})
        if (!date.empty() && !iso_date(date)) fail(node, "not a date " + date);
    if (!rule.from.empty() && !rule.to.empty() && rule.from >= rule.to)
        fail(node, "dates out of order " + rule.from + " " + rule.to);
    if (rule.when_column.empty() != rule.when_values.empty()) fail(node, "when_column and when_values go together");
}

TableModel Reader::read_table(const toml::table& node)
{
    allow(node, {"id", "name", "audience", "unit_column", "engine", "history", "label", "columns", "retired_bits",
                 "writers"});
    TableModel table;
    table.id = integer(node, "id", 1, 1'000'000);
    table.name = text(node, "name", true);
    const std::string audience = text(node, "audience", true);
    if (audience == "subtree")
        table.audience = Audience::subtree;
    else if (audience == "line")
        table.audience = Audience::line;
    else if (audience != "lineage")
        fail(node, "unknown audience " + audience);
    if (std::string unit = text(node, "unit_column", false); !unit.empty()) table.unit_column = unit;
    table.engine = flag(node, "engine");
    table.history = flag(node, "history");
    if (const toml::node* label = get(node, "label", true); label != nullptr && label->is_table()) {
        allow(*label->as_table(), {"vi", "en"});
        table.label = {text(*label->as_table(), "vi", true), text(*label->as_table(), "en", true)};
    } else if (label != nullptr) {
        fail(*label, "label: vi and en expected");
    }
    read_columns(node, table);
    if (table.unit_column != "id" && table.column(table.unit_column) == nullptr)
        fail(node, "unknown column " + table.unit_column);
    elements<toml::table>(node, "writers", false,
                          [&](const toml::table& each) { table.writers.push_back(read_writer(each, table)); });
    return table;
}

Result<Model> Reader::read(const toml::table& root)
{
    allow(root, {"version", "retired_tables", "table"});
    Model model;
    model.version = integer(root, "version", 1, 1'000'000);
    const std::set<int> retired = numbers(root, "retired_tables");
    elements<toml::table>(root, "table", true, [&](const toml::table& each) {
        TableModel table = read_table(each);
        if (model.table(table.id) != nullptr) fail(each, "duplicate table id " + std::to_string(table.id));
        if (retired.count(table.id) != 0) fail(each, "retired table id " + std::to_string(table.id));
        if (model.table(table.name) != nullptr) fail(each, "duplicate table " + table.name);
        model.tables.push_back(std::move(table));
    });
    if (!fault_.empty()) return Refusal{Errc::bad_file, fault_};
    return model;
}

}  // namespace

Result<Model> load_model(std::string_view toml)
{
    try {
        return Reader().read(parse_toml(toml));
    } catch (const toml::parse_error& error) {  // the library's way to refuse; it goes no further
        return Refusal{Errc::bad_file, at(error.source(), std::string(error.description()))};
    } catch (const TomlSurprise& surprise) {
        return Refusal{Errc::bad_file, surprise.what()};
    }
}

}  // namespace ocop
