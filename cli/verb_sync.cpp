// ocop sync: one exchange with the parent, now.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/detail.h"
#include "cli/sync_now.h"
#include "cli/verbs.h"

namespace ocop::cli {

namespace {

class Sync : public Verb {
public:
    VerbText text() const override
    {
        return {
            "sync",
            {"đồng bộ với máy cấp trên ngay bây giờ", "exchange with the parent now"},
            {"Gửi những gì chưa gửi và nhận những gì mới, cho đến khi cả hai bên hết. Mỗi đợt xong là được giữ, nên\n"
             "đứt đường giữa chừng thì chạy lại sẽ tiếp tục. Máy cấp trên không trả lời: mã thoát 13, dữ liệu vẫn an "
             "toàn.\n"
             "Hết việc mà dữ liệu hai máy vẫn khác nhau: mã thoát 15.",
             "Sends what is unsent and takes what is new until both sides have said everything. Each batch done is "
             "kept,\n"
             "so after a cut line another run goes on from there. A parent that is down: exit code 13, the data are "
             "safe.\n"
             "Nothing left to say and still different data: exit code 15."},
            {"ocop sync", "ocop sync --json"},
            {exit_not_permitted, exit_no_node, exit_busy, exit_unreachable, exit_version, exit_integrity}};
    }

    void add_options(CLI::App&, Language) override {}

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const SyncReport report = sync_now(**replica);
        if (report.refusal) {
            if (report.exchanges > 0 && !context.json) tell(context, report);
            return context.refuse(*report.refusal);
        }
        if (context.json) context.print(to_json(report));
        tell(context, report);
        if (!report.compared || report.equal) return exit_ok;
        Context quiet = context;
        quiet.json = false;  // the object is out already, and says more
        return quiet.refuse(
            {Errc::verify_failed,
             both({"không còn gì chờ gửi hay nhận, mà dữ liệu của máy này khác của máy cấp trên",
                   "nothing waits to be sent or read, and yet the data here differ from the parent's"})});
    }
};

}  // namespace

std::unique_ptr<Verb> make_sync()
{
    return std::make_unique<Sync>();
}

}  // namespace ocop::cli
