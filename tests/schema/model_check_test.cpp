#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

#include "schema/model.h"
#include "schema/sql_tokens.h"

namespace {

using ocop::check_table_sql;
using ocop::SqlToken;
using ocop::TableModel;

std::string fault(const TableModel& table, std::string_view sql)
{
    const ocop::Status status = check_table_sql(table, sql);
    return status.ok() ? "accepted" : status.refusal().detail;
}

TableModel forged()
{
    TableModel table;
    table.id = 1;
    table.name = "t";
    table.columns = {{"unit", 1, false, {}}, {"first", 2, false, {}}, {"last", 2, false, {}}, {"star", 3, false, {}}};
    return table;
}

// The CREATE TABLE texts of the migrations, by table name.
std::map<std::string, std::string> our_tables()
{
    std::map<std::string, std::string> found;
    for (const ocop::Migration& migration : ocop::ocop_migrations()) {
        const std::vector<SqlToken> tokens = ocop::sql_tokens(migration.sql);
        for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
            if (!tokens[i].is("CREATE") || !tokens[i + 1].is("TABLE")) continue;
            const std::size_t close = ocop::sql_closing(tokens, i + 3);
            REQUIRE(close + 1 < tokens.size());
            CHECK(tokens[close + 1].is("STRICT"));
            const std::size_t begin = tokens[i].begin;
            found[tokens[i + 2].text] = std::string(migration.sql.substr(begin, tokens[close + 1].end - begin));
        }
    }
    return found;
}

// Columns that a later migration added, by table name.
std::map<std::string, std::set<std::string>> added_columns()
{
    std::map<std::string, std::set<std::string>> found;
    for (const ocop::Migration& migration : ocop::ocop_migrations()) {
        const std::vector<SqlToken> tokens = ocop::sql_tokens(migration.sql);
        for (std::size_t i = 0; i + 5 < tokens.size(); ++i)
            if (tokens[i].is("ALTER") && tokens[i + 3].is("ADD") && tokens[i + 4].is("COLUMN"))
                found[tokens[i + 2].text].insert(tokens[i + 5].text);
    }
    return found;
}

// The first word of each item between the outer brackets that is not a table constraint.
std::set<std::string> columns_of(const std::string& create_table)
{
    const std::vector<SqlToken> tokens = ocop::sql_tokens(create_table);
    std::set<std::string> names;
    int depth = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool starts_item = (tokens[i].is("(") && depth == 0) || (tokens[i].is(",") && depth == 1);
        depth += tokens[i].is("(") ? 1 : 0;
        depth -= tokens[i].is(")") ? 1 : 0;
        if (!starts_item) continue;
        const SqlToken& next = tokens.at(i + 1);
        const bool constraint =
            next.is("CONSTRAINT") || next.is("CHECK") || next.is("UNIQUE") || next.is("PRIMARY") || next.is("FOREIGN");
        if (!constraint) names.insert(next.text);
    }
    return names;
}

// SQL and TOML are two halves of one model: catches a column that is in one of them only, or a table without its half.
TEST_CASE("our SQL and our TOML name the same tables and columns")
{
    const std::map<std::string, std::string> tables = our_tables();
    CHECK(tables.size() == ocop::ocop_model().tables.size());
    for (const TableModel& table : ocop::ocop_model().tables) {
        INFO(table.name);
        REQUIRE(tables.count(table.name) == 1);
        std::set<std::string> named = {"id"};
        for (const ocop::ColumnModel& column : table.columns) named.insert(column.name);
        std::set<std::string> there = columns_of(tables.at(table.name));
        const auto later = added_columns();
        if (later.count(table.name) != 0) there.insert(later.at(table.name).begin(), later.at(table.name).end());
        CHECK(there == named);
    }
}

// Our own tables must be mergeable column by column: catches a CHECK or key action added to a migration without thought.
TEST_CASE("our tables pass their own check")
{
    for (const auto& [name, sql] : our_tables()) {
        INFO(name);
        CHECK(fault(*ocop::ocop_model().table(name), sql) == "accepted");
    }
}

