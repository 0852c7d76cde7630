// The model of the release after this one, made up: a nullable column, one with a DEFAULT, two tables, a wider CHECK.
#pragma once

#include <string>
#include <vector>

#include "schema/base/check.h"
#include "schema/embedded.h"
#include "schema/model.h"

namespace ocop::test {

inline void put_after(std::string& text, const std::string& from, const std::string& anchor, const std::string& added)
{
    const std::size_t at = text.find(anchor, text.find(from));
    OCOP_CHECK(at != std::string::npos);
    text.insert(at + anchor.size(), added);
}

inline const Model& next_model()
{
    static const Model model = [] {
        std::string toml{embedded_ocop_toml()};
        put_after(toml, "name = \"organization\"", "columns = [\n",
                  "{ name = \"website\", bit = 40, vi = \"Trang web\", en = \"Website\" },\n");
        put_after(toml, "name = \"product\"", "columns = [\n",
                  "{ name = \"grade\", bit = 41, vi = \"Hạng\", en = \"Grade\" },\n");
        for (const char* table : {"id = 900\nname = \"event\"\naudience = \"lineage\"\n",
                                  "id = 901\nname = \"memo\"\naudience = \"subtree\"\n"})
            toml += std::string("\n[[table]]\n") + table +
                    "label = { vi = \"Mới\", en = \"New\" }\ncolumns = [\n"
                    "{ name = \"unit\", bit = 1, vi = \"Đơn vị\", en = \"Unit\" },\n"
                    "{ name = \"title\", bit = 2, vi = \"Tên\", en = \"Title\" },\n"
                    "{ name = \"guests\", bit = 3, vi = \"Khách\", en = \"Guests\" },\n]\n"
                    "writers = [{ tiers = [\"central\", \"province\", \"district\", \"commune\"], source = \"?\" }]\n";
        Result<Model> loaded = load_model(toml);
        OCOP_CHECK(loaded.ok());
        return std::move(*loaded);
    }();
    return model;
}

/// As SQLite's manual says a table is changed: made anew beside it, filled, renamed.
inline std::string widened_directive()
{
    std::string create;
    for (const Migration& step : ocop_migrations()) {
        const std::string sql{step.sql};
        const std::size_t at = sql.find("CREATE TABLE directive (");
        if (at != std::string::npos) create = sql.substr(at, sql.find(") STRICT;", at) + 9 - at);
    }
    const std::size_t check = create.find("urgent IN (0, 1)");
    OCOP_CHECK(check != std::string::npos);
    create.replace(check, 16, "urgent IN (0, 1, 2)");
    create.replace(0, 24, "CREATE TABLE directive_next (");
    return create + "INSERT INTO directive_next SELECT * FROM directive; DROP TABLE directive; "
                    "ALTER TABLE directive_next RENAME TO directive; CREATE INDEX directive_unit ON directive (unit);";
}

inline const std::vector<Migration>& next_migrations()
{
    static const std::string sql = [] {
        std::string text = "ALTER TABLE organization ADD COLUMN website TEXT;"
                           "ALTER TABLE product ADD COLUMN grade TEXT NOT NULL DEFAULT 'chưa xếp';";
        for (const char* table : {"event", "memo"})
            text +=
                std::string("CREATE TABLE ") + table +
                " (id TEXT PRIMARY KEY NOT NULL, unit TEXT NOT NULL REFERENCES admin_unit (id) DEFERRABLE INITIALLY "
                "DEFERRED, title TEXT NOT NULL, guests INTEGER NOT NULL DEFAULT 0) STRICT;";
        return text + widened_directive();
    }();
    static const std::vector<Migration> steps = [] {
        std::vector<Migration> all = ocop_migrations();
        all.push_back({all.back().number + 1, "next", sql});
        return all;
    }();
    return steps;
}

}  // namespace ocop::test
