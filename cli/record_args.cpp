#include "cli/record_args.h"

#include <boost/json.hpp>

#include "cli/detail.h"
#include "node/record_values.h"

namespace ocop::cli {

namespace json = boost::json;

Result<TypedFields> split_assignments(const std::vector<std::string>& arguments)
{
    TypedFields fields;
    for (const std::string& argument : arguments) {
        const std::size_t equals = argument.find('=');
        if (equals == std::string::npos || equals == 0) return Refusal{Errc::usage, argument + " (column=value?)"};
        const std::string column = argument.substr(0, equals);
        for (const auto& [name, value] : fields) {
            if (name == column)
                return Refusal{Errc::usage, column + "=… " + both({"được ghi hai lần", "is given twice"})};
        }
        fields.emplace_back(column, argument.substr(equals + 1));
    }
    return fields;
}

Status has_its_unit(Replica& replica)
{
    const State& state = replica.state();
    if (!state.parent || replica.units().find(state.unit) != nullptr) return Done{};
    return Refusal{Errc::missing_reference,
                   state.unit + " " +
                       both({"(máy này chưa gặp máy cấp trên lần nào nên chưa có danh mục đơn vị: đồng bộ trước)",
                             "(this node has not met its parent yet and has no units: sync first)"})};
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

std::string table_label(std::string_view table, Language language)
{
    const TableModel* model = ocop_model().table(table);
    if (model == nullptr) return std::string{table};
    return language == Language::vi ? model->label.vi : model->label.en;
}

namespace {

std::string label_in(const TableModel& table, std::string_view column, Language language)
{
    const ColumnModel* model = table.column(column);
    if (model == nullptr) return std::string{column};
    const std::string& label = language == Language::vi ? model->label.vi : model->label.en;
    return label.empty() ? model->name : label;
}

}  // namespace

std::string column_label(std::string_view table, std::string_view column, Language language)
{
    const TableModel* model = ocop_model().table(table);
    return model != nullptr ? label_in(*model, column, language) : std::string{column};
}

std::string label_of(const TableInfo& table, std::string_view column, Language language)
{
    return label_in(*table.model, column, language);
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
