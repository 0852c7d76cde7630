// A node at work: it answers its children and calls its parent, until told to stop.
//
// Two threads share one replica under one mutex: the server's (the one that calls run()), which answers children, and the
// caller's, which holds the mutex only while it makes a request and takes in the answer, never while it waits for the line.
// So a node serves its children while its own line is slow, and a parent that is down disturbs nobody.
//
// The caller is woken by the schedule (sync/schedule.h) and looks every `poll` whether there is something new to say:
// written by another program, or brought by a child. A write of any program thus leaves within seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "node/broken.h"
#include "node/replica.h"
#include "schema/base/result.h"
#include "sync/client.h"
#include "sync/exchange.h"
#include "sync/schedule.h"
#include "sync/server.h"

namespace ocop::sync {

/// What one call of the parent did.
struct Call {
    Outcome outcome;
    LinkAccount link;
    bool moved = false;  // something was sent, received, acknowledged or read
};

/// One exchange with the parent: request, POST, answer; the account of it is kept in the state, also when it fails.
/// `guard`, if given, is held while the replica is touched and not while waiting for the line.
/// Refusals: not_joined, and those of HttpClient::post and of finish.
Result<Call> call_parent(Replica& replica, HttpClient& client, std::mutex* guard = nullptr, const Limits& limits = {},
                         const ClientLimits& client_limits = {});

/// For whoever shows or logs what goes on. Called from both threads, never at once.
struct DaemonEvent {
    enum class Kind {
        called,   // the parent was called: `call`
        refused,  // the call failed: `refusal`
        broken,   // something broke here: `cause`, `text`
    };
    Kind kind = Kind::called;
    Call call;
    std::optional<Refusal> refusal;
    std::string text;
    Broken cause = Broken::other;
    std::int64_t next_call_ms = 0;  // from now
};

struct DaemonOptions {
    ListenAddress listen;
    ScheduleLimits schedule;
    std::chrono::milliseconds poll{1'000};
    Limits limits;
    ServerLimits server;
    ClientLimits client;
    std::function<void(const DaemonEvent&)> on_event;
};

/// The schedule and poll of a daemon that calls every `seconds`: retries are never rarer than twice that.
void set_interval(DaemonOptions& options, std::int64_t seconds);

class Daemon {
public:
    /// Binds; children may connect from here on. The replica must outlive the daemon, and nobody else may touch it while
    /// run() runs. Refusals: those of Server::open.
    static Result<std::unique_ptr<Daemon>> open(Replica& replica, DaemonOptions options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// "http://127.0.0.1:8080": what goes into an invite.
    std::string url() const;
    std::uint16_t port() const { return server_->port(); }

    /// Serves and calls until stop(), or until a sync of the disk failed: then only a new process may go on. A full disk ends nothing:
    /// what cannot be saved is refused and tried again.
    void run();
    bool must_restart() const { return sync_failed_; }
    /// From any thread.
    void stop();
    /// SIGINT and SIGTERM become stop().
    void stop_on_signals();
    /// Calls the parent now (a person asked, a line came back). From any thread.
    void call_now();

private:
    Daemon(Replica& replica, DaemonOptions options);
    Result<Bytes> answer(std::string_view body);
    void call_loop();
    void call_once(Schedule& schedule);
    void look_for_news(Schedule& schedule);
    void tell(const DaemonEvent& event);
    void consider(Broken cause);

    Replica& replica_;
    DaemonOptions options_;
    HttpClient client_;
    std::unique_ptr<Server> server_;
    std::thread caller_;

    std::mutex replica_mutex_;  // held while the replica is touched
    std::mutex event_mutex_;
    std::mutex wake_mutex_;  // for the two below
    std::condition_variable wake_;
    bool stopping_ = false;
    bool call_now_ = false;
    std::atomic<bool> child_spoke_{false};
    std::atomic<bool> sync_failed_{false};
    Broken answer_broke_ = Broken::other;  // the server's thread only: why the last answer threw
    std::int64_t data_version_ = -1;
};

}  // namespace ocop::sync
