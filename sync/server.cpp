#include "sync/server.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <csignal>
#include <deque>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sync/http_status.h"

namespace ocop::sync {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// The seam for TLS and identity. Today a connection is bare TCP, and plain_http_allowed() keeps it on loopback. With
// TLS this becomes boost::beast::ssl_stream<tcp_stream>; Connection::secure() does the handshake and pins the peer's
// key; the peer's identity becomes an argument of Handler. Nothing else in this file depends on it.
using Transport = beast::tcp_stream;

constexpr std::size_t smallest_share = 4096;       // of the body budget, so that empty requests count too
constexpr std::size_t lingering_bytes = 1u << 20;  // read and thrown away after a refusal
constexpr std::chrono::seconds accept_pause{1};    // when the machine is out of file descriptors

/// What goes out: a status line and as few headers as a correct answer needs.
struct Reply {
    int status = 200;
    std::string_view content_type = {};
    std::string_view error = {};  // error_name, or empty
    Bytes body = {};
};

Reply refused(const Refusal& refusal)
{
    if (!crosses_the_wire(refusal.code)) return Reply{500};
    return Reply{http_status(refusal.code), "text/plain", error_name(refusal.code), wire_detail(refusal.detail)};
}

/// To a request that is not one of the protocol's: a line for whoever looks with curl.
Reply not_ours(int status, std::string line)
{
    return Reply{status, "text/plain", error_name(Errc::malformed), std::move(line)};
}

std::string head_of(const Reply& reply, bool keep_alive)
{
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
    const auto add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    head.append(reason_phrase(reply.status)).append("\r\n");
    if (!reply.content_type.empty()) add("Content-Type", reply.content_type);
    if (!reply.error.empty()) add(error_header, reply.error);
    if (reply.status == 405) add("Allow", "POST");
    if (reply.status == 426) add("Upgrade", "ocop");
    add("Content-Length", std::to_string(reply.body.size()));
    if (!keep_alive) add("Connection", "close");
    return head += "\r\n";
}

/// What to tell a peer whose bytes the parser refused; nothing when nobody would read it.
std::optional<Reply> reply_to(const error_code& error, bool in_header)
{
    if (error == http::error::body_limit) return refused({Errc::too_large, "body"});
    const bool head_too_long = error == http::error::header_limit || error == http::error::buffer_overflow;
    if (in_header && head_too_long) return Reply{431, "text/plain", error_name(Errc::too_large), "header"};
    if (error == http::error::end_of_stream) return std::nullopt;
    if (error == http::error::partial_message) return refused({Errc::malformed, "truncated"});
    const bool parser = error.category() == http::make_error_code(http::error::bad_method).category();
    if (parser) return refused({Errc::malformed, error.message()});
    return std::nullopt;  // reset, timeout, stopped
}

}  // namespace

struct Server::Core {
    Core(Handler h, const ServerLimits& l, ErrorSink e) : handler(std::move(h)), limits(l), on_error(std::move(e)) {}
    ~Core();

    void accept();
    void accepted(const error_code& error, tcp::socket socket);
    void closed(Connection* connection);
    void make_room();
    bool full() const { return connections.size() >= limits.connections; }

    void enter(const std::shared_ptr<Connection>& connection, std::size_t bytes);
    void release(std::size_t bytes);
    bool fits(std::size_t bytes) const { return under_way == 0 || under_way + bytes <= limits.bodies_bytes; }
    void stop();

    Handler handler;
    ServerLimits limits;
    ErrorSink on_error;
    std::unordered_set<Connection*> connections;
    std::deque<std::pair<std::shared_ptr<Connection>, std::size_t>> waiting;  // for their share of the body budget
    std::size_t under_way = 0;
    bool accepting = false;
    bool stopping = false;
    bool destroying = false;
    // from here on the order matters: whatever still waits in io may touch what is above when it is destroyed
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    asio::steady_timer timer{io};
    asio::signal_set signals{io};
};

class Server::Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Core& core, tcp::socket socket)
        : core_(core), stream_(std::move(socket)), buffer_(std::max<std::size_t>(2 * core.limits.header_bytes, 16384))
    {
    }
    ~Connection()
    {
        core_.release(share_);
        core_.closed(this);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void secure() { read_head(); }  // TLS: the handshake, then read_head()
    void read_body();
    void set_share(std::size_t bytes) { share_ = bytes; }
    void stop();
    bool is_idle() const { return idle_; }

private:
    void next();
    void read_head();
    void head_read(const error_code& error);
    bool turned_away();
    void continue_body();
    void body_read(const error_code& error);
    void answer();
    void reject(const error_code& error, bool in_header);
    void write(Reply reply, bool keep_alive);
    void written(const error_code& error);
    void linger();

    /// A completion handler that keeps this connection alive.
    template <class Method>
    auto then(Method method)
    {
        return
            [self = shared_from_this(), method](const error_code& error, std::size_t) { (self.get()->*method)(error); };
    }

    Core& core_;
    Transport stream_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::string head_;
    Reply reply_;
    std::size_t share_ = 0;   // of the body budget
    std::size_t thrown_ = 0;  // bytes read and thrown away while lingering
    bool keep_alive_ = false;
    bool writing_ = false;
    bool idle_ = false;
};

