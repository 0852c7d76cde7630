#include "node/settle.h"

#include <charconv>

#include "node/conflict.h"
#include "node/identity.h"
#include "node/record_values.h"

namespace ocop {

namespace {

class Settler {
public:
    Settler(Replica& replica, const std::string& today) : replica_(replica), today_(today), records_(replica, today) {}

    Result<std::string> settle(std::string_view typed, const Choice& choice)
    {
        const TableInfo* conflicts = replica_.catalog().table(std::string_view{"conflict"});
        OCOP_CHECK(conflicts != nullptr);
        auto id = records_.find_id(*conflicts, typed);
        if (!id) return Refusal{Errc::unknown_conflict, std::string{typed}};
        auto conflict = records_.get(*conflicts, *id);
        if (!conflict) return conflict.refusal();
        if (text(*conflict, "state") != "open") return Refusal{Errc::unknown_conflict, *id};
        const std::string unit = text(*conflict, "unit");
        if (!replica_.units().is_within(unit, replica_.state().unit)) return Refusal{Errc::out_of_scope, unit};

        auto value = apply(*conflict, choice);
        if (!value) return value.refusal();
        replica_.db().run(
            "UPDATE conflict SET state = 'settled', settled_value = ?, settled_by = ?, settled_at = ? WHERE id = ?",
            *value, replica_.state().unit, replica_.environment().clock->now_ms(), *id);
        return *id;
    }

private:
    static std::string text(const Row& row, std::string_view column) { return value_text(row.value(column)); }

    /// Edits the row, and returns the value that was chosen.
    Result<Value> apply(const Row& conflict, const Choice& choice)
    {
        if (choice.keep == Choice::Keep::winner) return conflict.value("winner_value");
        auto table = records_.table(text(conflict, "table_name"));
        if (!table) return table.refusal();
        const std::string kind = text(conflict, "kind");
        if (kind == "delete") return remove(**table, conflict, choice);
        auto fields = chosen(**table, conflict, choice);
        if (!fields) return fields.refusal();
        if (kind == "unique" && choice.keep == Choice::Keep::loser) {
            if (auto freed = free_value(**table, conflict, *fields); !freed) return freed.refusal();
        }
        if (auto updated = records_.update(**table, text(conflict, "row_id"), *fields); !updated)
            return updated.refusal();
        if (choice.keep == Choice::Keep::loser) return conflict.value("loser_value");
        return fields->size() == 1 ? fields->front().second : Value{choice.value};
    }

    Result<Value> remove(const TableInfo& table, const Row& conflict, const Choice& choice)
    {
        if (choice.keep == Choice::Keep::value) return Refusal{Errc::usage, "--value"};
        auto erased = records_.erase(table, text(conflict, "row_id"));
        if (!erased && erased.refusal().code != Errc::unknown_row)
            return erased.refusal();  // gone already is as wanted
        return conflict.value("loser_value");
    }

    Result<Fields> chosen(const TableInfo& table, const Row& conflict, const Choice& choice) const
    {
        const std::vector<std::string> columns = conflict_columns(&table, conflict);
        if (columns.empty() || columns[0].starts_with('#'))
            return Refusal{Errc::unknown_column, table.name + "." + (columns.empty() ? "" : columns[0])};
        const bool typed = choice.keep == Choice::Keep::value;
        Fields fields;
        if (columns.size() == 1 && !typed) {
            fields.emplace_back(columns[0], conflict.value("loser_value"));
            return fields;
        }
        if (columns.size() == 1) {
            auto value = parse_value(table, columns[0], choice.value, replica_.units(), today_);
            if (!value) return value.refusal();
            fields.emplace_back(columns[0], std::move(*value));
            return fields;
        }
        return group(columns, typed ? choice.value : text(conflict, "loser_value"));
    }

    /// The values of a group, from a JSON array.
    Result<Fields> group(const std::vector<std::string>& columns, const std::string& json) const
    {
        const Refusal refusal{Errc::bad_value, json};
        auto valid =
            replica_.db().query("SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'array' ELSE 0 END", json);
        if (!valid.step() || valid.integer(0) == 0) return refusal;
        auto items = replica_.db().query("SELECT value FROM json_each(?) ORDER BY key", json);
        Fields fields;
        while (items.step()) {
            if (fields.size() == columns.size()) return refusal;
            fields.emplace_back(columns[fields.size()], items.value(0));
        }
        if (fields.size() != columns.size()) return refusal;
        return fields;
    }

    /// Takes the value from the row that has it. Were that row not here, the two would only clash again further up.
    Status free_value(const TableInfo& table, const Row& conflict, const Fields& fields)
    {
        const std::string other = text(conflict, "other_row");
        auto row = records_.get(table, other);
        if (!row) return Refusal{Errc::missing_reference, table.name + " " + other};
        Fields emptied;
        for (const auto& [name, value] : fields) {
            if (row->value(name) == value) emptied.emplace_back(name, Value{});
        }
        return records_.update(table, other, emptied);
    }

    Replica& replica_;
    std::string today_;
    Records records_;
};

}  // namespace

Result<std::string> settle(Replica& replica, const std::string& today, std::string_view typed, const Choice& choice)
{
    return Settler(replica, today).settle(typed, choice);
}

std::vector<std::string> conflict_columns(const TableInfo* table, const Row& conflict)
{
    std::vector<std::string> columns;
    std::string rest = value_text(conflict.value("column_name"));
    if (rest.starts_with('#') && table != nullptr) {
        int bit = 0;
        std::from_chars(rest.data() + 1, rest.data() + rest.size(), bit);
        if (bit > 0) rest = column_names(*table, bit);
    }
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        columns.push_back(rest.substr(0, comma));
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    }
    return columns;
}

std::optional<std::string> unit_of_origin(Replica& replica, std::string_view origin)
{
    const std::string node{origin.substr(0, origin.find('.'))};
    const State& state = replica.state();
    if (node == to_hex(state.self.node)) return state.unit;
    auto query = replica.db().query("SELECT ref, unit FROM _neighbour WHERE lower(hex(node)) = ?", node);
    if (!query.step()) return std::nullopt;
    if (!query.is_null(1)) return query.text(1);
    if (query.integer(0) != 1 || state.parent_unit.empty()) return std::nullopt;
    return state.parent_unit;
}

}  // namespace ocop