// A CHECK across bits can be broken by two lawful edits that merge: catches a checker that misses one, however it is written.
TEST_CASE("a CHECK over columns of different bits is refused")
{
    const TableModel table = forged();
    CHECK(fault(table, "CREATE TABLE t (id, unit, first, last, star, CHECK (first < last))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (star CHECK (star BETWEEN 1 AND 5), first CHECK (first > 0))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (CHECK (first < star))") == "t: CHECK first, star");
    CHECK(fault(table, "CREATE TABLE t (star check(\"FIRST\" < [Star]))") == "t: CHECK first, star");
    CHECK(fault(table, "CREATE TABLE t (CHECK (t.first < max(`star`, (last))))") == "t: CHECK first, last, star");
    CHECK(fault(table, "CREATE TABLE t (CHECK -- why\n /* ( */ (first < star))") == "t: CHECK first, star");
    CHECK(fault(table, "CREATE TABLE t (first CHECK (first <> 1), CHECK (star = 1 OR last = 2))") ==
          "t: CHECK last, star");
}

// The key and the unit are not cells of a merge: catches a CHECK that ties another column to them.
TEST_CASE("a CHECK over the key or the unit and another column is refused")
{
    const TableModel table = forged();
    CHECK(fault(table, "CREATE TABLE t (id CHECK (length(id) = 36))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (unit CHECK (unit <> ''))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (CHECK (id <> star))") == "t: CHECK id, star");
    CHECK(fault(table, "CREATE TABLE t (CHECK (unit <> id))") == "t: CHECK id, unit");
    CHECK(fault(table, "CREATE TABLE t (CHECK (unit <> first))") == "t: CHECK first, unit");
}

// Names inside texts and comments, or of functions, are no columns: catches a checker that cries wolf.
TEST_CASE("words that are no columns do not count")
{
    const TableModel table = forged();
    CHECK(fault(table, "CREATE TABLE t (star CHECK (star <> 'first''s last'))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (star CHECK (star > 1 /* first */))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (star CHECK (first(star) > 1))") == "accepted");
    CHECK(fault(table, "CREATE TABLE t (star DEFAULT (first + star))") == "accepted");
}

// Such actions change rows that no trigger journals while a merge runs quietly: catches each of them.
TEST_CASE("key actions that write other rows are refused")
{
    const TableModel table = forged();
    const std::string head = "CREATE TABLE t (star REFERENCES s (id) ";
    CHECK(fault(table, head + "DEFERRABLE INITIALLY DEFERRED)") == "accepted");
    CHECK(fault(table, head + "ON DELETE NO ACTION ON UPDATE RESTRICT)") == "accepted");
    CHECK(fault(table, head + "ON DELETE CASCADE)") == "t: CASCADE");
    CHECK(fault(table, head + "on update cascade)") == "t: CASCADE");
    CHECK(fault(table, head + "ON DELETE SET NULL)") == "t: SET NULL");
    CHECK(fault(table, head + "ON DELETE /**/ SET\nDEFAULT)") == "t: SET DEFAULT");
    CHECK(fault(table, "CREATE TABLE t (star UNIQUE ON CONFLICT REPLACE)") == "t: ON CONFLICT REPLACE");
    CHECK(fault(table, "CREATE TABLE t (star DEFAULT 'ON DELETE CASCADE')") == "accepted");
}

// Forged or torn SQL must end in an answer: catches reading past the end of a text that stops anywhere.
TEST_CASE("SQL cut off anywhere is still answered")
{
    const TableModel table = forged();
    const std::string sql =
        "CREATE TABLE t (\"a\"\"b\", [x], star CHECK (first < 'it''s' /* c */), f REFERENCES s ON DELETE SET NULL)";
    for (std::size_t length = 0; length <= sql.size(); ++length)
        CHECK_FALSE(fault(table, sql.substr(0, length)).empty());
}

}  // namespace
