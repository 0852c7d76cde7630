// The TOML reader, where a Vietnamese file meets the parser.
#include "schema/base/toml.h"

#include <catch2/catch.hpp>

using namespace ocop;

namespace {

std::string refused(std::string_view text)
{
    try {
        (void)parse_toml(text);
    } catch (const toml::parse_error& error) {
        return std::to_string(error.source().begin.line) + ":" + std::to_string(error.source().begin.column) + " " +
               std::string{error.description()};
    } catch (const TomlSurprise& surprise) {
        return surprise.what();
    }
    return {};
}

}  // namespace

// Would catch a letter that comes back from the parser as another, or a place in the file that is told wrongly.
TEST_CASE("F65 Vietnamese names, values and comments come through the TOML reader as they are", "[schema]")
{
    const toml::table table = parse_toml("\xef\xbb\xbf# ghi chú: Mỗi xã một sản phẩm\n"
                                         "'Tên sản phẩm' = \"Dừa sáp 🥥 \\u0111\"\n"
                                         "[\"Đơn vị\"]\n'huyện' = 'Cầu Kè'\n"
                                         "list = ['một', \"\"\"hai\\\n    ba\"\"\"]\n");
    CHECK(table["Tên sản phẩm"].value_or(std::string{}) == "Dừa sáp 🥥 đ");
    CHECK(table["Đơn vị"]["list"][1].value_or(std::string{}) == "haiba");
}

// Would catch a typing error of a person that leads toml++ into code its author says is never reached, or an answer in letters nobody typed.
TEST_CASE("F65 what is not TOML is refused with its place, whatever its letters", "[schema]")
{
    CHECK(refused("a = 1\nb = đ\n").rfind("2:5", 0) == 0);
    CHECK(refused("b = đ\n").find('\xf4') == std::string::npos);
    CHECK(refused("c = 8\"ã\"\n") != "");
    CHECK(refused("a = \"\xff\"\n") != "");
    CHECK(refused("a = \"\xc4\"\n") != "");
    CHECK(refused("a = \"\xed\xa0\x80\"\n") != "");  // half a pair of UTF-16
    CHECK(refused("\na = \"\xf4\x80\x84\x91\"\n").rfind("2: ", 0) == 0);
    CHECK(refused("{ a = \"b\", = 1 }") != "");
}
