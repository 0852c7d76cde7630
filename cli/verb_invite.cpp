// ocop invite: a one-time file by which a node below comes in.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/detail.h"
#include "cli/verbs.h"
#include "node/enrolment.h"
#include "node/os/files.h"
#include "sync/listen_address.h"

namespace ocop::cli {

namespace {

// "http://127.0.0.1:8080", without a path. Anything else would fail only later, at the child.
Result<std::string> checked_url(std::string url)
{
    constexpr std::string_view scheme = "http://";
    while (!url.empty() && url.back() == '/') url.pop_back();
    if (url.compare(0, scheme.size(), scheme) != 0)
        return Refusal{Errc::bad_value, "--url " + url + " (http://127.0.0.1:PORT)"};
    const std::string authority = url.substr(scheme.size());
    const auto colon = authority.rfind(':');
    const std::string host = authority.substr(0, colon);
    if (colon == std::string::npos || !sync::parse_listen_address("127.0.0.1" + authority.substr(colon)))
        return Refusal{Errc::bad_value, "--url " + url + " (http://127.0.0.1:PORT)"};
    if (const Status allowed = sync::plain_http_allowed(host); !allowed) return allowed.refusal();
    return url;
}

class MakeInvite : public Verb {
public:
    VerbText text() const override
    {
        return {
            "invite",
            {"làm tệp mời cho một đơn vị cấp dưới", "make an invite for a unit below"},
            {"Ghi một tệp mời dùng một lần. Chép tệp đến máy của đơn vị đó rồi chạy ocop join. Tệp mời là bí mật:\n"
             "ai có nó thì vào được với tư cách đơn vị ấy. Mã đơn vị đi với ngày: MÃ, hoặc MÃ@NGÀY.",
             "Writes a one-time invite. Copy it to that unit's machine and run ocop join there. An invite is secret:\n"
             "whoever has it can come in as that unit. A unit's code goes with a date: CODE, or CODE@DATE."},
            {"ocop invite --unit 84 --url http://127.0.0.1:8080 --out tra-vinh.invite",
             "ocop invite --unit 29338@2020-12-31 --url http://127.0.0.1:8080 --out an-phu-tan.invite"},
            {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        const auto say = [language](std::string_view vi, std::string_view en) {
            return std::string(Text{vi, en}.in(language));
        };
        app.add_option("--unit", unit_, say("mã đơn vị, có thể kèm @NGÀY", "the unit's code, maybe with @DATE"))
            ->type_name("CODE[@DATE]")
            ->required();
        app.add_option("--date", date_, say("ngày của mã (mặc định: hôm nay)", "date of the code (default: today)"))
            ->type_name("DATE");
        app.add_option("--url", url_, say("địa chỉ máy này mà cấp dưới sẽ gọi", "where the child will call this node"))
            ->type_name("URL")
            ->required();
        app.add_option("--out", out_, say("tệp mời sẽ ghi", "the invite file to write"))->type_name("FILE")->required();
    }

    int run(Context& context) override
    {
        const auto at = unit_.find('@');
        const std::string code = unit_.substr(0, at);
        const std::string date = at != std::string::npos ? unit_.substr(at + 1)
                                 : !date_.empty()        ? date_
                                                         : context.today();
        if (!is_date(date)) return context.refuse({Errc::bad_value, "--date " + date});
        const auto url = checked_url(url_);
        if (!url) return context.refuse(url.refusal());
        if (const std::string why = not_writable(out_); !why.empty()) return context.refuse({Errc::bad_file, why});

        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        const auto unit = (*replica)->units().by_code(code, date);
        if (!unit) return context.refuse(unit.refusal());
        const auto invite = make_invite(**replica, (*unit)->id, *url);
        if (!invite) return context.refuse(invite.refusal());
        write_private_file(out_, invite_to_toml(*invite));
        if (context.json)
            context.print(boost::json::object{
                {"unit", invite->unit}, {"name", invite->unit_name}, {"url", invite->url}, {"file", out_}});
        context.say({"Đã ghi tệp mời cho {} ({}) vào {}. Ở máy đó: ocop join {}",
                     "Wrote an invite for {} ({}) to {}. On that machine: ocop join {}"},
                    {invite->unit_name, invite->unit, out_, out_});
        return exit_ok;
    }

private:
    std::string unit_, date_, url_, out_;
};

}  // namespace

std::unique_ptr<Verb> make_invite()
{
    return std::make_unique<MakeInvite>();
}

}  // namespace ocop::cli
