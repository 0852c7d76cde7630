#include "cli/mapping.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "node/record_values.h"
#include "node/text.h"
#include "schema/base/toml.h"

namespace ocop::cli {

namespace {

/// Reads node by node and keeps the first fault; after it, what is read no longer matters.
class Reader {
public:
    explicit Reader(const Catalog& catalog) : catalog_(catalog) {}

    Result<Mapping> read(const toml::table& root)
    {
        only(root, {"format", "filter", "into"});
        const toml::node* format = root.get("format");
        if (format == nullptr || format->value_exact<std::int64_t>() != 1) fail(root, "format = 1 ?");
        Mapping mapping;
        if (const toml::node* filter = root.get("filter")) read_filter(*filter, mapping);
        const toml::node* blocks = root.get("into");
        if (blocks == nullptr || !blocks->is_array_of_tables())
            fail(root, "[[into]] ?");
        else
            for (const toml::node& block : *blocks->as_array()) read_block(*block.as_table(), mapping);
        if (!fault_.empty()) return Refusal{Errc::bad_file, fault_};
        return mapping;
    }

private:
    void fail(const toml::node& node, const std::string& what)
    {
        const auto& begin = node.source().begin;
        if (fault_.empty()) fault_ = std::to_string(begin.line) + ":" + std::to_string(begin.column) + " " + what;
    }

    void only(const toml::table& table, std::initializer_list<std::string_view> keys)
    {
        for (auto&& [key, value] : table) {
            if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
                fail(value, std::string{key.str()} + " ?");
        }
    }

    /// A constant as a person would type it.
    std::string text_of(const toml::node& node)
    {
        if (const auto text = node.value_exact<std::string>()) return to_nfc(trimmed(*text));
        if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
        if (const auto number = node.value_exact<double>()) return value_text(Value{*number});
        fail(node, "text, number ?");
        return {};
    }

    std::string word(const toml::table& table, std::string_view key)
    {
        const toml::node* node = table.get(key);
        if (node == nullptr || !node->is_string() || node->as_string()->get().empty()) {
            fail(node != nullptr ? *node : table, std::string{key} + " ?");
            return {};
        }
        return to_nfc(trimmed(node->as_string()->get()));
    }

    std::vector<std::string> words(const toml::table& table, std::string_view key)
    {
        std::vector<std::string> list;
        const toml::node* node = table.get(key);
        if (node == nullptr) return list;
        if (!node->is_array() || !node->as_array()->is_homogeneous(toml::node_type::string)) {
            fail(*node, std::string{key} + " ?");
            return list;
        }
        for (const toml::node& item : *node->as_array()) list.push_back(item.as_string()->get());
        return list;
    }

    void read_filter(const toml::node& node, Mapping& mapping)
    {
        if (!node.is_table()) return fail(node, "filter = { } ?");
        for (auto&& [key, value] : *node.as_table())
            mapping.filter.emplace_back(std::string{key.str()}, text_of(value));
    }

    void read_block(const toml::table& node, Mapping& mapping)
    {
        only(node, {"table", "match", "required", "columns"});
        MappedTable block;
        block.table = word(node, "table");
        const TableInfo* table = catalog_.table(block.table);
        if (table == nullptr || table->model->engine) return fail(node, "table = " + block.table + " ?");
        const toml::node* columns = node.get("columns");
        if (columns == nullptr || !columns->is_array() || !columns->as_array()->is_homogeneous(toml::node_type::table))
            return fail(node, "columns = [{ }, ...] ?");
        for (const toml::node& column : *columns->as_array()) read_column(*column.as_table(), *table, mapping, block);
        block.match = words(node, "match");
        block.required = words(node, "required");
        for (const auto* list : {&block.match, &block.required}) {
            for (const std::string& name : *list) {
                if (block.column(name) == nullptr) fail(node, name + " ?");
            }
        }
        mapping.into.push_back(std::move(block));
    }

    void read_column(const toml::table& node, const TableInfo& table, const Mapping& mapping, MappedTable& block)
    {
        MappedColumn column;
        column.name = word(node, "name");
        if (table.column(column.name) == nullptr && column.name != "id")
            fail(node, table.name + "." + column.name + " ?");
        if (block.column(column.name) != nullptr) fail(node, column.name + ", " + column.name);
        if (node.contains("csv")) {
            read_csv_way(node, column);
        } else if (node.contains("value")) {
            only(node, {"name", "value"});
            column.way = MappedColumn::Way::constant;
            column.constant = text_of(*node.get("value"));
        } else {
            read_earlier_way(node, mapping, column);
        }
        block.columns.push_back(std::move(column));
    }

    void read_csv_way(const toml::table& node, MappedColumn& column)
    {
        only(node, {"name", "csv", "as", "optional"});
        column.csv = word(node, "csv");
        if (const toml::node* optional = node.get("optional")) {
            const auto flag = optional->value_exact<bool>();
            if (!flag) fail(*optional, "optional = true ?");
            column.optional = flag.value_or(false);
        }
        if (!node.contains("as")) return;
        column.way = MappedColumn::Way::unit_code;
        if (word(node, "as") != "unit_code") fail(node, "as = \"unit_code\" ?");
    }

    void read_earlier_way(const toml::table& node, const Mapping& mapping, MappedColumn& column)
    {
        only(node, {"name", "row", "column"});
        column.way = MappedColumn::Way::earlier;
        column.row = word(node, "row");
        column.column = word(node, "column");
        const bool known = std::any_of(mapping.into.begin(), mapping.into.end(),
                                       [&](const MappedTable& earlier) { return earlier.table == column.row; });
        const TableInfo* table = catalog_.table(column.row);
        if (!known || table == nullptr) return fail(node, "row = " + column.row + " ?");
        if (table->column(column.column) == nullptr && column.column != "id") fail(node, column.column + " ?");
    }

    const Catalog& catalog_;
    std::string fault_;
};

}  // namespace

const MappedColumn* MappedTable::column(std::string_view name) const
{
    for (const MappedColumn& mapped : columns) {
        if (mapped.name == name) return &mapped;
    }
    return nullptr;
}

Result<Mapping> parse_mapping(std::string_view toml, const Catalog& catalog)
{
    try {
        return Reader(catalog).read(parse_toml(toml));
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        return Refusal{Errc::bad_file, std::to_string(begin.line) + ":" + std::to_string(begin.column) + " " +
                                           std::string{error.description()}};
    } catch (const TomlSurprise& surprise) {
        return Refusal{Errc::bad_file, surprise.what()};
    }
}

}  // namespace ocop::cli
