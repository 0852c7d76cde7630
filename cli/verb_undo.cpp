// ocop undo: takes back a batch of this node's, or the last change of one row, by ordinary edits.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <charconv>

#include "cli/detail.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/history.h"
#include "node/undo.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t most_told = 100;  // --json tells all

class UndoVerb : public Verb {
public:
    VerbText text() const override
    {
        return {"undo",
                {"hoàn tác một lô thay đổi", "take back a batch of changes"},
                {"Một lô là những gì máy này ghi nhận cùng lúc: một lần nhập tệp, một lần xóa, … Số của lô: ocop "
                 "history;\n"
                 "không ghi số thì chạy thử với lô gần nhất và nêu số của nó.\n"
                 "Hoàn tác là sửa như thường, trả lại giá trị cũ (dòng đã xóa trở lại, dòng đã "
                 "thêm bị xóa) theo đúng\n"
                 "quyền ghi của đơn vị. Chỗ nào đã có người sửa sau đó thì để yên và nêu ra. --dry-run: chạy thử.\n"
                 "--of BẢNG MÃ: chỉ lần sửa cuối của một dòng, bất kể của ai.",
                 "A batch is what this node recorded together: an import, a delete, … Its number: ocop history;\n"
                 "without a number, the latest is tried and its number told. "
                 "Undoing is ordinary edits that put the former values back (deleted rows return, added "
                 "rows go), under the\n"
                 "same rules of who may write what. What somebody has edited since is named and left alone. --dry-run: "
                 "try, write nothing.\n"
                 "--of TABLE ID: only the last change of one row, whoever made it."},
                {"ocop undo --dry-run", "ocop undo 1042", "ocop undo --of product 0198c1f0-…"},
                {exit_partly, exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        auto* batch = app.add_option("batch", batch_, say({"số của lô", "number of the batch"}));
        app.add_option("--of", of_, say({"bảng và mã của một dòng", "table and id of one row"}))
            ->expected(2)
            ->excludes(batch);
        app.add_flag("--dry-run", dry_run_, say({"chạy thử, không ghi gì", "try, and write nothing"}));
    }

    int run(Context& context) override
    {
        auto opened = context.open();
        if (!opened) return context.refuse(opened.refusal());
        Replica& replica = **opened;
        dry_run_ = dry_run_ || (batch_.empty() && of_.empty());
        if (const auto ready = has_its_unit(replica); !ready) return context.refuse(ready.refusal());
        Transaction(replica).commit();  // seals: the undo is a batch of its own
        LocalWrite write(replica);
        BatchMark batch(replica.db());
        auto lines = undo(replica, context.today());
        if (!lines) return context.refuse(lines.refusal());
        batch.end();
        if (!dry_run_) write.commit();
        std::size_t done = 0;
        for (const Undone& line : *lines) done += line.done() ? 1u : 0u;
        if (context.json)
            print_json(context, *lines, done);
        else
            print_text(context, *lines, done);
        if (done == lines->size()) return exit_ok;
        return done > 0 ? exit_partly : exit_failed;
    }

private:
    Result<std::vector<Undone>> undo(Replica& replica, const std::string& today)
    {
        if (of_.size() == 2) {
            const Records records(replica, today);
            auto table = records.table(of_[0]);
            if (!table) return table.refusal();
            auto id = records.find_id(**table, of_[1]);
            return undo_row(replica, today, of_[0], id ? *id : of_[1]);
        }
        std::uint64_t number = last_batch(replica);
        if (!batch_.empty()) {
            const auto read = std::from_chars(batch_.data(), batch_.data() + batch_.size(), number);
            if (read.ec != std::errc{} || read.ptr != batch_.data() + batch_.size())
                return Refusal{Errc::unknown_batch, batch_};
        }
        batch_ = std::to_string(number);
        return undo_batch(replica, today, number);
    }

    static std::string_view what_name(Undone::What what)
    {
        constexpr std::string_view names[] = {"restored",     "brought_back", "removed",
                                              "edited_since", "unknown",      "refused"};
        return names[static_cast<std::size_t>(what)];
    }

    void print_json(const Context& context, const std::vector<Undone>& lines, std::size_t done) const
    {
        json::array array;
        for (const Undone& line : lines) {
            json::object told{{"what", what_name(line.what)},
                              {"table", line.table},
                              {"id", line.row},
                              {"columns", json::array(line.columns.begin(), line.columns.end())}};
            if (line.what == Undone::What::refused) told["refusal"] = context.describe(line.refusal);
            array.push_back(std::move(told));
        }
        context.print(json::object{
            {"dry_run", dry_run_}, {"done", done}, {"left", lines.size() - done}, {"rows", std::move(array)}});
    }

    static std::string what_text(const Context& context, const Undone& line)
    {
        switch (line.what) {
        case Undone::What::restored: return context.text({"trả lại", "restored"});
        case Undone::What::brought_back: return context.text({"dòng trở lại", "brought back"});
        case Undone::What::removed: return context.text({"xóa dòng đã thêm", "removed again"});
        case Undone::What::edited_since:
            return context.text({"ĐỂ YÊN, đã có người sửa sau đó", "LEFT ALONE, edited since"});
        case Undone::What::unknown:
            return context.text({"ĐỂ YÊN, không biết giá trị cũ", "LEFT ALONE, former values not known"});
        default: {
            const Message& message = message_of(line.refusal.code);
            return context.text({"KHÔNG ĐƯỢC: ", "REFUSED: "}) +
                   fill(message.what.in(context.language), {detail_of(line.refusal, context.language)}) + " (" +
                   std::string{message.code} + ")";
        }
        }
    }

    void print_text(const Context& context, const std::vector<Undone>& lines, std::size_t done) const
    {
        std::size_t told = 0;
        for (const Undone& line : lines) {
            if (++told > most_told) break;
            std::string columns;
            for (const std::string& column : line.columns)
                columns += (columns.empty() ? "" : ", ") + column_label(line.table, column, context.language);
            context.out << printable(table_label(line.table, context.language)) << ' ' << printable(line.row) << ": "
                        << printable(what_text(context, line)) << (columns.empty() ? "" : "  " + columns) << '\n';
        }
        if (lines.size() > most_told)
            context.say({"… và {} dòng nữa (--json nêu hết).", "… and {} more (--json names all)."},
                        {number(lines.size() - most_told, context.language)});
        context.say({"Hoàn tác {} dòng, để yên {}.", "{} undone, {} left alone."},
                    {number(done, context.language), number(lines.size() - done, context.language)});
        if (dry_run_ && of_.empty())
            context.say({"Chạy thử: chưa ghi gì. Làm thật: ocop undo {}",
                         "Dry run: nothing was written. To do it: ocop undo {}"},
                        {batch_});
        else if (dry_run_)
            context.say({"Chạy thử: chưa ghi gì.", "Dry run: nothing was written."});
    }

    std::string batch_;
    std::vector<std::string> of_;
    bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_undo()
{
    return std::make_unique<UndoVerb>();
}

}  // namespace ocop::cli
