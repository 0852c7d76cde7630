// Where a node listens, and which addresses plain HTTP may use.
//
// Until TLS with pinned keys is in, whatever leaves the machine would be readable and forgeable on the way, so plain
// HTTP is for loopback only, at both ends. `plain_http_allowed` is the one place that decides it: server and client
// both ask it, and it is the first of the two places to change when TLS comes (the other is `Transport` in server.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/base/result.h"

namespace ocop::sync {

struct ListenAddress {
    std::string host = "127.0.0.1";  // a number, without brackets
    std::uint16_t port = 0;          // 0: any free port
};

/// Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" or "8080". Refusal: bad_value.
/// It does not judge the address: "0.0.0.0:80" is read, and refused by the server.
Result<ListenAddress> parse_listen_address(std::string_view text);

std::string to_string(const ListenAddress& address);

/// 127.0.0.0/8, ::1 or localhost, with or without brackets. Names are not looked up: a resolver may say anything.
bool is_loopback(std::string_view host);

/// Refusal: insecure_address with the host.
Status plain_http_allowed(std::string_view host);

}  // namespace ocop::sync
