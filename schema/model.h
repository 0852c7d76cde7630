// The model: what the programme records, as data.
//
// SQL (schema/migrations/NNN_*.sql) says what SQLite can enforce: types, CHECK, UNIQUE, FOREIGN KEY, defaults.
// One TOML file (schema/ocop.toml) says what SQL cannot: permanent ids, audience, writers, labels. Both are embedded
// in the binary. A table or column gets its id once; ids are never reused, never positions.
//
//   audience lineage   a row is held by its unit and all the unit's ancestors (dossiers, products)
//   audience subtree   also by every descendant (directives, catalogues)
//   audience line      admin_unit: a node holds its ancestors, itself, its subtree, and every province
//
// A mask bit is a column's permanent id: 1..62. Bit 0 is the row's existence. Columns bound by one multi-column CHECK
// share one bit (a group): they get one version and win or lose together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/base/result.h"

namespace ocop {

enum class Audience { lineage, subtree, line };

/// Of two edits that had not seen each other: the higher version stands, or the higher tier's.
enum class ConflictRule { version, authority };

/// Tiers are data: a rank, 0 for the centre, growing downwards. The names are those of the tree before 07/2025; since
/// then `district` is simply absent.
enum class Tier { central, province, district, commune };

struct Label {
    std::string vi;
    std::string en;
};

struct ColumnModel {
    std::string name;
    int bit = 0;        // 1..62, permanent
    bool uuid = false;  // TEXT holding a canonical UUID: 16 bytes on the wire
    Label label;
    ConflictRule conflict = ConflictRule::version;
};

/// Who may write which columns. A write is allowed when some rule names the column (or names none: all columns),
/// the writer's tier, the date, and, if `when_column` is given, one of `when_values` as that column's value.
/// The question is asked and answered in schema/authority.h.
struct WriterRule {
    std::vector<std::string> columns;  // empty: all columns, and the row's existence, which a list names as "id"
    std::vector<Tier> tiers;
    std::string from;         // ISO date, inclusive; empty: always
    std::string to;           // ISO date, exclusive; empty: for ever
    std::string date_column;  // whose value is that date; empty (or a NULL there): the day of writing
    std::string when_column;  // e.g. "star"
    std::vector<std::int64_t> when_values;
    std::string source;  // the decision or decree
};

struct TableModel {
    int id = 0;  // permanent, >= 1
    std::string name;
    Audience audience = Audience::lineage;
    std::string unit_column = "unit";
    bool engine = false;   // written by the engine itself (conflict)
    bool history = false;  // versions that no longer stand are kept (node/history.h)
    Label label;
    std::vector<ColumnModel> columns;  // in form order; every column of the table but `id`
    std::vector<WriterRule> writers;

    const ColumnModel* column(std::string_view name) const;
    /// The columns that share `bit`, in model order; empty if none.
    std::vector<const ColumnModel*> group(int bit) const;
    /// All column bits, without bit 0.
    std::uint64_t column_mask() const;
    /// The bits for which of two concurrent edits the higher tier's stands.
    std::uint64_t authority_mask() const;
};

/// One numbered step of the schema. The text may hold several statements; it runs in one transaction.
struct Migration {
    int number = 0;  // 1, 2, 3, ... = PRAGMA user_version after it
    std::string_view name;
    std::string_view sql;
};

struct Model {
    int version = 0;
    std::vector<TableModel> tables;

    const TableModel* table(std::string_view name) const;
    const TableModel* table(int id) const;

    /// 64-bit FNV-1a over ids, names, bits and audiences in canonical order: two nodes with equal fingerprints mean the
    /// same by every table and column id. Never changes with labels.
    std::uint64_t fingerprint() const;
};

/// Parses and checks a model. Refuses (Errc::bad_file, with the position): an unknown key, duplicate or reused ids, a bit
/// outside 1..62 or shared by columns that do not say `group = true`, an unknown audience, tier or column, a dated rule whose
/// dates are out of order.
Result<Model> load_model(std::string_view toml);

/// Refuses a model in which one CHECK of `create_table_sql` names columns with different bits, or where a foreign key carries
/// CASCADE, SET NULL or SET DEFAULT (a quiet merge would run them unjournalled), or a constraint ON CONFLICT REPLACE (it would
/// delete the other row). `id` and the unit column may not share a CHECK with any other.
Status check_table_sql(const TableModel& table, std::string_view create_table_sql);

/// The model and migrations this binary was built with.
const Model& ocop_model();
const std::vector<Migration>& ocop_migrations();

}  // namespace ocop
