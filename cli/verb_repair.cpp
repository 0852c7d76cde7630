// ocop repair: compare everything with the parent again.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/verbs.h"
#include "node/health.h"
#include "node/repair.h"

namespace ocop::cli {

namespace {

class Repair : public Verb {
public:
    VerbText text() const override
    {
        return {
            "repair",
            {"so lại toàn bộ dữ liệu với cấp trên", "compare all data with the parent again"},
            {"Khi dấu vân tay khác với của cấp trên (ocop verify), máy này tự so lại toàn bộ sau hai lần đồng bộ, "
             "nhiều nhất mỗi\n"
             "ngày một lần. Lệnh này làm ngay: từ lần đồng bộ sau, mọi dòng được gửi và nhận lại theo từng lô; không "
             "bên nào mất gì.\n"
             "Tốn dung lượng đường truyền bằng toàn bộ dữ liệu của đơn vị, nên khi hai bên đang bằng nhau thì phải "
             "thêm --anyway.",
             "Where digests differ from the parent's (ocop verify), a node compares everything by itself after two "
             "exchanges, once\n"
             "a day at most. This does it at once: from the next exchange on, every row is told and read again, in "
             "batches; neither\n"
             "side loses anything. It costs the bytes of all the unit's data, so --anyway is asked for where both "
             "sides are equal."},
            {"ocop repair", "ocop repair --anyway"},
            {exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const Text what{"so lại dù hai bên đang bằng nhau", "although both sides are equal"};
        app.add_flag("--anyway", anyway_, std::string{what.in(language)});
    }

    int run(Context& context) override
    {
        auto opened = context.open();
        if (!opened) return context.refuse(opened.refusal());
        Replica& replica = **opened;
        if (!replica.state().parent) return context.refuse({Errc::not_joined, {}});
        const bool needed = anyway_ || !replica.state().verified_equal;
        if (needed) {
            Transaction transaction(replica);
            compare_everything(transaction.log());
            transaction.commit();
        }
        if (context.json) context.print(boost::json::object{{"will_compare", needed}});
        if (needed)
            context.say({"Lần đồng bộ sau sẽ so lại toàn bộ. Sau đó: ocop verify.",
                         "The next exchange compares everything. After it: ocop verify."});
        else
            context.say(
                {"Lần đồng bộ cuối hai bên bằng nhau: không có gì phải so lại (--anyway để vẫn làm).",
                 "Both sides were equal in the last exchange: nothing to mend (--anyway does it all the same)."});
        return exit_ok;
    }

private:
    bool anyway_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_repair()
{
    return std::make_unique<Repair>();
}

}  // namespace ocop::cli
