#include "sync/daemon.h"

#include "node/release.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "sync/codec.h"
#include "sync/http_status.h"

namespace ocop::sync {

namespace {

std::int64_t steady_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::unique_lock<std::mutex> hold(std::mutex* guard)
{
    return guard ? std::unique_lock(*guard) : std::unique_lock<std::mutex>();
}

std::string exchange_url(std::string url)
{
    while (!url.empty() && url.back() == '/') url.pop_back();
    return url + std::string(exchange_path);
}

// The account of a call outlives the process: `status` of another one shows it.
void keep_account(Replica& replica, const LinkAccount& link, const Refusal* refusal)
{
    Transaction transaction(replica);
    State& state = replica.mutable_state();
    state.last_attempt = replica.environment().clock->now_ms();
    state.last_error = refusal ? std::string(error_name(refusal->code)) : std::string();
    if (!refusal) state.last_success = state.last_attempt;
    state.bytes_sent += link.sent;
    state.bytes_received += link.received;
    state.round_trips += link.round_trips;
    transaction.commit();
}

// Is there something the parent has not acknowledged and did not tell us itself?
bool has_news(Replica& replica)
{
    auto pending = replica.db().query("SELECT EXISTS (SELECT 1 FROM _pending)");
    if (pending.step() && pending.integer(0) != 0) return true;
    auto unsent = replica.db().query(
        "SELECT EXISTS (SELECT 1 FROM _log, _state WHERE _log.lsn > _state.acked AND _log.via <> 1)");
    return unsent.step() && unsent.integer(0) != 0;
}

// finish() sees the answer only; what it acknowledges is in the request.
std::uint64_t changes_in(std::string_view request)
{
    const auto message = decode_request(request);
    return message ? message->changes.size() : 0;
}

std::int64_t read_data_version(Replica& replica)
{
    auto version = replica.db().query("PRAGMA data_version");
    return version.step() ? version.integer(0) : -1;
}

}  // namespace

Result<Call> call_parent(Replica& replica, HttpClient& client, std::mutex* guard, const Limits& limits,
                         const ClientLimits& client_limits)
{
    auto lock = hold(guard);
    replica.reload_state();
    if (!replica.state().parent) return Refusal{Errc::not_joined, replica.state().unit};
    const std::uint64_t acked = replica.state().acked;
    const std::uint64_t cursor = replica.state().cursor;
    const std::string url = exchange_url(replica.state().parent_url);
    Result<Bytes> request = make_request(replica, limits);
    if (!request) return request.refusal();

    if (guard) lock.unlock();
    Result<Bytes> answer = client.post(url, *request, client_limits);
    const LinkAccount link = client.last();
    if (guard) lock.lock();

    if (!answer) {
        keep_account(replica, link, &answer.refusal());
        return answer.refusal();
    }
    Result<Outcome> outcome = finish(replica, *answer);
    keep_account(replica, link, outcome ? nullptr : &outcome.refusal());
    if (!outcome) return outcome.refusal();
    Call call{*outcome, link, false};
    if (replica.state().acked > acked) call.outcome.sent = changes_in(*request);
    call.moved = outcome->sent + outcome->received > 0 || outcome->narrowed || replica.state().acked != acked ||
                 replica.state().cursor != cursor;
    return call;
}

void set_interval(DaemonOptions& options, std::int64_t seconds)
{
    ScheduleLimits& limits = options.schedule;
    limits.interval_ms = seconds * 1000;
    limits.settle_ms = std::min(limits.settle_ms, limits.interval_ms);
    limits.first_spread_ms = std::min(limits.first_spread_ms, limits.interval_ms);
    limits.retry_first_ms = std::min(limits.retry_first_ms, limits.interval_ms);
    limits.retry_longest_ms = std::min(limits.retry_longest_ms, 2 * limits.interval_ms);
}

Result<std::unique_ptr<Daemon>> Daemon::open(Replica& replica, DaemonOptions options)
{
    remove_settled(replica);
    std::unique_ptr<Daemon> daemon(new Daemon(replica, std::move(options)));
    Daemon* self = daemon.get();
    auto server = Server::open(
        self->options_.listen, [self](std::string_view body) { return self->answer(body); }, self->options_.server,
        [self](const std::string& text) {
            const Broken cause = std::exchange(self->answer_broke_, Broken::other);
            self->tell({DaemonEvent::Kind::broken, {}, {}, text, cause, 0});
            self->consider(cause);
        });
    if (!server) return server.refusal();
    self->server_ = std::move(*server);
    return daemon;
}

Daemon::Daemon(Replica& replica, DaemonOptions options) : replica_(replica), options_(std::move(options)) {}

Daemon::~Daemon()
{
    stop();
    if (caller_.joinable()) caller_.join();
}

std::string Daemon::url() const
{
    std::string url = server_->url();
    if (const auto path = url.rfind(exchange_path); path != std::string::npos) url.resize(path);
    return url;
}

void Daemon::run()
{
    caller_ = std::thread([this] { call_loop(); });
    server_->run();
    stop();
    caller_.join();
}

void Daemon::stop()
{
    {
        const std::lock_guard lock(wake_mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    client_.stop();
    if (server_) server_->stop();
}

void Daemon::stop_on_signals()
{
    server_->stop_on_signals();
}

void Daemon::call_now()
{
    {
        const std::lock_guard lock(wake_mutex_);
        call_now_ = true;
    }
    wake_.notify_all();
}

Result<Bytes> Daemon::answer(std::string_view body)
{
    const std::lock_guard lock(replica_mutex_);
    const std::uint64_t before = replica_.state().lsn;
    try {
        Result<Bytes> answer = answer_request(replica_, body, options_.limits);
        if (replica_.state().lsn != before) child_spoke_ = true;
        return answer;
    } catch (const std::exception& error) {
        answer_broke_ = what_broke(error);
        throw;
    }
}

void Daemon::consider(Broken cause)
{
    if (cause != Broken::sync_failed) return;
    sync_failed_ = true;
    stop();
}

// Runs until stop(). A machine that breaks under it (disk full) is told, and tried again like a bad line.
void Daemon::call_loop()
{
    const RandomBits random = [this] {
        const std::lock_guard lock(replica_mutex_);
        return replica_.environment().random->number();
    };
    Schedule schedule = start_schedule(options_.schedule, steady_ms(), random);
    std::unique_lock lock(wake_mutex_);
    while (!stopping_) {
        if (std::exchange(call_now_, false)) sync::call_now(schedule, steady_ms());
        const std::int64_t wait = wait_ms(schedule, options_.schedule, steady_ms());
        if (wait > 0) {
            const auto nap = std::min<std::int64_t>(wait, options_.poll.count());
            wake_.wait_for(lock, std::chrono::milliseconds(nap), [this] { return stopping_ || call_now_; });
        }
        if (stopping_) break;
        lock.unlock();
        try {
            if (wait > 0)
                look_for_news(schedule);
            else
                call_once(schedule);
        } catch (const std::exception& error) {
            call_ended(schedule, CallOutcome::failed, options_.schedule, steady_ms(), random);
            tell({DaemonEvent::Kind::broken,
                  {},
                  {},
                  error.what(),
                  what_broke(error),
                  wait_ms(schedule, options_.schedule, steady_ms())});
            consider(what_broke(error));
        }
        lock.lock();
    }
}

void Daemon::call_once(Schedule& schedule)
{
    {
        const std::lock_guard lock(replica_mutex_);
        if (!replica_.state().parent) {  // the root has nobody to call
            schedule.due_ms = steady_ms() + options_.schedule.interval_ms;
            return;
        }
        data_version_ = read_data_version(replica_);
        child_spoke_ = false;
    }
    call_begins(schedule);
    Result<Call> call = call_parent(replica_, client_, &replica_mutex_, options_.limits, options_.client);
    CallOutcome outcome = CallOutcome::failed;
    if (call) outcome = !call->outcome.more ? CallOutcome::done : call->moved ? CallOutcome::more : CallOutcome::failed;
    const RandomBits random = [this] {
        const std::lock_guard lock(replica_mutex_);
        return replica_.environment().random->number();
    };
    call_ended(schedule, outcome, options_.schedule, steady_ms(), random);
    DaemonEvent event;
    event.next_call_ms = wait_ms(schedule, options_.schedule, steady_ms());
    if (call) {
        event.call = *call;
    } else {
        event.kind = DaemonEvent::Kind::refused;
        event.refusal = call.refusal();
    }
    tell(event);
}

void Daemon::look_for_news(Schedule& schedule)
{
    const std::lock_guard lock(replica_mutex_);
    const std::int64_t version = read_data_version(replica_);
    const bool spoke = child_spoke_.exchange(false);
    if (version == data_version_ && !spoke) return;
    data_version_ = version;
    if (has_news(replica_)) changed_locally(schedule, options_.schedule, steady_ms());
}

void Daemon::tell(const DaemonEvent& event)
{
    const std::lock_guard lock(event_mutex_);
    if (options_.on_event) options_.on_event(event);
}

}  // namespace ocop::sync
