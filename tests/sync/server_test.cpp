#include "sync/server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tests/sync/loopback.h"

using namespace ocop;
using namespace ocop::sync;
using namespace ocop::sync::testing;
using std::chrono::milliseconds;

namespace {

Result<Bytes> echo(std::string_view body)
{
    return Bytes("<" + std::string(body) + ">");
}

std::string head(std::string_view length_header, std::string_view more = "")
{
    std::string text = "POST /v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n";
    return text.append(length_header).append("\r\n").append(more).append("\r\n");
}

std::string request(std::string_view body)
{
    return head("Content-Length: " + std::to_string(body.size())).append(body);
}

/// Status line of the answer to these bytes on a fresh connection.
std::string status_for(const RunningServer& server, std::string_view bytes)
{
    RawSocket socket = server.connect();
    socket.send(bytes);
    const std::string message = socket.receive_message();
    return message.substr(0, message.find("\r\n"));
}

bool still_serves(const RunningServer& server)
{
    return status_for(server, request("x")) == "HTTP/1.1 200 OK";
}

}  // namespace

// Would catch headers nobody needs: on a 2G line each is paid for at every call.
TEST_CASE("an answer has no byte too many", "[server]")
{
    const RunningServer server(echo);
    RawSocket socket = server.connect();
    REQUIRE(socket.send(request("abc")));
    CHECK(socket.receive_message() ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\n<abc>");
    REQUIRE(socket.send("GET /healthz HTTP/1.1\r\n\r\n"));
    CHECK(socket.receive_message() == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok");
}

// Would catch an empty body that is refused, or that hangs, before the exchange can judge it.
TEST_CASE("an empty body reaches the handler", "[server]")
{
    const RunningServer server(echo);
    CHECK(status_for(server, request("")) == "HTTP/1.1 200 OK");
    CHECK(status_for(server, head("X: no-length-at-all")) == "HTTP/1.1 200 OK");
}

// Would catch zero bytes or bytes above 127 that do not survive, and bodies that come in pieces.
TEST_CASE("a body is carried byte for byte", "[server]")
{
    const RunningServer server(echo);
    std::string all;
    for (int i = 0; i < 512; ++i) all += static_cast<char>(i);
    RawSocket socket = server.connect();
    const std::string bytes = request(all);
    for (std::size_t i = 0; i < bytes.size(); i += 7) REQUIRE(socket.send(bytes.substr(i, 7)));
    const std::string answer = socket.receive_message();
    CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == "<" + all + ">");
    REQUIRE(socket.send(head("Transfer-Encoding: chunked") + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    const std::string chunked = socket.receive_message();
    CHECK(chunked.substr(chunked.find("\r\n\r\n") + 4) == "<abcde>");
}

// Would catch requests of one connection answered out of order, mixed up or dropped.
TEST_CASE("F42: duplicated and pipelined requests are answered one by one, in order", "[server]")
{
    const RunningServer server(echo);
    RawSocket socket = server.connect();
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += request(std::to_string(i)) + request(std::to_string(i));
    REQUIRE(socket.send(bytes));
    for (int i = 0; i < 200; ++i) {
        const std::string answer = socket.receive_message();
        REQUIRE(answer.substr(answer.find("\r\n\r\n") + 4) == "<" + std::to_string(i / 2) + ">");
    }
}

// Would catch requests for something else that reach the handler.
TEST_CASE("wrong path, method and content type are turned away", "[server]")
{
    std::atomic<int> calls{0};
    const RunningServer server([&](std::string_view) -> Result<Bytes> {
        ++calls;
        return Bytes{};
    });
    CHECK(status_for(server, "POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n") == "HTTP/1.1 404 Not Found");
    CHECK(status_for(server, "GET /v1/exchange HTTP/1.1\r\n\r\n") == "HTTP/1.1 405 Method Not Allowed");
    CHECK(status_for(server, "POST /healthz HTTP/1.1\r\nContent-Length: 0\r\n\r\n") ==
          "HTTP/1.1 405 Method Not Allowed");
    CHECK(status_for(server, "OPTIONS /v1/exchange HTTP/1.1\r\n\r\n") == "HTTP/1.1 405 Method Not Allowed");
    CHECK(status_for(server, "POST /v1/exchange HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx") ==
          "HTTP/1.1 415 Unsupported Media Type");
    CHECK(calls == 0);

    RawSocket socket = server.connect();
    socket.send("POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    const std::string answer = socket.receive_message();
    CHECK(answer.find("Ocop-Error: malformed\r\n") != std::string::npos);
    CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == "there is nothing at this path: POST /v1/exchange");
}

// Would catch bytes that are no HTTP, from a port scanner or a TLS client, that stop or wedge the server.
TEST_CASE("malformed HTTP is answered 400 and the server lives on", "[server]")
{
    const RunningServer server(echo);
    const std::string tls_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15);
    for (const std::string& bytes :
         {std::string("nonsense\r\n\r\n"), tls_hello, std::string("POST\r\n\r\n"), head("Content-Length: -1"),
          head("Content-Length: 1\r\nContent-Length: 2"), head("Transfer-Encoding: chunked") + "zz\r\n",
          std::string("POST /v1/exchange HTTP/9.9\r\n\r\n"), head("No colon")}) {
        INFO(bytes);
        CHECK(status_for(server, bytes) == "HTTP/1.1 400 Bad Request");
    }
    CHECK(still_serves(server));
}

// Would catch a server that reads, or makes room for, what a header merely announces.
TEST_CASE("a body announced as 1 GiB is refused by its header", "[server]")
{
    const RunningServer server(echo);
    CHECK(status_for(server, head("Content-Length: 1073741824")) == "HTTP/1.1 413 Payload Too Large");
    CHECK(status_for(server, head("Content-Length: 1073741824", "Expect: 100-continue\r\n")) ==
          "HTTP/1.1 413 Payload Too Large");
    CHECK(still_serves(server));
}

// Would catch a server that swallows an endless upload before, or after, it has refused it.
TEST_CASE("a body streamed without end is cut early", "[server]")
{
    const RunningServer server(echo);
    const std::string piece = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    for (const bool chunked : {true, false}) {
        RawSocket socket = server.connect();
        REQUIRE(socket.send(head(chunked ? "Transfer-Encoding: chunked" : "Content-Length: 1073741824")));
        std::size_t sent = 0;
        while (sent < (1u << 30) && socket.send(piece)) sent += piece.size();
        CHECK(sent < (32u << 20));
    }
    CHECK(still_serves(server));
}

// Would catch an answer to an oversized body that a well-behaved sender cannot read because of a reset.
TEST_CASE("who sends a little too much can still read why", "[server]")
{
    ServerLimits limits;
    limits.body_bytes = 1000;
    const RunningServer server(echo, limits);
    RawSocket socket = server.connect();
    REQUIRE(socket.send(head("Transfer-Encoding: chunked") + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n"));
    CHECK(socket.receive_all() ==
          "HTTP/1.1 413 Payload Too Large\r\nContent-Type: text/plain\r\nOcop-Error: too_large\r\n"
          "Content-Length: 4\r\nConnection: close\r\n\r\nbody");
}

// Would catch a header without end that grows a buffer without end.
TEST_CASE("a header over the limit is answered 431", "[server]")
{
    const RunningServer server(echo);
    CHECK(status_for(server, head("X: " + std::string(9000, 'x'))) == "HTTP/1.1 431 Request Header Fields Too Large");
    std::string many;
    for (int i = 0; i < 3000; ++i) many += "X: y\r\n";
    CHECK(status_for(server, head(many)) == "HTTP/1.1 431 Request Header Fields Too Large");
    CHECK(status_for(server, std::string(100'000, 'A')).substr(0, 10) == "HTTP/1.1 4");
    CHECK(still_serves(server));
}

// Would catch a client with Expect that waits a second for nothing, and one that gets no final answer.
TEST_CASE("Expect: 100-continue is answered before the body", "[server]")
{
    const RunningServer server(echo);
    RawSocket socket = server.connect();
    REQUIRE(socket.send(head("Content-Length: 3", "Expect: 100-continue\r\n")));
    CHECK(socket.receive_message() == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(socket.send("abc"));
    CHECK(socket.receive_message().find("<abc>") != std::string::npos);
}

// Would catch a half-sent request that reaches the handler as if it were whole.
TEST_CASE("F41: a truncated body never reaches the handler", "[server]")
{
    std::atomic<int> calls{0};
    const RunningServer server([&](std::string_view body) {
        if (body != "x") ++calls;
        return echo(body);
    });
    for (const bool finish : {true, false}) {
        RawSocket socket = server.connect();
        REQUIRE(socket.send(head("Content-Length: 10") + "half"));
        if (!finish) {
            socket.close();
            continue;
        }
        socket.finish_sending();
        CHECK(socket.receive_all().substr(0, 24) == "HTTP/1.1 400 Bad Request");
    }
    CHECK(still_serves(server));
    CHECK(calls == 0);
}

// Would catch a refusal that loses its cause, leaks an overlong detail, or costs the connection.
TEST_CASE("a refusal of the handler crosses as status, name and detail", "[server]")
{
    const RunningServer server([](std::string_view body) -> Result<Bytes> {
        return Refusal{body == "stranger" ? Errc::not_enrolled : Errc::behind_mark, std::string(body)};
    });
    RawSocket socket = server.connect();
    REQUIRE(socket.send(request("stranger")));
    CHECK(socket.receive_message() ==
          "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nOcop-Error: not_enrolled\r\n"
          "Content-Length: 8\r\n\r\nstranger");
    REQUIRE(socket.send(request(std::string(1000, 'a'))));
    const std::string answer = socket.receive_message();
    CHECK(answer.find("Ocop-Error: behind_mark\r\nContent-Length: 200\r\n\r\n") != std::string::npos);
}

// Would catch our own trouble being told to strangers, or silently lost.
TEST_CASE("an exception or a private cause is a bare 500, and is reported here", "[server]")
{
    std::mutex mutex;
    std::string reported;
    const RunningServer server(
        [](std::string_view body) -> Result<Bytes> {
            if (body == "throw") throw std::runtime_error("disk I/O error");
            return Refusal{Errc::corrupt_database, "/secret/replica.db"};
        },
        {},
        [&](const std::string& text) {
            const std::lock_guard lock(mutex);
            reported += text + ";";
        });
    for (const char* body : {"throw", "refuse"}) {
        RawSocket socket = server.connect();
        REQUIRE(socket.send(request(body)));
        CHECK(socket.receive_message() == "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    }
    const std::lock_guard lock(mutex);
    CHECK(reported == "disk I/O error;corrupt_database: /secret/replica.db;");
}

// Would catch a peer that holds a connection for ever by sending nothing, or a byte now and then.
TEST_CASE("F45: slow-loris is closed by the deadline of each phase", "[server]")
{
    ServerLimits limits;
    limits.header = limits.body = limits.idle = milliseconds(100);
    const RunningServer server(echo, limits);
    for (const std::string& start : {std::string(), std::string("POST /v1"), head("Content-Length: 100") + "a"}) {
        RawSocket silent = server.connect();
        silent.send(start);
        CHECK(silent.closed_by_peer());
        RawSocket trickling = server.connect();
        trickling.send(start);
        int bytes = 0;
        while (!trickling.ready(POLLIN, 5) && bytes < 2000 && trickling.send("a")) ++bytes;
        CHECK(bytes < 2000);
    }
    RawSocket idle = server.connect();
    idle.send(request("a"));
    idle.receive_message();
    CHECK(idle.closed_by_peer());
}

// Would catch a peer that never reads its answer and so holds the connection and the answer's memory.
TEST_CASE("F45: a peer that does not read is closed by the deadline of writing", "[server]")
{
    ServerLimits limits;
    limits.write = milliseconds(100);
    limits.connections = 1;
    const RunningServer server(
        [](std::string_view body) -> Result<Bytes> { return body == "x" ? Bytes("small") : Bytes(64u << 20, 'y'); },
        limits);
    RawSocket deaf = server.connect();
    REQUIRE(deaf.send(request("large")));
    CHECK(still_serves(server));  // the only slot is free again
}

// Would catch children dropped, instead of queued, when more come than the limits hold at once.
TEST_CASE("F44: above the limits of connections and bodies children wait for their turn", "[server]")
{
    ServerLimits limits;
    limits.connections = 40;
    limits.bodies_bytes = 20'000;  // two bodies at a time
    limits.linger = milliseconds(20);
    const RunningServer server(echo, limits);
    const std::string body(9000, 'b');
    std::vector<RawSocket> children;
    for (int i = 0; i < 100; ++i) {
        children.push_back(server.connect());
        REQUIRE(children.back().send(request(body)));
    }
    for (RawSocket& child : children) CHECK(child.receive_message().size() > body.size());  // and stays open
}

// Would catch a second daemon that silently takes over, or crashes on, the port of the first.
TEST_CASE("a port in use is refused by name", "[server]")
{
    const RunningServer server(echo);
    const auto second = Server::open({"127.0.0.1", server.port()}, echo);
    REQUIRE_FALSE(second);
    CHECK(second.refusal().code == Errc::port_in_use);
    CHECK(second.refusal().detail == "127.0.0.1:" + std::to_string(server.port()));
}

// Would catch plain HTTP offered to the network.
TEST_CASE("an address that is not loopback is refused", "[server]")
{
    for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "ocop.example"}) {
        const auto server = Server::open({host, 0}, echo);
        REQUIRE_FALSE(server);
        CHECK(server.refusal().code == Errc::insecure_address);
        CHECK(server.refusal().detail == host);
    }
}

// Would catch a stop that hangs on idle, half-read or waiting connections, or that cuts an answer under way.
TEST_CASE("stop closes who waits, finishes who is being answered, and returns", "[server]")
{
    std::atomic<bool> asked{false};
    RunningServer server([&](std::string_view body) -> Result<Bytes> {
        if (body == "big") asked = true;
        return Bytes(body == "big" ? 8u << 20 : 1, 'y');
    });
    RawSocket idle = server.connect();
    REQUIRE(idle.send(request("a")));
    idle.receive_message();
    RawSocket half = server.connect();
    REQUIRE(half.send(head("Content-Length: 10") + "a"));
    RawSocket reading = server.connect();
    REQUIRE(reading.send(request("big")));
    REQUIRE(reading.ready(POLLIN, patience_ms));
    std::thread stopper([&] { server.stop(); });
    CHECK(reading.receive_all().size() > (8u << 20));
    stopper.join();
    CHECK(idle.closed_by_peer());
    CHECK(half.closed_by_peer());
    CHECK(asked);
}

// Would catch a stop that is lost when it comes before run(), from the handler, or twice.
TEST_CASE("stop works before run, from the handler and twice", "[server]")
{
    auto early = std::move(Server::open({}, echo).value());
    early->stop();
    early->stop();
    early->run();
    Server* self = nullptr;
    auto own = std::move(Server::open({}, [&](std::string_view body) {
                             self->stop();
                             return echo(body);
                         }).value());
    self = own.get();
    RawSocket socket = RawSocket::connect_to(own->port());
    REQUIRE(socket.send(request("last")));
    own->run();
    CHECK(socket.receive_all().find("<last>") != std::string::npos);
}

// Would catch use after free when a server is destroyed with requests under way.
TEST_CASE("a server may be destroyed without ever having run to its end", "[server]")
{
    auto server = std::move(Server::open({}, echo).value());
    RawSocket socket = RawSocket::connect_to(server->port());
    REQUIRE(socket.send(head("Content-Length: 10") + "a"));
    server.reset();
    CHECK(socket.closed_by_peer());
}
