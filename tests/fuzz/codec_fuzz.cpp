// The payload of a frame as the fuzzer likes it: if it decodes, encoding must give the same bytes back (F62). The frame around it is made
// here, because no fuzzer guesses a checksum; frames themselves are fuzzed as the second half of the same input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sync/codec.h"
#include "sync/codec_frame.h"

using namespace ocop;
using namespace ocop::sync;

namespace {

template <class Message>
void same_bytes(FrameKind kind, const Result<Message>& message, std::string_view main, std::string_view noise)
{
    if (!message) return;
    const Bytes again = encode(*message);
    const Result<Frame> frame = read_frame(kind, again, {1u << 24, 1u << 24});
    if (!frame || frame->main != main || frame->noise != noise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 3) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const FrameKind kind = (data[0] & 1) != 0 ? FrameKind::request : FrameKind::answer;
    const std::size_t noise_size = (std::size_t{data[1]} << 8 | data[2]) % (size - 2);
    const std::string_view main = bytes.substr(3, size - 3 - noise_size);
    const std::string_view noise = bytes.substr(3 + main.size());
    CompactOutput payload;
    payload.text(main);
    payload.noise(noise);
    const Bytes frame = write_frame(kind, payload);
    if (kind == FrameKind::request)
        same_bytes(kind, decode_request(frame), main, noise);
    else
        same_bytes(kind, decode_answer(frame), main, noise);
    (void)decode_request(bytes);
    return 0;
}
