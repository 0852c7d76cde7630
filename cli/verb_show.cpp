#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <ostream>

#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/records.h"

namespace ocop::cli {

namespace {

class Show : public Verb {
public:
    VerbText text() const override
    {
        return {"show",
                {"xem một dòng", "show a row"},
                {"Cho xem mọi cột của một dòng, với nhãn. Mã có thể viết tắt 8 ký tự đầu trở lên.",
                 "Shows all columns of a row, with labels. The id may be cut to its first 8 characters or more."},
                {"ocop show product 0198c1f0-…"},
                {exit_no_node}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("table", table_, std::string{Text{"tên bảng", "name of the table"}.in(language)})->required();
        app.add_option("id", id_, std::string{Text{"mã của dòng", "id of the row"}.in(language)})->required();
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const Records records(**replica, context.today());
        auto table = records.table(table_);
        if (!table) return context.refuse(table.refusal());
        auto id = records.find_id(**table, id_);
        if (!id) return context.refuse(id.refusal());
        auto row = records.get(**table, *id);
        if (!row) return context.refuse(row.refusal());
        if (context.json)
            context.print(to_json(*row));
        else
            print(context, **table, *row, (*replica)->units());
        return exit_ok;
    }

private:
    static void print(const Context& context, const TableInfo& table, const Row& row, const UnitTree& units)
    {
        std::size_t width = 2;
        for (const auto& [name, value] : row.fields)
            width = std::max(width, display_width(label_of(table, name, context.language)));
        context.out << fit("id", width) << "  " << row.id << '\n';
        for (const auto& [name, value] : row.fields)
            context.out << fit(label_of(table, name, context.language), width) << "  "
                        << printable(shown(table, name, value, units)) << '\n';
    }

    std::string table_;
    std::string id_;
};

}  // namespace

std::unique_ptr<Verb> make_show()
{
    return std::make_unique<Show>();
}

}  // namespace ocop::cli
