// ocop serve: the daemon.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

#include "cli/detail.h"
#include "cli/verbs.h"
#include "sync/daemon.h"
#include "sync/http_status.h"

namespace ocop::cli {

namespace {

class Serve : public Verb {
public:
    VerbText text() const override
    {
        return {
            "serve",
            {"chạy nền: trả lời cấp dưới, tự gọi cấp trên", "the daemon: answers children, calls the parent by itself"},
            {"Chạy cho đến khi nhận SIGINT (Ctrl-C) hoặc SIGTERM. Khi sẵn sàng thì in một dòng có địa chỉ thật (cổng "
             "0: cổng nào\n"
             "trống cũng được). Cấp trên không trả lời thì vẫn phục vụ cấp dưới và thử lại. Chương trình khác ghi vào "
             "replica.db\n"
             "thì thay đổi được gửi đi sau vài giây. HTTP không mã hóa: chỉ dùng trong chính máy này.",
             "Runs until SIGINT (Ctrl-C) or SIGTERM. When ready it prints one line with the real address (port 0: any "
             "free\n"
             "one). With the parent down it goes on serving its children and tries again. What another program writes "
             "into\n"
             "replica.db leaves within seconds. Plain HTTP: for this machine (loopback) only."},
            {"ocop -C centre serve --listen 127.0.0.1:8080",
             "ocop -C tra-vinh serve --listen 127.0.0.1:0 --interval 60"},
            {exit_no_node, exit_busy, exit_version, exit_integrity, exit_disk}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [language](std::string_view vi, std::string_view en) {
            return std::string(Text{vi, en}.in(language));
        };
        app.add_option("--listen", listen_,
                       say("địa chỉ nghe, dạng 127.0.0.1:8080", "where to listen, like 127.0.0.1:8080"))
            ->type_name("ADDRESS")
            ->required();
        app.add_option("--interval", interval_,
                       say("số giây giữa hai lần gọi cấp trên (mặc định 900)",
                           "seconds between calls of the parent (default 900)"))
            ->type_name("SECONDS")
            ->check(CLI::Range(1, 86'400));
    }

    int run(Context& context) override
    {
        const auto address = sync::parse_listen_address(listen_);
        if (!address) return context.refuse({Errc::bad_value, "--listen " + listen_});
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        sync::DaemonOptions options;
        options.listen = *address;
        sync::set_interval(options, interval_);
        options.on_event = [this, &context](const sync::DaemonEvent& event) { tell(context, event); };
        const bool has_parent = (*replica)->state().parent.has_value();
        auto daemon = sync::Daemon::open(**replica, std::move(options));
        if (!daemon) return context.refuse(daemon.refusal());
        (*daemon)->stop_on_signals();
        announce(context, (*daemon)->url(), has_parent);
        (*daemon)->run();
        if ((*daemon)->must_restart()) return message_of(Broken::sync_failed).exit;  // what happened was told
        context.warn({"Đã dừng; mọi thứ đã lưu.", "Stopped; everything is saved."});
        return exit_ok;
    }

private:
    static void announce(const Context& context, const std::string& url, bool has_parent)
    {
        if (context.json) context.print(boost::json::object{{"listening", url}, {"calls_parent", has_parent}});
        context.say({"Đang phục vụ ở {} (HTTP không mã hóa, chỉ trong máy này). Dừng: Ctrl-C",
                     "Serving at {} (plain HTTP, for this machine only). Stop: Ctrl-C"},
                    {url});
        context.out.flush();
    }

    // One line for each call that moved something, and for each change between reachable and not.
    void tell(const Context& context, const sync::DaemonEvent& event)
    {
        using Kind = sync::DaemonEvent::Kind;
        const std::string at = moment(context.environment.clock->now_ms());
        const auto count = [&](std::uint64_t value) { return number(value, context.language); };
        if (event.kind == Kind::broken) {
            const Message& message = message_of(event.cause);
            if (event.cause == Broken::other ||
                message.name != trouble_)  // the same trouble of every retry is told once
                context.warn({"{} {} ({})\n  {}\n  → {}", "{} {} ({})\n  {}\n  → {}"},
                             {at, context.text(message.what, {printable(event.text)}), message.code,
                              context.text(message.safe), context.text(message.next)});
            trouble_ = message.name;
        } else if (event.kind == Kind::refused) {
            const std::string cause(sync::error_name(event.refusal->code));
            if (cause != trouble_)
                context.warn({"{} {} ({})", "{} {} ({})"}, {at,
                                                            context.text(message_of(event.refusal->code).what,
                                                                         {detail_of(*event.refusal, context.language)}),
                                                            message_of(event.refusal->code).code});
            trouble_ = cause;
        } else {
            const bool back = !trouble_.empty();
            trouble_.clear();
            if (back || event.call.outcome.sent + event.call.outcome.received > 0)
                context.warn(
                    {"{} cấp trên: gửi {}, nhận {}, {} mục cùng sửa", "{} parent: sent {}, received {}, {} conflicts"},
                    {at, count(event.call.outcome.sent), count(event.call.outcome.received),
                     count(event.call.outcome.conflicts)});
        }
        context.err.flush();
    }

    std::string listen_;
    std::int64_t interval_ = 900;
    std::string trouble_;
};

}  // namespace

std::unique_ptr<Verb> make_serve()
{
    return std::make_unique<Serve>();
}

}  // namespace ocop::cli
