// ocop quarantine: what was refused higher up, why, and what becomes of it.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

#include "cli/detail.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/record_values.h"
#include "node/records.h"
#include "node/release.h"
#include "node/settle.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

std::string text_of(const Row& row, std::string_view column)
{
    return value_text(row.value(column));
}

std::int64_t time_of(const Row& row, std::string_view column)
{
    const Value& value = row.value(column);
    return value.index() == 1 ? std::get<std::int64_t>(value) : 0;
}

Text reason_of(const std::string& reason)
{
    if (reason == "not_permitted") return {"cấp này không được ghi giá trị này", "this tier may not write that"};
    if (reason == "check_failed") return {"bảng không nhận giá trị này", "the table refuses the value"};
    if (reason == "row_out_of_scope")
        return {"dòng thuộc đơn vị ngoài địa bàn của nơi gửi", "the row is outside the sender's area"};
    if (reason == "unit_not_authors")
        return {"dòng thuộc đơn vị ngoài địa bàn của người ghi", "the row is outside the author's area"};
    if (reason == "author_out_of_scope")
        return {"người ghi không thuộc địa bàn của nơi gửi", "the author is outside the sender's area"};
    if (reason == "unknown_author") return {"không rõ máy nào đã ghi", "nobody knows whose node wrote it"};
    if (reason == "refers_to_refused") return {"nhắc đến một dòng đã bị từ chối", "refers to a row that was refused"};
    return {"dòng đã bị từ chối", "the row was refused"};
}

