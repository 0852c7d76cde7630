#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/detail.h"
#include "cli/verbs.h"
#include "node/settle.h"

namespace ocop::cli {

namespace {

class Settle : public Verb {
public:
    VerbText text() const override
    {
        return {"settle",
                {"xử lý một mục hai nơi cùng sửa", "settle a conflict"},
                {"Chọn giá trị nào được dùng: winner (đang dùng), loser (bị thay), hoặc --value một giá trị thứ ba.\n"
                 "Việc chọn là một lần sửa như mọi lần sửa khác: nó được gửi đi và vẫn lưu giá trị kia.",
                 "Says which value shall stand: winner (it stands already), loser (it was replaced), or a third by "
                 "--value.\n"
                 "Settling is an edit like any other: it is sent, and the other value stays on record."},
                {"ocop settle 1a2b3c4d --keep loser", "ocop settle 1a2b3c4d --value 'Hộp 500 g'"},
                {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [&](const Text& text) { return std::string{text.in(language)}; };
        app.add_option("id", id_, say({"mã của mục (ocop conflicts)", "id of the conflict (ocop conflicts)"}))
            ->required();
        app.add_option("--keep", keep_, say({"winner hoặc loser", "winner or loser"}))
            ->check(CLI::IsMember({"winner", "loser"}));
        value_option_ = app.add_option("--value", value_, say({"giá trị khác", "another value"}));
    }

    int run(Context& context) override
    {
        const bool has_value = value_option_->count() > 0;
        if (keep_.empty() && !has_value) return context.refuse({Errc::usage, "--keep winner|loser, --value"});
        if (!keep_.empty() && has_value)
            return context.refuse({Errc::usage, both({"--keep và --value loại trừ nhau: chỉ dùng một",
                                                      "--keep and --value exclude each other: give one"})});
        Choice choice;
        choice.value = value_;
        choice.keep = has_value ? Choice::Keep::value : keep_ == "loser" ? Choice::Keep::loser : Choice::Keep::winner;

        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        LocalWrite write(**replica);
        auto id = settle(**replica, context.today(), id_, choice);
        if (!id) return context.refuse(id.refusal());
        write.commit();
        if (context.json) context.print(boost::json::object{{"id", *id}, {"state", "settled"}});
        context.say({"Đã xử lý {}.", "Settled {}."}, {*id});
        return exit_ok;
    }

private:
    std::string id_;
    std::string keep_;
    std::string value_;
    CLI::Option* value_option_ = nullptr;
};

}  // namespace

std::unique_ptr<Verb> make_settle()
{
    return std::make_unique<Settle>();
}

}  // namespace ocop::cli
