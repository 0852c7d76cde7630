// ocop status: in plain words, is everything all right, and what waits?
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>
#include <system_error>

#include "cli/detail.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/health.h"
#include "node/records.h"
#include "sync/http_status.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

struct Look {
    State state;
    Health health;
    std::string unit_name;
    std::string parent_name;
    std::uint64_t free_bytes = 0;
};

constexpr std::size_t most_withheld_told = 20;  // --json tells all

/// A withheld row, made readable.
struct Told {
    std::string what;  // «Sản phẩm» «Dừa sáp» · Đơn vị
    std::string why;
};

/// Why a row or value is not shown, and what to do.
Text reason_text(const std::string& reason)
{
    if (reason == "parked")
        return {"chờ dòng khác mà nó nhắc đến; tự hiện khi dòng đó về → ocop sync",
                "waits for a row it refers to; it appears by itself when that comes → ocop sync"};
    if (reason == "displaced")
        return {"giá trị này phải là duy nhất và dòng khác đang dùng, hoặc bảng không nhận → ocop conflicts",
                "this value must be unique and another row has it, or the table refuses it → ocop conflicts"};
    if (reason == "shown_as_gone")
        return {"đã bị xóa nhưng dòng khác còn nhắc đến nên vẫn hiện → sửa hoặc xóa dòng nhắc đến nó",
                "was removed, but another row still refers to it, so it is shown → change or remove that other row"};
    if (reason == "out_of_scope")
        return {"thuộc đơn vị ngoài địa bàn của máy này nên không gửi đi đâu → chuyển sang đơn vị đúng, hoặc ocop rm",
                "belongs to a unit outside this node's area and goes nowhere → give it the right unit, or ocop rm"};
    if (reason == "orphan")
        return {"nhắc đến một dòng không có ở đây → nhập dòng đó, hoặc sửa, hoặc ocop rm",
                "refers to a row that is not there → enter that row, or change this one, or ocop rm"};
    return {"xem ocop status --json", "see ocop status --json"};
}

/// What a person calls the row; its id if it has no other name or is not in its table.
std::string row_title(Replica& replica, const Withheld& held)
{
    const Records records(replica, {});
    const auto table = records.table(held.table);
    if (!table) return held.row;
    const auto row = records.get(**table, held.row);
    return row ? title_of(*row) : held.row;
}

Told tell_withheld(const Context& context, Replica& replica, const Withheld& held)
{
    const TableInfo* table = replica.catalog().table(held.table);
    std::string what = table_label(held.table, context.language);
    const std::string title = row_title(replica, held);
    what += " «" + title + "»";
    if (title != held.row) what += " (" + held.row + ")";
    if (!held.column.empty())
        what += " · " + (table != nullptr ? label_of(*table, held.column, context.language) : held.column);
    return {what, context.text(reason_text(held.reason))};
}

std::string name_of(Replica& replica, const std::string& id)
{
    const Unit* unit = replica.units().find(id);
    return unit ? unit->name : id;
}

Look look(Replica& replica)
{
    Look seen;
    seen.health = look_at(replica);
    seen.state = replica.state();
    seen.unit_name = name_of(replica, seen.state.unit);
    if (!seen.state.parent_unit.empty()) seen.parent_name = name_of(replica, seen.state.parent_unit);
    std::error_code ignored;
    const auto space = std::filesystem::space(replica.directory(), ignored);
    seen.free_bytes = ignored ? 0 : space.available;
    return seen;
}

json::value time_or_null(std::int64_t ms)
{
    return ms ? json::value(rfc3339(ms)) : json::value();
}

json::object parent_json(const Look& seen)
{
    const State& state = seen.state;
    return {{"name", seen.parent_name},
            {"url", state.parent_url},
            {"last_attempt", time_or_null(state.last_attempt)},
            {"last_success", time_or_null(state.last_success)},
            {"last_error", state.last_error.empty() ? json::value() : json::value(state.last_error)},
            {"verified_at", time_or_null(state.verified_at)},
            {"verified_equal", state.verified_at ? json::value(state.verified_equal) : json::value()},
            {"bytes_sent", state.bytes_sent},
            {"bytes_received", state.bytes_received},
            {"round_trips", state.round_trips}};
}

json::object to_json(const Look& seen)
{
    json::array withheld;
    for (const Withheld& held : seen.health.withheld)
        withheld.push_back(
            json::object{{"table", held.table}, {"row", held.row}, {"column", held.column}, {"reason", held.reason}});
    json::object result{{"unit", seen.state.unit},
                        {"name", seen.unit_name},
                        {"unsent", seen.health.unsent},
                        {"open_conflicts", seen.health.open_conflicts},
                        {"open_refusals", seen.health.open_refusals},
                        {"children", seen.health.children},
                        {"rows", seen.health.rows},
                        {"withheld", std::move(withheld)},
                        {"notices", json::array(seen.health.notices.begin(), seen.health.notices.end())},
                        {"free_bytes", seen.free_bytes}};
    result["parent"] = seen.state.parent ? json::value(parent_json(seen)) : json::value();
    return result;
}

class Status : public Verb {
public:
    VerbText text() const override
    {
        return {"status",
                {"tình trạng máy này, bằng lời", "how this node is doing, in words"},
                {"Cho biết còn gì chờ gửi, nhận đến đâu, có mục nào hai nơi cùng sửa, và nên làm gì tiếp. Chạy được "
                 "khi không có mạng.",
                 "Says what waits to be sent, what was received, whether there are conflicts, and what to do next. "
                 "Works offline."},
                {"ocop status", "ocop -C tra-vinh status --json"},
                {exit_no_node, exit_busy}};
    }

