// What a daemon and a command do when the disk is full, read-only or fails: said in plain words, nothing half done, gone on afterwards.
#include <sys/resource.h>
#include <unistd.h>

#include "node/release.h"
#include "node/witness.h"
#include <catch2/catch.hpp>

#include <sstream>
#include <thread>

#include "cli/cli.h"
#include "cli/messages.h"
#include "node/broken.h"
#include "sync/client.h"
#include "sync/daemon.h"
#include "sync/http_status.h"
#include "tests/crash/crash_vfs.h"
#include "tests/crash/stage.h"
#include "tests/support/stock.h"

using namespace ocop;
using namespace ocop::test;

namespace {

/// A centre and its commune on a crash disk, which is taken away again at the end.
struct Pair {
    TempDir home;
    CrashDisk disk{ground("pair", home.path())};
    Stage stage{disk, home.path(), 5};
    ~Pair()
    {
        use_crash_disk(&disk);  // a test may have used another, which is gone by now
        stage.close_all();
        use_crash_disk(nullptr);
    }

    std::string said;
    int run(std::vector<std::string> args)
    {
        args.insert(args.begin(), {"-C", stage.folder(below).string(), "--lang", "en"});
        std::ostringstream out, err;
        const int code = cli::run_cli(args, out, err, stage.environment(below), {});
        said = out.str() + err.str();
        return code;
    }
    bool says(const std::string& text) const { return said.find(text) != std::string::npos; }
};

/// The centre's daemon on a thread of its own; requests of the commune by HTTP.
class Serving {
public:
    explicit Serving(Replica& replica)
    {
        sync::DaemonOptions options;
        options.poll = std::chrono::hours{1};  // the disk is this thread's and the server's alone
        options.on_event = [this](const sync::DaemonEvent& event) { causes.push_back(event.cause); };
        daemon_ = std::move(sync::Daemon::open(replica, options).value());
        thread_ = std::thread([this] { daemon_->run(); });
    }
    ~Serving() { end(); }
    bool ask(const std::string& request)
    {
        return client_.post(daemon_->url() + std::string{sync::exchange_path}, request).ok();
    }
    void wait() { thread_.join(); }
    void end()
    {
        daemon_->stop();
        if (thread_.joinable()) thread_.join();
    }
    bool must_restart() const { return daemon_->must_restart(); }
    std::vector<Broken> causes;

private:
    sync::HttpClient client_;
    std::unique_ptr<sync::Daemon> daemon_;
    std::thread thread_;
};

Broken cause_of(const std::exception_ptr& failure)
{
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return what_broke(error);
    }
    return Broken::other;
}

}  // namespace

// Would catch a daemon that dies of a full disk, keeps half of a batch, or has to be started by hand once there is room again.
TEST_CASE("F06 a full disk refuses one request and the daemon goes on", "[crash][daemon]")
{
    Pair pair;
    pair.stage.sql(below, "UPDATE product SET note = 'mới'");
    pair.stage.request(below);
    const std::string request = *pair.stage.letters[below].request;
    Replica& parent = pair.stage.at(centre);
    pair.disk.fault = {DiskFault::Kind::full, 1, false};
    while (!pair.disk.hit) {  // the first write of the answer, whichever operation it is
        const auto before = fingerprint(parent.db());
        Serving serving{parent};
        const auto at = pair.disk.operations;
        const bool answered = serving.ask(request);
        serving.end();
        if (pair.disk.hit) {
            CHECK_FALSE(answered);
            CHECK(serving.causes == std::vector{Broken::disk_full});
            CHECK_FALSE(serving.must_restart());
            CHECK(fingerprint(parent.db()) == before);
            break;
        }
        REQUIRE(pair.disk.operations > at);
        pair.disk.fault.at = pair.disk.operations + 1;
    }
    const auto before = fingerprint(parent.db());
    Serving serving{parent};
    CHECK(serving.ask(request));
    serving.end();
    CHECK(fingerprint(parent.db()) != before);
}

