// ocop history: who made a row what it is, when, from what to what.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>

#include "cli/authors.h"
#include "cli/record_args.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "node/conflict.h"
#include "node/history.h"
#include "node/record_values.h"
#include "node/retention.h"
#include "node/row_history.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

std::string what_name(RowEvent::What what)
{
    constexpr const char* names[] = {"edited", "created", "deleted", "lost", "evicted"};
    return names[static_cast<std::size_t>(what)];
}

json::value value_of(const std::optional<std::vector<Cell>>& cells)
{
    return cells ? to_json(shown_value(*cells)) : json::value{};
}

class HistoryVerb : public Verb {
public:
    VerbText text() const override
    {
        return {
            "history",
            {"ai đã sửa một dòng, lúc nào, từ gì thành gì", "who changed a row, when, from what to what"},
            {"Mới nhất ở trên. Mỗi lần sửa: lúc nào (theo đồng hồ của người sửa), cơ quan nào, các cột đã đổi từ gì "
             "thành gì,\n"
             "đến máy này qua cơ quan nào, và số của lô (cho ocop undo). Nhiều lần sửa liền nhau trước khi máy ghi "
             "nhận tính là một.\n"
             "--forget-before NGÀY: bỏ phần lịch sử cũ hơn ngày đó trên máy này; phần còn lại vẫn kiểm tra được.\n"
             "--keep-deletions SỐ NGÀY: máy này nhớ một dòng đã xóa ít nhất chừng ấy ngày (mặc định 400). Khôi phục "
             "bản sao lưu\n"
             "cũ hơn thế có thể làm dòng đã xóa hiện lại.",
             "Newest first. Each change: when (by its author's clock), which office, which columns from what to "
             "what,\n"
             "through whom it came here, and the number of its batch (for ocop undo). Several edits made before "
             "the node\n"
             "records them count as one. --forget-before DATE: drops what is older from this node's history; the "
             "rest can\n"
             "still be verified. --keep-deletions DAYS: this node remembers a deleted row for at least so long (400 "
             "unless said);\n"
             "a backup older than that may bring deleted rows back."},
            {"ocop history product 0198c1f0-…", "ocop history evaluation 0198c1f0-… --column star --json",
             "ocop history --forget-before 2021-01-01", "ocop history --keep-deletions 400"},
            {exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        auto* table = app.add_option("table", table_, say({"tên bảng", "name of the table"}));
        auto* id = app.add_option("id", id_, say({"mã của dòng", "id of the row"}));
        app.add_option("--column", column_, say({"chỉ cột này", "only this column"}));
        app.add_option("--limit", limit_, say({"số lần sửa nhiều nhất", "at most so many changes"}))
            ->type_name("N")
            ->check(CLI::Range(1, 1'000'000));
        auto* forget = app.add_option("--forget-before", forget_before_,
                                      say({"bỏ phần cũ hơn NGÀY", "drop what is older than DATE"}));
        table->needs(id);
        forget->excludes(table);
        app.add_option("--keep-deletions", keep_deletions_,
                       say({"nhớ các dòng đã xóa SỐ NGÀY", "remember deleted rows for DAYS"}))
            ->type_name("N")
            ->check(CLI::Range(1, 36'500))
            ->excludes(table)
            ->excludes(forget);
    }

    int run(Context& context) override
    {
        if (table_.empty() && forget_before_.empty() && keep_deletions_ == 0)
            return context.refuse({Errc::usage, "TABLE ID"});
        if (!forget_before_.empty() && !is_date(forget_before_))
            return context.refuse({Errc::bad_value, "--forget-before " + forget_before_});
        auto opened = context.open();
        if (!opened) return context.refuse(opened.refusal());
        Replica& replica = **opened;
        if (!forget_before_.empty()) return forget(context, replica);
        if (keep_deletions_ != 0) return keep(context, replica);
        Transaction transaction(replica);  // seals, so that what was written a moment ago is told
        const Records records(replica, context.today());
        auto table = records.table(table_);
        if (!table) return context.refuse(table.refusal());
        if (!column_.empty() && (*table)->column(column_) == nullptr)
            return context.refuse({Errc::unknown_column, table_ + "." + column_});
        auto found = records.find_id(**table, id_);
        const std::string id = found ? *found : id_;  // a row that is gone is asked for by its whole id
        std::vector<RowEvent> events = row_history(transaction.log(), **table, id);
        transaction.commit();
        if (events.empty()) return context.refuse(found ? Refusal{Errc::unknown_row, id_} : found.refusal());
        choose(**table, events);
        const Authors authors(replica);
        if (context.json)
            print_json(context, **table, id, events, authors);
        else
            print_table(context, **table, events, authors, replica.units());
        return exit_ok;
    }

private:
    int forget(const Context& context, Replica& replica) const
    {
        Transaction transaction(replica);
        auto before = replica.db().query("SELECT unixepoch(?) * 1000 - 7 * 3600000", forget_before_);
        before.step();
        const std::int64_t limit = before.integer(0);
        before.reset();
        const std::uint64_t forgotten = prune_history(replica, limit);
        transaction.commit();
        if (context.json) context.print(json::object{{"forgotten", forgotten}});
        context.say({"Đã bỏ {} phiên bản cũ.", "Dropped {} past versions."}, {number(forgotten, context.language)});
        return exit_ok;
    }

    int keep(const Context& context, Replica& replica) const
    {
        Transaction transaction(replica);
        set_retention_days(replica.db(), keep_deletions_);
        transaction.commit();
        if (context.json) context.print(json::object{{"keep_deletions", keep_deletions_}});
        context.say({"Các dòng đã xóa được nhớ ít nhất {} ngày.", "Deleted rows are remembered for at least {} days."},
                    {number(static_cast<std::uint64_t>(keep_deletions_), context.language)});
        return exit_ok;
    }

    /// Newest first, only what was asked for.
    void choose(const TableInfo& table, std::vector<RowEvent>& events) const
    {
        std::reverse(events.begin(), events.end());
        if (!column_.empty()) {
            const int bit = table.column(column_)->bit;
            for (RowEvent& event : events)
                event.columns.erase(std::remove_if(event.columns.begin(), event.columns.end(),
                                                   [bit](const ColumnChange& c) { return c.bit != bit; }),
                                    event.columns.end());
            events.erase(
                std::remove_if(events.begin(), events.end(), [](const RowEvent& e) { return e.columns.empty(); }),
                events.end());
        }
        if (limit_ > 0 && events.size() > static_cast<std::size_t>(limit_))
            events.resize(static_cast<std::size_t>(limit_));
    }

    static void print_json(const Context& context, const TableInfo& table, const std::string& id,
                           const std::vector<RowEvent>& events, const Authors& authors)
    {
        json::array array;
        for (const RowEvent& event : events) {
            json::array columns;
            for (const ColumnChange& change : event.columns)
                columns.push_back(json::object{{"column", column_names(table, change.bit)},
                                               {"from", value_of(change.from)},
                                               {"from_known", change.from.has_value()},
                                               {"to", value_of(change.to)},
                                               {"to_known", change.to.has_value()}});
            const Origin& origin = event.version.origin;
            array.push_back(json::object{{"what", what_name(event.what)},
                                         {"gen", event.version.gen},
                                         {"time", rfc3339(event.version.time)},
                                         {"author", event.version.gen ? authors.name(origin.node) : ""},
                                         {"author_node", hex_start(origin.node)},
                                         {"author_unit", authors.unit(origin.node)},
                                         {"incarnation", origin.incarnation},
                                         {"unit", event.unit},
                                         {"arrived", rfc3339(event.at)},
                                         {"via", authors.neighbour(event.via)},
                                         {"batch", event.batch},
                                         {"in_force", event.stands},
                                         {"columns", std::move(columns)}});
        }
        context.print(json::object{{"table", table.name}, {"id", id}, {"history", std::move(array)}});
    }

    static std::string change_text(const Context& context, const TableInfo& table, const ColumnChange& change,
                                   const UnitTree& units, bool from)
    {
        const auto text = [&](const std::optional<std::vector<Cell>>& cells) {
            if (!cells) return std::string{"?"};
            const Value value = shown_value(*cells);
            if (value.index() == 0) return context.text({"(trống)", "(empty)"});
            return shown(table, column_names(table, change.bit), value, units);
        };
        std::string label;
        for (const ColumnInfo& column : table.columns)
            if (column.bit == change.bit)
                label += (label.empty() ? "" : ", ") + label_of(table, column.name, context.language);
        return label + ": " + (from ? text(change.from) + " → " : std::string{}) + text(change.to);
    }

    static std::string what_text(const Context& context, RowEvent::What what)
    {
        switch (what) {
        case RowEvent::What::created: return context.text({"tạo", "made"});
        case RowEvent::What::deleted: return context.text({"xóa", "deleted"});
        case RowEvent::What::lost: return context.text({"sửa, không được giữ", "edit that lost"});
        case RowEvent::What::evicted: return context.text({"rời máy này", "left this node"});
        default: return context.text({"sửa", "edited"});
        }
    }

    static void print_table(const Context& context, const TableInfo& table, const std::vector<RowEvent>& events,
                            const Authors& authors, const UnitTree& units)
    {
        for (const RowEvent& event : events) {
            const bool known = event.version.gen != 0;
            context.out << (known ? moment(event.version.time) : std::string{"?"}) << "  "
                        << (known ? printable(authors.name(event.version.origin.node)) : std::string{"?"}) << "  "
                        << what_text(context, event.what);
            if (const std::string via = authors.neighbour(event.via); !via.empty())
                context.out << "  "
                            << context.text({"(đến từ {}, {})", "(through {}, {})"},
                                            {printable(via), event.at ? moment(event.at) : "?"});
            else if (event.batch != 0)
                context.out << "  " << context.text({"[lô {}]", "[batch {}]"}, {std::to_string(event.batch)});
            context.out << '\n';
            const bool from = event.what == RowEvent::What::edited || event.what == RowEvent::What::created;
            if (event.what == RowEvent::What::deleted) continue;
            for (const ColumnChange& change : event.columns) {
                const bool made = event.what == RowEvent::What::created && !change.from;
                if (made && change.to && shown_value(*change.to).index() == 0) continue;
                context.out << "    " << printable(change_text(context, table, change, units, from && !made)) << '\n';
            }
        }
    }

    std::string table_;
    std::string id_;
    std::string column_;
    std::int64_t keep_deletions_ = 0;
    std::string forget_before_;
    std::int64_t limit_ = 0;
};

}  // namespace

std::unique_ptr<Verb> make_history()
{
    return std::make_unique<HistoryVerb>();
}

}  // namespace ocop::cli
