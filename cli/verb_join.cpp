// ocop join: a new node comes in by an invite.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/detail.h"
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
                 "máy vẫn được tạo, và sẽ nhận danh mục, dữ liệu ở lần đồng bộ đầu tiên. Cấp trên từ chối thì không "
                 "còn gì lại.",
                 "Makes the directory (-C) with replica.db and the node's key, then calls the parent once. If the "
                 "parent does\n"
                 "not answer the node is there all the same, and gets its units and data with the first sync. If the "
                 "parent\n"
                 "refuses, nothing is left behind. Another invite may replace a node that never came in."},
                {"ocop -C an-phu-tan join an-phu-tan.invite"},
                {exit_not_permitted, exit_disk}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("file", file_, std::string(Text{"tệp mời", "the invite"}.in(language)))->required();
    }

    int run(Context& context) override
    {
        const auto bytes = read_file(file_, invite_limit);
        if (!bytes) return context.refuse({Errc::bad_file, file_ + ": " + unreadable(file_)});
        const auto invite = invite_from_toml(*bytes);
        if (!invite) return context.refuse({invite.refusal().code, file_ + ": " + invite.refusal().detail});
        const bool made = std::filesystem::create_directories(context.directory);
        auto replica = node_for(context, *invite);
        if (!replica) return context.refuse(replica.refusal());

        const SyncReport report = sync_now(**replica);
        if (report.refusal && turned_away(report.refusal->code)) {
            replica->reset();
            forget_node(context.directory);
            std::error_code ignored;
            std::filesystem::remove(context.directory / "writer.lock", ignored);
            if (made) std::filesystem::remove(context.directory, ignored);
            return context.refuse(*report.refusal);
        }
        context.say({"Đã tạo máy của {} ({}) ở {}.", "Made the node of {} ({}) in {}."},
                    {invite->unit_name, invite->unit, context.directory.string()});
        if (!report.refusal) tell(context, report);
        return finish(context, *invite, report);
    }

private:
    // The parent has spoken, and this node can never come in by this invite.
    static bool turned_away(Errc cause)
    {
        return cause == Errc::invite_used || cause == Errc::not_enrolled || cause == Errc::wrong_parent ||
               cause == Errc::out_of_scope;
    }

    // A fresh node; or the one that is there, if it only waits for the answer to this same invite: the parent may have let
    // that one in already, and its key cannot be made again.
    static Result<std::unique_ptr<Replica>> node_for(const Context& context, const Invite& invite)
    {
        auto waiting = context.open();
        if (waiting && never_enrolled(**waiting)) {
            if ((*waiting)->state().invite == invite.secret) {
                Transaction transaction(**waiting);
                (*waiting)->mutable_state().parent_url = invite.url;
                transaction.commit();
                return waiting;
            }
            waiting->reset();
            forget_node(context.directory);
        }
        return Replica::create(context.directory, born_of(invite), context.environment);
    }

    // A node whose invite was never redeemed and in which nobody has written: what another invite may replace.
    static bool never_enrolled(Replica& replica)
    {
        const State& state = replica.state();
        if (!state.parent || state.invite.empty() || state.parent_incarnation != 0 || state.cursor != 0) return false;
        auto written = replica.db().query("SELECT EXISTS (SELECT 1 FROM _log) OR EXISTS (SELECT 1 FROM _pending)");
        return written.step() && written.integer(0) == 0;
    }

    // Only what Replica::create makes; a folder of the person's own stays.
    static void forget_node(const std::filesystem::path& directory)
    {
        for (const char* name : {"replica.db", "replica.db-wal", "replica.db-shm", "node.key"})
            std::filesystem::remove(directory / name);
    }

    // A parent that is down is no failure: being offline is the ordinary state of things.
    static int finish(const Context& context, const Invite& invite, const SyncReport& report)
    {
        const bool refused = report.refusal && report.refusal->code != Errc::parent_unreachable;
        if (refused) return context.refuse(*report.refusal);
        if (report.refusal)
            context.warn({"Máy cấp trên chưa trả lời ({}): sẽ đồng bộ sau, bằng ocop sync hoặc ocop serve.",
                          "The parent did not answer ({}): it will sync later, by ocop sync or ocop serve."},
                         {detail_of(*report.refusal, context.language)});
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
