// ocop units import | list: the administrative units.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <tuple>

#include "cli/csv.h"
#include "cli/table.h"
#include "cli/unit_list.h"
#include "cli/verbs.h"

namespace ocop::cli {

namespace {

bool in_force(const Unit& unit, const std::string& date)
{
    return unit.valid_from <= date && (unit.valid_to.empty() || date < unit.valid_to);
}

Text level_name(const std::string& level)
{
    if (level == "central") return {"trung ương", "central"};
    if (level == "province") return {"tỉnh", "province"};
    if (level == "district") return {"huyện", "district"};
    if (level == "commune") return {"xã", "commune"};
    return {level, level};
}

boost::json::value text_or_null(const std::string& text)
{
    return text.empty() ? boost::json::value() : boost::json::value(text);
}

class Units : public Verb {
public:
    VerbText text() const override
    {
        return {
            "units",
            {"danh mục đơn vị hành chính", "the administrative units"},
            {"import: ghi danh mục nhà nước có hiệu lực vào một ngày (CSV UTF-8, các cột code, name, kind, "
             "parent_code).\n"
             "  Đơn vị giống như cũ được giữ, khác hoặc vắng mặt thì kết thúc vào ngày đó. Chỉ làm ở trung ương.\n"
             "list: xem đơn vị. Mã được dùng lại theo thời gian, nên mã luôn đi với ngày.",
             "import: takes in the state's list as of a date (UTF-8 CSV, columns code, name, kind, parent_code).\n"
             "  A unit that is the same is kept; one that differs or is absent ends at that date. At the centre only.\n"
             "list: shows units. Codes are reused over time, so a code always goes with a date."},
            {"ocop units import units_2020.csv --date 2020-12-31",
             "ocop units import units_2025.csv --date 2025-07-01 --dry-run", "ocop units list --code 29338",
             "ocop units list --level province --date 2020-12-31"},
            {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [language](std::string_view vi, std::string_view en) {
            return std::string(Text{vi, en}.in(language));
        };
        app.require_subcommand(1);
        import_ = app.add_subcommand("import", say("ghi một danh mục", "take in a list"));
        import_->add_option("file", file_, say("tệp CSV", "CSV file"))->required();
        import_
            ->add_option("--date", date_,
                         say("ngày của danh mục, dạng 2020-12-31", "date of the list, like 2020-12-31"))
            ->type_name("DATE")
            ->required();
        import_->add_flag("--dry-run", dry_run_, say("chỉ đếm, không ghi", "count only, write nothing"));
        list_ = app.add_subcommand("list", say("xem đơn vị", "show units"));
        list_->add_option("--code", code_, say("chỉ mã này, ở mọi thời gian", "this code only, at all times"))
            ->type_name("CODE");
        list_
            ->add_option("--date", list_date_,
                         say("có hiệu lực vào ngày (mặc định: hôm nay)", "in force at a date (default: today)"))
            ->type_name("DATE");
        list_->add_option("--level", level_, say("chỉ một cấp", "one level only"))
            ->type_name("LEVEL")
            ->check(CLI::IsMember({"central", "province", "district", "commune"}));
    }

    int run(Context& context) override { return import_->parsed() ? run_import(context) : run_list(context); }

private:
    int run_import(Context& context)
    {
        if (!is_date(date_)) return context.refuse({Errc::bad_value, "--date " + date_});
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const std::string& own = (*replica)->state().unit;
        if (own != root_unit && (*replica)->units().tier(own) != Tier::central)
            return context.refuse({Errc::not_permitted, "admin_unit, " + own});
        const auto csv = read_csv(file_);
        if (!csv) return context.refuse(csv.refusal());
        const auto list = read_unit_list(*csv);
        if (!list) return context.refuse({list.refusal().code, file_ + ", " + list.refusal().detail});

        LocalWrite write(**replica);
        const auto changes = apply_unit_list(**replica, *list, date_);
        if (!changes) return context.refuse(changes.refusal());
        if (!dry_run_) write.commit();
        return tell(context, *changes);
    }

    int tell(const Context& context, const UnitChanges& changes) const
    {
        if (context.json)
            context.print(boost::json::object{{"date", date_},
                                              {"created", changes.created},
                                              {"kept", changes.kept},
                                              {"closed", changes.closed},
                                              {"corrected", changes.corrected},
                                              {"dry_run", dry_run_}});
        const auto shown = [&](std::uint64_t count) { return number(count, context.language); };
        if (changes.nothing())
            context.say({"Không có gì thay đổi: {} đơn vị đã có đúng như danh mục.",
                         "Nothing changed: {} units are here as listed."},
                        {shown(changes.kept)});
        else
            context.say(
                {"Danh mục ngày {}: {} đơn vị mới, {} giữ nguyên, {} kết thúc, {} sửa lại.",
                 "List of {}: {} units created, {} kept, {} closed, {} corrected."},
                {date_, shown(changes.created), shown(changes.kept), shown(changes.closed), shown(changes.corrected)});
        if (dry_run_) context.say({"Chạy thử: chưa ghi gì.", "Dry run: nothing was written."});
        return exit_ok;
    }

    int run_list(Context& context)
    {
        if (!list_date_.empty() && !is_date(list_date_))
            return context.refuse({Errc::bad_value, "--date " + list_date_});
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        std::vector<Unit> units;
        const std::string date = !list_date_.empty() || !code_.empty() ? list_date_ : context.today();
        for (const Unit& unit : (*replica)->units().all()) {
            const bool wanted = (code_.empty() || unit.code == code_) && (level_.empty() || unit.level == level_) &&
                                (date.empty() || in_force(unit, date));
            if (wanted) units.push_back(unit);
        }
        if (units.empty() && !code_.empty()) {
            const auto why = (*replica)->units().by_code(code_, date.empty() ? context.today() : date);
            return context.refuse(why ? Refusal{Errc::unknown_unit, code_} : why.refusal());
        }
        std::sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) {
            return std::tie(a.code, a.valid_from, a.id) < std::tie(b.code, b.valid_from, b.id);
        });
        print_units(context, units);
        return exit_ok;
    }

    static void print_units(const Context& context, const std::vector<Unit>& units)
    {
        if (context.json) {
            boost::json::array array;
            for (const Unit& unit : units)
                array.push_back(boost::json::object{{"id", unit.id},
                                                    {"code", unit.code},
                                                    {"name", unit.name},
                                                    {"kind", unit.kind},
                                                    {"level", unit.level},
                                                    {"parent", text_or_null(unit.parent)},
                                                    {"valid_from", text_or_null(unit.valid_from)},
                                                    {"valid_to", text_or_null(unit.valid_to)}});
            context.print(boost::json::object{{"units", std::move(array)}});
            return;
        }
        const auto head = [&](std::string_view vi, std::string_view en) { return context.text({vi, en}); };
        Table table({"id", head("mã", "code"), head("tên", "name"), head("cấp", "level"), head("thuộc", "parent"),
                     head("từ", "from"), head("đến", "to")});
        for (const Unit& unit : units)
            table.add({unit.id, unit.code, unit.name, context.text(level_name(unit.level)), unit.parent,
                       unit.valid_from, unit.valid_to});
        table.print(context.out);
    }

    CLI::App* import_ = nullptr;
    CLI::App* list_ = nullptr;
    std::string file_, date_, code_, list_date_, level_;
    bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_units()
{
    return std::make_unique<Units>();
}

}  // namespace ocop::cli
