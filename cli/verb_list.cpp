#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/record_args.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "node/record_values.h"
#include "node/records.h"

namespace ocop::cli {

namespace {

class List : public Verb {
public:
    VerbText text() const override
    {
        return {"list",
                {"liệt kê các dòng của một bảng", "list the rows of a table"},
                {"Liệt kê các dòng mà máy này có, theo thứ tự tạo. Nhiều --where: phải đúng tất cả; --where cột= tìm ô "
                 "trống.\n"
                 "--json: một mảng, mỗi dòng một đối tượng.",
                 "Lists the rows this node holds, in the order they were made. Several --where: all must hold;\n"
                 "--where column= finds empty ones. --json: an array, an object a row."},
                {"ocop list product --where unit=29338 --columns name,product_code",
                 "ocop list organization --limit 20 --json"},
                {exit_no_node}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        app.add_option("table", table_, say({"tên bảng", "name of the table"}))->required();
        app.add_option("--where", where_, say({"cột=giá trị", "column=value"}))->allow_extra_args(false);
        app.add_option("--columns", columns_, say({"các cột, cách nhau bằng dấu phẩy", "columns, by commas"}))
            ->delimiter(',')
            ->allow_extra_args(false);
        app.add_option("--limit", limit_, say({"nhiều nhất bao nhiêu dòng", "at most so many rows"}))
            ->check(CLI::PositiveNumber);
    }

    int run(Context& context) override
    {
        auto typed = split_assignments(where_);
        if (!typed) return context.refuse(typed.refusal());
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const Records records(**replica, context.today());
        auto table = records.table(table_);
        if (!table) return context.refuse(table.refusal());
        auto where = records.parse(**table, *typed);
        if (!where) return context.refuse(where.refusal());
        auto rows = records.list(**table, {*where, columns_, limit_});
        if (!rows) return context.refuse(rows.refusal());
        if (context.json)
            print_json(context, *rows);
        else
            print_table(context, **table, *rows);
        return exit_ok;
    }

private:
    static void print_json(const Context& context, const std::vector<Row>& rows)
    {
        boost::json::array array;
        for (const Row& row : rows) array.push_back(to_json(row));
        context.print(array);
    }

    void print_table(const Context& context, const TableInfo& table, const std::vector<Row>& rows) const
    {
        if (rows.empty()) {
            context.warn({"Không có dòng nào.", "No rows."});
            return;
        }
        // Without --columns, a column that is empty in every row only pushes the others off the screen.
        std::vector<std::size_t> kept;
        std::vector<std::string> head = {"id"};
        for (std::size_t i = 0; i < rows[0].fields.size(); ++i) {
            bool any = !columns_.empty();
            for (const Row& row : rows) any = any || row.fields[i].second.index() != 0;
            if (!any) continue;
            kept.push_back(i);
            head.push_back(label_of(table, rows[0].fields[i].first, context.language));
        }
        Table printed(head);
        for (const Row& row : rows) {
            std::vector<std::string> cells = {row.id};
            for (const std::size_t i : kept) cells.push_back(value_text(row.fields[i].second));
            printed.add(std::move(cells));
        }
        printed.print(context.out);
    }

    std::string table_;
    std::vector<std::string> where_;
    std::vector<std::string> columns_;
    std::uint64_t limit_ = 0;
};

}  // namespace

std::unique_ptr<Verb> make_list()
{
    return std::make_unique<List>();
}

}  // namespace ocop::cli