// Would catch a daemon that answers on after a failed sync: what it acknowledges may never have reached the disk.
TEST_CASE("F05 a failed sync ends the daemon, with an exit code of its own", "[crash][daemon]")
{
    Pair pair;
    pair.stage.sql(below, "UPDATE product SET note = 'mới'");
    pair.stage.request(below);
    const std::string request = *pair.stage.letters[below].request;
    std::uint64_t last = 0;
    {
        CrashDisk rehearsal{pair.disk.image()};
        Stage stage{rehearsal, pair.home.path(), 5};
        stage.letters = pair.stage.letters;
        (void)stage.at(centre);
        rehearsal.fault = {DiskFault::Kind::io_error, UINT64_MAX, false};
        remove_settled(stage.at(centre));  // as the daemon does when it starts
        stage.answer(below);
        last = rehearsal.operations;
        // After the commit comes the witness (node/witness.h), as many operations as any other; a failure there is no failed sync of the
        // database: nothing has left, and the next exchange writes it again. What we want is the sync of the commit.
        State next = stage.at(centre).state();
        ++next.beat;
        write_witness(stage.at(centre).directory(), next);
        last -= rehearsal.operations - last;
        rehearsal.fault.kind = DiskFault::Kind::none;
    }
    use_crash_disk(&pair.disk);
    Replica& parent = pair.stage.at(centre);
    pair.disk.fault = {DiskFault::Kind::io_error, last, false};
    Serving serving{parent};
    CHECK_FALSE(serving.ask(request));
    REQUIRE(pair.disk.hit);
    serving.wait();  // it ends by itself
    CHECK(serving.causes == std::vector{Broken::sync_failed});
    CHECK(serving.must_restart());
    CHECK(cli::message_of(Broken::sync_failed).exit == cli::exit_disk);
}

// Would catch a person told of an "unexpected error" when the disk is full or locked, or told so after half of it was saved.
TEST_CASE("F06 a command says that the disk is full or read-only and that nothing was changed", "[crash][cli]")
{
    Pair pair;
    const auto before = fingerprint(pair.stage.at(below).db());
    CrashDisk beside{pair.disk.image()};  // with the WAL, as beside a daemon
    use_crash_disk(&beside);
    const bool full = GENERATE(true, false);
    beside.fault = {full ? DiskFault::Kind::full : DiskFault::Kind::read_only, 1, true};
    CHECK(pair.run({"add", "organization", "name=X"}) == cli::exit_disk);
    CHECK(pair.says(full ? "(OC-402)" : "(OC-403)"));
    CHECK(pair.says("Nothing was changed; the data are safe."));
    CHECK(pair.says(full ? "Free some space" : "may not be written"));
    CHECK(pair.run({"list", "product"}) == cli::exit_ok);
    CHECK(pair.says("Dừa sáp"));
    CHECK(pair.run({"status"}) == cli::exit_ok);
    CHECK(pair.run({"verify"}) == cli::exit_ok);
    beside.fault.kind = DiskFault::Kind::none;
    {
        Stage again{beside, pair.home.path(), 5};
        CHECK(fingerprint(again.at(below).db()) == before);
    }
    CHECK(pair.run({"add", "organization", "name=X"}) == cli::exit_ok);
}

// Would catch a passing disk error while opening that is taken for a restored backup: the node would begin a new life for nothing.
TEST_CASE("F05 one disk error while a node opens never begins a new life", "[crash]")
{
    const TempDir home;
    const Image& begun = ground("pair", home.path());
    std::uint64_t places = 1;
    for (std::uint64_t at = 1; at <= places; ++at) {
        CrashDisk disk{begun};
        Stage stage{disk, home.path(), 5};
        disk.fault = {DiskFault::Kind::io_error, at, false};
        try {
            (void)stage.at(below);
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): said, and tried again
        }
        if (disk.hit) places = at + 1;
        disk.fault.kind = DiskFault::Kind::none;
        INFO("operation " << at);
        CHECK(stage.at(below).state().self.incarnation == 1);
        stage.close_all();
        use_crash_disk(nullptr);
    }
    CHECK(places > 20);
}

// Would catch a process out of file descriptors that calls the node's files absent or damaged, or leaves something half done.
TEST_CASE("F15 out of file descriptors a node says so, and opens once there are some", "[crash]")
{
    const TempDir home;
    FakeClock clock;
    SeededRandom random{3};
    NewNode born;
    born.unit = "VN";
    REQUIRE(Replica::create(home.path() / "node", born, {&clock, &random}).ok());
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int free = ::dup(0);
    REQUIRE(free >= 0);
    ::close(free);
    for (rlim_t more = 0; more < 6; ++more) {
        rlimit few = before;
        few.rlim_cur = static_cast<rlim_t>(free) + more;
        REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
        std::exception_ptr failure;
        bool refused = false, opened = false;
        try {
            auto replica = Replica::open(home.path() / "node", {&clock, &random});
            opened = replica.ok();
            refused = !opened;
        } catch (const std::exception&) {
            failure = std::current_exception();
        }
        REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
        const Broken cause = cause_of(failure);  // only now: UBSan needs a descriptor to look at an object's type
        INFO("descriptors " << more);
        CHECK_FALSE(refused);
        CHECK((opened || cause == Broken::memory || cause == Broken::disk));
        CHECK((more > 0 || !opened));
    }
    CHECK(wanted(Replica::open(home.path() / "node", {&clock, &random}), "open")->state().self.incarnation == 1);
}
