// Ranges of a scope and their digests: how two replicas find out where they differ without telling each other everything.
//
// The live rows of a child's scope stand in one order: by table, unit, then key. A range is a stretch of it. Asked about a range, the parent
// answers with the rows in it, a short digest each, if they are few; else it cuts the range into parts of about equally many of *its* rows
// and says where it cut and what each part sums up to. The child sums up its own rows over the same parts and asks on where they differ. So
// comparing costs bytes in proportion to the difference and to the logarithm of the rest, and the parent remembers nothing of it.
//
// A sum is the lower half of the digest (node/digest.h), counted afresh from the log, never from the sums kept beside it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/change_log.h"

namespace ocop {

/// A row and where it stands in the order of comparison; the first of all is the default one.
struct Position {
    std::uint32_t table = 0;
    std::string unit;
    std::string row;  // as text: UUIDs stand after other keys, as the log has them
    friend bool operator==(const Position&, const Position&) = default;
};
bool operator<(const Position& a, const Position& b);

/// From `from` to before `to`. A `to` of table 0 is the end of everything.
struct Range {
    Position from;
    Position to;
    friend bool operator==(const Range&, const Range&) = default;
    bool empty() const { return to.table != 0 && !(from < to); }
    bool holds(const Position& at) const { return !(at < from) && (to.table == 0 || at < to); }
};

/// What a side holds in a range: its rows, or where it cut the range and the sum of each part (one more than the cuts). Everything is not cut
/// where it sums up to what the child had said.
struct Held {
    bool rows = false;
    std::vector<Position> places;  // of the rows, or of the cuts; ascending
    std::vector<std::uint64_t> sums;
    friend bool operator==(const Held&, const Held&) = default;
};

constexpr std::size_t most_ranges = 32;  // asked about at a time; as many parts a range is cut into
constexpr std::size_t most_listed = 48;  // rows a range may have to be told row by row

/// Whose scope is compared, and which of its rows count: all that are not gone, and not leaving; also those of which only an edit came, the row
/// itself having been lost. Inside a sealed transaction.
class ScopeRows {
public:
    ScopeRows(ChangeLog& log, std::string_view unit) : log_(log), unit_(unit) {}

    /// `ranges` are ascending and do not overlap. Calls with the number of the range that holds the row.
    void each(const std::vector<Range>& ranges,
              const std::function<void(std::size_t, const Position&, std::uint64_t sum)>& visit);
    std::vector<Held> tell(const std::vector<Range>& ranges);

private:
    bool counts(std::uint32_t table, const std::string& unit) const;

    ChangeLog& log_;
    std::string unit_;
};

/// Ascending, none empty, none overlapping another.
bool in_order(const std::vector<Range>& ranges);
/// Places ascending and inside the range, as many sums as belong to them.
bool fits(const Held& held, const Range& range);

/// The digest of one row, short: 0 if the row does not count.
std::uint64_t row_sum(ChangeLog& log, std::uint32_t table, const std::string& row);
std::uint64_t row_sum(const DigestKey& key, const Change& change);

/// The digests counted from the log, less those kept while merging, by table and unit (into _unit); only where they differ.
using DigestPlace = std::pair<std::int64_t, std::int64_t>;
std::map<DigestPlace, Digest> digest_errors(ChangeLog& log);
/// Puts the digests that are kept right. True if any was wrong.
bool recount_digests(ChangeLog& log);

}  // namespace ocop
