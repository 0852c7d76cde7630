#include "cli/sync_now.h"

#include <boost/json.hpp>

#include "sync/daemon.h"

namespace ocop::cli {

SyncReport sync_now(Replica& replica)
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

boost::json::object to_json(const SyncReport& report)
{
    return {{"sent", report.sent},
            {"received", report.received},
            {"conflicts", report.conflicts},
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
    context.say(
        {"Đã gửi {}, nhận {} thay đổi; {} mục hai nơi cùng sửa.", "Sent {} and received {} changes; {} conflicts."},
        {count(report.sent), count(report.received), count(report.conflicts)});
    context.say({"Đường truyền: lên {}, xuống {}, {} lượt đi về.", "The line: {} up, {} down, {} round trips."},
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
