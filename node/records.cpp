#include "node/records.h"

#include <algorithm>

#include "node/record_errors.h"
#include "node/record_values.h"
#include "node/savepoint.h"
#include "node/sql_text.h"
#include "schema/authority.h"

namespace ocop {

namespace {

const Value* find_field(const Fields& fields, std::string_view column)
{
    for (const auto& [name, value] : fields) {
        if (name == column) return &value;
    }
    return nullptr;
}

bool is_null(const Value& value)
{
    return value.index() == 0;
}

Status known_columns(const TableInfo& table, const Fields& fields, bool with_id)
{
    for (const auto& [name, value] : fields) {
        const bool known = table.column(name) != nullptr || (with_id && name == "id");
        if (!known) return Refusal{Errc::unknown_column, table.name + "." + name};
    }
    return Done{};
}

RowLookup lookup(const std::optional<Row>& row)
{
    if (!row) return {};
    return [&row](std::string_view column) -> std::optional<std::string> {
        if (column == "id") return row->id;
        const Value& value = row->value(column);
        if (is_null(value)) return std::nullopt;
        return value_text(value);
    };
}

std::string insert_sql(const TableInfo& table, const Fields& fields)
{
    std::string names;
    std::string marks;
    for (const auto& [name, value] : fields) {
        names += (names.empty() ? "" : ", ") + sql_name(name);
        marks += marks.empty() ? "?" : ", ?";
    }
    const std::string values = fields.empty() ? " DEFAULT VALUES" : " (" + names + ") VALUES (" + marks + ")";
    return "INSERT INTO " + sql_name(table.name) + values + " RETURNING id";
}

std::string update_sql(const TableInfo& table, const Fields& fields)
{
    std::string sets;
    for (const auto& [name, value] : fields) sets += (sets.empty() ? "" : ", ") + sql_name(name) + " = ?";
    return "UPDATE " + sql_name(table.name) + " SET " + sets + " WHERE id = ?";
}

int bind_all(sqlite::Query& query, const Fields& fields)
{
    int index = 0;
    for (const auto& [name, value] : fields) query.bind(++index, value);
    return index;
}

/// The columns of the key with their values, as a person reads them; nothing if one is NULL (the key then refers to nothing).
std::optional<std::vector<Value>> key_values(const Row& row, const std::vector<std::string>& columns)
{
    std::vector<Value> values;
    for (const std::string& column : columns) {
        const Value value = column == "id" ? Value{row.id} : row.value(column);
        if (is_null(value)) return std::nullopt;
        values.push_back(value);
    }
    return values;
}

/// The id of a row of `table` with these values.
std::optional<std::string> row_with(sqlite::Connection& db, const std::string& table,
                                    const std::vector<std::string>& columns, const std::vector<Value>& values)
{
    std::string sql = "SELECT id FROM " + sql_name(table) + " WHERE true";
    for (const std::string& column : columns) sql += " AND " + sql_name(column) + " = ?";
    auto query = db.query(sql + " LIMIT 1");
    int index = 0;
    for (const Value& value : values) query.bind(++index, value);
    if (!query.step()) return std::nullopt;
    return query.text(0);
}

std::string reference_text(const ForeignKeyInfo& key, const std::vector<Value>& values)
{
    std::string text = key.table;
    for (std::size_t i = 0; i < values.size(); ++i)
        text += (i == 0 ? "." : ", ") + key.columns[i] + " = " + value_text(values[i]);
    return text;
}

}  // namespace

/// One row before and after.
struct Records::Edit {
    const TableInfo& table;
    std::optional<Row> before;
    std::optional<Row> after;

