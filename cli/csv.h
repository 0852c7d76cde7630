// CSV as RFC 4180 has it: fields by commas, records by CRLF or LF, a field in double quotes may hold commas, line breaks and
// doubled quotes. The first record names the columns. Two things are taken beyond the RFC because Excel writes them: a byte
// order mark, and semicolons where the header has semicolons and no comma.
//
// Nothing is guessed: another encoding, a quote left open or standing in the middle of a field refuse the whole file, with the
// line, since what follows would be read as something it is not. A record of the wrong length refuses itself only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/base/result.h"

namespace ocop::cli {

struct CsvLimits {
    std::size_t file = std::size_t{64} << 20;
    std::size_t field = std::size_t{1} << 20;
    std::size_t columns = 1000;
};

struct CsvRecord {
    std::size_t line = 0;             // where it starts, counted from 1
    std::vector<std::string> fields;  // NFC, without blank edges
};

struct CsvFile {
    std::vector<std::string> header;
    std::vector<CsvRecord> records;  // blank lines left out

    /// The place of a column.
    std::optional<std::size_t> column(std::string_view name) const;
};

/// Refusals: bad_encoding (detail: "line N, byte M"), bad_file (detail: what and where), too_large.
Result<CsvFile> parse_csv(std::string_view bytes, const CsvLimits& limits = {});

/// The same for a file; details begin with its path. Refusals also: bad_file (absent or unreadable).
Result<CsvFile> read_csv(const std::filesystem::path& path, const CsvLimits& limits = {});

}  // namespace ocop::cli
