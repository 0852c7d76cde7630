// Text on its way into a replica, whoever typed it: valid UTF-8, in normal form C, without blank edges.
//
// The same Vietnamese word can be written as several code points (NFD, as macOS and some web pages do) or as one (NFC). They
// look alike and compare as different, so that a search misses rows and a UNIQUE lets twins in. All text is therefore brought
// to NFC at the door. Text in an older encoding (TCVN3, VNI, UTF-16) is refused with its place: guessing would spoil names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "schema/base/result.h"

namespace ocop {

/// Where the first byte stands that is not UTF-8 (overlong forms, surrogates and NUL are not); nothing if all is well.
std::optional<std::size_t> bad_utf8(std::string_view text);

/// Normal form C of valid UTF-8.
std::string to_nfc(std::string_view text);

/// Without blanks, line breaks, no-break spaces and byte order marks at both ends.
std::string_view trimmed(std::string_view text);

/// All three. Refusals: bad_encoding (detail: "byte N").
Result<std::string> clean_text(std::string_view text);

}  // namespace ocop
