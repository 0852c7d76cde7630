// Other people's programs on our file: the stock `sqlite3` shell and Python's sqlite3 module, neither of which knows of us.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "node/row_key.h"
#include "node/sql_text.h"
#include "tests/support/world.h"

namespace ocop::test {

/// A folder of its own, gone with the test.
class TempDir {
public:
    TempDir()
    {
        path_ = std::filesystem::temp_directory_path() / ("ocop-stock-" + std::to_string(system_random().number()));
        std::filesystem::create_directories(path_);
    }
    ~TempDir()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A program that runs beside the test.
class Running {
public:
    explicit Running(const std::string& command) : pipe_(popen((command + " 2>&1").c_str(), "r"))
    {
        OCOP_CHECK(pipe_ != nullptr);
    }
    ~Running()
    {
        if (pipe_ != nullptr) wait();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    /// What it said; after "exit N: " if it failed.
    std::string wait()
    {
        std::string text;
        std::array<char, 4096> buffer{};
        while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe_)) text.append(buffer.data(), got);
        const int status = pclose(pipe_);
        pipe_ = nullptr;
        return status == 0 ? text : "exit " + std::to_string(status) + ": " + text;
    }

private:
    std::FILE* pipe_;
};

inline std::string write_script(const std::filesystem::path& folder, const std::string& text, const std::string& ending)
{
    static int count = 0;
    const auto path = folder / ("script" + std::to_string(++count) + ending);
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
}

/// The command line of the stock shell, as a person gets it: foreign keys off, no extension. Only a busy timeout is added.
inline std::string shell_command(const std::filesystem::path& folder, const std::string& text)
{
    return "sqlite3 -batch -bail -cmd '.timeout 20000' '" + (folder / "replica.db").string() + "' < '" +
           write_script(folder, text, ".sql") + "'";
}
inline std::string shell(const std::filesystem::path& folder, const std::string& text)
{
    return Running{shell_command(folder, text)}.wait();
}

/// The script finds an open connection `db` (autocommit) and `sqlite3`.
inline std::string python_command(const std::filesystem::path& folder, const std::string& text)
{
    const std::string head =
        "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)\n";
    return "python3 '" + write_script(folder, head + text, ".py") + "' '" + (folder / "replica.db").string() + "'";
}
inline std::string python(const std::filesystem::path& folder, const std::string& text)
{
    return Running{python_command(folder, text)}.wait();
}

/// A commune whose replica is a real file, below a centre in memory.
struct Village {
    TempDir dir;
    World world;
    Office& centre = world.root();
    Office office;

    Village()
    {
        centre.sql("INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ('29338', '29338', "
                   "'Thị trấn Cầu Kè', 'Thị trấn', "
                   "'commune', 'VN', '2020-12-31')");
        const auto invite = make_invite(*centre.replica, "29338", "http://127.0.0.1:1");
        OCOP_CHECK(invite.ok());
        office.unit = "29338";
        office.clock = std::make_shared<FakeClock>();
        office.parent = &centre;
        auto made = Replica::create(dir.path(), born_of(*invite), {office.clock.get(), &world.random});
        OCOP_CHECK(made.ok());
        office.replica = std::move(*made);
        world.sync(office);
        sealed();
    }

    std::string shell(const std::string& text) { return test::shell(dir.path(), text); }
    std::string python(const std::string& text) { return test::python(dir.path(), text); }

    /// Seals, and tells what the log learnt since this was last asked: "row columns[ gone] gGEN", a line an entry.
    std::string sealed()
    {
        Transaction transaction{*office.replica};
        transaction.commit();
        std::string text;
        auto rows = office.replica->db().query(
            "SELECT tbl, row, mask, gone, gen FROM _log WHERE lsn > ? ORDER BY tbl, row, lsn", seen_);
        while (rows.step()) {
            const TableInfo& table = *office.replica->catalog().table(static_cast<std::uint32_t>(rows.integer(0)));
            text += short_name(row_of(rows.value(1))) + " " + columns(table, rows.natural(2)) +
                    (rows.integer(3) != 0 ? " gone" : "") + " g" + rows.text(4) + "\n";
        }
        seen_ = office.replica->state().lsn;
        return text;
    }

    void exchange() { world.sync(office); }

    /// The replica's own tables and the log agree, here and at the centre, and both hold the same versions.
    bool sound()
    {
        exchange();
        return verify(*office.replica).sound() && verify(*office.replica).compared && verify(*centre.replica).sound();
    }

private:
    static std::string short_name(const std::string& row) { return is_canonical_uuid(row) ? row.substr(35) : row; }

    static std::string columns(const TableInfo& table, std::uint64_t mask)
    {
        if (mask == (table.column_mask | existence_bit)) return "all";
        std::string names = (mask & existence_bit) != 0 ? "existence" : "";
        for (const ColumnInfo& column : table.columns)
            if (((mask >> column.bit) & 1) != 0) names += (names.empty() ? "" : ",") + column.name;
        return names;
    }

    std::uint64_t seen_ = 0;
};

/// Every value of a table, exactly: SQL literals, text as hexadecimal, so that nothing hides (a NUL, a last digit).
inline std::string exact(sqlite::Connection& db, const std::string& table)
{
    std::vector<std::string> names;
    {
        auto columns = db.query("SELECT name FROM pragma_table_info(?)", table);
        while (columns.step()) names.push_back(columns.text(0));
    }
    std::string list;
    for (const std::string& name : names) {
        const std::string column = sql_name(name);
        list += (list.empty() ? "" : " || ' ' || ") +
                ("iif(typeof(" + column + ") = 'text', 't' || hex(" + column + "), quote(" + column + "))");
    }
    std::string text;
    auto rows = db.query("SELECT " + list + " FROM " + sql_name(table) + " ORDER BY id");
    while (rows.step()) text += rows.text(0) + "\n";
    return text;
}

}  // namespace ocop::test
