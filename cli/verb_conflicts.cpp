#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <ostream>

#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/record_values.h"
#include "node/records.h"
#include "node/settle.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t short_id = 8;

/// A conflict, made readable.
struct Readable {
    const Row* conflict;
    const TableInfo* table;  // none: a table this release does not know
    std::string title;       // what a person calls the row
    std::string column;      // its label; empty for the whole row
    std::string other;       // unique: what a person calls the row that keeps the value
};

std::string text_of(const Row& row, std::string_view column)
{
    return value_text(row.value(column));
}

std::int64_t time_of(const Row& row, std::string_view column)
{
    const Value& value = row.value(column);
    return value.index() == 1 ? std::get<std::int64_t>(value) : 0;
}

class Conflicts : public Verb {
public:
    VerbText text() const override
    {
        return {
            "conflicts",
            {"các mục hai nơi cùng sửa", "values that two offices edited at once"},
            {"Liệt kê các mục mà hai nơi cùng sửa khi chưa thấy sửa đổi của nhau: cả hai giá trị, nơi ghi và lúc ghi.\n"
             "Không giá trị nào bị mất. Chọn bằng: ocop settle. --all: cả các mục đã xử lý.",
             "Lists what two offices edited without having seen each other's edit: both values, where and when they "
             "were\n"
             "written. Neither is lost. Choose with: ocop settle. --all: the settled ones too."},
            {"ocop conflicts", "ocop conflicts --all --json"},
            {exit_no_node}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_flag("--all", all_, std::string{Text{"cả các mục đã xử lý", "the settled ones too"}.in(language)});
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const Records records(**replica, context.today());
        auto table = records.table("conflict");
        if (!table) return context.refuse(table.refusal());
        RowQuery query;
        if (!all_) query.where.emplace_back("state", Value{std::string{"open"}});
        auto rows = records.list(**table, query);
        if (!rows) return context.refuse(rows.refusal());
        json::array array;
        for (const Row& row : *rows) {
            const Readable readable = read(context, records, row);
            if (context.json)
                array.push_back(to_object(**replica, readable));
            else
                print(context, **replica, readable, *rows);
        }
        if (context.json) context.print(array);
        const auto open = [](const Row& row) { return text_of(row, "state") == "open"; };
        if (rows->empty())
            context.say({"Không có mục nào hai nơi cùng sửa.", "No conflicts."});
        else if (std::any_of(rows->begin(), rows->end(), open))
            context.say({"Chọn: ocop settle MÃ --keep winner|loser, hoặc --value GIÁ_TRỊ",
                         "Choose: ocop settle ID --keep winner|loser, or --value VALUE"});
        return exit_ok;
    }

private:
    static Readable read(const Context& context, const Records& records, const Row& conflict)
    {
        const std::string id = text_of(conflict, "row_id");
        auto table = records.table(text_of(conflict, "table_name"));
        Readable readable{&conflict, table ? *table : nullptr, id, {}, text_of(conflict, "other_row")};
        for (const std::string& column : conflict_columns(readable.table, conflict)) {
            const std::string label = table ? label_of(**table, column, context.language) : column;
            readable.column += (readable.column.empty() ? "" : ", ") + label;
        }
        if (!table) return readable;
        if (auto row = records.get(**table, id)) readable.title = title_of(*row);
        if (auto row = records.get(**table, readable.other)) readable.other = title_of(*row);
        return readable;
    }

    /// Whose edit one side is: as recorded, else as this node knows its neighbours; empty if unknown.
    static std::string office(Replica& replica, const Row& conflict, const std::string& which)
    {
        if (const Unit* unit = replica.units().find(text_of(conflict, which + "_unit"))) return unit->name;
        const std::string origin = text_of(conflict, which + "_origin");
        const auto unit = unit_of_origin(replica, origin);
        const Unit* known = unit ? replica.units().find(*unit) : nullptr;
        return known != nullptr ? known->name : "";
    }

    static json::object side(Replica& replica, const Row& conflict, const std::string& which)
    {
        const std::string origin = text_of(conflict, which + "_origin");
        const std::string name = office(replica, conflict, which);
        return {{"value", to_json(conflict.value(which + "_value"))},
                {"origin", origin},
                {"office", name.empty() ? json::value(nullptr) : json::value(name)},
                {"time", rfc3339(time_of(conflict, which + "_time"))}};
    }

    static json::object to_object(Replica& replica, const Readable& readable)
    {
        json::object object = to_json(*readable.conflict);
        object["title"] = readable.title;
        object["label"] = readable.column;
        object["other_title"] = readable.other.empty() ? json::value(nullptr) : json::value(readable.other);
        object["winner"] = side(replica, *readable.conflict, "winner");
        object["loser"] = side(replica, *readable.conflict, "loser");
        return object;
    }

    /// Enough of the id to name it.
    static std::string brief(const std::string& id, const std::vector<Row>& all)
    {
        const std::string start = id.substr(0, short_id);
        const auto same =
            std::count_if(all.begin(), all.end(), [&](const Row& row) { return row.id.starts_with(start); });
        return same == 1 ? start : id;
    }

    void print(const Context& context, Replica& replica, const Readable& readable, const std::vector<Row>& all) const
    {
        const Row& conflict = *readable.conflict;
        const TableModel* model = readable.table != nullptr ? readable.table->model : nullptr;
        std::string label = text_of(conflict, "table_name");
        if (model != nullptr) label = context.language == Language::vi ? model->label.vi : model->label.en;
        const std::string whole = context.text({"cả dòng", "the whole row"});
        context.out << brief(conflict.id, all) << "  " << label << " «" << printable(readable.title) << "» · "
                    << (readable.column.empty() ? whole : readable.column);
        if (text_of(conflict, "state") == "settled")
            context.out << "  ["
                        << context.text({"đã xử lý: {}", "settled: {}"},
                                        {printable(text_of(conflict, "settled_value"))})
                        << ']';
        context.out << '\n';
        if (text_of(conflict, "kind") == "unique") print_claim(context, readable);
        print_side(context, replica, readable, "winner");
        print_side(context, replica, readable, "loser");
    }

    // Not two edits of one row, but two rows that claim one value.
    static void print_claim(const Context& context, const Readable& readable)
    {
        const std::string value = printable(text_of(*readable.conflict, "loser_value"));
        const std::string title = printable(readable.title), other = printable(readable.other);
        if (text_of(*readable.conflict, "state") == "settled") {
            context.say({"    Hai dòng từng cùng nhận giá trị «{}»: «{}» và «{}».",
                         "    Two rows claimed the value «{}»: «{}» and «{}»."},
                        {value, other, title});
            return;
        }
        context.say(
            {"    Hai dòng cùng nhận giá trị «{}», mà giá trị này phải là duy nhất. «{}» đang giữ; ở «{}» nó được "
             "để trống.",
             "    Two rows claim the value «{}», which must be unique. «{}» has it; in «{}» it is left empty."},
            {value, other, title});
        context.say(
            {"    --keep winner: «{}» giữ · --keep loser: chuyển sang «{}» · --value: giá trị khác cho «{}»",
             "    --keep winner: «{}» keeps it · --keep loser: it moves to «{}» · --value: another one for «{}»"},
            {other, title, title});
    }

    static void print_side(const Context& context, Replica& replica, const Readable& readable, const std::string& which)
    {
        const Row& conflict = *readable.conflict;
        const bool winner = which == "winner";
        const bool settled = text_of(conflict, "state") == "settled";
        const bool deletion = text_of(conflict, "kind") == "delete";
        const std::string origin = text_of(conflict, which + "_origin");
        std::string value = "«" + printable(text_of(conflict, which + "_value")) + "»";
        if (deletion)
            value = winner ? context.text({"giữ dòng", "keep the row"}) : context.text({"xóa dòng", "remove the row"});
        std::string where = office(replica, conflict, which);
        if (where.empty()) where = context.text({"máy {}", "node {}"}, {origin.substr(0, short_id)});
        const Text stands =
            settled ? Text{"đã dùng (winner)", "stood (winner)"} : Text{"đang dùng (winner)", "stands (winner)"};
        const Text replaced =
            settled ? Text{"đã bị thay (loser)", "was replaced (loser)"} : Text{"bị thay (loser)", "replaced (loser)"};
        const std::string what = context.text(winner ? stands : replaced);
        if (text_of(conflict, "kind") == "unique")
            value += " · «" + printable(winner ? readable.other : readable.title) + "»";
        context.out << "    " << fit(what, 22) << value << "  " << where << "  "
                    << moment(time_of(conflict, which + "_time")) << '\n';
    }

    bool all_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_conflicts()
{
    return std::make_unique<Conflicts>();
}

}  // namespace ocop::cli
