// Rows of a CSV into tables, by a mapping. Good rows go in although others are refused; each refused one leaves nothing behind
// and is named with its line and cause. Rows that are there already are found by the mapping's key and only filled where they
// are empty, so that importing a file twice adds nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/csv.h"
#include "cli/mapping.h"
#include "node/records.h"
#include "schema/base/result.h"

namespace ocop::cli {

struct TableCount {
    std::string table;
    std::size_t added = 0;
    std::size_t filled = 0;  // was there, with empty columns that now have a value
    std::size_t kept = 0;    // was there, nothing to do
};

struct RefusedLine {
    std::size_t line = 0;
    Refusal refusal;
};

struct ImportReport {
    std::size_t rows = 0;     // of the file
    std::size_t skipped = 0;  // by a filter
    std::size_t taken = 0;
    std::vector<TableCount> tables;
    std::vector<RefusedLine> refused;
};

struct ImportOptions {
    TypedFields where;  // CSV column, value: besides the mapping's own filter
    std::string today;  // ISO date, for the question who may write
    std::string date;   // ISO date as of which units' codes are meant
};

/// Inside the caller's LocalWrite. Refusals (of the whole file): unknown_column, when the file lacks a column.
Result<ImportReport> import_rows(Replica& replica, const CsvFile& file, const Mapping& mapping,
                                 const ImportOptions& options);

}  // namespace ocop::cli