    std::vector<std::string> changed() const
    {
        std::vector<std::string> names;
        if (!before || !after) names.emplace_back("id");
        for (const ColumnModel& column : table.model->columns) {
            const Value was = before ? before->value(column.name) : Value{};
            const Value is = after ? after->value(column.name) : Value{};
            if (was != is) names.push_back(column.name);
        }
        return names;
    }
};

const Value& Row::value(std::string_view column) const
{
    static const Value null;
    const Value* found = find_field(fields, column);
    return found != nullptr ? *found : null;
}

// ---- finding

Result<const TableInfo*> Records::table(std::string_view name) const
{
    const TableInfo* found = replica_.catalog().table(name);
    if (found == nullptr) return Refusal{Errc::unknown_table, std::string{name}};
    return found;
}

Result<Fields> Records::parse(const TableInfo& table, const TypedFields& typed) const
{
    Fields fields;
    for (const auto& [name, text] : typed) {
        if (find_field(fields, name) != nullptr) return Refusal{Errc::usage, name + "=…, " + name + "=…"};
        auto value = parse_value(table, name, text, replica_.units(), today_);
        if (!value) return value.refusal();
        fields.emplace_back(name, std::move(*value));
    }
    return fields;
}

Result<std::string> Records::find_id(const TableInfo& table, std::string_view typed) const
{
    constexpr std::size_t shortest = 8;
    constexpr std::string_view last = "\xF4\x8F\xBF\xBF";  // sorts after all text
    auto& db = replica_.db();
    auto exact =
        db.query("SELECT id FROM " + sql_name(table.name) + " WHERE id IN (?, lower(?)) LIMIT 1", typed, typed);
    if (exact.step()) return exact.text(0);
    if (typed.size() < shortest) return Refusal{Errc::unknown_row, table.name + " " + std::string{typed}};
    auto query =
        db.query("SELECT id FROM " + sql_name(table.name) + " WHERE id >= lower(?) AND id < lower(?) || ? LIMIT 2",
                 typed, typed, last);
    std::vector<std::string> found;
    while (query.step()) found.push_back(query.text(0));
    if (found.size() == 1) return found[0];
    const std::string several = found.empty() ? "" : "… = " + found[0] + ", " + found[1] + ", …";
    return Refusal{Errc::unknown_row, table.name + " " + std::string{typed} + several};
}

Result<std::vector<Row>> Records::list(const TableInfo& table, const RowQuery& query) const
{
    if (auto known = known_columns(table, query.where, true); !known) return known.refusal();
    std::vector<std::string> names;
    for (const std::string& name : query.columns) {
        if (table.column(name) == nullptr && name != "id")
            return Refusal{Errc::unknown_column, table.name + "." + name};
        if (name != "id") names.push_back(name);
    }
    if (query.columns.empty()) {
        for (const ColumnModel& column : table.model->columns) names.push_back(column.name);
    }
    std::string sql = "SELECT id";
    for (const std::string& name : names) sql += ", " + sql_name(name);
    sql += " FROM " + sql_name(table.name) + " WHERE true";
    for (const auto& [name, value] : query.where) sql += " AND " + sql_name(name) + " IS ?";
    sql += " ORDER BY id";
    if (query.limit > 0) sql += " LIMIT " + std::to_string(query.limit);

    auto running = replica_.db().query(sql);
    bind_all(running, query.where);
    std::vector<Row> rows;
    while (running.step()) {
        Row row{running.text(0), {}};
        for (std::size_t i = 0; i < names.size(); ++i)
            row.fields.emplace_back(names[i], running.value(static_cast<int>(i) + 1));
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<Row> Records::row(const TableInfo& table, std::string_view id) const
{
    auto rows = list(table, {{{"id", Value{std::string{id}}}}, {}, 1});
    OCOP_CHECK(rows.ok());
    if (rows->empty()) return std::nullopt;
    return std::move(rows->front());
}

Result<Row> Records::get(const TableInfo& table, std::string_view id) const
{
    auto found = row(table, id);
    if (!found) return Refusal{Errc::unknown_row, table.name + " " + std::string{id}};
    return std::move(*found);
}

// ---- what is asked of an edit

Status Records::may_edit(const TableInfo& table) const
{
    if (table.model->engine) return Refusal{Errc::not_permitted, table.name};
    return Done{};
}

/// A row belongs to its unit, or, where it is a unit, to the unit above it; that must be ours or below.
Status Records::in_scope(const TableInfo& table, std::string_view id, const Fields& fields) const
{
    const std::string& own = replica_.state().unit;
    UnitTree& units = replica_.units();
    std::string unit;
    if (!table.unit_is_key()) {
        const Value* value = find_field(fields, table.unit_column);
        unit = value != nullptr ? value_text(*value) : "";
    } else if (const Unit* known = units.find(id)) {
        unit = known->id;
    } else if (const Value* parent = find_field(fields, "parent")) {
        unit = value_text(*parent);
    }
    if (unit.empty() || units.is_within(unit, own)) return Done{};  // an absent unit is NOT NULL's business
    const Unit* known = units.find(unit);
    return Refusal{Errc::out_of_scope, unit + (known != nullptr ? " " + known->name : "")};
}

Status Records::permitted(const Edit& edit) const
{
    const auto tier = replica_.units().tier(replica_.state().unit);
    WriteQuestion question;
    question.columns = edit.changed();
    question.tier = tier.value_or(Tier::commune);
    question.today = today_;
    question.before = lookup(edit.before);
    question.after = lookup(edit.after);
    const WriteAnswer answer = may_write(*edit.table.model, question);
    if (answer) return Done{};
    return Refusal{Errc::not_permitted, edit.table.name + "." + answer.detail()};
}

/// Foreign keys are deferred: SQLite would only say at COMMIT that some reference somewhere is wrong.
Status Records::references_hold(const Edit& edit) const
{
    auto& db = replica_.db();
    for (const ForeignKeyInfo& key : edit.table.references) {
        const auto values = edit.after ? key_values(*edit.after, key.columns) : std::nullopt;
        if (values && !row_with(db, key.target, key.target_columns, *values))
            return Refusal{Errc::missing_reference, reference_text(key, *values)};
    }
    for (const ForeignKeyInfo& key : edit.table.referrers) {
        const auto values = edit.before ? key_values(*edit.before, key.target_columns) : std::nullopt;
        if (!values || (edit.after && values == key_values(*edit.after, key.target_columns))) continue;
        if (const auto referrer = row_with(db, key.table, key.columns, *values))
            return Refusal{Errc::still_referenced, key.table + " " + *referrer};
    }
    return Done{};
}

Status Records::finish(const Edit& edit) const
{
    if (auto allowed = permitted(edit); !allowed) return allowed;
    return references_hold(edit);
}

Refusal Records::refusal_of(const sqlite::Error& error, const TableInfo& table, std::string_view id,
                            const Fields& fields) const
{
    return constraint_refusal(replica_.db(), table, error, id, fields);
}

/// The unit that a person need not type.
void Records::complete_unit(const TableInfo& table, Fields& fields) const
{
    if (table.unit_is_key() || find_field(fields, table.unit_column) != nullptr) return;
    for (const ForeignKeyInfo& key : table.references) {
        if (key.columns.size() != 2 || key.columns[1] != table.unit_column) continue;
        const Value* owner = find_field(fields, key.columns[0]);
        if (owner == nullptr) continue;
        auto query = replica_.db().query("SELECT " + sql_name(key.target_columns[1]) + " FROM " + sql_name(key.target) +
                                             " WHERE " + sql_name(key.target_columns[0]) + " = ?",
                                         *owner);
        if (!query.step()) continue;
        fields.emplace_back(table.unit_column, query.value(0));
        return;
    }
    fields.emplace_back(table.unit_column, Value{replica_.state().unit});
}

// ---- edits

Result<std::string> Records::insert(const TableInfo& table, Fields fields)
{
    if (auto editable = may_edit(table); !editable) return editable.refusal();
    if (auto known = known_columns(table, fields, true); !known) return known.refusal();
    // NULL would stand in the way of a DEFAULT.
    fields.erase(std::remove_if(fields.begin(), fields.end(), [](const auto& field) { return is_null(field.second); }),
                 fields.end());
    complete_unit(table, fields);
    const Value* given = find_field(fields, "id");
    const std::string given_id = given != nullptr ? value_text(*given) : "";
    if (given != nullptr && row(table, given_id)) return Refusal{Errc::duplicate_id, table.name + " " + given_id};
    if (auto scope = in_scope(table, given_id, fields); !scope) return scope.refusal();

    Savepoint step(replica_.db());
    Edit edit{table, std::nullopt, std::nullopt};
    try {
        auto query = replica_.db().query(insert_sql(table, fields));
        bind_all(query, fields);
        std::string id;
        while (query.step()) id = query.text(0);
        edit.after = row(table, id);
    } catch (const sqlite::Error& error) {
        return refusal_of(error, table, given_id, fields);
    }
    OCOP_CHECK(edit.after.has_value());
    if (auto finished = finish(edit); !finished) return finished.refusal();
    step.keep();
    return edit.after->id;
}

namespace {

/// Does the edit move a row, or a unit with all its rows, to another place in the tree?
bool moves(const TableInfo& table, const Fields& changes)
{
    return find_field(changes, table.unit_is_key() ? "parent" : "unit") != nullptr;
}

/// A row that refers to another by a key that names the unit belongs to that unit: it moves along, whoever wrote it. So do the conflicts
/// of each row, for whoever holds the row to settle.
void move_along(Replica& replica, const TableInfo& table, const std::string& id)
{
    sqlite::Connection& db = replica.db();
    if (replica.catalog().table(std::string_view{"conflict"}) != nullptr)
        db.run("UPDATE conflict SET unit = (SELECT unit FROM " + sql_name(table.name) +
                   " WHERE id = ?2) WHERE table_name = ?1 AND row_id = ?2",
               table.name, id);
    for (const ForeignKeyInfo& key : table.referrers) {
        const TableInfo* follower = replica.catalog().table(std::string_view{key.table});
        if (follower == nullptr || !follows_unit(*follower, key)) continue;
        const std::string where = " WHERE " + sql_name(key.columns.front()) +
                                  " = ? AND unit IS NOT (SELECT unit FROM " + sql_name(table.name) + " WHERE id = ?)";
        std::vector<std::string> rows;
        {
            auto found = db.query("SELECT id FROM " + sql_name(key.table) + where, id, id);
            while (found.step()) rows.push_back(found.text(0));
        }
        db.run("UPDATE " + sql_name(key.table) + " SET unit = (SELECT unit FROM " + sql_name(table.name) +
                   " WHERE id = ?1) WHERE " + sql_name(key.columns.front()) + " = ?1",
               id);
        for (const std::string& row : rows) move_along(replica, *follower, row);
    }
}

}  // namespace

Status Records::update(const TableInfo& table, std::string_view id, const Fields& fields)
{
    if (auto editable = may_edit(table); !editable) return editable;
    if (find_field(fields, "id") != nullptr) return Refusal{Errc::bad_value, table.name + ".id"};
    if (auto known = known_columns(table, fields, false); !known) return known;
    Edit edit{table, row(table, id), std::nullopt};
    if (!edit.before) return Refusal{Errc::unknown_row, table.name + " " + std::string{id}};
    Fields changes;
    for (const auto& field : fields) {
        if (edit.before->value(field.first) != field.second) changes.push_back(field);
    }
    if (auto scope = in_scope(table, id, edit.before->fields); !scope) return scope;
    if (changes.empty()) return Done{};
    if (!table.unit_is_key()) {
        if (auto scope = in_scope(table, id, changes); !scope) return scope;
    }

    // A unit's place is the centre's to say; a row goes between units that are both ours, as the scope above has it.
    if (moves(table, changes) && table.unit_is_key() && replica_.state().parent)
        return Refusal{Errc::not_permitted, table.name + ".parent"};
    Savepoint step(replica_.db());
    try {
        auto query = replica_.db().query(update_sql(table, changes));
        const int last = bind_all(query, changes);
        query.bind(last + 1, id);
        while (query.step()) {}
        query.reset();
        if (moves(table, changes) && !table.unit_is_key()) move_along(replica_, table, std::string{id});
    } catch (const sqlite::Error& error) {
        return refusal_of(error, table, id, changes);
    }
    edit.after = row(table, id);
    OCOP_CHECK(edit.after.has_value());
    if (auto finished = finish(edit); !finished) return finished;
    step.keep();
    return Done{};
}

Status Records::erase(const TableInfo& table, std::string_view id)
{
    if (auto editable = may_edit(table); !editable) return editable;
    Edit edit{table, row(table, id), std::nullopt};
    if (!edit.before) return Refusal{Errc::unknown_row, table.name + " " + std::string{id}};
    if (auto scope = in_scope(table, id, edit.before->fields); !scope) return scope;
    if (table.unit_is_key()) return Refusal{Errc::not_permitted, table.name};  // a unit ends by its valid_to
    Savepoint step(replica_.db());
    replica_.db().run("DELETE FROM " + sql_name(table.name) + " WHERE id = ?", id);
    if (auto finished = finish(edit); !finished) return finished;
    step.keep();
    return Done{};
}

}  // namespace ocop
