#include "sync/skew.h"

#include <algorithm>
#include <set>

#include "node/unknown.h"

namespace ocop::sync {

std::vector<NamedTable> tables_to_name(const Replica& replica, const std::vector<Change>& changes, std::uint64_t reader)
{
    const bool same_model = reader == replica.model().fingerprint();
    std::set<std::uint32_t> ids;
    for (const Change& change : changes) ids.insert(change.table);
    std::vector<NamedTable> tables;
    for (const std::uint32_t id : ids) {
        const TableInfo* table = replica.catalog().table(id);
        if (table != nullptr && !(same_model && table->here))
            tables.push_back({id, table->model->audience, table->model->engine});
    }
    return tables;
}

Status learn_tables(ChangeLog& log, const std::vector<NamedTable>& tables, const std::vector<Change>& changes)
{
    const Catalog& catalog = log.replica().catalog();
    for (const NamedTable& table : tables)
        if (!learn_table(log, table.id, table.audience, table.engine))
            return Refusal{Errc::malformed, "table " + std::to_string(table.id)};
    for (const Change& change : changes)
        if (catalog.table(change.table) == nullptr && !learn_table(log, change.table, Audience::lineage, false))
            return Refusal{Errc::malformed, "table " + std::to_string(change.table)};
    return Done{};
}

std::uint64_t schema_of_parent(Replica& child)
{
    auto row = child.db().query("SELECT schema FROM _neighbour WHERE ref = 1");
    return row.step() ? row.natural(0) : 0;
}

void note_schema_of_parent(Replica& child, std::uint64_t schema)
{
    if (schema_of_parent(child) != schema) child.db().run("UPDATE _neighbour SET schema = ? WHERE ref = 1", schema);
}

}  // namespace ocop::sync
