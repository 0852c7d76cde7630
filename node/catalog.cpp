#include "node/catalog.h"

#include <algorithm>

namespace ocop {

namespace {

bool has(const std::vector<std::string>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct Declared {
    std::string type;
    bool not_null = false;
    std::string fallback;  // an SQL expression
};

Value evaluate(sqlite::Connection& db, const std::string& expression)
{
    if (expression.empty()) return {};
    auto row = db.query("SELECT " + expression);
    return row.step() ? row.value(0) : Value{};
}

Status read_columns(TableInfo& table, sqlite::Connection& db)
{
    std::unordered_map<std::string, Declared> found;
    auto rows =
        db.query("SELECT name, type, \"notnull\", coalesce(dflt_value, '') FROM pragma_table_info(?)", table.name);
    while (rows.step()) found[rows.text(0)] = {rows.text(1), rows.integer(2) != 0, rows.text(3)};
    if (found.count("id") == 0) return Refusal{Errc::model_mismatch, table.name + ".id"};
    for (const ColumnModel& column : table.model->columns) {
        const auto at = found.find(column.name);
        if (at == found.end()) return Refusal{Errc::model_mismatch, table.name + "." + column.name};
        const Declared& declared = at->second;
        ColumnInfo info{
            column.name, column.bit, 0, declared.not_null, column.uuid, declared.type, evaluate(db, declared.fallback)};
        for (const ColumnInfo& other : table.columns) info.part += other.bit == info.bit ? 1 : 0;
        table.columns.push_back(info);
        table.column_mask |= std::uint64_t{1} << column.bit;
    }
    std::stable_sort(table.columns.begin(), table.columns.end(), [](const ColumnInfo& a, const ColumnInfo& b) {
        return a.bit != b.bit ? a.bit < b.bit : a.part < b.part;
    });
    return Done{};
}

Status read_uniques(TableInfo& table, sqlite::Connection& db)
{
    auto indexes = db.query("SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin <> 'pk'", table.name);
    while (indexes.step()) {
        UniqueInfo unique;
        auto names = db.query("SELECT name FROM pragma_index_info(?)", indexes.text(0));
        while (names.step()) unique.columns.push_back(names.text(0));
        if (has(unique.columns, "id")) continue;
        for (const std::string& name : unique.columns) {
            const ColumnInfo* column = table.column(name);
            if (column == nullptr || column->not_null) continue;
            unique.yields = name;
            unique.yields_bit = column->bit;
        }
        if (unique.yields.empty())
            return Refusal{Errc::model_mismatch, table.name + ": UNIQUE without a nullable column"};
        table.uniques.push_back(unique);
    }
    return Done{};
}

void read_references(TableInfo& table, sqlite::Connection& db)
{
    auto rows = db.query(
        "SELECT id, \"table\", \"from\", coalesce(\"to\", 'id') FROM pragma_foreign_key_list(?) ORDER BY id, seq",
        table.name);
    std::int64_t last = -1;
    while (rows.step()) {
        if (rows.integer(0) != last) table.references.push_back({table.name, {}, rows.text(1), {}});
        last = rows.integer(0);
        table.references.back().columns.push_back(rows.text(2));
        table.references.back().target_columns.push_back(rows.text(3));
    }
}

Status check_rules(const TableInfo& table, sqlite::Connection& db)
{
    auto row = db.query("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table.name);
    if (!row.step()) return Refusal{Errc::model_mismatch, table.name};
    return check_table_sql(*table.model, row.text_view(0));
}

}  // namespace

const ColumnInfo* TableInfo::column(std::string_view wanted) const
{
    for (const ColumnInfo& info : columns)
        if (info.name == wanted) return &info;
    return nullptr;
}

int TableInfo::unit_bit() const
{
    const ColumnInfo* unit = column(unit_column);
    return unit != nullptr ? unit->bit : 0;
}

Result<std::unique_ptr<Catalog>> Catalog::read(const Model& model, sqlite::Connection& db)
{
    auto catalog = std::make_unique<Catalog>();
    catalog->model_ = &model;
    for (const TableModel& described : model.tables) {
        TableInfo table;
        table.model = &described;
        table.id = static_cast<std::uint32_t>(described.id);
        table.name = described.name;
        table.unit_column = described.unit_column;
        if (auto status = read_columns(table, db); !status) return status.refusal();
        if (auto status = read_uniques(table, db); !status) return status.refusal();
        if (auto status = check_rules(table, db); !status) return status.refusal();
        read_references(table, db);
        for (const ForeignKeyInfo& key : table.references)
            for (const ColumnInfo& column : table.columns)
                if (has(key.columns, column.name)) table.reference_mask |= 1 | (std::uint64_t{1} << column.bit);
        catalog->by_id_.emplace(table.id, catalog->tables_.size());
        catalog->tables_.push_back(std::move(table));
    }
    for (const TableInfo& from : catalog->tables_)
        for (const ForeignKeyInfo& key : from.references)
            for (TableInfo& to : catalog->tables_)
                if (to.name == key.target) to.referrers.push_back(key);
    return catalog;
}

const TableInfo* Catalog::table(std::uint32_t id) const
{
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return &tables_[found->second];
    const auto foreign = unknown_.find(id);
    return foreign == unknown_.end() ? nullptr : &foreign->second->info;
}

const TableInfo* Catalog::add_unknown(std::uint32_t id, Audience audience, bool engine)
{
    OCOP_CHECK(by_id_.count(id) == 0);
    std::unique_ptr<Foreign>& foreign = unknown_[id];
    if (foreign == nullptr) foreign = std::make_unique<Foreign>();
    foreign->model.id = static_cast<int>(id);
    foreign->model.name = "#" + std::to_string(id);
    foreign->model.audience = audience;
    foreign->model.engine = engine;
    foreign->info.model = &foreign->model;
    foreign->info.id = id;
    foreign->info.name = foreign->model.name;
    foreign->info.unit_column = foreign->model.unit_column;
    foreign->info.here = false;
    return &foreign->info;
}

const TableInfo* Catalog::table(std::string_view name) const
{
    for (const TableInfo& info : tables_)
        if (info.name == name) return &info;
    return nullptr;
}

bool follows_unit(const TableInfo& table, const ForeignKeyInfo& key)
{
    for (std::size_t i = 1; i < key.columns.size(); ++i)
        if (key.columns[i] == table.unit_column && key.target_columns.front() == "id") return true;
    return false;
}

}  // namespace ocop
