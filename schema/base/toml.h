// toml++ 3.3 behind two guards, because a file that a person wrote must be refused, whatever is in it. (Both were found by the fuzzers.)
//  - It takes `{ a = "b", = 1 }` for a bug of its own, an assertion. Here an assertion is an exception, in every build.
//  - A letter such as đ where a key or value begins leads into code that its author promised the compiler is never reached. TOML 1.0 has no
//    such letters outside quotes and comments, so we look for them first.
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

/// Throws TomlSurprise where something not ASCII stands outside quotes and comments, where a quote stands amid a word, or a string goes on after
/// a backslash at the line's end.
void refuse_strange_toml(std::string_view text);

}  // namespace ocop

#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) (static_cast<bool>(expression) ? void(0) : ::ocop::toml_surprise())
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace ocop {

/// Throws toml::parse_error or TomlSurprise.
inline toml::table parse_toml(std::string_view text)
{
    refuse_strange_toml(text);
    return toml::parse(text);
}

}  // namespace ocop
