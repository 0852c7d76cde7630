// Frames: the envelope of a message. Magic, version, kind, length, body, checksum; PROTOCOL.md has the grammar.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "sync/archive.h"
#include "sync/codec.h"

namespace ocop::sync {

enum class FrameKind : std::uint8_t { request = 1, answer = 2 };

Bytes write_frame(FrameKind kind, const CompactOutput& message);

/// A verified frame. The views point into the received bytes or into `buffer`.
struct Frame {
    std::unique_ptr<char[]> buffer;
    std::string_view main;
    std::string_view noise;
};

Result<Frame> read_frame(FrameKind kind, std::string_view bytes, const DecodeLimits& limits);

std::uint32_t crc32(std::string_view bytes);

}  // namespace ocop::sync
