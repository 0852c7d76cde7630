// ocop serve: the daemon in this process, and the real binary.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace {

constexpr int patience_s = 20;

/// Events of a daemon, to wait for.
class Events {
public:
    std::function<void(const sync::DaemonEvent&)> sink()
    {
        return [this](const sync::DaemonEvent& event) {
            const std::lock_guard lock(mutex_);
            seen_.push_back(event);
            changed_.notify_all();
        };
    }
    bool wait_for(const std::function<bool(const sync::DaemonEvent&)>& wanted)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(patience_s), [&] {
            for (const auto& event : seen_) {
                if (wanted(event)) return true;
            }
            return false;
        });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<sync::DaemonEvent> seen_;
};

/// The real binary with its stdout on a pipe.
class Process {
public:
    explicit Process(const std::vector<std::string>& args)
    {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], 1);
            ::dup2(::open("/dev/null", O_WRONLY), 2);
            std::vector<char*> argv{const_cast<char*>(OCOP_BINARY)};
            for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
            argv.push_back(nullptr);
            ::execv(OCOP_BINARY, argv.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        out_ = ends[0];
    }
    ~Process()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(out_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    std::string first_line()
    {
        std::string line;
        pollfd poll_for{out_, POLLIN, 0};
        char letter = 0;
        while (::poll(&poll_for, 1, patience_s * 1000) == 1 && ::read(out_, &letter, 1) == 1 && letter != '\n')
            line += letter;
        return line;
    }
    int stop(int signal)
    {
        ::kill(pid_, signal);
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = -1;
    int out_ = -1;
};

void write_row(const std::string& directory, const std::string& name)
{
    sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
    db.run("INSERT INTO organization (unit, name) VALUES ('84@2020-12-31', ?)", name);
}

bool has_row(const std::string& directory, const std::string& name)
{
    sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
    auto row = db.query("SELECT 1 FROM organization WHERE name = ?", name);
    return row.step();
}

}  // namespace

// Catches a daemon that cannot be found (port 0), does not stop when asked, or loses what it took.
TEST_CASE("the real daemon says where it listens, answers, and stops gracefully on both signals")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    for (const int signal : {SIGTERM, SIGINT}) {
        Process daemon({"-C", centre, "--lang", "en", "serve", "--listen", "127.0.0.1:0"});
        const std::string line = daemon.first_line();
        CAPTURE(line);
        REQUIRE(line.find("http://127.0.0.1:") != std::string::npos);
        CHECK(line.find("plain HTTP") != std::string::npos);
        const std::string url =
            line.substr(line.find("http://"), line.find(' ', line.find("http://")) - line.find("http://"));
        const std::string name = "84-" + std::to_string(signal);
        CHECK(shell.at(centre, {"invite", "--unit", "84", "--url", url, "--out", folder / (name + ".invite")}).code ==
              exit_ok);
        CHECK(shell.at(folder / name, {"join", folder / (name + ".invite"), "--json"}).json().at("synced").as_bool());
        CHECK(daemon.stop(signal) == exit_ok);
    }
    CHECK(shell.at(centre, {"verify"}).code == exit_ok);
}

// Catches a daemon that starts half, or listens where plain HTTP must not be heard.
TEST_CASE("serve refuses a port in use, an address that is none, and one beyond this machine")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    Serving serving(centre, shell.environment());
    const Ran taken = shell.at(centre, {"serve", "--listen", "127.0.0.1:" + std::to_string(serving.port())});
    CHECK(taken.code == exit_failed);
    CHECK(taken.says("OC-301"));
    CHECK(shell.at(centre, {"serve", "--listen", "nowhere"}).says("OC-113"));
    const Ran open = shell.at(centre, {"serve", "--listen", "0.0.0.0:0"});
    CHECK(open.code == exit_usage);
    CHECK(open.says("OC-303"));
}

// Catches changes of other programs that wait for the next scheduled call (here: an hour away).
TEST_CASE("a row that another program writes reaches the parent without waiting for the schedule")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    Serving parent(centre, shell.environment());
    shell.at(centre, {"invite", "--unit", "84", "--url", parent.url(), "--out", folder / "84.invite"});
    REQUIRE(shell.at(folder / "84", {"join", folder / "84.invite"}).code == exit_ok);
    Events events;
    Serving child(folder / "84", shell.environment(), 3600, events.sink());
    REQUIRE(events.wait_for([](const auto& event) { return event.kind == sync::DaemonEvent::Kind::called; }));
    write_row(folder / "84", "Cơ sở Bánh tét");
    REQUIRE(events.wait_for([](const auto& event) { return event.call.outcome.sent == 1; }));
    CHECK(has_row(centre, "Cơ sở Bánh tét"));
}

// Catches a node that stops serving its children because its own parent is down, and one that never calls again.
TEST_CASE("a daemon whose parent is down serves on, and calls again when asked (F47)")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    auto parent = std::make_unique<Serving>(centre, shell.environment());
    const std::uint16_t port = parent->port();
    shell.at(centre, {"invite", "--unit", "84", "--url", parent->url(), "--out", folder / "84.invite"});
    REQUIRE(shell.at(folder / "84", {"join", folder / "84.invite"}).code == exit_ok);
    parent.reset();

    Events events;
    Serving middle(folder / "84", shell.environment(), 3600, events.sink());
    REQUIRE(events.wait_for([](const auto& event) {
        return event.refusal && event.refusal->code == Errc::parent_unreachable && event.next_call_ms > 0;
    }));
    CHECK(shell.at(folder / "84", {"invite", "--unit", "845", "--url", middle.url(), "--out", folder / "845.invite"})
              .code == exit_ok);
    const Ran joined = shell.at(folder / "845", {"join", folder / "845.invite", "--json"});
    CHECK(joined.json().at("synced").as_bool());
    write_row(folder / "84", "Hợp tác xã Cam sành");
    Serving back(centre, shell.environment(), 3600, {}, port);
    middle.daemon().call_now();
    REQUIRE(events.wait_for([](const auto& event) { return event.call.outcome.sent >= 1; }));
    CHECK(has_row(centre, "Hợp tác xã Cam sành"));
}

// Catches a relay that keeps what a child brought until its own next scheduled call.
TEST_CASE("what a child brings goes on upward at once")
{
    Shell shell;
    TempFolder folder;
    const std::string centre = make_centre(shell, folder);
    Serving parent(centre, shell.environment());
    shell.at(centre, {"invite", "--unit", "84", "--url", parent.url(), "--out", folder / "84.invite"});
    REQUIRE(shell.at(folder / "84", {"join", folder / "84.invite"}).code == exit_ok);
    Events events;
    Serving middle(folder / "84", shell.environment(), 3600, events.sink());
    shell.at(folder / "84", {"invite", "--unit", "845", "--url", middle.url(), "--out", folder / "845.invite"});
    REQUIRE(shell.at(folder / "845", {"join", folder / "845.invite"}).code == exit_ok);
    {
        sqlite::Connection db((folder / "845") + "/replica.db", sqlite::OpenMode::existing);
        db.script("INSERT INTO organization (unit, name) VALUES ('845@2020-12-31', 'Từ huyện')");
    }
    REQUIRE(shell.at(folder / "845", {"sync"}).code == exit_ok);
    REQUIRE(events.wait_for([](const auto& event) { return event.call.outcome.sent == 1; }));
    CHECK(has_row(centre, "Từ huyện"));
}
