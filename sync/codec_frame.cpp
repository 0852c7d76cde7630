#include "sync/codec_frame.h"

#include <zstd.h>

#include <array>

#include "schema/base/check.h"

namespace ocop::sync {
namespace {

constexpr char magic = '\xCB';
constexpr std::uint8_t packed_flag = 0x80;
constexpr std::size_t head_size = 3;
constexpr std::size_t checksum_size = 4;

// The four bytes every zstd frame starts with are not sent.
constexpr std::string_view zstd_magic("\x28\xB5\x2F\xFD", 4);

// Below this nothing is gained; measured with tests/bench/codec_bench.cpp, like the levels.
constexpr std::size_t least_packed = 48;
constexpr std::size_t small_message = 64u << 10;
constexpr int level_small = 12;
constexpr int level_large = 5;
constexpr int window_log = 20;
// Columns of less share a block, and with it the statistics of its bytes.
constexpr std::size_t least_block = 1u << 10;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit) table[i] = (table[i] >> 1) ^ (table[i] & 1 ? 0xEDB88320u : 0u);
    }
    return table;
}();

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

/// One zstd frame, without its magic. Blocks end at the cuts, so that text does not spoil the statistics of numbers.
Bytes compress(const CompactOutput& message)
{
    const Bytes& main = message.main_segment();
    const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    OCOP_CHECK(context);
    const int level = main.size() < small_message ? level_small : level_large;
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setPledgedSrcSize(context.get(), main.size());
    Bytes packed(ZSTD_compressBound(main.size()) + main.size() / 512 + 64, '\0');
    ZSTD_outBuffer to{packed.data(), packed.size(), 0};
    ZSTD_inBuffer from{main.data(), 0, 0};
    for (const std::size_t cut : message.cuts()) {
        if (cut - from.size < least_block || main.size() - cut < least_block) continue;
        from.size = cut;
        OCOP_CHECK(ZSTD_compressStream2(context.get(), &to, &from, ZSTD_e_flush) == 0);
    }
    from.size = main.size();
    OCOP_CHECK(ZSTD_compressStream2(context.get(), &to, &from, ZSTD_e_end) == 0);
    packed.resize(to.pos);
    return packed.substr(zstd_magic.size());
}

Refusal malformed(const char* field)
{
    return {Errc::malformed, field};
}

Result<Frame> unpack(std::string_view packed, std::string_view noise, const DecodeLimits& limits)
{
    const Bytes whole = Bytes(zstd_magic).append(packed);
    const unsigned long long size = ZSTD_getFrameContentSize(whole.data(), whole.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) return malformed("packed");
    if (size > limits.raw_bytes) return Refusal{Errc::too_large, "packed"};
    if (ZSTD_findFrameCompressedSize(whole.data(), whole.size()) != whole.size()) return malformed("packed");
    Frame frame;
    const auto raw = static_cast<std::size_t>(size);
    frame.buffer.reset(new char[raw]);  // not zeroed: a lie about the size touches no memory
    if (ZSTD_decompress(frame.buffer.get(), raw, whole.data(), whole.size()) != raw) return malformed("packed");
    frame.main = {frame.buffer.get(), raw};
    frame.noise = noise;
    return frame;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes)
{
    std::uint32_t crc = ~0u;
    for (const char c : bytes) crc = (crc >> 8) ^ crc_table[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
    return ~crc;
}

Bytes write_frame(FrameKind kind, const CompactOutput& message)
{
    const Bytes& main = message.main_segment();
    Bytes packed = main.size() < least_packed ? main : compress(message);
    const bool pays = packed.size() < main.size();
    const Bytes& body = pays ? packed : main;
    CompactOutput frame;
    frame.byte(static_cast<std::uint8_t>(magic));
    frame.byte(static_cast<std::uint8_t>(protocol_version));
    frame.byte(static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (pays ? packed_flag : 0u)));
    frame.varint(body.size());
    Bytes bytes;
    bytes.reserve(frame.main_segment().size() + body.size() + message.noise_segment().size() + checksum_size);
    bytes.append(frame.main_segment()).append(body).append(message.noise_segment());
    const std::uint32_t crc = crc32(bytes);
    for (unsigned i = 0; i < checksum_size; ++i) bytes.push_back(static_cast<char>(crc >> (8 * i)));
    return bytes;
}

Result<Frame> read_frame(FrameKind kind, std::string_view bytes, const DecodeLimits& limits)
{
    if (bytes.size() > limits.frame_bytes) return Refusal{Errc::too_large, "frame"};
    if (bytes.size() < head_size + checksum_size || bytes[0] != magic) return malformed("magic");
    if (static_cast<std::uint8_t>(bytes[1]) != protocol_version)
        return Refusal{Errc::unknown_protocol, std::to_string(static_cast<std::uint8_t>(bytes[1]))};
    std::uint32_t crc = 0;
    for (std::size_t i = bytes.size(); i > bytes.size() - checksum_size; --i)
        crc = crc << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
    bytes.remove_suffix(checksum_size);
    if (crc != crc32(bytes)) return malformed("checksum");
    const auto type = static_cast<std::uint8_t>(bytes[2]);
    if ((type & ~packed_flag) != static_cast<std::uint8_t>(kind)) return malformed("kind");
    CompactInput rest(bytes.substr(head_size), {}, 0);
    rest.field("length");
    const std::string_view body = rest.text(rest.count(1));
    const std::string_view noise = bytes.substr(static_cast<std::size_t>(body.data() - bytes.data()) + body.size());
    if ((type & packed_flag) != 0) return unpack(body, noise, limits);
    Frame frame;
    frame.main = body;
    frame.noise = noise;
    return frame;
}

}  // namespace ocop::sync
