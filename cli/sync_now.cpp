#include "cli/sync_now.h"

#include <boost/json.hpp>

#include "cli/detail.h"
#include "sync/daemon.h"

namespace ocop::cli {

namespace {

std::uint64_t count_open_conflicts(Replica& replica)
{
    auto open = replica.db().query("SELECT count(*) FROM conflict WHERE state = 'open'");
    return open.step() ? open.natural(0) : 0;
}

SyncReport exchange_all(Replica& replica)
{
    SyncReport report;
    sync::HttpClient client;
    while (true) {
        const auto call = sync::call_parent(replica, client);
        report.link = client.total();
        if (!call) {
            report.refusal = call.refusal();
            return report;
        }
        ++report.exchanges;
        report.sent += call->outcome.sent;
        report.received += call->outcome.received;
        report.conflicts += call->outcome.conflicts;
        report.compared = call->outcome.compared;
        report.equal = call->outcome.equal;
        if (!call->outcome.more || !call->moved) return report;  // "more" without progress would go on for ever
    }
}

}  // namespace

SyncReport sync_now(Replica& replica)
{
    SyncReport report = exchange_all(replica);
    report.open_conflicts = count_open_conflicts(replica);
    return report;
}

boost::json::object to_json(const SyncReport& report)
{
    return {{"sent", report.sent},
            {"received", report.received},
            {"conflicts", report.conflicts},
            {"open_conflicts", report.open_conflicts},
            {"exchanges", report.exchanges},
            {"bytes_sent", report.link.sent},
            {"bytes_received", report.link.received},
            {"round_trips", report.link.round_trips},
            {"compared", report.compared},
            {"equal", report.compared ? boost::json::value(report.equal) : boost::json::value()}};
}

void tell(const Context& context, const SyncReport& report)
{
    const auto count = [&](std::uint64_t value) { return number(value, context.language); };
    context.say(plural(report.received, {"Đã gửi {}, nhận {} thay đổi.", "Sent {} and received {} changes."},
                       {"Đã gửi {}, nhận {} thay đổi.", "Sent {} and received {} change."}),
                {count(report.sent), count(report.received)});
    if (report.open_conflicts > 0)
        context.say(plural(report.open_conflicts,
                           {"{} mục hai nơi cùng sửa đang mở ({} mới). Xem: ocop conflicts",
                            "{} conflicts are open ({} new). See: ocop conflicts"},
                           {"{} mục hai nơi cùng sửa đang mở ({} mới). Xem: ocop conflicts",
                            "{} conflict is open ({} new). See: ocop conflicts"}),
                    {count(report.open_conflicts), count(report.conflicts)});
    context.say(plural(report.link.round_trips,
                       {"Đường truyền: lên {}, xuống {}, {} lượt đi về.", "The line: {} up, {} down, {} round trips."},
                       {"Đường truyền: lên {}, xuống {}, {} lượt đi về.", "The line: {} up, {} down, {} round trip."}),
                {byte_count(report.link.sent, context.language), byte_count(report.link.received, context.language),
                 count(report.link.round_trips)});
    if (!report.compared) return;
    if (report.equal)
        context.say({"Đã so với máy cấp trên: giống nhau.", "Compared with the parent: equal."});
    else
        context.say({"Đã so với máy cấp trên: KHÁC nhau. Xem: ocop verify",
                     "Compared with the parent: they DIFFER. See: ocop verify"});
}

}  // namespace ocop::cli
