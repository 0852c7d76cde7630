// Rows of the domain tables, edited by a person: what `ocop add`, `set`, `rm`, `import` and `settle` do.
//
// An edit is plain SQL inside the caller's LocalWrite, so the same triggers capture it as any other program's. What this adds
// is what a person deserves to hear before saving: that a unit is outside this node's subtree, that another tier decides this
// value, which row has the unique value already, which reference leads nowhere. Each edit is a savepoint of its own: a refused
// one leaves nothing behind, and the ones before it stand.
//
//     LocalWrite write(replica);
//     Records records(replica, today);
//     auto id = records.insert("product", {{"name", "Dừa sáp"}, {"organization", organization}});
//     if (id) write.commit();
//
// Nothing here names a domain table: columns, types and references come from the catalogue, writers from the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/catalog.h"
#include "node/replica.h"
#include "node/value.h"
#include "schema/base/result.h"

namespace ocop {

using Fields = std::vector<std::pair<std::string, Value>>;             // column, value
using TypedFields = std::vector<std::pair<std::string, std::string>>;  // column, as a person typed it

struct Row {
    std::string id;
    Fields fields;  // in form order, without id

    /// NULL for a column that is not among the fields.
    const Value& value(std::string_view column) const;
};

struct RowQuery {
    Fields where;                      // all must hold; NULL asks for NULL
    std::vector<std::string> columns;  // empty: all, in form order; `id` always comes
    std::uint64_t limit = 0;           // 0: all
};

class Records {
public:
    /// `today` is an ISO date: codes of units and writers are asked as of that day.
    Records(Replica& replica, std::string today) : replica_(replica), today_(std::move(today)) {}

    /// Refusals: unknown_table. The engine's own bookkeeping is no table.
    Result<const TableInfo*> table(std::string_view name) const;
    /// Refusals: those of parse_value.
    Result<Fields> parse(const TableInfo& table, const TypedFields& typed) const;
    /// A whole id, or its beginning of 8 characters or more if only one row has it. Refusals: unknown_row.
    Result<std::string> find_id(const TableInfo& table, std::string_view typed) const;

    /// Ordered by id: rows with UUIDv7 keys come in the order they were made. Refusals: unknown_column.
    Result<std::vector<Row>> list(const TableInfo& table, const RowQuery& query = {}) const;
    /// Refusals: unknown_row.
    Result<Row> get(const TableInfo& table, std::string_view id) const;

    /// Returns the new row's id. A unit that is not given is the owner's (the row that a composite key with the unit refers
    /// to), else this node's. Refusals: unknown_column, duplicate_id, not_unique, check_failed, missing_reference,
    /// out_of_scope, not_permitted.
    Result<std::string> insert(const TableInfo& table, Fields fields);
    /// Refusals: the same, and unknown_row. Values that do not change are no edit.
    Status update(const TableInfo& table, std::string_view id, const Fields& fields);
    /// Refusals: unknown_row, out_of_scope, not_permitted, missing_reference (rows that refer to it: their table and id).
    Status erase(const TableInfo& table, std::string_view id);

private:
    struct Edit;

    Status may_edit(const TableInfo& table) const;
    Status in_scope(const TableInfo& table, std::string_view id, const Fields& fields) const;
    Status permitted(const Edit& edit) const;
    Status references_hold(const Edit& edit) const;
    Status finish(const Edit& edit) const;
    void complete_unit(const TableInfo& table, Fields& fields) const;
    std::optional<Row> row(const TableInfo& table, std::string_view id) const;
    Refusal refusal_of(const sqlite::Error& error, const TableInfo& table, std::string_view id,
                       const Fields& fields) const;

    Replica& replica_;
    std::string today_;
};

}  // namespace ocop
