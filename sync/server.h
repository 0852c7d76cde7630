// The parent's ear: HTTP/1.1 around one function, bytes in, bytes out. It knows nothing about replicas.
//
//   POST /v1/exchange   application/octet-stream both ways; the handler answers
//   GET  /healthz       200 "ok"
//
// One thread, the one that calls run(); the handler runs on it, one request at a time. A refusal of the handler goes
// out as sync/http_status.h says. An exception becomes a bare 500 and goes to `on_error`: what broke here is not for
// the caller to read.
//
// What comes in is hostile and slow. Each phase of a connection (waiting, header, body, writing) has its own deadline,
// so a peer that trickles bytes holds a slot for a bounded time (F45). Header and body are bounded before they are
// read. Bodies under way share one budget: who does not fit waits, unread, for those before it, and connections above
// their limit wait in the listen queue, so memory is flat however many children return at once (F44).
//
// A browser on this PC cannot be tricked into posting here: the content type forces a CORS preflight, which gets 405.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "node/value.h"
#include "schema/base/result.h"
#include "sync/listen_address.h"

namespace ocop::sync {

struct ServerLimits {
    std::size_t body_bytes = (1u << 20) + 4096;
    std::uint32_t header_bytes = 8u << 10;
    std::size_t connections = 1024;
    std::size_t bodies_bytes = 32u << 20;  // of all bodies under way together; at least one is always let in
    std::chrono::milliseconds header{10'000};
    std::chrono::milliseconds body{60'000};
    std::chrono::milliseconds write{60'000};
    std::chrono::milliseconds idle{30'000};   // between two requests of one connection
    std::chrono::milliseconds linger{2'000};  // for a refused sender to read why, and for answers at stop
};

using Handler = std::function<Result<Bytes>(std::string_view body)>;
using ErrorSink = std::function<void(const std::string&)>;

class Server {
public:
    /// Binds and listens; children may connect from here on. Refusals: insecure_address, port_in_use,
    /// bad_value (not an address of this machine).
    static Result<std::unique_ptr<Server>> open(const ListenAddress& address, Handler handler,
                                                const ServerLimits& limits = {}, ErrorSink on_error = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    std::string url() const;  // of the exchange, as a client on this machine writes it

    /// Serves until stop(). The answers already being written at that moment are finished, within `linger`.
    void run();

    /// From any thread, the handler included, before or during run(). Not from a raw signal handler: see below.
    void stop();

    /// SIGINT and SIGTERM become stop().
    void stop_on_signals();

private:
    struct Core;
    class Connection;
    explicit Server(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace ocop::sync
