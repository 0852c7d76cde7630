#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <map>

#include "cli/table.h"
#include "cli/totals.h"
#include "cli/verbs.h"
#include "node/record_values.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

const std::map<std::string, TotalsBy> groupings = {{"province", TotalsBy::province}, {"district", TotalsBy::district},
                                                   {"commune", TotalsBy::commune},   {"star", TotalsBy::star},
                                                   {"year", TotalsBy::year},         {"kind", TotalsBy::kind}};

Text title_of_grouping(const std::string& by)
{
    if (by == "province") return {"Tỉnh", "Province"};
    if (by == "district") return {"Huyện", "District"};
    if (by == "commune") return {"Xã", "Commune"};
    if (by == "star") return {"Sao", "Star"};
    if (by == "year") return {"Năm", "Year"};
    if (by == "kind") return {"Loại", "Kind"};
    return {};
}

json::object figures(const TotalsRow& row)
{
    return {{"organizations", row.organizations},
            {"products", row.products},
            {"star3", row.star3},
            {"star4", row.star4},
            {"star5", row.star5}};
}

class TotalsVerb : public Verb {
public:
    VerbText text() const override
    {
        return {"totals",
                {"số liệu tổng hợp", "totals"},
                {"Đếm chủ thể, sản phẩm và sản phẩm 3, 4, 5 sao từ các dòng của địa bàn. Sao là của giấy chứng nhận "
                 "mới nhất chưa\n"
                 "thu hồi. Cùng một địa bàn thì mọi cấp đếm ra như nhau. Theo sao, theo năm: một chủ thể có thể ở "
                 "nhiều dòng.",
                 "Counts organizations, products, and products with 3, 4 and 5 stars from the rows of the area. The "
                 "star is that of\n"
                 "the latest certificate not withdrawn. The same area gives the same figures at every tier. By star "
                 "and by\n"
                 "year an organization may stand in several rows."},
                {"ocop totals", "ocop totals --by commune", "ocop totals --by star --unit 845@2020-12-31 --json"},
                {exit_not_permitted, exit_no_node}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        app.add_option("--by", by_,
                       say({"chia theo: province, district, commune, star, year, kind",
                            "by: province, district, commune, star, year, kind"}))
            ->check(CLI::IsMember({"province", "district", "commune", "star", "year", "kind"}));
        app.add_option("--unit", unit_, say({"chỉ đơn vị này và bên dưới", "only this unit and what is below it"}));
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const UnitTree& units = (*replica)->units();
        const std::string& own = (*replica)->state().unit;
        auto unit = unit_.empty() ? Result<std::string>{own} : unit_id(units, unit_, context.today());
        if (!unit) return context.refuse(unit.refusal());
        // Of an area that is not ours we hold only some rows: a figure of it would be wrong.
        if (!units.is_within(*unit, own)) return context.refuse({Errc::out_of_scope, *unit});
        const TotalsBy by = by_.empty() ? TotalsBy::nothing : groupings.at(by_);
        const Totals totals = count_totals((*replica)->db(), *unit, by);
        if (context.json)
            print_json(context, *unit, totals, units);
        else
            print_table(context, *unit, totals, units);
        return exit_ok;
    }

private:
    bool by_unit() const { return by_ == "province" || by_ == "district" || by_ == "commune"; }

    void print_json(const Context& context, const std::string& unit, const Totals& totals, const UnitTree& units) const
    {
        json::array rows;
        for (const TotalsRow& row : totals.rows) {
            json::object object{{"key", row.key.empty() ? json::value(nullptr) : json::value(row.key)}};
            if (const Unit* found = by_unit() ? units.find(row.key) : nullptr) {
                object["code"] = found->code;
                object["name"] = found->name;
            }
            for (const auto& figure : figures(row)) object[figure.key()] = figure.value();
            rows.push_back(std::move(object));
        }
        context.print(json::object{{"unit", unit},
                                   {"by", by_.empty() ? json::value(nullptr) : json::value(by_)},
                                   {"rows", std::move(rows)},
                                   {"total", figures(totals.sum)}});
    }

    std::string title(const Context& context, const TotalsRow& row, const UnitTree& units) const
    {
        if (row.key.empty()) return context.text({"(không có)", "(none)"});
        const Unit* unit = by_unit() ? units.find(row.key) : nullptr;
        return unit != nullptr ? unit->code + " " + unit->name : row.key;
    }

    void print_table(const Context& context, const std::string& unit, const Totals& totals, const UnitTree& units) const
    {
        const Unit* area = units.find(unit);
        context.say({"Địa bàn: {}", "Area: {}"}, {area != nullptr ? area->name + " (" + unit + ")" : unit});
        Table table({context.text(title_of_grouping(by_)), context.text({"Chủ thể", "Organizations"}),
                     context.text({"Sản phẩm", "Products"}), "3 ★", "4 ★", "5 ★"});
        for (std::size_t column = 1; column <= 5; ++column) table.align_right(column);
        const auto add = [&](const std::string& name, const TotalsRow& row) {
            const auto cell = [&](std::uint64_t value) { return number(value, context.language); };
            table.add(
                {name, cell(row.organizations), cell(row.products), cell(row.star3), cell(row.star4), cell(row.star5)});
        };
        for (const TotalsRow& row : totals.rows) add(title(context, row, units), row);
        add(context.text({"Tổng", "Total"}), totals.sum);
        table.print(context.out);
    }

    std::string by_;
    std::string unit_;
};

}  // namespace

std::unique_ptr<Verb> make_totals()
{
    return std::make_unique<TotalsVerb>();
}

}  // namespace ocop::cli
