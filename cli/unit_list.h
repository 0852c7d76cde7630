// The state's list of administrative units at a date, and how it becomes rows of admin_unit.
//
// A row is a unit during one stretch of its life. A list says what is in force on its date, so importing it means: keep what is
// the same (code, name, kind, parent), close what differs or is absent (valid_to = the date), and start new rows CODE@DATE.
// A unit whose parent got a new row gets a new row too: its chain of parents is then in force at every date of its own life.
// The same list twice changes nothing. Lists come in the order of their dates. A second list for the same date corrects the
// rows that began on that date instead of closing them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/csv.h"
#include "node/replica.h"
#include "schema/base/result.h"

namespace ocop::cli {

constexpr std::string_view root_unit = "VN";

struct ListedUnit {
    std::string code;
    std::string name;
    std::string kind;
    std::string parent_code;  // empty: the root
    std::size_t line = 0;
};

struct UnitChanges {
    std::uint64_t created = 0;
    std::uint64_t kept = 0;
    std::uint64_t closed = 0;
    std::uint64_t corrected = 0;
    bool nothing() const { return created + closed + corrected == 0; }
};

/// "province", "district", "commune" by the length of the code (2, 3, 5); empty for any other code.
std::string_view level_of_code(std::string_view code);

/// Provinces first, then districts, then communes. Refusals: bad_file (a column missing, no row, a duplicate code, a code
/// that is none, an empty name), unknown_unit (a parent that is not in the list); details begin with the place.
Result<std::vector<ListedUnit>> read_unit_list(const CsvFile& csv);

/// Inside a LocalWrite. Refusals: bad_value (the list is older than what is here).
Result<UnitChanges> apply_unit_list(Replica& replica, const std::vector<ListedUnit>& list, const std::string& date);

/// The root's row, if it is not there. Inside a LocalWrite.
void ensure_root(Replica& replica);

}  // namespace ocop::cli
