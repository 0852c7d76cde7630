// ocop verify: is this replica whole, and equal to the parent's?
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <ostream>

#include "cli/comparison.h"
#include "cli/detail.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/health.h"

namespace ocop::cli {

namespace {

boost::json::object to_json(const Verification& found)
{
    boost::json::array differences(found.differences.begin(), found.differences.end());
    return {{"sound", found.sound()},
            {"digest", found.digest.hex()},
            {"rows", found.rows},
            {"file_sound", found.file_sound},
            {"file_complaint", found.file_complaint},
            {"log_matches_tables", found.log_matches_tables},
            {"digest_matches_log", found.digest_matches_log},
            {"history_sound", found.history.sound()},
            {"history_complaint", found.history.complaint},
            {"history_entries", found.history.entries},
            {"differences", std::move(differences)},
            {"compared_with_parent", found.compared},
            {"equal", found.compared ? boost::json::value(found.equal) : boost::json::value()},
            {"compared_at", found.compared_at ? boost::json::value(rfc3339(found.compared_at)) : boost::json::value()}};
}

std::string what_failed(const Verification& found)
{
    if (!found.file_sound) return both({"tệp dữ liệu", "the data file"}) + ": " + found.file_complaint;
    if (!found.log_matches_tables)
        return both({"nhật ký và các bảng không khớp, số chỗ khác", "log and tables disagree, differences"}) + ": " +
               std::to_string(found.differences.size());
    if (!found.digest_matches_log)
        return both({"dấu vân tay không khớp với nhật ký", "the digest does not match the log"});
    if (!found.history.sound())
        return both({"chuỗi lịch sử bị sửa hoặc bị cắt", "the chain of the history was altered or cut"}) + ": " +
               found.history.complaint;
    return both({"dấu vân tay khác với của máy cấp trên", "the digest differs from the parent's"});
}

/// The engine's "table row: what", in the person's language.
std::string told_difference(const std::string& difference, Language language)
{
    const auto colon = difference.find(": ");
    const auto blank = difference.find(' ');
    if (colon == std::string::npos) return difference;
    const std::string table = difference.substr(0, std::min(colon, blank));
    const std::string row = difference.substr(table.size(), colon - table.size());
    std::string what = difference.substr(colon + 2);
    if (language == Language::vi) {
        if (what == "in the log, not in the table") what = "có trong nhật ký, không có trong bảng";
        const auto in_table = what.find(" rows in the table, ");
        const auto expected = what.find(" expected");
        if (in_table != std::string::npos && expected != std::string::npos)
            what = fill("bảng có {} dòng, đúng ra phải có {}",
                        {what.substr(0, in_table), what.substr(in_table + 20, expected - in_table - 20)});
    }
    return table_label(table, language) + row + ": " + what;
}

class Verify : public Verb {
public:
    VerbText text() const override
    {
        return {"verify",
                {"kiểm tra dữ liệu và so với máy cấp trên", "check the data and compare with the parent"},
                {"Kiểm tra tệp dữ liệu, đếm lại mọi thứ từ đầu, và in dấu vân tay (digest) của dữ liệu. Hai máy có dấu "
                 "vân tay bằng\n"
                 "nhau thì có dữ liệu bằng nhau. Việc so với cấp trên xảy ra ở mỗi lần đồng bộ; lệnh này cho biết kết "
                 "quả lần cuối.\n"
                 "--deep đồng bộ rồi so từng đoạn dữ liệu với máy cấp trên, cho biết bảng nào khác bao nhiêu dòng và "
                 "khác về phía nào;\n"
                 "không sửa gì (sửa: ocop repair).",
                 "Checks the file, counts everything afresh and prints the digest of the data: equal digests prove "
                 "equal data.\n"
                 "Comparing with the parent happens in each exchange; this tells what came of it last.\n"
                 "--deep exchanges with the parent, compares range by range and tells which table differs in how many "
                 "rows and in what\n"
                 "direction; it mends nothing (ocop repair does)."},
                {"ocop verify", "ocop verify --deep", "ocop verify --json"},
                {exit_not_permitted, exit_no_node, exit_busy, exit_unreachable, exit_integrity}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const Text what{"so từng đoạn dữ liệu với máy cấp trên", "compare with the parent range by range"};
        app.add_flag("--deep", deep_, std::string{what.in(language)});
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const bool root = !(*replica)->state().parent;
        if (deep_ && root) return context.refuse({Errc::not_joined, {}});
        std::optional<Comparison> deep;
        if (deep_) deep = compare_now(**replica, Comparing::look);
        if (deep && deep->sync.refusal) return context.refuse(*deep->sync.refusal);
        const Verification found = verify(**replica);
        if (context.json) {
            boost::json::object object = to_json(found);
            if (deep) object["deep"] = to_json(*deep);
            context.print(object);
        } else {
            print_text(context, found, root);
            if (deep) tell(context, *deep);
        }
        Context quiet = context;
        quiet.json = false;  // the object is out already, and says more
        if (deep && !deep->finished()) return quiet.refuse({Errc::verify_failed, why_unfinished()});
        if (found.sound() && (!deep || deep->found.differing() + deep->found.given_up == 0)) return exit_ok;
        return quiet.refuse({Errc::verify_failed, what_failed(found)});
    }

private:
    bool deep_ = false;

    static void print_text(const Context& context, const Verification& found, bool root)
    {
        context.say(plural(found.rows, {"dấu vân tay {}  {} dòng", "digest {}  {} rows"},
                           {"dấu vân tay {}  {} dòng", "digest {}  {} row"}),
                    {found.digest.hex(), number(found.rows, context.language)});
        const Text good{"đạt", "sound"};
        const Text bad{"KHÔNG ĐẠT", "NOT SOUND"};
        const auto line = [&](const Text& what, bool sound) {
            context.say({"  {}: {}", "  {}: {}"}, {context.text(what), context.text(sound ? good : bad)});
        };
        line({"tệp dữ liệu", "data file"}, found.file_sound);
        line({"nhật ký khớp với các bảng", "log matches tables"}, found.log_matches_tables);
        line({"dấu vân tay khớp với nhật ký", "digest matches log"}, found.digest_matches_log);
        line({"chuỗi lịch sử", "chain of the history"}, found.history.sound());
        for (const std::string& difference : found.differences)
            context.out << "    " << printable(told_difference(difference, context.language)) << '\n';
        if (root) return;
        const std::string at = found.compared_at ? moment(found.compared_at) : context.text({"chưa lần nào", "never"});
        if (found.compared)
            context.say(found.equal ? Text{"  máy cấp trên: giống nhau, so lúc {}", "  parent: equal, compared {}"}
                                    : Text{"  máy cấp trên: KHÁC, so lúc {}", "  parent: DIFFERS, compared {}"},
                        {at});
        else
            context.say({"  máy cấp trên: chưa so từ lần thay đổi cuối (lần so gần nhất: {})",
                         "  parent: not compared since the last change (last compared: {})"},
                        {at});
    }
};

}  // namespace

std::unique_ptr<Verb> make_verify()
{
    return std::make_unique<Verify>();
}

}  // namespace ocop::cli
