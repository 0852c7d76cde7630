// The catalogue: what the model says about a table, joined with what SQLite itself reports (types, NOT NULL, keys). The
// merge, the capture triggers and the messages are all generated from it; nothing here names a domain table.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/sqlite.h"
#include "schema/model.h"

namespace ocop {

struct ColumnInfo {
    std::string name;
    int bit = 0;
    int part = 0;  // place among the columns of the bit
    bool not_null = false;
    bool uuid = false;
    std::string type;  // as declared: TEXT, INTEGER, REAL, BLOB, ANY
    Value fallback;    // its DEFAULT: what a row has that was made where nobody knew the column
};

/// A UNIQUE that two rows may come to violate. Keys that contain `id` cannot, and are left out.
struct UniqueInfo {
    std::vector<std::string> columns;
    std::string yields;  // the nullable column that is set aside in a clash
    int yields_bit = 0;
};

struct ForeignKeyInfo {
    std::string table;  // the table that refers
    std::vector<std::string> columns;
    std::string target;  // the table referred to
    std::vector<std::string> target_columns;
};

struct TableInfo {
    const TableModel* model = nullptr;
    std::uint32_t id = 0;
    std::string name;
    std::string unit_column;          // "unit", or "id" where a row is its own unit
    std::vector<ColumnInfo> columns;  // ordered by (bit, part), without `id`
    std::vector<UniqueInfo> uniques;
    std::vector<ForeignKeyInfo> references;  // from this table
    std::vector<ForeignKeyInfo> referrers;   // to this table
    std::uint64_t column_mask = 0;
    bool here = true;                  // false: a newer model's (node/unknown.h); this database has no such table
    std::uint64_t reference_mask = 0;  // existence and the columns of `references`; 0 where there are none

    const ColumnInfo* column(std::string_view name) const;
    bool unit_is_key() const { return unit_column == "id"; }
    int unit_bit() const;  // 0 where a row is its own unit
};

/// Is the unit part of the key? Then the row belongs to the unit of what it refers to.
bool follows_unit(const TableInfo& table, const ForeignKeyInfo& key);

class Catalog {
public:
    /// Reads the tables of an open database. Refuses (model_mismatch) when a table or column of the model is not there, or the
    /// table breaks a rule of the design.
    static Result<std::unique_ptr<Catalog>> read(const Model& model, sqlite::Connection& db);

    const Model& model() const { return *model_; }
    const std::vector<TableInfo>& tables() const { return tables_; }
    /// Also a table that only a newer model knows, once it has been heard of.
    const TableInfo* table(std::uint32_t id) const;
    const TableInfo* table(std::string_view name) const;

    /// A table of a newer model. Its name is # and its id. Told again: the audience as last told.
    const TableInfo* add_unknown(std::uint32_t id, Audience audience, bool engine);

private:
    struct Foreign {
        TableModel model;
        TableInfo info;
    };
    std::unordered_map<std::uint32_t, std::unique_ptr<Foreign>> unknown_;
    const Model* model_ = nullptr;
    std::vector<TableInfo> tables_;
    std::unordered_map<std::uint32_t, std::size_t> by_id_;
};

}  // namespace ocop
