// Forms of changes: what only forged bytes can say.
#include <catch2/catch.hpp>

#include "sync/codec.h"
#include "sync/codec_frame.h"

using namespace ocop;
using namespace ocop::sync;

namespace {

Bytes framed(std::string_view main, std::string_view noise)
{
    CompactOutput out;
    out.text(main);
    out.noise(noise);
    return write_frame(FrameKind::request, out);
}

}  // namespace

// Catches two readers that disagree: a column named by two entries of one row would be judged by the one and written by the other.
TEST_CASE("F62: a column named twice is refused")
{
    Request request;
    const Entry made{1, false, false, {1, 0, {}}, 5, 0};
    const Entry named{2, false, false, {2, 0, {}}, 6, 0};
    request.changes = {{3, "a", "b", {made, named}, {{1, 0, Value{std::string{"x"}}}}}};
    const Bytes bytes = encode(request);
    const Result<Frame> frame = read_frame(FrameKind::request, bytes, {});
    REQUIRE(frame);
    Bytes main{frame->main};
    REQUIRE(decode_request(framed(main, frame->noise)));
    // One change, one form: table 3, two entries, their masks.
    const std::size_t at = main.find(Bytes("\x01\x01\x03\x08\x01\x02", 6));
    REQUIRE(at != Bytes::npos);
    main[at + 4] = 2;
    const Result<Request> forged = decode_request(framed(main, frame->noise));
    REQUIRE_FALSE(forged);
    CHECK(forged.refusal().code == Errc::malformed);
    CHECK(forged.refusal().detail == "forms");
}
