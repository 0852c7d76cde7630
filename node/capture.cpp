#include "node/capture.h"
#include "node/sql_text.h"

namespace ocop {

namespace {

std::string literal(const std::string& value, const ColumnInfo& column)
{
    if (column.uuid || (column.type != "TEXT" && column.type != "ANY")) return "quote(" + value + ")";
    // quote() ends a text at its first NUL; such a text is written T'hexadecimal'
    return "iif(typeof(" + value + ")='text' AND instr(" + value + ",char(0)),'T'''||hex(" + value + ")||'''',quote(" +
           value + "))";
}

std::string changed_mask(const TableInfo& table)
{
    std::string sum;
    int last_bit = -1;
    for (const ColumnInfo& column : table.columns) {
        const std::string differs = "NEW." + sql_name(column.name) + " IS NOT OLD." + sql_name(column.name);
        if (column.bit == last_bit) {
            sum.insert(sum.rfind(")<<"), " OR " + differs);
            continue;
        }
        sum += (sum.empty() ? "((" : "|((") + differs + ")<<" + std::to_string(column.bit) + ")";
        last_bit = column.bit;
    }
    return sum;
}

/// The rows, other than `self`, that a REPLACE of NEW would remove: those under one of its unique values.
std::string same_unique_values(const TableInfo& table)
{
    std::string any;
    for (const UniqueInfo& unique : table.uniques) {
        std::string all;
        for (const std::string& name : unique.columns)
            all += (all.empty() ? "" : " AND ") + ("victim." + sql_name(name)) + " = NEW." + sql_name(name);
        any += (any.empty() ? "(" : " OR (") + all + ")";
    }
    return any;
}

std::string journal_victims(const TableInfo& table, const std::string& condition)
{
    const std::string id = std::to_string(table.id);
    return "INSERT INTO _pending (tbl, row, unit, mask, last) SELECT " + id + ", victim.id, victim." +
           sql_name(table.unit_column) + ", 1, " + literal_list(table, "victim.") + " FROM " + sql_name(table.name) +
           " AS victim WHERE " + condition + ";";
}

Trigger before_insert(const TableInfo& table)
{
    const std::string name = "_capture_" + table.name + "_replace";
    std::string body = journal_victims(table, "victim.id = NEW.id");
    std::string when = "EXISTS (SELECT 1 FROM " + sql_name(table.name) + " AS victim WHERE victim.id = NEW.id)";
    for (const UniqueInfo& unique : table.uniques) {
        std::string all;
        for (const std::string& column : unique.columns)
            all += (all.empty() ? "" : " AND ") + ("victim." + sql_name(column)) + " = NEW." + sql_name(column);
        when += " OR (NEW." + sql_name(unique.yields) + " IS NOT NULL AND EXISTS (SELECT 1 FROM " +
                sql_name(table.name) + " AS victim WHERE " + all + "))";
    }
    if (!table.uniques.empty())
        body += " " + journal_victims(table, "(" + same_unique_values(table) + ") AND victim.id IS NOT NEW.id");
    return {name, "CREATE TRIGGER " + sql_name(name) + " BEFORE INSERT ON " + sql_name(table.name) + " WHEN " + when +
                      " BEGIN " + body + " END"};
}

Trigger before_update(const TableInfo& table)
{
    const std::string name = "_capture_" + table.name + "_overwrite";
    std::string of = "id";
    std::string when = "NEW.id IS NOT OLD.id";
    for (const UniqueInfo& unique : table.uniques)
        for (const std::string& column : unique.columns) {
            of += ", " + sql_name(column);
            when += " OR NEW." + sql_name(column) + " IS NOT OLD." + sql_name(column);
        }
    std::string victims = "victim.id = NEW.id";
    if (!table.uniques.empty()) victims += " OR " + same_unique_values(table);
    return {name, "CREATE TRIGGER " + sql_name(name) + " BEFORE UPDATE OF " + of + " ON " + sql_name(table.name) +
                      " WHEN " + when + " BEGIN " +
                      journal_victims(table, "(" + victims + ") AND victim.id IS NOT OLD.id") + " END"};
}

/// What an update replaced, as literals: the one column that changed, else all of them. Only for tables with history: nobody else
/// can tell, once the seal comes by.
std::string replaced_values(const TableInfo& table)
{
    std::string cases;
    for (const ColumnInfo& column : table.columns)
        if (table.model->group(column.bit).size() == 1)
            cases += " WHEN " + std::to_string(std::uint64_t{1} << column.bit) + " THEN " +
                     literal("OLD." + sql_name(column.name), column);
    return "CASE m" + cases + " ELSE " + literal_list(table, "OLD.") + " END";
}

std::string journal_update(const TableInfo& table)
{
    const std::string unit = sql_name(table.unit_column);
    const std::string place = std::to_string(table.id) + ", NEW.id, NEW." + unit + ", OLD." + unit;
    if (!table.model->history)
        return "INSERT INTO _pending (tbl, row, unit, old_unit, mask) VALUES (" + place + ", " + changed_mask(table) +
               ");";
    return "INSERT INTO _pending (tbl, row, unit, old_unit, mask, last) SELECT " + place + ", m, " +
           replaced_values(table) + " FROM (SELECT " + changed_mask(table) + " AS m);";
}

Trigger after(const TableInfo& table, const std::string& what, const std::string& event, const std::string& body)
{
    const std::string name = "_capture_" + table.name + "_" + what;
    return {name, "CREATE TRIGGER " + sql_name(name) + " AFTER " + event + " BEGIN " + body + " END"};
}

}  // namespace

std::string literal_list(const TableInfo& table, const std::string& prefix)
{
    std::string list;
    for (const ColumnInfo& column : table.columns) {
        list += list.empty() ? "" : "||','||";
        list += literal(prefix + sql_name(column.name), column);
    }
    return list;
}

std::vector<Trigger> capture_triggers(const TableInfo& table)
{
    const std::string name = sql_name(table.name);
    const std::string unit = sql_name(table.unit_column);
    const std::string id = std::to_string(table.id);
    const std::string all = std::to_string(table.column_mask | 1);
    const std::string inserted =
        "INSERT INTO _pending (tbl, row, unit, mask) VALUES (" + id + ", NEW.id, NEW." + unit + ", " + all + ");";
    const std::string removed = "INSERT INTO _pending (tbl, row, unit, mask, last) VALUES (" + id + ", OLD.id, OLD." +
                                unit + ", 1, " + literal_list(table, "OLD.") + ");";
    return {
        before_insert(table),
        before_update(table),
        after(table, "insert", "INSERT ON " + name, inserted),
        after(table, "update", "UPDATE ON " + name + " WHEN NEW.id IS OLD.id", journal_update(table)),
        after(table, "key", "UPDATE OF id ON " + name + " WHEN NEW.id IS NOT OLD.id", removed + " " + inserted),
        after(table, "delete", "DELETE ON " + name, removed),
    };
}

}  // namespace ocop
