#include <catch2/catch.hpp>

#include "node/text.h"

using namespace ocop;

// Would catch bytes that SQLite, a browser or a peer would read differently from us.
TEST_CASE("bad UTF-8 is found where it stands", "[node][text]")
{
    CHECK_FALSE(bad_utf8(""));
    CHECK_FALSE(bad_utf8("Dừa sáp 🥥"));
    CHECK(bad_utf8("ab\xFF") == 2);
    CHECK(bad_utf8("a\xE1\xBB") == 1);         // cut off
    CHECK(bad_utf8("\xC0\x80") == 0);          // overlong
    CHECK(bad_utf8("x\xED\xA0\x80") == 1);     // a surrogate
    CHECK(bad_utf8("\xF5\x80\x80\x80") == 0);  // beyond U+10FFFF
    CHECK(bad_utf8(std::string_view("a\0b", 3)) == 1);
}

// Would catch two spellings of one word that count as two, or a change that is not the identity on NFC.
TEST_CASE("text is brought to NFC", "[node][text]")
{
    CHECK(to_nfc("plain") == "plain");
    CHECK(to_nfc("Du\xCC\x9B\xCC\x80"
                 "a") == "Dừa");
    CHECK(to_nfc("e\xCC\xA3\xCC\x82") == "ệ");
    CHECK(to_nfc("e\xCC\x82\xCC\xA3") == "ệ");
    CHECK(to_nfc(to_nfc("Du\xCC\x9B\xCC\x80"
                        "a")) == "Dừa");
    CHECK(to_nfc("Đ đ ﬁ") == "Đ đ ﬁ");  // C, not KC: no letter becomes another
}

// Would catch a name that differs from itself by an invisible blank at its end.
TEST_CASE("text is trimmed at both ends only", "[node][text]")
{
    CHECK(trimmed(" \t a b\r\n") == "a b");
    CHECK(trimmed("\xEF\xBB\xBF\xC2\xA0x\xC2\xA0") == "x");
    CHECK(trimmed(" ").empty());
    CHECK(*clean_text("  Du\xCC\x9B\xCC\x80"
                      "a ") == "Dừa");
    CHECK(clean_text("D\xF5"
                     "a")
              .refusal()
              .code == Errc::bad_encoding);
    CHECK(clean_text("D\xF5"
                     "a")
              .refusal()
              .detail == "byte 2");
}