    void add_options(CLI::App&, Language) override {}

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const Look seen = look(**replica);
        if (context.json) {
            context.print(to_json(seen));
            return exit_ok;
        }
        context.say({"{} ({}) · dữ liệu an toàn trên máy này", "{} ({}) · the data are safe on this machine"},
                    {seen.unit_name, seen.state.unit});
        if (seen.state.parent) print_parent(context, seen);
        print_rest(context, **replica, seen);
        return exit_ok;
    }

private:
    static void line(const Context& context, const Text& title, const std::string& rest)
    {
        context.out << "  " << fit(title.in(context.language), 20) << printable(rest) << '\n';
    }

    static void print_parent(const Context& context, const Look& seen)
    {
        const State& state = seen.state;
        const std::uint64_t unsent = seen.health.unsent;
        const std::string success =
            state.last_success ? moment(state.last_success) : context.text({"chưa lần nào", "never"});
        line(
            context, {"Gửi lên", "Sending"},
            unsent
                ? context.text(
                      plural(unsent,
                             {"{} thay đổi chờ gửi · lần thành công gần nhất {}", "{} changes wait · last success {}"},
                             {"{} thay đổi chờ gửi · lần thành công gần nhất {}", "{} change waits · last success {}"}),
                      {number(unsent, context.language), success})
                : context.text({"đã gửi hết · {}", "everything is sent · {}"}, {success}));
        line(context, {"Nhận về", "Receiving"},
             state.last_success ? context.text({"đủ đến {}", "complete up to {}"}, {success})
                                : context.text({"chưa nhận lần nào → ocop sync", "nothing yet → ocop sync"}));
        std::string condition = context.text({"liên lạc được lúc {}", "reached at {}"}, {success});
        if (!state.last_error.empty())
            condition = trouble(context, state);
        else if (!state.last_success)
            condition = context.text({"chưa liên lạc lần nào", "not called yet"});
        line(context, {"Máy cấp trên", "Parent"},
             (seen.parent_name.empty() ? "" : seen.parent_name + " · ") + condition);
        if (state.verified_at)
            line(context, {"So với cấp trên", "Compared"},
                 context.text(state.verified_equal
                                  ? Text{"giống nhau, lúc {}", "equal, at {}"}
                                  : Text{"KHÁC, lúc {} → ocop verify", "DIFFERENT, at {} → ocop verify"},
                              {moment(state.verified_at)}));
    }

    static void print_withheld(const Context& context, Replica& replica, const std::vector<Withheld>& all)
    {
        line(context, {"Cần xem", "To look at"},
             context.text(
                 plural(all.size(),
                        {"{} dòng hoặc giá trị, dữ liệu vẫn được giữ:", "{} rows or values; the data are kept:"},
                        {"{} dòng hoặc giá trị, dữ liệu vẫn được giữ:", "{} row or value; the data are kept:"}),
                 {number(all.size(), context.language)}));
        for (std::size_t i = 0; i < all.size() && i < most_withheld_told; ++i) {
            const Told told = tell_withheld(context, replica, all[i]);
            context.out << "    " << printable(told.what) << "\n      " << printable(told.why) << '\n';
        }
        if (all.size() > most_withheld_told)
            context.say({"    … và {} mục nữa → ocop status --json", "    … and {} more → ocop status --json"},
                        {number(all.size() - most_withheld_told, context.language)});
    }

    static std::string trouble(const Context& context, const State& state)
    {
        for (const Message& message : all_messages()) {
            if (message.name != state.last_error) continue;
            return context.text({"{} · lúc {} ({}) → ocop help {}", "{} · at {} ({}) → ocop help {}"},
                                {context.text(message.what, {state.parent_url}), moment(state.last_attempt),
                                 message.code, message.code});
        }
        return state.last_error + " " + moment(state.last_attempt);
    }

    static void print_rest(const Context& context, Replica& replica, const Look& seen)
    {
        const auto count = [&](std::uint64_t value) { return number(value, context.language); };
        const Health& health = seen.health;
        if (health.children)
            line(context, {"Cấp dưới", "Children"},
                 context.text(plural(health.children, {"{} máy", "{} nodes"}, {"{} máy", "{} node"}),
                              {count(health.children)}));
        line(context, {"Dữ liệu", "Data"},
             context.text(plural(health.rows, {"{} dòng", "{} rows"}, {"{} dòng", "{} row"}), {count(health.rows)}));
        line(context, {"Hai nơi cùng sửa", "Conflicts"},
             health.open_conflicts
                 ? context.text({"{} mục → ocop conflicts", "{} open → ocop conflicts"}, {count(health.open_conflicts)})
                 : context.text({"không có", "none"}));
        if (health.open_refusals)
            line(context, {"Bị từ chối", "Refused"},
                 context.text({"{} mục, dữ liệu vẫn được giữ → ocop quarantine",
                               "{} open, the values are kept → ocop quarantine"},
                              {count(health.open_refusals)}));
        if (!health.withheld.empty()) print_withheld(context, replica, health.withheld);
        for (const std::string& notice : health.notices) {
            const auto bar = notice.find('|');
            const bool vi = context.language == Language::vi || bar == std::string::npos;
            line(context, {"Lưu ý", "Note"}, vi ? notice.substr(0, bar) : notice.substr(bar + 1));
        }
        if (seen.free_bytes)
            line(context, {"Đĩa", "Disk"},
                 context.text({"còn {}", "{} free"}, {byte_count(seen.free_bytes, context.language)}));
    }
};

}  // namespace

std::unique_ptr<Verb> make_status()
{
    return std::make_unique<Status>();
}

}  // namespace ocop::cli
