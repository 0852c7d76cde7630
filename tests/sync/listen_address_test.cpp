#include "sync/listen_address.h"

#include <catch2/catch.hpp>

using namespace ocop;
using namespace ocop::sync;

// Would catch an address a person may well type being read as another one.
TEST_CASE("listen addresses are read", "[listen_address]")
{
    const auto read = [](std::string_view text) {
        const auto address = parse_listen_address(text);
        return address ? to_string(*address) : "refused: " + address.refusal().detail;
    };
    CHECK(read("127.0.0.1:8080") == "127.0.0.1:8080");
    CHECK(read("localhost:8080") == "127.0.0.1:8080");
    CHECK(read(":8080") == "127.0.0.1:8080");
    CHECK(read("8080") == "127.0.0.1:8080");
    CHECK(read("0") == "127.0.0.1:0");
    CHECK(read("[::1]:65535") == "[::1]:65535");
    CHECK(read("0.0.0.0:80") == "0.0.0.0:80");
    for (const char* bad :
         {"", ":", "127.0.0.1", "::1", "::1:80", "[::1]", "[]:1", "a:b", ":65536", ":-1", ":080", ":+1", ": 1"})
        CHECK(read(bad) == std::string("refused: ") + bad);
}

// Would catch plain HTTP leaving the machine because a name or number only looks like loopback.
TEST_CASE("loopback is told by number, not by look", "[listen_address]")
{
    for (const char* host : {"127.0.0.1", "127.255.0.3", "::1", "[::1]", "localhost"}) CHECK(is_loopback(host));
    for (const char* host : {"0.0.0.0", "10.0.0.1", "127.0.0.1.evil.example", "127.0.0", "127.0.0.256", "127.0.0.1 ",
                             "localhost.evil.example", "::", "::ffff:10.0.0.1", "", "[]", "0127.0.0.1", "127.0.0.1."})
        CHECK_FALSE(is_loopback(host));
    CHECK(plain_http_allowed("192.168.1.5").refusal().code == Errc::insecure_address);
    CHECK(plain_http_allowed("192.168.1.5").refusal().detail == "192.168.1.5");
}
