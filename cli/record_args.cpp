#include "cli/record_args.h"

#include <boost/json.hpp>

#include "node/record_values.h"

namespace ocop::cli {

namespace json = boost::json;

Result<TypedFields> split_assignments(const std::vector<std::string>& arguments)
{
    TypedFields fields;
    for (const std::string& argument : arguments) {
        const std::size_t equals = argument.find('=');
        if (equals == std::string::npos || equals == 0) return Refusal{Errc::usage, argument + " (column=value?)"};
        fields.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
    }
    return fields;
}

json::value to_json(const Value& value)
{
    switch (value.index()) {
    case 0: return nullptr;
    case 1: return std::get<std::int64_t>(value);
    case 2: return std::get<double>(value);
    default: return json::string(value_text(value));
    }
}

json::object to_json(const Row& row)
{
    json::object object{{"id", row.id}};
    for (const auto& [name, value] : row.fields) object[name] = to_json(value);
    return object;
}

std::string label_of(const TableInfo& table, std::string_view column, Language language)
{
    const ColumnModel* model = table.model->column(column);
    if (model == nullptr) return std::string{column};
    const std::string& label = language == Language::vi ? model->label.vi : model->label.en;
    return label.empty() ? model->name : label;
}

std::string shown(const TableInfo& table, std::string_view column, const Value& value, const UnitTree& units)
{
    const std::string text = value_text(value);
    if (text.empty() || !holds_unit(table, column)) return text;
    const Unit* unit = units.find(text);
    return unit == nullptr ? text : unit->name + " (" + text + ")";
}

std::string title_of(const Row& row)
{
    for (const std::string_view column : {"name", "number", "subject"}) {
        const std::string text = value_text(row.value(column));
        if (!text.empty()) return text;
    }
    return row.id;
}

}  // namespace ocop::cli
