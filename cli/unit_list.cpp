#include "cli/unit_list.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "cli/detail.h"

namespace ocop::cli {

namespace {

struct Standing {
    std::string id, code, name, kind, level, parent, valid_from;
};

using ByCode = std::unordered_map<std::string, Standing>;

std::string at_line(const ListedUnit& unit, std::string_view what)
{
    return both({"dòng", "line"}) + " " + std::to_string(unit.line) + ": " + std::string(what);
}

int rank(const ListedUnit& unit)
{
    return static_cast<int>(unit.code.size());
}

Status check_unit(const ListedUnit& unit)
{
    if (level_of_code(unit.code).empty())
        return Refusal{Errc::bad_file,
                       at_line(unit, "code «" + unit.code + "»: " +
                                         both({"mã phải có 2, 3 hoặc 5 chữ số (tỉnh, huyện, xã)",
                                               "a code has 2, 3 or 5 digits (province, district, commune)"}))};
    if (unit.name.empty()) return Refusal{Errc::bad_file, at_line(unit, both({"name để trống", "name is empty"}))};
    return Done{};
}

Status check_parents(const std::vector<ListedUnit>& list)
{
    std::unordered_map<std::string, const ListedUnit*> seen;
    for (const ListedUnit& unit : list) {
        if (const auto [at, fresh] = seen.emplace(unit.code, &unit); !fresh)
            return Refusal{Errc::bad_file,
                           at_line(unit, "code " + unit.code + " (" + both({"có cả ở dòng", "also in line"}) + " " +
                                             std::to_string(at->second->line) + ")")};
        if (unit.parent_code.empty()) continue;
        const auto parent = seen.find(unit.parent_code);  // parents have shorter codes and so come first
        if (parent == seen.end()) return Refusal{Errc::unknown_unit, at_line(unit, "parent_code " + unit.parent_code)};
        if (rank(*parent->second) >= rank(unit))
            return Refusal{Errc::bad_file, at_line(unit, "parent_code " + unit.parent_code + ": " +
                                                             both({"không phải cấp trên", "is not a level above"}))};
    }
    return Done{};
}

ByCode in_force(sqlite::Connection& db, const std::string& date)
{
    ByCode units;
    auto query =
        db.query("SELECT id, code, name, kind, level, coalesce(parent, ''), coalesce(valid_from, '') FROM admin_unit "
                 "WHERE id <> ?1 AND coalesce(valid_from, '') <= ?2 AND (valid_to IS NULL OR valid_to > ?2)",
                 root_unit, date);
    while (query.step()) {
        Standing unit{query.text(0), query.text(1), query.text(2), query.text(3),
                      query.text(4), query.text(5), query.text(6)};
        units.emplace(unit.code, std::move(unit));
    }
    return units;
}

// One list on its way into the table.
class Import {
public:
    Import(Replica& replica, const std::string& date)
        : db_(replica.db()), date_(date), standing_(in_force(replica.db(), date))
    {
    }

    UnitChanges run(const std::vector<ListedUnit>& list)
    {
        for (const ListedUnit& unit : list) ids_[unit.code] = place(unit);
        for (const auto& [code, unit] : standing_) {
            if (ids_.count(code) == 0) close(unit);
        }
        return changes_;
    }

private:
    // Returns the id of the row that stands for the unit from the date on.
    std::string place(const ListedUnit& unit)
    {
        const std::string parent = unit.parent_code.empty() ? std::string(root_unit) : ids_.at(unit.parent_code);
        const auto found = standing_.find(unit.code);
        if (found != standing_.end()) {
            const Standing& now = found->second;
            if (now.name == unit.name && now.kind == unit.kind && now.parent == parent) {
                ++changes_.kept;
                return now.id;
            }
            if (now.valid_from != date_) close(now);
        }
        const std::string id = unit.code + "@" + date_;
        const std::string level(level_of_code(unit.code));
        const auto changed =
            db_.run("UPDATE admin_unit SET name = ?2, kind = ?3, parent = ?4, valid_to = NULL WHERE id = ?1", id,
                    unit.name, unit.kind, parent);
        if (changed > 0) {
            ++changes_.corrected;
        } else {
            db_.run(
                "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES (?, ?, ?, ?, ?, ?, ?)",
                id, unit.code, unit.name, unit.kind, level, parent, date_);
            ++changes_.created;
        }
        return id;
    }

    void close(const Standing& unit)
    {
        db_.run("UPDATE admin_unit SET valid_to = ?2 WHERE id = ?1", unit.id, date_);
        ++changes_.closed;
    }

    sqlite::Connection& db_;
    const std::string& date_;
    ByCode standing_;
    std::unordered_map<std::string, std::string> ids_;
    UnitChanges changes_;
};

std::string newest_date(sqlite::Connection& db)
{
    auto query =
        db.query("SELECT coalesce(max(max(coalesce(valid_from, ''), coalesce(valid_to, ''))), '') FROM admin_unit "
                 "WHERE id <> ?1",
                 root_unit);
    return query.step() ? query.text(0) : std::string();
}

}  // namespace

std::string_view level_of_code(std::string_view code)
{
    const bool digits =
        std::all_of(code.begin(), code.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
    if (!digits) return {};
    switch (code.size()) {
    case 2: return "province";
    case 3: return "district";
    case 5: return "commune";
    default: return {};
    }
}

Result<std::vector<ListedUnit>> read_unit_list(const CsvFile& csv)
{
    static constexpr std::string_view names[] = {"code", "name", "kind", "parent_code"};
    std::size_t columns[4] = {};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto column = csv.column(names[i]);
        if (!column)
            return Refusal{Errc::bad_file, both({"thiếu cột", "there is no column"}) + " " + std::string(names[i])};
        columns[i] = *column;
    }
    std::vector<ListedUnit> list;
    for (const CsvRecord& record : csv.records) {
        if (record.fields.size() != csv.header.size())
            return Refusal{Errc::bad_file, both({"dòng", "line"}) + " " + std::to_string(record.line) + ": " +
                                               wrong_length(record.fields.size(), csv.header.size())};
        list.push_back({record.fields[columns[0]], record.fields[columns[1]], record.fields[columns[2]],
                        record.fields[columns[3]], record.line});
        if (const Status good = check_unit(list.back()); !good) return good.refusal();
    }
    // An empty list would mean that no unit exists any more: more likely the wrong file.
    if (list.empty()) return Refusal{Errc::bad_file, both({"không có đơn vị nào", "there is no unit in it"})};
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (const Status good = check_parents(list); !good) return good.refusal();
    return list;
}

Result<UnitChanges> apply_unit_list(Replica& replica, const std::vector<ListedUnit>& list, const std::string& date)
{
    ensure_root(replica);
    const std::string newest = newest_date(replica.db());
    if (date < newest) return Refusal{Errc::bad_value, "--date " + date + " < " + newest};
    return Import(replica, date).run(list);
}

void ensure_root(Replica& replica)
{
    replica.db().run("INSERT INTO admin_unit (id, code, name, kind, level, valid_from) "
                     "SELECT ?1, ?1, 'Việt Nam', 'Trung ương', 'central', '1945-09-02' "
                     "WHERE NOT EXISTS (SELECT 1 FROM admin_unit WHERE id = ?1)",
                     root_unit);
}

}  // namespace ocop::cli
