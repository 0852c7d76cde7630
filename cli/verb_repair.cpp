// ocop repair: find what differs from the parent, and mend it.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/comparison.h"
#include "cli/detail.h"
#include "cli/verbs.h"

namespace ocop::cli {

namespace {

class Repair : public Verb {
public:
    VerbText text() const override
    {
        return {
            "repair",
            {"tìm và sửa chỗ khác với máy cấp trên", "find and mend what differs from the parent"},
            {"Khi dấu vân tay khác với của cấp trên (ocop verify), máy này tự tìm và sửa sau hai lần đồng bộ, nhiều "
             "nhất mỗi ngày\n"
             "một lần. Lệnh này làm ngay: hai máy so dấu vân tay của từng đoạn dữ liệu, chia nhỏ đoạn khác nhau cho "
             "đến "
             "từng dòng, rồi\n"
             "chỉ gửi và nhận lại những dòng khác; không bên nào mất gì. Đứt đường giữa chừng thì lần đồng bộ sau làm "
             "tiếp. Khi hai bên\n"
             "đang bằng nhau thì phải thêm --anyway.",
             "Where digests differ from the parent's (ocop verify), a node looks for it and mends it by itself after "
             "two exchanges,\n"
             "once a day at most. This does it at once: both sides compare the digests of ranges of rows, split those "
             "that differ down\n"
             "to the rows, and tell each other only these again; neither side loses anything. After a cut line the "
             "next "
             "exchange goes on.\n"
             "Where both sides are equal --anyway is asked for."},
            {"ocop repair", "ocop repair --anyway"},
            {exit_not_permitted, exit_no_node, exit_busy, exit_unreachable, exit_integrity}};
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
        const bool under_way = comparing(replica.db()) == Comparing::mend;
        if (!anyway_ && !under_way && replica.state().verified_equal) {
            if (context.json) context.print(boost::json::object{{"compared", false}});
            context.say(
                {"Lần đồng bộ cuối hai bên bằng nhau: không có gì phải sửa (--anyway để vẫn so).",
                 "Both sides were equal in the last exchange: nothing to mend (--anyway compares all the same)."});
            return exit_ok;
        }
        return mend(context, replica);
    }

private:
    static int mend(Context& context, Replica& replica)
    {
        const Comparison done = compare_now(replica, Comparing::mend);
        if (done.sync.refusal) {
            context.warn({"Đã ghi nhớ: lần đồng bộ sau sẽ so và sửa tiếp.",
                          "Noted: the next exchange goes on comparing and mending."});
            return context.refuse(*done.sync.refusal);
        }
        if (context.json) {
            boost::json::object object = to_json(done);
            object["compared"] = true;
            context.print(object);
        }
        tell(context, done);
        Context quiet = context;
        quiet.json = false;  // the object is out already, and says more
        if (!done.finished()) return quiet.refuse({Errc::verify_failed, why_unfinished()});
        const std::uint64_t rest = done.found.differing() - done.found.mended();
        if (rest == 0 && done.found.given_up == 0) return exit_ok;
        return quiet.refuse({Errc::verify_failed, both({"số dòng vẫn khác", "rows that still differ"}) + ": " +
                                                      std::to_string(rest + done.found.given_up)});
    }

    bool anyway_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_repair()
{
    return std::make_unique<Repair>();
}

}  // namespace ocop::cli
