// ocop init --root: the node at the top of a new tree.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/unit_list.h"
#include "cli/verbs.h"

namespace ocop::cli {

namespace {

class Init : public Verb {
public:
    VerbText text() const override
    {
        return {
            "init",
            {"tạo máy trung ương của một cây mới", "make the centre's node of a new tree"},
            {"Tạo thư mục (-C) với replica.db và khóa của máy, và dòng đơn vị «VN». Chỉ làm một lần, ở trung ương;\n"
             "mọi máy khác vào bằng tệp mời: ocop join.",
             "Makes the directory (-C) with replica.db, the node's key and the unit row 'VN'. Done once, at the "
             "centre;\n"
             "every other node comes in by an invite: ocop join."},
            {"ocop -C centre init --root"},
            {exit_disk}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_flag("--root", root_, std::string(Text{"tạo máy trung ương", "make the centre's node"}.in(language)))
            ->required();
    }

    int run(Context& context) override
    {
        std::filesystem::create_directories(context.directory);
        NewNode born;
        born.unit = root_unit;
        auto replica = Replica::create(context.directory, born, context.environment);
        if (!replica) return context.refuse(replica.refusal());
        LocalWrite write(**replica);
        ensure_root(**replica);
        write.commit();
        if (context.json)
            context.print(boost::json::object{{"unit", root_unit}, {"directory", context.directory.string()}});
        context.say({"Đã tạo máy trung ương ở {}. Tiếp theo: ocop units import DANH_SÁCH.csv --date NGÀY",
                     "Made the centre's node in {}. Next: ocop units import LIST.csv --date DATE"},
                    {context.directory.string()});
        return exit_ok;
    }

private:
    bool root_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_init()
{
    return std::make_unique<Init>();
}

}  // namespace ocop::cli
