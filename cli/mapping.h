// A mapping: which column of a CSV feeds which column of which table. Written as TOML; schema/mappings/README.md is its
// description for people, and what it does not name is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/catalog.h"
#include "node/records.h"
#include "schema/base/result.h"

namespace ocop::cli {

struct MappedColumn {
    enum class Way {
        text,       // the CSV column's text
        unit_code,  // the unit that has the CSV column's text as its code
        constant,
        earlier,  // a column of the row that an earlier block found or made
    };
    std::string name;
    Way way = Way::text;
    std::string csv;        // text, unit_code
    bool optional = false;  // the CSV may lack the column
    std::string constant;
    std::string row;     // earlier: its table
    std::string column;  // earlier: its column, or id
};

struct MappedTable {
    std::string table;
    std::vector<std::string> match;
    std::vector<std::string> required;
    std::vector<MappedColumn> columns;

    const MappedColumn* column(std::string_view name) const;
};

struct Mapping {
    TypedFields filter;  // CSV column, value
    std::vector<MappedTable> into;
};

/// Refusals: bad_file (detail: line:column and what).
Result<Mapping> parse_mapping(std::string_view toml, const Catalog& catalog);

}  // namespace ocop::cli
