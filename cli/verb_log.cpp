// ocop log: what changed here, newest first.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/authors.h"
#include "cli/record_args.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "node/change.h"
#include "node/row_key.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

struct Line {
    std::uint64_t lsn = 0;
    std::string table, row, unit, author;
    std::vector<std::string> columns;
    bool existence = false;
    bool gone = false;
    Version version;
    std::string state;  // sent, unsent, received
};

// The names of the columns whose bits are in the mask.
std::vector<std::string> columns_of(const TableModel& table, std::uint64_t mask)
{
    std::vector<std::string> names;
    for (const ColumnModel& column : table.columns) {
        if (mask >> column.bit & 1) names.push_back(column.name);
    }
    return names;
}

class Log : public Verb {
public:
    VerbText text() const override
    {
        return {"log",
                {"những thay đổi gần nhất ở máy này", "the latest changes on this node"},
                {"Mới nhất ở trên: bảng, dòng, các cột đã đổi, lần sửa thứ mấy, lúc nào, của ai, đã gửi lên cấp trên "
                 "chưa.\n"
                 "Nhật ký chỉ giữ phiên bản đang có hiệu lực của mỗi cột.",
                 "Newest first: table, row, the columns that changed, which edit of the row, when, by whom, sent to "
                 "the parent or not.\n"
                 "The log holds the version in force of each column and no older ones."},
                {"ocop log", "ocop log --limit 100 --json"},
                {exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option(
               "--limit", limit_,
               std::string(Text{"số dòng nhiều nhất (mặc định 20)", "at most so many (default 20)"}.in(language)))
            ->type_name("N")
            ->check(CLI::Range(1, 1'000'000));
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        Transaction transaction(**replica);  // seals, so that what was written a moment ago is listed
        const std::vector<Line> lines = read(**replica);
        transaction.commit();
        if (context.json)
            print_json(context, lines);
        else
            print_table(context, lines);
        return exit_ok;
    }

private:
    std::vector<Line> read(Replica& replica) const
    {
        Authors authors(replica);
        const State& state = replica.state();
        auto query =
            replica.db().query("SELECT l.lsn, l.tbl, l.row, coalesce(u.id, ''), l.mask, l.gone, l.gen, l.time, l.via, "
                               "o.node, o.incarnation FROM _log l JOIN _origin o ON o.ref = l.origin "
                               "LEFT JOIN _unit u ON u.ref = l.unit ORDER BY l.lsn DESC LIMIT ?",
                               limit_);
        std::vector<Line> lines;
        while (query.step()) {
            Line line;
            line.lsn = query.natural(0);
            const TableModel* table = replica.model().table(static_cast<int>(query.integer(1)));
            line.table = table ? table->name : query.text(1);
            line.row = row_of(query.value(2));
            line.unit = query.text(3);
            line.existence = (query.natural(4) & existence_bit) != 0;
            if (table) line.columns = columns_of(*table, query.natural(4));
            line.gone = query.integer(5) != 0;
            line.version = {query.natural(6),
                            query.integer(7),
                            {node_from(query.blob(9)), static_cast<std::uint32_t>(query.integer(10))}};
            line.author = authors.name(line.version.origin.node);
            const bool from_parent = query.integer(8) == 1;
            line.state = from_parent ? "received" : !state.parent ? "kept" : line.lsn > state.acked ? "unsent" : "sent";
            lines.push_back(std::move(line));
        }
        return lines;
    }

    static void print_json(const Context& context, const std::vector<Line>& lines)
    {
        json::array array;
        for (const Line& line : lines)
            array.push_back(json::object{{"lsn", line.lsn},
                                         {"table", line.table},
                                         {"row", line.row},
                                         {"unit", line.unit},
                                         {"columns", json::array(line.columns.begin(), line.columns.end())},
                                         {"existence", line.existence},
                                         {"gone", line.gone},
                                         {"gen", line.version.gen},
                                         {"time", rfc3339(line.version.time)},
                                         {"author", line.author},
                                         {"author_node", hex_start(line.version.origin.node)},
                                         {"incarnation", line.version.origin.incarnation},
                                         {"state", line.state}});
        context.print(json::object{{"log", std::move(array)}});
    }

    static std::string shown_state(const Context& context, const std::string& state)
    {
        if (state == "received") return context.text({"nhận từ trên", "from above"});
        if (state == "unsent") return context.text({"chờ gửi", "unsent"});
        if (state == "sent") return context.text({"đã gửi", "sent"});
        return {};
    }

    static void print_table(const Context& context, const std::vector<Line>& lines)
    {
        const auto head = [&](std::string_view vi, std::string_view en) { return context.text({vi, en}); };
        Table table({"lsn", head("lúc", "when"), head("bảng", "table"), head("dòng", "row"), head("đổi", "changed"),
                     head("lần", "gen"), head("của", "author"), head("gửi", "state")});
        table.align_right(0);
        table.align_right(5);
        for (const Line& line : lines) {
            std::string changed = line.gone        ? context.text({"xóa", "removed"})
                                  : line.existence ? context.text({"mới", "new"})
                                                   : std::string();
            for (const std::string& column : line.columns)
                changed += (changed.empty() ? "" : ", ") + column_label(line.table, column, context.language);
            table.add({std::to_string(line.lsn), moment(line.version.time), table_label(line.table, context.language),
                       line.row, changed, std::to_string(line.version.gen), line.author,
                       shown_state(context, line.state)});
        }
        table.print(context.out, 40);
    }

    std::int64_t limit_ = 20;
};

}  // namespace

std::unique_ptr<Verb> make_log()
{
    return std::make_unique<Log>();
}

}  // namespace ocop::cli
