// What a comparison adds to the messages, and what of it is refused. Round trips are in codec_test.cpp.
#include <catch2/catch.hpp>

#include "sync/codec.h"

using namespace ocop;
using namespace ocop::sync;

// Catches ranges that overlap or run backwards, sums that belong to nothing, more mends than changes: each taken for something.
TEST_CASE("a comparison that makes no sense is malformed")
{
    const auto refused = [](const Request& r) {
        const Result<Request> read = decode_request(encode(r));
        return !read && read.refusal().code == Errc::malformed;
    };
    const Position a{2, "01", "a"};
    const Position b{2, "01", "b"};
    const Position c{2, "01", "c"};
    Request r;
    r.number = 1;
    r.ranges = {{a, b}, {b, c}};
    CHECK(!refused(r));
    r.ranges = {{b, a}};
    CHECK(refused(r));
    r.ranges = {{a, a}};
    CHECK(refused(r));
    r.ranges = {{a, c}, {b, {}}};
    CHECK(refused(r));
    r.ranges = {{a, {}}, {b, c}};
    CHECK(refused(r));
    r.ranges.clear();
    r.mends = 1;
    CHECK(refused(r));
}
