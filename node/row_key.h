// Row keys: text for people and SQL, 16 bytes in the log and on the wire where the text is a canonical (lower-case) UUID. Also
// SQL literals, in which the capture triggers keep the values of a row that a write removed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/value.h"

namespace ocop {

bool is_canonical_uuid(std::string_view text);
std::string uuid_to_bytes(std::string_view text);  // 36 characters to 16 bytes
std::string uuid_from_bytes(std::string_view bytes);

/// How `_log` holds a row's key.
Value log_key(std::string_view row);
std::string row_of(const Value& log_key);

/// Reads what SQLite's quote() wrote, comma-separated, and T'hexadecimal' for text with a NUL. Empty when the text is not that.
std::vector<Value> parse_literals(std::string_view text);

}  // namespace ocop
