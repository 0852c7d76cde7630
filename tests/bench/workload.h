// Workload "W": organizations and their products as a district's office would hold them, from a seed, the same on every machine.
//
// Rows are lists of values in the order of `Shape::columns`. Texts are Vietnamese syllables with their diacritics; keys are UUIDv7 made
// a few a millisecond, as an import or a week of typing makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "node/sqlite.h"
#include "tests/support/world.h"

namespace ocop::bench {

using Row = std::vector<Value>;

/// A table's columns as the workload fills them; the first is `id`.
struct Shape {
    std::string table;
    std::vector<std::string> columns;
    std::string insert_sql() const;
};

const Shape& organization_shape();
const Shape& product_shape();

struct Workload {
    std::vector<std::string> communes;  // ids of admin_unit
    std::vector<Row> organizations;
    std::vector<Row> products;

    const std::string& product_id(std::size_t i) const { return std::get<std::string>(products[i].front()); }
};

constexpr const char* district = "842@2020-12-31";

/// The administrative units the rows belong to: the root, a province, the district, its communes.
std::string units_sql(const Workload& workload);

Workload make_workload(std::size_t organizations, std::size_t products, std::uint64_t seed = 20261122);

/// A few syllables, for names and notes.
std::string phrase(test::SeededRandom& random, std::size_t syllables);

/// rows[from, to) into the table, by one prepared statement; the caller holds the transaction.
void insert_rows(sqlite::Connection& db, const Shape& shape, const std::vector<Row>& rows, std::size_t from,
                 std::size_t to);

/// The least anybody has shown for such rows: each column apart, keys as 16 bytes, zstd -19.
std::size_t columnar_floor(const std::vector<Row>& rows);
std::size_t zstd_size(const std::string& bytes, int level);

}  // namespace ocop::bench
