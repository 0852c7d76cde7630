// The words server and client share on HTTP. Above all how a refusal crosses the wire: an HTTP status, a stable name, and a detail of at most 200 bytes.
//
// The status is for proxies and people with curl; the name, in the header `Ocop-Error`, is what our own client reads;
// the detail is the body of the answer. Names are part of the protocol: they may be added, never changed or reused.
//
// Only causes that concern the line or the exchange cross. The others (a corrupt database, a wrong command line) are
// nobody's business outside, so a peer that sends such a name cannot make this node believe it of itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/base/result.h"

namespace ocop::sync {

constexpr std::string_view exchange_path = "/v1/exchange";
constexpr std::string_view exchange_content_type = "application/octet-stream";  // both ways
constexpr std::string_view error_header = "Ocop-Error";
constexpr std::size_t detail_limit = 200;

/// "behind_mark": stable, snake_case, the same word as in the code.
std::string_view error_name(Errc code);

/// 400, 403, ...; 500 for a cause that does not cross.
int http_status(Errc code);

bool crosses_the_wire(Errc code);

/// The cause a peer named; nothing when the name is unknown or does not cross.
std::optional<Errc> error_from_wire(std::string_view name);

/// At most 200 bytes of valid UTF-8 without control characters, whatever comes in.
std::string wire_detail(std::string_view text);

/// "Payload Too Large"; empty for a status we never send.
std::string_view reason_phrase(int status);

}  // namespace ocop::sync
