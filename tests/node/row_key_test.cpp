// Row keys and SQL literals.

#include <catch2/catch.hpp>

#include <limits>

#include "node/row_key.h"
#include "node/sqlite.h"
#include "tests/support/world.h"

using namespace ocop;
using namespace std::string_literals;

namespace {

const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";

Value random_value(test::SeededRandom& random)
{
    std::string bytes;
    switch (random.below(6)) {
    case 0: return {};
    case 1: return static_cast<std::int64_t>(random.next() >> random.below(64));
    case 2:
        return static_cast<double>(static_cast<std::int64_t>(random.next())) /
               static_cast<double>(random.below(1000) + 1);
    case 3:
        for (std::size_t i = random.below(12); i > 0; --i) bytes += "a',X"[random.below(4)];
        return bytes;
    case 4: return std::string(random.below(3), '\'') + "Dừa sáp, \"Cầu Kè\"";
    default:
        bytes.resize(random.below(9));
        random.fill(bytes.data(), bytes.size());
        return Blob{bytes};
    }
}

}  // namespace

// Would catch an id whose bytes or text change on the way to the log and back.
TEST_CASE("a canonical UUID is packed to 16 bytes and comes back; any other key stays text", "[row_key]")
{
    CHECK(uuid_to_bytes(uuid).size() == 16);
    CHECK(uuid_to_bytes(uuid).substr(0, 3) == "\x01\x89\x0a");
    CHECK(uuid_from_bytes(uuid_to_bytes(uuid)) == uuid);
    CHECK(row_of(log_key(uuid)) == uuid);
    CHECK(std::holds_alternative<Blob>(log_key(uuid)));
    std::string upper = uuid;
    upper[9] = 'A';
    for (const std::string& key :
         {upper, uuid.substr(1), uuid + "0", std::string{"29338"}, std::string{}, std::string(36, '-'),
          std::string(16, 'a'), "0189 a5d-ac96-774b-bcce-b302099a8057"s}) {
        CHECK_FALSE(is_canonical_uuid(key));
        CHECK(std::holds_alternative<std::string>(log_key(key)));
        CHECK(row_of(log_key(key)) == key);
    }
}

// Would catch a value that quote() writes in a way we read otherwise: a last digit, a quote, an empty blob, the smallest integer.
TEST_CASE("what SQLite quotes is read back exactly", "[row_key]")
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    test::SeededRandom random{7};
    std::vector<Value> values = {std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max(),
                                 0.1 + 0.2,
                                 1.0,
                                 -1.0,
                                 5e-324,
                                 std::numeric_limits<double>::max(),
                                 std::numeric_limits<double>::infinity(),
                                 -std::numeric_limits<double>::infinity(),
                                 Blob{},
                                 std::string{}};
    for (int i = 0; i < 2000; ++i) values.push_back(random_value(random));
    for (const Value& value : values) {
        auto quoted = db.query("SELECT quote(?1) || ',' || quote(?1)", value);
        REQUIRE(quoted.step());
        if (parse_literals(quoted.text(0)) != std::vector<Value>{value, value})
            FAIL("not read back: " << quoted.text(0));
    }
    CHECK(parse_literals("T'610062',NULL") == std::vector<Value>{"a\0b"s, Value{}});
    CHECK(parse_literals("Inf,-Inf,1.5").size() == 3);
}

// Would catch half of a damaged journal entry taken for the values of a row, or a read beyond its end.
TEST_CASE("text that is no list of literals gives nothing", "[row_key]")
{
    for (const char* text : {"",   "X",   "T",     "X'",  "X'0", "X'0'",      "X'0G'", "X00", "'a'b",  "1,",
                             "1 ", "abc", "1.2.3", "--1", ",",   "NULL NULL", "1e5x",  "nan", "'open", "X'00"})
        CHECK(parse_literals(text).empty());
    test::SeededRandom random{3};
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        for (std::size_t j = random.below(10); j > 0; --j) text += "'X,T0aN.-eUL"[random.below(12)];
        (void)parse_literals(text);
    }
}
