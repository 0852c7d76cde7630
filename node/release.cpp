#include "node/release.h"

#include "node/change_log.h"
#include "node/record_values.h"
#include "node/records.h"
#include "node/row_key.h"
#include "node/settle.h"
#include "node/sql_text.h"

namespace ocop {

namespace {

std::string text(const Row& row, std::string_view column)
{
    return value_text(row.value(column));
}

/// An open record that this node may close.
Result<Row> open_record(Replica& replica, const Records& records, std::string_view typed)
{
    const TableInfo* table = replica.catalog().table(std::string_view{"quarantine"});
    OCOP_CHECK(table != nullptr);
    auto id = records.find_id(*table, typed);
    if (!id) return id.refusal();
    auto record = records.get(*table, *id);
    if (!record) return record.refusal();
    if (text(*record, "state") != "open") return Refusal{Errc::unknown_row, "quarantine " + *id};
    const std::string unit = text(*record, "unit");
    if (!replica.units().is_within(unit, replica.state().unit)) return Refusal{Errc::out_of_scope, unit};
    return record;
}

void close_record(Replica& replica, const std::string& id, const std::string& state)
{
    replica.db().run("UPDATE quarantine SET state = ?, closed_by = ?, closed_at = ? WHERE id = ?", state,
                     replica.state().unit, replica.environment().clock->now_ms(), id);
}

/// The columns and values of a record: a JSON object, or what one column or a group has.
Result<Fields> fields_of(Replica& replica, const TableInfo& table, const Row& record)
{
    Fields fields;
    const std::string kind = text(record, "kind");
    const std::vector<std::string> columns = conflict_columns(&table, record);
    if (!columns.empty() && columns[0].starts_with('#'))
        return Refusal{Errc::unknown_column, table.name + "." + columns[0]};
    if (kind == "edit" && columns.size() == 1) {
        fields.emplace_back(columns[0], record.value("value"));
        return fields;
    }
    const std::string json = text(record, "value");
    auto valid = replica.db().query("SELECT json_valid(?)", json);
    if (!valid.step() || valid.integer(0) == 0) return Refusal{Errc::bad_value, json};
    auto items = replica.db().query("SELECT key, value FROM json_each(?)", json);
    while (items.step()) {
        if (kind != "edit")
            fields.emplace_back(items.text(0), items.value(1));
        else if (fields.size() < columns.size())
            fields.emplace_back(columns[fields.size()], items.value(1));
    }
    return fields;
}

Status apply(Replica& replica, Records& records, const Row& record)
{
    auto table = records.table(text(record, "table_name"));
    if (!table) return table.refusal();
    const std::string kind = text(record, "kind");
    const std::string id = text(record, "row_id");
    if (kind == "delete") return records.erase(**table, id);
    auto fields = fields_of(replica, **table, record);
    if (!fields) return fields.refusal();
    if (kind == "edit") return records.update(**table, id, *fields);
    fields->emplace_back("id", Value{id});
    auto inserted = records.insert(**table, *fields);
    if (!inserted) return inserted.refusal();
    return Done{};
}

/// Owned here: within this node's unit, and no child's unit holds it.
bool owns(Replica& replica, const std::string& unit)
{
    const UnitTree& units = replica.units();
    if (!units.is_within(unit, replica.state().unit)) return false;
    auto children = replica.db().query("SELECT unit FROM _neighbour WHERE ref > 1");
    while (children.step())
        if (units.is_within(unit, children.text(0))) return false;
    return true;
}

/// When this node heard that a record was closed, by its own clock; nothing if it does not know.
std::optional<std::int64_t> closed_at(ChangeLog& log, const TableInfo& table, const std::string& id)
{
    const LogRow row = log.row(table.id, id);
    const ColumnInfo* state = table.column("state");
    const LogEntry* closed = state != nullptr ? row.holder(state->bit) : nullptr;
    if (closed == nullptr) return std::nullopt;
    auto batch =
        log.replica().db().query("SELECT at FROM _batch WHERE first <= ? ORDER BY first DESC LIMIT 1", closed->lsn);
    if (!batch.step()) return std::nullopt;
    return batch.integer(0);
}

}  // namespace

Result<std::string> resubmit(Replica& replica, const std::string& today, std::string_view typed)
{
    Records records(replica, today);
    auto record = open_record(replica, records, typed);
    if (!record) return record.refusal();
    if (auto applied = apply(replica, records, *record); !applied) return applied.refusal();
    close_record(replica, record->id, "resubmitted");
    return record->id;
}

Result<std::string> dismiss(Replica& replica, const std::string& today, std::string_view typed)
{
    const Records records(replica, today);
    auto record = open_record(replica, records, typed);
    if (!record) return record.refusal();
    close_record(replica, record->id, "dismissed");
    return record->id;
}

std::uint64_t remove_settled(Replica& replica, std::int64_t keep_ms)
{
    const std::int64_t now = replica.environment().clock->now_ms();
    std::vector<std::pair<const TableInfo*, std::string>> old;
    {
        Transaction looking{replica};
        for (const char* name : {"conflict", "quarantine"}) {
            const TableInfo* table = replica.catalog().table(std::string_view{name});
            if (table == nullptr) continue;
            auto closed = replica.db().query("SELECT id, unit FROM " + sql_name(name) + " WHERE state <> 'open'");
            while (closed.step()) {
                const auto at = closed_at(looking.log(), *table, closed.text(0));
                if (at && *at < now - keep_ms && owns(replica, closed.text(1))) old.emplace_back(table, closed.text(0));
            }
        }
        looking.commit();
    }
    if (old.empty()) return 0;
    LocalWrite removing{replica};
    for (const auto& [table, id] : old)
        replica.db().run("DELETE FROM " + sql_name(table->name) + " WHERE id = ? AND state <> 'open'", id);
    removing.commit();
    return old.size();
}

}  // namespace ocop
