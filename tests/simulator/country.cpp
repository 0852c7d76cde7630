#include "tests/simulator/country.h"

#include <unordered_map>

#include "cli/csv.h"

namespace ocop::sim {

namespace {

const std::string data = std::string{OCOP_SOURCE_DIR} + "/schema/data/";

std::string field(const cli::CsvFile& file, const cli::CsvRecord& record, std::string_view name)
{
    const auto at = file.column(name);
    OCOP_CHECK(at.has_value());
    return record.fields.at(*at);
}

std::string level_of(const std::vector<Place>& units, std::size_t parent, bool districts)
{
    if (parent == 0) return "province";
    return districts && units[parent].level == "province" ? "district" : "commune";
}

std::vector<Place> read_units(const std::string& name, const std::string& from, bool districts)
{
    const auto file = cli::read_csv(data + name);
    OCOP_CHECK(file.ok());
    std::vector<Place> units = {{"VN", "VN", "Việt Nam", "Trung ương", "central", 0}};
    std::unordered_map<std::string, std::size_t> by_code = {{"", 0}};
    for (std::size_t missing = file->records.size(), last = missing + 1; missing != 0 && missing != last;) {
        last = missing;
        missing = 0;
        for (const cli::CsvRecord& record : file->records) {
            const std::string code = field(*file, record, "code");
            const auto parent = by_code.find(field(*file, record, "parent_code"));
            if (by_code.count(code) != 0) continue;
            if (parent == by_code.end()) {
                ++missing;
                continue;
            }
            units.push_back({code + "@" + from, code, field(*file, record, "name"), field(*file, record, "kind"),
                             level_of(units, parent->second, districts), parent->second});
            by_code.emplace(code, units.size() - 1);
        }
    }
    return units;
}

struct Country {
    std::vector<Place> units;
    std::vector<std::vector<std::size_t>> below;

    explicit Country(std::vector<Place> all) : units(std::move(all)), below(units.size())
    {
        for (std::size_t i = 1; i < units.size(); ++i) below[units[i].parent].push_back(i);
    }
};

const Country& country(bool of_2025)
{
    static const Country old{units_2020()};
    static const Country present{units_2025()};
    return of_2025 ? present : old;
}

std::vector<std::string> names_of(const std::string& column)
{
    const auto file = cli::read_csv(data + "ocop_products.csv");
    OCOP_CHECK(file.ok());
    std::vector<std::string> names;
    for (const cli::CsvRecord& record : file->records) {
        const std::string name = field(*file, record, column);
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

int tier_of(const Country& country, std::size_t unit)
{
    int tier = 0;
    for (; unit != 0; unit = country.units[unit].parent) ++tier;
    return tier;
}

}  // namespace

std::vector<Place> units_2020()
{
    return read_units("admin_units_2020.csv", "2020-12-31", true);
}

std::vector<Place> units_2025()
{
    return read_units("admin_units_2025.csv", "2025-07-01", false);
}

std::vector<Place> draw_offices(const Options& options, test::SeededRandom& random)
{
    const Country& all = country(options.tree_2025);
    std::vector<std::size_t> chosen = {0};
    std::vector<Place> offices = {all.units[0]};
    // Chains first, so that deep trees are drawn as often as wide ones.
    std::size_t from = 0;
    for (int attempts = 0; offices.size() < options.nodes && attempts < 1000; ++attempts) {
        if (random.chance(0.5)) from = random.below(chosen.size());
        const auto& children = all.below[chosen[from]];
        if (children.empty() || tier_of(all, chosen[from]) + 1 >= options.levels) {
            from = random.below(chosen.size());
            continue;
        }
        const std::size_t unit = children[random.below(children.size())];
        bool taken = false;
        for (const std::size_t other : chosen) taken = taken || other == unit;
        if (taken) continue;
        chosen.push_back(unit);
        offices.push_back(all.units[unit]);
        offices.back().parent = from;
        from = chosen.size() - 1;
    }
    return offices;
}

std::vector<Place> whole_provinces(std::size_t count)
{
    const std::vector<Place>& all = country(false).units;
    std::vector<std::size_t> at(all.size(), all.size());
    std::vector<Place> mine;
    std::size_t provinces = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool province = all[i].level == "province";
        if (i != 0 && (province ? provinces++ >= count : at[all[i].parent] == all.size())) continue;
        at[i] = mine.size();
        mine.push_back(all[i]);
        mine.back().parent = i == 0 ? 0 : at[all[i].parent];
    }
    return mine;
}

const std::vector<std::string>& product_names()
{
    static const std::vector<std::string> names = names_of("product_name");
    return names;
}

const std::vector<std::string>& maker_names()
{
    static const std::vector<std::string> names = names_of("entity_name");
    return names;
}

}  // namespace ocop::sim