class Quarantine : public Verb {
public:
    VerbText text() const override
    {
        return {
            "quarantine",
            {"các giá trị bị cấp trên từ chối", "values that a node above refused"},
            {"Liệt kê những gì cấp trên từ chối: giá trị, lý do, ai ghi, ai từ chối. Không giá trị nào bị mất.\n"
             "--resubmit: ghi lại như một lần sửa mới, theo quyền của máy này. --dismiss: bỏ qua. --all: cả các mục đã "
             "xử lý.\n"
             "Mục đã xử lý được xóa sau 90 ngày; lịch sử (ocop history) vẫn còn.",
             "Lists what was refused further up: the value, why, who wrote it, who refused. Nothing is lost.\n"
             "--resubmit: writes it again as a new edit, by this node's authority. --dismiss: lets it go. --all: the "
             "closed ones too.\n"
             "Closed ones are removed after 90 days; the history (ocop history) stays."},
            {"ocop quarantine", "ocop quarantine 1a2b3c4d", "ocop quarantine 1a2b3c4d --resubmit",
             "ocop quarantine --all --json"},
            {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        app.add_option("id", id_, say({"mã của mục", "id of the record"}));
        app.add_flag("--all", all_, say({"cả các mục đã xử lý", "the closed ones too"}));
        auto* again = app.add_flag("--resubmit", resubmit_, say({"ghi lại giá trị", "write the value again"}));
        app.add_flag("--dismiss", dismiss_, say({"bỏ qua", "let it go"}))->excludes(again);
    }

    int run(Context& context) override
    {
        if ((resubmit_ || dismiss_) && id_.empty()) return context.refuse({Errc::usage, "quarantine ID"});
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        if (resubmit_ || dismiss_) return close(context, **replica);
        return list(context, **replica);
    }

private:
    int close(Context& context, Replica& replica)
    {
        LocalWrite write(replica);
        auto id = resubmit_ ? resubmit(replica, context.today(), id_) : dismiss(replica, context.today(), id_);
        if (!id) return context.refuse(id.refusal());
        write.commit();
        const char* state = resubmit_ ? "resubmitted" : "dismissed";
        if (context.json) context.print(json::object{{"id", *id}, {"state", state}});
        if (resubmit_)
            context.say({"Đã ghi lại {}.", "Resubmitted {}."}, {*id});
        else
            context.say({"Đã bỏ qua {}.", "Dismissed {}."}, {*id});
        return exit_ok;
    }

    int list(Context& context, Replica& replica)
    {
        const Records records(replica, context.today());
        auto table = records.table("quarantine");
        if (!table) return context.refuse(table.refusal());
        RowQuery query;
        if (!id_.empty()) {
            auto id = records.find_id(**table, id_);
            if (!id) return context.refuse(id.refusal());
            query.where.emplace_back("id", Value{*id});
        } else if (!all_) {
            query.where.emplace_back("state", Value{std::string{"open"}});
        }
        auto rows = records.list(**table, query);
        if (!rows) return context.refuse(rows.refusal());
        json::array array;
        for (const Row& row : *rows) {
            if (context.json)
                array.push_back(to_object(replica, records, row));
            else
                print(context, replica, records, row);
        }
        if (context.json) {
            context.print(id_.empty() ? json::value(array) : array.front());
            return exit_ok;
        }
        if (rows->empty())
            context.say({"Không có giá trị nào bị từ chối.", "Nothing was refused."});
        else
            context.say({"Ghi lại: ocop quarantine MÃ --resubmit · bỏ qua: ocop quarantine MÃ --dismiss",
                         "Write it again: ocop quarantine ID --resubmit · let it go: ocop quarantine ID --dismiss"});
        return exit_ok;
    }

    static std::string office(Replica& replica, const std::string& unit)
    {
        const Unit* known = replica.units().find(unit);
        return known != nullptr ? known->name : unit;
    }

    static std::string title(const Records& records, const Row& record)
    {
        auto table = records.table(text_of(record, "table_name"));
        if (!table) return text_of(record, "row_id");
        auto row = records.get(**table, text_of(record, "row_id"));
        return row ? title_of(*row) : text_of(record, "row_id");
    }

    static json::object to_object(Replica& replica, const Records& records, const Row& record)
    {
        json::object object = to_json(record);
        object["title"] = title(records, record);
        object["author"] = office(replica, text_of(record, "author_unit"));
        object["refused_by_name"] = office(replica, text_of(record, "refused_by"));
        object["author_time"] = rfc3339(time_of(record, "author_time"));
        object["refused_at"] = rfc3339(time_of(record, "refused_at"));
        return object;
    }

    static std::string what(const Context& context, const Records& records, const Row& record)
    {
        const std::string kind = text_of(record, "kind");
        if (kind == "delete") return context.text({"xóa dòng", "remove the row"});
        if (kind == "create") return context.text({"dòng mới {}", "a new row {}"}, {text_of(record, "value")});
        auto table = records.table(text_of(record, "table_name"));
        std::string names;
        for (const std::string& column : conflict_columns(table ? *table : nullptr, record))
            names += (names.empty() ? "" : ", ") + (table ? label_of(**table, column, context.language) : column);
        return names + " = «" + text_of(record, "value") + "»";
    }

    /// Which tiers may write, the office's name, or the words as they are.
    static std::string explained(const Context& context, Replica& replica, const Row& record, const std::string& detail)
    {
        if (text_of(record, "reason") == "not_permitted")
            return detail_of({Errc::not_permitted, text_of(record, "table_name") + "." + detail}, context.language);
        return replica.units().find(detail) != nullptr ? office(replica, detail) : detail;
    }

    static void print(const Context& context, Replica& replica, const Records& records, const Row& record)
    {
        const TableInfo* table = replica.catalog().table(text_of(record, "table_name"));
        std::string label = text_of(record, "table_name");
        if (table != nullptr)
            label = context.language == Language::vi ? table->model->label.vi : table->model->label.en;
        context.out << record.id << "  " << label << " «" << printable(title(records, record)) << "»";
        const std::string state = text_of(record, "state");
        if (state == "resubmitted") context.out << "  [" << context.text({"đã ghi lại", "resubmitted"}) << ']';
        if (state == "dismissed") context.out << "  [" << context.text({"đã bỏ qua", "dismissed"}) << ']';
        context.out << "\n    " << printable(what(context, records, record)) << '\n';
        std::string why = context.text(reason_of(text_of(record, "reason")));
        if (const std::string detail = text_of(record, "detail"); !detail.empty())
            why += " · " + explained(context, replica, record, detail);
        context.out << "    " << fit(context.text({"lý do", "why"}), 12) << printable(why) << '\n';
        context.out << "    " << fit(context.text({"ghi", "written"}), 12)
                    << printable(office(replica, text_of(record, "author_unit"))) << "  "
                    << moment(time_of(record, "author_time")) << '\n';
        context.out << "    " << fit(context.text({"từ chối", "refused"}), 12)
                    << printable(office(replica, text_of(record, "refused_by"))) << "  "
                    << moment(time_of(record, "refused_at")) << '\n';
    }

    std::string id_;
    bool all_ = false;
    bool resubmit_ = false;
    bool dismiss_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_quarantine()
{
    return std::make_unique<Quarantine>();
}

}  // namespace ocop::cli
