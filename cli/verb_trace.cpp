// ocop trace: where a record is, tier by tier, and since when.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

#include "cli/authors.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/trace.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

class Trace : public Verb {
public:
    VerbText text() const override
    {
        return {
            "trace",
            {"một dòng đã đến những cấp nào, từ lúc nào", "where a row has got to, tier by tier, and since when"},
            {"Cho từng phiên bản đang có hiệu lực của dòng: cấp nào trên và dưới máy này đã có nó, từ lúc nào (theo "
             "đồng hồ máy này,\n"
             "lúc máy này biết tin). Các cấp cao hơn cấp trên trực tiếp: như cấp trên báo lần cuối. Chưa biết thì "
             "nói là chưa biết.",
             "For each version of the row that stands: which tiers above and below have it, and since when (by "
             "this node's clock,\n"
             "as it heard). Tiers above the parent: as the parent last told. What is not known is said to be not "
             "known."},
            {"ocop trace 0198c1f0-…"},
            {exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("id", id_, std::string{Text{"mã của dòng", "id of the row"}.in(language)})->required();
    }

    int run(Context& context) override
    {
        auto opened = context.open();
        if (!opened) return context.refuse(opened.refusal());
        Replica& replica = **opened;
        Transaction transaction(replica);
        const std::vector<Traced> rows = trace(transaction.log(), whole_id(replica));
        transaction.commit();
        if (rows.empty()) return context.refuse({Errc::unknown_row, id_});
        const Authors authors(replica);
        if (context.json)
            print_json(context, rows, authors);
        else
            print_text(context, rows, authors, replica.units());
        return exit_ok;
    }

private:
    /// The id may be cut, if the row is in one of the tables.
    std::string whole_id(Replica& replica) const
    {
        const Records records(replica, {});
        for (const TableInfo& table : replica.catalog().tables())
            if (auto found = records.find_id(table, id_)) return *found;
        return id_;
    }

    static const char* where_name(TracedPlace::Where where)
    {
        return where == TracedPlace::Where::here ? "here" : where == TracedPlace::Where::above ? "above" : "below";
    }

    static void print_json(const Context& context, const std::vector<Traced>& rows, const Authors& authors)
    {
        json::array array;
        for (const Traced& row : rows) {
            json::array versions;
            for (const TracedVersion& version : row.versions) {
                json::array places;
                for (const TracedPlace& place : version.places)
                    places.push_back(json::object{{"where", where_name(place.where)},
                                                  {"tier", place.tier},
                                                  {"unit", place.unit},
                                                  {"has", place.has},
                                                  {"from_there", place.from_there},
                                                  {"since", rfc3339(place.since)}});
                json::array columns;
                for (const ColumnInfo* column : columns_of(*row.table, version.mask))
                    columns.emplace_back(column->name);
                versions.push_back(json::object{{"gen", version.version.gen},
                                                {"time", rfc3339(version.version.time)},
                                                {"author", authors.name(version.version.origin.node)},
                                                {"gone", version.gone},
                                                {"columns", std::move(columns)},
                                                {"places", std::move(places)}});
            }
            array.push_back(json::object{
                {"table", row.table->name}, {"id", row.row}, {"unit", row.unit}, {"versions", std::move(versions)}});
        }
        context.print(json::object{{"trace", std::move(array)}});
    }

    static std::string place_text(const Context& context, const TracedPlace& place, const UnitTree& units)
    {
        const Unit* unit = units.find(place.unit);
        std::string name = unit != nullptr ? unit->name : place.unit;
        if (name.empty()) name = context.text({"cấp trên thứ {}", "tier {} above"}, {std::to_string(place.tier)});
        const std::string since =
            place.since != 0 ? context.text({" từ {}", " since {}"}, {moment(place.since)}) : std::string{};
        if (place.where == TracedPlace::Where::here)
            return context.text({"ở đây ({}){}", "here ({}){}"}, {name, since});
        if (place.from_there) return context.text({"{}: có (đến từ đó)", "{}: has it (it came from there)"}, {name});
        if (place.has) return context.text({"{}: đã có{}", "{}: has it{}"}, {name, since});
        return context.text({"{}: CHƯA có, theo tin cuối", "{}: NOT YET, as last heard"}, {name});
    }

    static void print_text(const Context& context, const std::vector<Traced>& rows, const Authors& authors,
                           const UnitTree& units)
    {
        for (const Traced& row : rows) {
            context.out << printable(table_label(row.table->name, context.language)) << ' ' << printable(row.row)
                        << '\n';
            for (const TracedVersion& version : row.versions) {
                std::string columns = version.gone ? context.text({"xóa", "deleted"}) : std::string{};
                for (const ColumnInfo* column : columns_of(*row.table, version.mask))
                    columns += (columns.empty() ? "" : ", ") + label_of(*row.table, column->name, context.language);
                context.out << "  " << moment(version.version.time) << "  "
                            << printable(authors.name(version.version.origin.node)) << ": " << printable(columns)
                            << '\n';
                for (const TracedPlace& place : version.places)
                    context.out << "      " << printable(place_text(context, place, units)) << '\n';
                const bool from_above = !version.places.empty() && version.places.size() > 1 &&
                                        version.places[1].where == TracedPlace::Where::above &&
                                        version.places[1].from_there;
                if (from_above)
                    context.out << "      "
                                << context.text({"các cấp cao hơn: không biết", "tiers further above: not known"})
                                << '\n';
            }
        }
    }

    std::string id_;
};

}  // namespace

std::unique_ptr<Verb> make_trace()
{
    return std::make_unique<Trace>();
}

}  // namespace ocop::cli