void Server::Connection::next()
{
    if (core_.stopping) return;
    if (buffer_.size() > 0) return read_head();  // pipelined
    buffer_.shrink_to_fit();
    idle_ = true;
    stream_.expires_after(core_.limits.idle);
    stream_.async_read_some(buffer_.prepare(512),
                            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                                self->idle_ = false;
                                if (error) return;
                                self->buffer_.commit(bytes);
                                self->read_head();
                            });
}

void Server::Connection::read_head()
{
    parser_.emplace();
    parser_->header_limit(core_.limits.header_bytes);
    parser_->body_limit(core_.limits.body_bytes);
    stream_.expires_after(core_.limits.header);
    http::async_read_header(stream_, buffer_, *parser_, then(&Connection::head_read));
}

void Server::Connection::head_read(const error_code& error)
{
    if (error) return reject(error, true);
    if (turned_away()) return;
    const auto length = parser_->content_length();
    const std::size_t announced = length ? static_cast<std::size_t>(*length) : core_.limits.body_bytes;
    core_.enter(shared_from_this(), std::max(parser_->is_done() ? 0 : announced, smallest_share));
}

/// Requests that are settled by their head alone. One that also has a body is not worth reading: answer and close.
bool Server::Connection::turned_away()
{
    const auto& request = parser_->get();
    const bool keep_alive = parser_->is_done() && parser_->keep_alive();
    const auto is_type = [&](std::string_view type) {
        return beast::iequals(request[http::field::content_type], beast::string_view(type.data(), type.size()));
    };
    const std::string_view target(request.target().data(), request.target().size());
    if (target == "/healthz" && request.method() == http::verb::get) {
        write(Reply{200, "text/plain", {}, "ok"}, keep_alive);
    } else if (target != exchange_path && target != "/healthz") {
        write(not_ours(404, "there is nothing at this path: POST " + std::string(exchange_path)), keep_alive);
    } else if (target != exchange_path || request.method() != http::verb::post) {
        write(not_ours(405, "only POST to " + std::string(exchange_path)), keep_alive);
    } else if (!is_type(exchange_content_type)) {
        write(not_ours(415, "only " + std::string(exchange_content_type)), keep_alive);
    } else {
        return false;
    }
    return true;
}

void Server::Connection::read_body()
{
    if (parser_->is_done()) return answer();
    stream_.expires_after(core_.limits.body);
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return continue_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(go_on), [self = shared_from_this()](const error_code& error, std::size_t) {
        if (!error) self->continue_body();
    });
}

void Server::Connection::continue_body()
{
    http::async_read(stream_, buffer_, *parser_, then(&Connection::body_read));
}

void Server::Connection::body_read(const error_code& error)
{
    if (error) return reject(error, false);
    answer();
}

void Server::Connection::answer()
{
    const bool keep_alive = parser_->keep_alive();
    Reply reply{500};
    try {
        Result<Bytes> result = core_.handler(parser_->get().body());
        reply = result ? Reply{200, exchange_content_type, {}, std::move(*result)} : refused(result.refusal());
        if (!result && !crosses_the_wire(result.refusal().code) && core_.on_error) {
            core_.on_error(std::string(error_name(result.refusal().code)) + ": " + result.refusal().detail);
        }
    } catch (const std::exception& broken) {
        if (core_.on_error) core_.on_error(broken.what());
    }
    write(std::move(reply), keep_alive);
}

void Server::Connection::reject(const error_code& error, bool in_header)
{
    if (auto reply = reply_to(error, in_header)) write(std::move(*reply), false);
}

void Server::Connection::write(Reply reply, bool keep_alive)
{
    parser_.reset();  // the body is not needed any more; the answer takes its place in the budget
    core_.release(std::exchange(share_, 0));
    share_ = reply.body.size();
    core_.under_way += share_;

    keep_alive_ = keep_alive && !core_.full() && !core_.stopping;  // when full, slots must turn over
    writing_ = true;
    reply_ = std::move(reply);
    head_ = head_of(reply_, keep_alive_);
    stream_.expires_after(core_.limits.write);
    const std::array<asio::const_buffer, 2> bytes{asio::buffer(head_), asio::buffer(reply_.body)};
    asio::async_write(stream_, bytes, then(&Connection::written));
}

