// Offices for the verbs about records: each a node of its own in a folder, with the tree of Cầu Kè as of 31/12/2020.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/unit_list.h"
#include "tests/cli/command.h"

namespace ocop::cli::testing {

inline constexpr std::string_view commune = "29338@2020-12-31";    // Xã Thạnh Phú
inline constexpr std::string_view neighbour = "29317@2020-12-31";  // Xã An Phú Tân
inline constexpr std::string_view district = "845@2020-12-31";
inline constexpr std::string_view province = "84@2020-12-31";

/// A node of one unit, spoken to as by a shell.
class OfficeFolder {
public:
    explicit OfficeFolder(std::string_view unit) : directory(folder / "node")
    {
        NewNode born;
        born.unit = unit;
        auto replica = Replica::create(directory, born, shell.environment());
        const auto csv = parse_csv(cau_ke_2020);
        const auto list = read_unit_list(csv.value());
        LocalWrite write(**replica);
        ensure_root(**replica);
        const auto changes = apply_unit_list(**replica, list.value(), "2020-12-31");
        OCOP_CHECK(changes.ok());
        write.commit();
    }

    Ran operator()(std::vector<std::string> args) { return shell.at(directory, std::move(args)); }

    /// The id that `ocop add` prints.
    std::string add(std::vector<std::string> args)
    {
        args.insert(args.begin(), "add");
        std::string out = (*this)(std::move(args)).out;
        if (!out.empty()) out.pop_back();
        return out;
    }

    void sql(std::string_view text)
    {
        sqlite::Connection(directory + "/replica.db", sqlite::OpenMode::existing).script(text);
    }

    std::string one(std::string_view query)
    {
        sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
        auto row = db.query(query);
        return row.step() ? (row.is_null(0) ? "NULL" : row.text(0)) : "(none)";
    }

    /// Every table's every row: what a refused or dry run may not change.
    std::string everything()
    {
        sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
        std::string text;
        auto tables = db.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        while (tables.step()) {
            auto rows = db.query("SELECT * FROM \"" + tables.text(0) + "\"");
            while (rows.step()) {
                for (int i = 0; i < rows.columns(); ++i) text += rows.text(i) + "|";
                text += '\n';
            }
        }
        return text;
    }

    TempFolder folder;
    Shell shell;
    std::string directory;
};

/// The code ("OC-105") in what a refused command printed; "" if it was not refused.
inline std::string refusal_code(const Ran& ran)
{
    const std::size_t at = ran.err.find("OC-");
    return at == std::string::npos ? "" : ran.err.substr(at, 6);
}

}  // namespace ocop::cli::testing
