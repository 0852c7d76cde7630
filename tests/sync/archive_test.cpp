// The archives: one form for every number, and ids that come back as they went.
#include "sync/archive.h"

#include <array>
#include <catch2/catch.hpp>

#include "sync/codec_ids.h"
#include "sync/codec_texts.h"

using namespace ocop;
using namespace ocop::sync;

namespace {

constexpr std::size_t plenty = 1u << 20;

template <class Read>
bool refuses(std::string_view bytes, Read read)
{
    CompactInput in(bytes, {}, plenty);
    try {
        read(in);
        in.require_end();
        return false;
    } catch (const DecodeError&) {
        return true;
    }
}

/// By the read itself, not for what it leaves.
template <class Read>
bool refuses_at_once(std::string_view bytes, Read read)
{
    CompactInput in(bytes, {}, plenty);
    try {
        read(in);
        return false;
    } catch (const DecodeError&) {
        return true;
    }
}

bool refuses_varint(std::string_view bytes)
{
    return refuses(bytes, [](CompactInput& in) { (void)in.varint(); });
}

const std::vector<std::uint64_t> numbers = {
    0, 1, 127, 128, 129, 16'383, 16'384, 1u << 31, ~std::uint64_t{0} >> 1, ~std::uint64_t{0}};

std::vector<std::string> through_ids(const std::vector<std::string>& ids)
{
    Dictionary known;
    IdWriter writer(known);
    for (const std::string& id : ids) writer.add(id);
    CompactOutput out;
    writer.write(out);
    CompactInput in(out.main_segment(), out.noise_segment(), plenty);
    Dictionary known_there;
    IdReader reader(in, known_there, ids.size());
    std::vector<std::string> back(ids.size());
    for (std::string& id : back) reader.next(id);
    in.require_end();
    return back;
}

}  // namespace

// Catches an integer that comes back as another one, alone or in a column.
TEST_CASE("integers survive at the borders of their sizes")
{
    CompactOutput out;
    for (const std::uint64_t number : numbers) out.varint(number);
    out.column(numbers);
    CompactInput in(out.main_segment(), {}, plenty);
    for (const std::uint64_t number : numbers) CHECK(in.varint() == number);
    ColumnReader column = in.column(numbers.size());
    for (const std::uint64_t number : numbers) CHECK(column.next() == number);
    in.require_end();
    for (const std::uint64_t a : numbers) {
        CHECK(zigzag(unzigzag(a)) == a);
        for (const std::uint64_t b : numbers) CHECK(walk(a, step(a, b)) == b);
    }
}

// Catches a decoder that takes the same number in two forms, drops bits beyond 64, or reads past the end.
TEST_CASE("F62: varints have one form")
{
    CHECK_FALSE(refuses_varint(std::string_view("\x00", 1)));
    CHECK(refuses_varint(""));
    CHECK(refuses_varint("\x80"));
    CHECK(refuses_varint(std::string_view("\x80\x00", 2)));
    CHECK(refuses_varint(std::string_view("\xff\x80\x00", 3)));
    CHECK_FALSE(refuses_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    CHECK(refuses_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    CHECK(refuses_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    const auto column = [](CompactInput& in) { (void)in.column(1).next(); };
    CHECK_FALSE(refuses("\x80\x01", column));
    CHECK(refuses(std::string_view("\x80\x00", 2), column));
    CHECK(refuses("\x80", column));
    CHECK(refuses("\x80\xff\xff\xff\xff\xff\xff\xff\xff\x02", column));
    CHECK(refuses(std::string_view("\x80\x81\x00", 3), column));
}

// Catches counts that could make a reader allocate before it has seen the bytes.
TEST_CASE("F60: counts are checked against the bytes left")
{
    CHECK(refuses_at_once("\x03zz", [](CompactInput& in) { (void)in.count(1); }));
    CHECK(refuses_at_once("\x02zzz", [](CompactInput& in) { (void)in.count(2); }));
    CHECK(refuses_at_once("z", [](CompactInput& in) { (void)in.text(2); }));
    CHECK(refuses_at_once("z", [](CompactInput& in) { (void)in.noise(1); }));
    CHECK(refuses_at_once("z", [](CompactInput& in) { (void)in.column(std::size_t{1} << 40); }));
    CHECK(refuses_at_once("", [](CompactInput& in) { in.charge(plenty + 1); }));
}

// Catches a refusal that does not say where: cereal's name-value pairs carry the field's name.
TEST_CASE("a refusal names the field")
{
    CompactInput in("\x05", {}, plenty);
    std::uint64_t first = 0;
    std::array<std::uint8_t, 16> second{};
    std::string field;
    try {
        in(cereal::make_nvp("first", first), cereal::make_nvp("second", second));
    } catch (const DecodeError& error) {
        field = error.field;
    }
    CHECK(first == 5);
    CHECK(field == "second");
}

// Catches keys that change on the way: any case, version, order of time, and text that only looks like a UUID.
TEST_CASE("ids survive")
{
    const std::vector<std::string> ids = {"01932f00-1234-7abc-8def-001122334455",
                                          "01932f00-1234-7fff-bfff-ffffffffffff",
                                          "00000000-0000-7000-8000-000000000000",
                                          "ffffffff-ffff-7fff-bfff-ffffffffffff",
                                          "01932f00-1234-7abc-8def-001122334455",
                                          "01932f00-1234-4abc-8def-001122334455",
                                          "01932f00-1234-7abc-cdef-001122334455",
                                          "01932F00-1234-7ABC-8DEF-001122334455",
                                          "01932f0001234-7abc-8def-001122334455",
                                          "VN-01",
                                          "VN-012",
                                          "VN-0",
                                          "",
                                          "xã",
                                          "VN-01"};
    CHECK(through_ids(ids) == ids);
}

// Catches overlong forms, surrogates, NUL and cut sequences among keys.
TEST_CASE("keys are clean UTF-8")
{
    for (const char* good : {"", "a", "Đắk Lắk", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF"}) CHECK(is_clean_utf8(good));
    CHECK_FALSE(is_clean_utf8(std::string_view("a\0b", 3)));
    for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\xF5\x80\x80\x80", "\xC3", "\xE1\xBA", "\xC3\x28"})
        CHECK_FALSE(is_clean_utf8(bad));
}

// Catches texts whose blanks, lengths or repetitions are lost between words.
TEST_CASE("texts survive being cut into words")
{
    const std::vector<std::string> texts = {"",
                                            " ",
                                            "  ",
                                            "a b",
                                            "a  b ",
                                            "b a",
                                            "a b",
                                            std::string(23, 'x'),
                                            std::string(24, 'x'),
                                            std::string(25, 'x'),
                                            std::string(5000, 'y') + " a",
                                            "chè Shan tuyết chè Shan"};
    TextWriter writer;
    for (const std::string& text : texts) writer.add(text);
    CompactOutput out;
    writer.write(out);
    CompactInput in(out.main_segment(), {}, plenty);
    TextReader reader(in, texts.size());
    std::vector<std::string> back(texts.size());
    for (std::string& text : back) reader.next(text);
    in.require_end();
    CHECK(back == texts);
}
