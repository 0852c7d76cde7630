// Conflicts as the engine records them, put into an office's tables.
#pragma once

#include <string>

#include "tests/cli/office.h"

namespace ocop::cli::testing {

inline const std::string row_a = "00000000-0000-7000-8000-00000000000a";
inline const std::string row_b = "00000000-0000-7000-8000-00000000000b";
inline const std::string clash_id = "c0ffee00-0000-4000-8000-000000000001";
inline const std::string stranger = "000102030405060708090a0b0c0d0e0f.1";

/// Two organizations of the commune: A (phone 1, registration 7) and B.
inline void make_rows(OfficeFolder& office)
{
    office.add({"organization", "id=" + row_a, "name=A", "phone=1", "registration_no=7", "unit=29338"});
    office.add({"organization", "id=" + row_b, "name=B", "unit=29338"});
}

/// `values`: winner_value, loser_value as SQL literals; `column` and `other` too.
inline void make_clash(OfficeFolder& office, const std::string& kind, const std::string& row, const std::string& column,
                       const std::string& other, const std::string& values, const std::string& table = "organization")
{
    const std::string self = office.one("SELECT lower(hex(node)) || '.' || incarnation FROM _state");
    office.sql(
        "INSERT INTO conflict (id, unit, kind, table_name, row_id, column_name, other_row, winner_value, loser_value,"
        " winner_origin, winner_time, winner_gen, loser_origin, loser_time, loser_gen) VALUES ('" +
        clash_id + "', '29338@2020-12-31', '" + kind + "', '" + table + "', '" + row + "', " + column + ", " + other +
        ", " + values + ", '" + self + "', 1609380000000, 2, '" + stranger + "', 1609380060000, 2)");
}

}  // namespace ocop::cli::testing
