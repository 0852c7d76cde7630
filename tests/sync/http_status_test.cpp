#include "sync/http_status.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace ocop;
using namespace ocop::sync;

// Would catch an Errc added without a name, or with the name of another.
TEST_CASE("every cause has a name of its own", "[http_status]")
{
    std::set<std::string> names;
    const int last = static_cast<int>(Errc::verify_failed);
    for (int code = 0; code <= last; ++code) {
        const auto name = std::string(error_name(static_cast<Errc>(code)));
        INFO("Errc number " << code);
        CHECK(name != "unnamed");
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
        CHECK(names.insert(name).second);
    }
}

// Would catch a cause that is sent but not understood, and a status line without its phrase.
TEST_CASE("a cause that crosses the wire comes back as itself", "[http_status]")
{
    for (int code = 0; code <= static_cast<int>(Errc::verify_failed); ++code) {
        const auto cause = static_cast<Errc>(code);
        const auto back = error_from_wire(error_name(cause));
        CHECK(back.has_value() == crosses_the_wire(cause));
        if (back) CHECK(*back == cause);
        CHECK(http_status(cause) >= 400);
        CHECK_FALSE(reason_phrase(http_status(cause)).empty());
    }
}

// Would catch a parent that makes its child believe its own database is damaged.
TEST_CASE("private causes do not cross", "[http_status]")
{
    CHECK_FALSE(error_from_wire("corrupt_database"));
    CHECK_FALSE(error_from_wire("usage"));
    CHECK_FALSE(error_from_wire(""));
    CHECK_FALSE(error_from_wire("Behind_Mark"));
    CHECK(http_status(Errc::corrupt_database) == 500);
    CHECK(error_from_wire("behind_mark") == Errc::behind_mark);
}

// Would catch terminal escapes, broken UTF-8 and long texts of a peer reaching a log or a screen.
TEST_CASE("details are short, clean UTF-8", "[http_status]")
{
    CHECK(wire_detail("xã Ba Vì") == "xã Ba Vì");
    CHECK(wire_detail("a\x1b[31m\r\nb") == "a?[31m??b");
    CHECK(wire_detail("\xc2\x9b"
                      "31m") == "?31m");
    CHECK(wire_detail("\xff\xc3") == "??");
    CHECK(wire_detail("\xed\xa0\x80") == "???");
    CHECK(wire_detail("\xc0\xaf\xe0\x80\xaf\xf4\x90\x80\x80") == "?????????");
    CHECK(wire_detail(std::string(199, 'a') + "đ") == std::string(199, 'a'));
    CHECK(wire_detail(std::string(100'000, 'a')).size() == detail_limit);
}