void Server::Connection::written(const error_code& error)
{
    writing_ = false;
    reply_ = {};
    core_.release(std::exchange(share_, 0));
    if (error || (keep_alive_ && core_.full())) return;
    if (keep_alive_) return next();
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    stream_.expires_after(core_.limits.linger);
    linger();
}

/// Closing with unread bytes would reset the connection and could take the answer away from a peer that still sends.
void Server::Connection::linger()
{
    if (core_.stopping || thrown_ > lingering_bytes) return;
    stream_.async_read_some(buffer_.prepare(16384),
                            [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                                self->thrown_ += bytes;
                                if (!error) self->linger();
                            });
}

void Server::Connection::stop()
{
    if (writing_) return;  // written() sees that the server is stopping
    stream_.close();
}

Server::Core::~Core()
{
    stopping = destroying = true;
    waiting.clear();
}

void Server::Core::accept()
{
    if (accepting || stopping || full()) return;
    accepting = true;
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) { accepted(error, std::move(socket)); });
}

void Server::Core::accepted(const error_code& error, tcp::socket socket)
{
    accepting = false;
    if (stopping) return;
    if (error && error != asio::error::connection_aborted) {
        if (on_error) on_error("accept: " + error.message());
        timer.expires_after(accept_pause);
        timer.async_wait([this](const error_code& cancelled) {
            if (!cancelled) accept();
        });
        return;
    }
    if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        const auto connection = std::make_shared<Connection>(*this, std::move(socket));
        connections.insert(connection.get());
        connection->secure();
        if (full()) make_room();
    }
    accept();
}

/// Who keeps a connection open for later must not keep out who has something to say now.
void Server::Core::make_room()
{
    for (Connection* connection : connections) {
        if (connection->is_idle()) connection->stop();
    }
}

void Server::Core::closed(Connection* connection)
{
    connections.erase(connection);
    if (destroying) return;
    if (stopping && connections.empty()) timer.cancel();
    accept();
}

/// Reads the body now, or when those before have gone.
void Server::Core::enter(const std::shared_ptr<Connection>& connection, std::size_t bytes)
{
    if (!waiting.empty() || !fits(bytes)) {
        waiting.emplace_back(connection, bytes);
        return;
    }
    under_way += bytes;
    connection->set_share(bytes);
    connection->read_body();
}

void Server::Core::release(std::size_t bytes)
{
    under_way -= bytes;
    while (!stopping && !waiting.empty() && fits(waiting.front().second)) {
        auto [connection, wanted] = std::move(waiting.front());
        waiting.pop_front();
        under_way += wanted;
        connection->set_share(wanted);
        // not from here: reading may answer, write and release again
        asio::post(io, [connection = std::move(connection)] { connection->read_body(); });
    }
}

void Server::Core::stop()
{
    if (std::exchange(stopping, true)) return;
    error_code ignored;
    acceptor.close(ignored);
    signals.cancel(ignored);
    waiting.clear();
    const std::vector<Connection*> all(connections.begin(), connections.end());
    for (Connection* connection : all) connection->stop();
    timer.cancel();
    if (connections.empty()) return;
    timer.expires_after(limits.linger);
    timer.async_wait([this](const error_code& cancelled) {
        if (!cancelled) io.stop();
    });
}

Result<std::unique_ptr<Server>> Server::open(const ListenAddress& address, Handler handler, const ServerLimits& limits,
                                             ErrorSink on_error)
{
    if (const Status allowed = plain_http_allowed(address.host); !allowed) return allowed.refusal();
    auto core = std::make_unique<Core>(std::move(handler), limits, std::move(on_error));
    error_code error;
    const auto host = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    if (error) return Refusal{Errc::bad_value, address.host};
    const tcp::endpoint endpoint(host, address.port);
    core->acceptor.open(endpoint.protocol(), error);
    if (!error) core->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) core->acceptor.bind(endpoint, error);
    if (!error) core->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error == asio::error::address_in_use) return Refusal{Errc::port_in_use, to_string(address)};
    if (error) return Refusal{Errc::bad_value, to_string(address) + ": " + error.message()};
    core->accept();
    return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() = default;

std::uint16_t Server::port() const
{
    error_code ignored;
    return core_->acceptor.local_endpoint(ignored).port();
}

std::string Server::url() const
{
    error_code ignored;
    const auto endpoint = core_->acceptor.local_endpoint(ignored);
    return "http://" + to_string({endpoint.address().to_string(), endpoint.port()}) + std::string(exchange_path);
}

void Server::run()
{
    core_->io.run();
}

void Server::stop()
{
    asio::post(core_->io, [core = core_.get()] { core->stop(); });
}

void Server::stop_on_signals()
{
    core_->signals.add(SIGINT);
    core_->signals.add(SIGTERM);
    core_->signals.async_wait([core = core_.get()](const error_code& cancelled, int) {
        if (!cancelled) core->stop();
    });
}

}  // namespace ocop::sync
