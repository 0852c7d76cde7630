// Messages to bytes and back. The layout is in PROTOCOL.md.
//
// Bytes from outside are hostile: the length is bounded before anything is allocated, then the frame is verified, decompressed with a cap,
// decoded with every count checked against the bytes left, and re-encoding must give the same bytes (one canonical form).
#pragma once

#include <cstddef>
#include <string_view>

#include "schema/base/result.h"
#include "sync/message.h"

namespace ocop::sync {

struct DecodeLimits {
    std::size_t frame_bytes = 1u << 20;  // as received
    std::size_t raw_bytes = 8u << 20;    // after decompression
};

Bytes encode(const Request& request);
Bytes encode(const Answer& answer);

/// Refusals: too_large, unknown_protocol, malformed (with the name of the field).
Result<Request> decode_request(std::string_view bytes, const DecodeLimits& limits = {});
Result<Answer> decode_answer(std::string_view bytes, const DecodeLimits& limits = {});

}  // namespace ocop::sync
