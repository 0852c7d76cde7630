#include "sync/client.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/sync/loopback.h"

using namespace ocop;
using namespace ocop::sync;
using namespace ocop::sync::testing;
using std::chrono::milliseconds;

namespace {

const std::string good_head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";

Result<Bytes> echo(std::string_view body)
{
    return Bytes("<" + std::string(body) + ">");
}

/// A parent that reads the request and answers these bytes, then closes.
FakeParent::Script says(std::string answer)
{
    return [answer](RawSocket& socket) {
        socket.receive_message();
        socket.send(answer);
    };
}

Refusal refusal_of(const std::string& answer)
{
    const FakeParent parent(says(answer));
    HttpClient client;
    const auto result = client.post(parent.url(), "x");
    REQUIRE_FALSE(result);
    return result.refusal();
}

}  // namespace

// Would catch a request header that nobody needs, and an account that does not match what was on the line.
TEST_CASE("a request has no byte too many, and each is counted", "[client]")
{
    std::string seen;
    const std::string answer = good_head + "Content-Length: 3\r\n\r\nabc";
    const std::string body(20'000, 'b');
    std::string url;
    LinkAccount cost;
    {
        const FakeParent parent([&](RawSocket& socket) {
            seen = socket.receive_message();
            socket.send(answer);
        });
        url = parent.url();
        HttpClient client;
        const auto result = client.post(url, body);
        REQUIRE(result);
        CHECK(*result == "abc");
        cost = client.last();
    }
    const std::string host = url.substr(7, url.find('/', 7) - 7);
    CHECK(seen == "POST /v1/exchange HTTP/1.1\r\nHost: " + host +
                      "\r\nContent-Type: application/octet-stream\r\nContent-Length: 20000\r\n\r\n" + body);
    CHECK(cost == LinkAccount{seen.size(), answer.size(), 1, 1});
}

// Would catch a connection that is opened anew for each call: a handshake is dearer than a day's rows.
TEST_CASE("calls share one connection", "[client]")
{
    const RunningServer server(echo);
    HttpClient client;
    for (int i = 0; i < 5; ++i) {
        const auto result = client.post(server.url(), std::to_string(i));
        REQUIRE(result);
        CHECK(*result == "<" + std::to_string(i) + ">");
        CHECK(client.last().connects == (i == 0 ? 1 : 0));
    }
    CHECK(client.total().round_trips == 5);
    CHECK(client.total().connects == 1);
}

// Would catch zero bytes, empty bodies or large bodies that do not survive the line.
TEST_CASE("bodies go there and back byte for byte", "[client]")
{
    const RunningServer server([](std::string_view body) -> Result<Bytes> { return Bytes(body); });
    HttpClient client;
    std::string mixed;
    for (int i = 0; i < 1'000'000; ++i) mixed += static_cast<char>(i % 251);
    for (const std::string& body : {std::string(), std::string("\0\n\0", 3), mixed}) {
        const auto result = client.post(server.url(), body);
        REQUIRE(result);
        CHECK(*result == body);
    }
}

// Would catch a refusal that arrives as another cause, or as a dead line that is retried for ever.
TEST_CASE("a refusal of the parent arrives as the same refusal", "[client]")
{
    const RunningServer server([](std::string_view body) -> Result<Bytes> {
        return Refusal{body == "unauthorised" ? Errc::not_enrolled : Errc::unknown_protocol, "phiên bản 7"};
    });
    HttpClient client;
    const auto stranger = client.post(server.url(), "unauthorised");
    CHECK(stranger.refusal().code == Errc::not_enrolled);
    CHECK(stranger.refusal().detail == "phiên bản 7");
    CHECK(client.post(server.url(), "").refusal().code == Errc::unknown_protocol);
    CHECK(client.total().connects == 1);
}

// Would catch an oversized request whose refusal is lost in the reset that follows it.
TEST_CASE("a request over the parent's limit is too_large", "[client]")
{
    const RunningServer server(echo);
    HttpClient client;
    for (const std::size_t size : {2u << 20, 64u << 20}) {
        auto result = client.post(server.url(), std::string(size, 'x'));
        // On a busy machine the reset may overtake the refusal now and then; the next call hears it.
        for (int more = 0; more < 4 && !result && result.refusal().code == Errc::parent_unreachable; ++more)
            result = client.post(server.url(), std::string(size, 'x'));
        REQUIRE_FALSE(result);
        CHECK(result.refusal().code == Errc::too_large);
        CHECK(client.last().sent < (8u << 20));
    }
}

// Would catch an answer without end that fills the memory of an old PC.
TEST_CASE("an answer over the limit is cut", "[client]")
{
    ClientLimits limits;
    limits.answer_bytes = 1000;
    const RunningServer server(
        [](std::string_view body) -> Result<Bytes> { return Bytes(std::stoul(std::string(body)), 'x'); });
    HttpClient client;
    CHECK(client.post(server.url(), "1000", limits));
    CHECK(client.post(server.url(), "1001", limits).refusal().code == Errc::too_large);
    CHECK(client.post(server.url(), "900000", limits).refusal().code == Errc::too_large);
    CHECK(client.last().received < 200'000);

    const FakeParent chatty([](RawSocket& socket) {
        socket.receive_message();
        std::string line = "HTTP/1.1 200 OK\r\n";
        while (socket.send(line)) line = "X: " + std::string(1000, 'x') + "\r\n";
    });
    CHECK(client.post(chatty.url(), "").refusal().code == Errc::parent_unreachable);
}

// Would catch a parent whose data are locked for a moment reported as a lock of our own.
TEST_CASE("a busy parent is one that did not answer, not a lock of ours", "[client]")
{
    const Refusal busy = refusal_of("HTTP/1.1 503 Service Unavailable\r\nOcop-Error: node_busy\r\n"
                                    "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\nreplica.db");
    CHECK(busy.code == Errc::parent_unreachable);
    CHECK(busy.detail == "busy");
}

// Would catch a portal's login page taken for an answer, or for a refusal of the parent.
TEST_CASE("F45: a captive portal is a parent that cannot be reached", "[client]")
{
    const std::string page = "<html>Chào mừng quý khách</html>";
    const Refusal ok =
        refusal_of("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(page.size()) +
                   "\r\n\r\n" + page);
    CHECK(ok.code == Errc::parent_unreachable);
    CHECK(ok.detail == "content type text/html");
    CHECK(refusal_of("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n").code ==
          Errc::parent_unreachable);
    CHECK(refusal_of("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/login\r\nContent-Length: 0\r\n\r\n").detail ==
          "HTTP 302");
    CHECK(refusal_of("HTTP/1.1 511 Login\r\nContent-Length: 4\r\n\r\nbody").detail == "HTTP 511");
}

// Would catch anything but a whole answer of ours being handed on.
TEST_CASE("F41: broken answers are a parent that cannot be reached", "[client]")
{
    for (const std::string& answer : {
             std::string(),                                 // closes without a word
             std::string("HTTP/1.1 20"),                    // in the middle of the status line
             good_head,                                     // in the middle of the head
             good_head + "Content-Length: 10\r\n\r\nhalf",  // in the middle of the body
             good_head + "\r\nno length, so nobody can say whether it is whole",
             good_head + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf",
             std::string("SSH-2.0-OpenSSH_9.2\r\n"),
             std::string("HTTP/1.1 204 No Content\r\n\r\n"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
         }) {
        INFO(answer);
        CHECK(refusal_of(answer).code == Errc::parent_unreachable);
    }
}

// Would catch a hostile parent that plants a cause about our own database, or escapes for our terminal.
TEST_CASE("causes and details of the parent are taken with tongs", "[client]")
{
    const auto error = [](const std::string& name, const std::string& body) {
        return refusal_of("HTTP/1.1 409 X\r\nOcop-Error: " + name +
                          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    };
    CHECK(error("behind_mark", "7").code == Errc::behind_mark);
    CHECK(error("behind_mark", "7").detail == "7");
    CHECK(error("corrupt_database", "").code == Errc::parent_unreachable);
    CHECK(error("of_the_future", "").detail == "HTTP 409 of_the_future");
    CHECK(error("malformed", "\x1b[2J").detail == "?[2J");
    CHECK(error("malformed", std::string(5000, 'x')).detail == std::string(200, 'x'));
}

// Would catch a parent that is down treated as anything but a reason to try later.
TEST_CASE("a parent that is down cannot be reached", "[client]")
{
    std::string url;
    {
        const RunningServer server(echo);
        url = server.url();
    }
    HttpClient client;
    CHECK(client.post(url, "x").refusal().code == Errc::parent_unreachable);
    CHECK(client.last() == LinkAccount{});
}

// Would catch a client that waits for ever for a parent that accepts and never answers, or trickles.
TEST_CASE("F45: a parent that never answers is given up", "[client]")
{
    const FakeParent silent([](RawSocket& socket) { socket.closed_by_peer(); });
    HttpClient client;
    ClientLimits limits;
    limits.total = milliseconds(150);
    const auto result = client.post(silent.url(), "x", limits);
    CHECK(result.refusal().code == Errc::parent_unreachable);
    CHECK(client.last().sent > 0);
    CHECK(client.last().received == 0);
    CHECK(client.last().round_trips == 0);
}

// Would catch a daemon that cannot be stopped while a call hangs.
TEST_CASE("stop ends a call under way and refuses those to come", "[client]")
{
    HttpClient client;
    const FakeParent silent([&](RawSocket& socket) {
        client.stop();
        socket.closed_by_peer();
    });
    CHECK(client.post(silent.url(), "x").refusal().detail == "stopped");
    CHECK(client.post(silent.url(), "x").refusal().detail == "stopped");
    CHECK(silent.connections() == 1);
}

// Would catch a client that never comes back when its parent stops under it, or that cannot use the next parent.
TEST_CASE("a server that stops while a client waits, and returns", "[client]")
{
    HttpClient client;
    std::string body = "1";
    for (int life = 0; life < 3; ++life) {
        RunningServer server(echo);
        REQUIRE(client.post(server.url(), body));
        server.stop();
        CHECK(client.post(server.url(), body).refusal().code == Errc::parent_unreachable);
    }
}

// Would catch a call that fails because the parent closed an idle connection in the meantime.
TEST_CASE("an idle connection closed by the parent is opened again within the call", "[client]")
{
    ServerLimits limits;
    limits.idle = milliseconds(1);
    const RunningServer server(echo, limits);
    HttpClient client;
    for (int i = 0; i < 20; ++i) REQUIRE(client.post(server.url(), "x"));
}

// Would catch records sent in the clear over a network, by a typo or by a clever URL.
TEST_CASE("only plain HTTP to loopback is spoken", "[client]")
{
    HttpClient client;
    for (const char* url : {"http://192.0.2.1/v1/exchange", "http://ocop.example/", "https://127.0.0.1/",
                            "ftp://127.0.0.1/", "http://127.0.0.1@192.0.2.1/", "http://localhost.example/"}) {
        INFO(url);
        CHECK(client.post(url, "secret").refusal().code == Errc::insecure_address);
    }
    CHECK(client.post("file:///etc/hostname", "x").refusal().code == Errc::bad_value);
    CHECK(client.post("", "x").refusal().code == Errc::bad_value);
    CHECK(client.post("http://", "x").refusal().code == Errc::bad_value);
    CHECK(client.total() == LinkAccount{});
}

// Would catch a proxy of the environment that gets to read the request.
TEST_CASE("a proxy of the environment is not used", "[client]")
{
    const RunningServer server(echo);
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    HttpClient client;
    const bool reached = client.post(server.url(), "x").ok();
    ::unsetenv("http_proxy");
    ::unsetenv("ALL_PROXY");
    CHECK(reached);
}
