// ocop join: a new node comes in by an invite.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/sync_now.h"
#include "cli/verbs.h"
#include "node/enrolment.h"
#include "node/os/files.h"

namespace ocop::cli {

namespace {

constexpr std::size_t invite_limit = 64 << 10;

class Join : public Verb {
public:
    VerbText text() const override
    {
        return {"join",
                {"tạo máy của đơn vị từ tệp mời", "make this unit's node from an invite"},
                {"Tạo thư mục (-C) với replica.db và khóa của máy, rồi gọi máy cấp trên một lần. Nếu cấp trên chưa trả "
                 "lời thì\n"
                 "máy vẫn dùng được ngay, và sẽ nhận danh mục, dữ liệu ở lần đồng bộ đầu tiên.",
                 "Makes the directory (-C) with replica.db and the node's key, then calls the parent once. If the "
                 "parent does\n"
                 "not answer the node is there all the same, and gets its units and data with the first sync."},
                {"ocop -C an-phu-tan join an-phu-tan.invite"},
                {exit_disk}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("file", file_, std::string(Text{"tệp mời", "the invite"}.in(language)))->required();
    }

    int run(Context& context) override
    {
        const auto bytes = read_file(file_, invite_limit);
        if (!bytes) return context.refuse({Errc::bad_file, file_});
        const auto invite = invite_from_toml(*bytes);
        if (!invite) return context.refuse({invite.refusal().code, file_ + ": " + invite.refusal().detail});
        std::filesystem::create_directories(context.directory);
        auto replica = Replica::create(context.directory, born_of(*invite), context.environment);
        if (!replica) return context.refuse(replica.refusal());

        const SyncReport report = sync_now(**replica);
        context.say({"Đã tạo máy của {} ({}) ở {}.", "Made the node of {} ({}) in {}."},
                    {invite->unit_name, invite->unit, context.directory.string()});
        if (!report.refusal) tell(context, report);
        return finish(context, *invite, report);
    }

private:
    // A parent that is down is no failure: being offline is the ordinary state of things.
    static int finish(const Context& context, const Invite& invite, const SyncReport& report)
    {
        const bool refused = report.refusal && report.refusal->code != Errc::parent_unreachable;
        if (refused) return context.refuse(*report.refusal);
        if (report.refusal)
            context.warn({"Máy cấp trên chưa trả lời ({}): sẽ đồng bộ sau, bằng ocop sync hoặc ocop serve.",
                          "The parent did not answer ({}): it will sync later, by ocop sync or ocop serve."},
                         {printable(report.refusal->detail)});
        if (context.json) {
            boost::json::object result{{"unit", invite.unit}, {"name", invite.unit_name}, {"synced", !report.refusal}};
            result["exchange"] = report.refusal ? boost::json::value() : boost::json::value(to_json(report));
            context.print(result);
        }
        return exit_ok;
    }

    std::string file_;
};

}  // namespace

std::unique_ptr<Verb> make_join()
{
    return std::make_unique<Join>();
}

}  // namespace ocop::cli
