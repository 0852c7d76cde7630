#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

#include "cli/csv.h"
#include "cli/detail.h"
#include "cli/import_rows.h"
#include "cli/mapping.h"
#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/history.h"
#include "node/os/files.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_mapping = std::size_t{1} << 20;
constexpr std::size_t most_lines_told = 100;  // --json tells all

class Import : public Verb {
public:
    VerbText text() const override
    {
        return {
            "import",
            {"nhập các dòng từ tệp CSV", "import rows from a CSV file"},
            {"Nhập tệp CSV (UTF-8) vào các bảng theo tệp ánh xạ (xem schema/mappings/README.md). Một dòng CSV có thể "
             "vào nhiều bảng.\n"
             "Dòng đã có thì chỉ điền ô trống, nên nhập hai lần không thêm gì. Dòng không nhận được thì nêu lý do,\n"
             "các dòng khác vẫn vào. --dry-run: chạy thử, không ghi gì.",
             "Imports a CSV file (UTF-8) into tables by a mapping (see schema/mappings/README.md). A CSV row may feed "
             "several\n"
             "tables. A row that is there already is only filled where it is empty, so importing twice adds nothing.\n"
             "A refused row is named with its cause; the others go in. --dry-run: try, and write nothing."},
            {"ocop import ocop_products.csv --map schema/mappings/ocop_products.toml --where commune_code=29338",
             "ocop import danh-sach.csv --map anh-xa.toml --dry-run"},
            {exit_partly, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        app.add_option("file", file_, say({"tệp CSV", "the CSV file"}))->required();
        app.add_option("--map", map_, say({"tệp ánh xạ TOML", "the mapping, TOML"}))->required();
        app.add_option("--where", where_, say({"chỉ dòng có cột CSV=giá trị", "only rows with CSV column=value"}))
            ->allow_extra_args(false);
        app.add_option(
            "--date", date_,
            say({"ngày của mã đơn vị (mặc định: hôm nay)", "the date of the units' codes (default: today)"}));
        app.add_flag("--dry-run", dry_run_, say({"chạy thử, không ghi gì", "try, and write nothing"}));
    }

    int run(Context& context) override
    {
        auto where = split_assignments(where_);
        if (!where) return context.refuse(where.refusal());
        if (!date_.empty() && !is_date(date_)) return context.refuse({Errc::bad_value, "--date " + date_});
        auto file = read_csv(file_);
        if (!file) return context.refuse(file.refusal());
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        auto mapping = read_mapping((*replica)->catalog());
        if (!mapping) return context.refuse(mapping.refusal());

        if (const auto ready = has_its_unit(**replica); !ready) return context.refuse(ready.refusal());
        LocalWrite write(**replica);
        const std::string today = context.today();
        BatchMark batch((*replica)->db());
        auto report = import_rows(**replica, *file, *mapping, {*where, today, date_.empty() ? today : date_});
        if (!report) return context.refuse(report.refusal());
        batch.end();
        if (!dry_run_) write.commit();
        if (context.json)
            print_json(context, *report);
        else
            print_text(context, *report);
        if (report->refused.empty()) return exit_ok;
        return report->taken > 0 ? exit_partly : exit_failed;
    }

private:
    Result<Mapping> read_mapping(const Catalog& catalog) const
    {
        const auto toml = read_file(map_, longest_mapping);
        if (!toml) return Refusal{Errc::bad_file, map_ + ": " + unreadable(map_)};
        auto mapping = parse_mapping(*toml, catalog);
        if (!mapping) return Refusal{mapping.refusal().code, map_ + ":" + mapping.refusal().detail};
        return mapping;
    }

    void print_json(const Context& context, const ImportReport& report) const
    {
        json::object tables;
        for (const TableCount& table : report.tables)
            tables[table.table] = {{"added", table.added}, {"filled", table.filled}, {"kept", table.kept}};
        json::array refused;
        for (const RefusedLine& line : report.refused) {
            json::object told = context.describe(line.refusal);
            told["line"] = line.line;
            refused.push_back(std::move(told));
        }
        context.print(json::object{{"dry_run", dry_run_},
                                   {"rows", report.rows},
                                   {"skipped", report.skipped},
                                   {"taken", report.taken},
                                   {"tables", std::move(tables)},
                                   {"refused", std::move(refused)}});
    }

    void print_text(const Context& context, const ImportReport& report) const
    {
        const auto count = [&](std::size_t value) { return number(value, context.language); };
        std::size_t told = 0;
        for (const RefusedLine& line : report.refused) {
            if (++told > most_lines_told) break;
            const Message& message = message_of(line.refusal.code);
            const std::string why =
                fill(message.what.in(context.language), {detail_of(line.refusal, context.language)});
            context.warn({"Dòng {}: {} ({})", "Line {}: {} ({})"}, {std::to_string(line.line), why, message.code});
        }
        if (report.refused.size() > most_lines_told)
            context.warn({"… và {} dòng nữa (--json nêu hết).", "… and {} more (--json names all)."},
                         {count(report.refused.size() - most_lines_told)});
        for (const TableCount& table : report.tables)
            context.say({"{}: thêm {}, điền {}, có sẵn {}", "{}: {} added, {} filled, {} there already"},
                        {table_label(table.table, context.language), count(table.added), count(table.filled),
                         count(table.kept)});
        context.say(
            plural(report.rows,
                   {"{} dòng: nhận {}, từ chối {}, không chọn {}.", "{} rows: {} taken, {} refused, {} not chosen."},
                   {"{} dòng: nhận {}, từ chối {}, không chọn {}.", "{} row: {} taken, {} refused, {} not chosen."}),
            {count(report.rows), count(report.taken), count(report.refused.size()), count(report.skipped)});
        if (dry_run_) context.say({"Chạy thử: chưa ghi gì.", "Dry run: nothing was written."});
    }

    std::string file_;
    std::string map_;
    std::vector<std::string> where_;
    std::string date_;
    bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_import()
{
    return std::make_unique<Import>();
}

}  // namespace ocop::cli
