// toml++ 3.3 behind two guards, because a file that a person wrote must be refused, whatever is in it. (Both were found by the fuzzers.)
//  - It takes `{ a = "b", = 1 }` for a bug of its own, an assertion. Here an assertion is an exception, in every build.
//  - Where it looks for blanks, a letter such as đ leads into code that its author promised the compiler is never reached. Letters beyond U+FEFF
//    do not. So it is given every letter that is not ASCII from the last plane of Unicode, which nobody writes in, and gives it back from there.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ocop {

/// Not TOML; whoever calls the parser refuses the file.
struct TomlSurprise : std::runtime_error {
    explicit TomlSurprise(const std::string& where) : std::runtime_error(where + "this is not TOML") {}
};

[[noreturn]] inline void toml_surprise()
{
    throw TomlSurprise("");
}

}  // namespace ocop

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) (static_cast<bool>(expression) ? void(0) : ::ocop::toml_surprise())
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace ocop {

/// Throws toml::parse_error or TomlSurprise.
toml::table parse_toml(std::string_view text);

}  // namespace ocop
