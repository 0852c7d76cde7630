// The detail of a refusal, for a person. Details are made far below, where no language is known: most are a name, a path or a
// value and stand as they are. A few are words of their own and come in both languages at once (`both`), or are recognised
// here: a CHECK as SQLite tells it, an empty column, what the line said.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/text.h"
#include "schema/base/result.h"

namespace ocop::cli {

/// Words in both languages inside one detail; `detail_of` picks one.
std::string both(const Text& words);

/// Why read_file() gave nothing, or a file cannot be made at this path (empty: it can), as a detail in both languages.
std::string unreadable(const std::filesystem::path& path);
std::string not_writable(const std::filesystem::path& path);

/// Of a CSV record, as a detail in both languages.
std::string wrong_length(std::size_t fields, std::size_t columns);

/// The detail as a person reads it, without control characters.
std::string detail_of(const Refusal& refusal, Language language);

/// A next step that fits this detail better than the usual one of its cause; empty if the usual one fits.
Text next_step_of(const Refusal& refusal);

/// "3 rows", "1 row": the second text is for one. In Vietnamese both are usually the same.
Text plural(std::uint64_t count, const Text& many, const Text& one);

}  // namespace ocop::cli
