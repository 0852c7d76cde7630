// Comparing with the parent: the child asks, the parent tells (node/ranges.h), until it is known which rows differ; and, if wanted, mending them.
//
// It rides on ordinary exchanges. A request may carry up to most_ranges ranges and, in front of its changes, rows to be mended; the answer
// tells what the parent holds in the ranges, and carries those rows as the parent has them now. Both are taken only from an exchange after
// which neither side had anything left to say: what still differs then is no news under way, but for edits made meanwhile: they
// are not told as differences, and no mending overwrites them. What is asked about and what was found stand in `_range` and `_differs`, so a cut line or a power cut loses no more than a message.
// Of a parent that splits on for ever no more than most_depth splits are followed.
//
// Mending is symmetric, and for rows that differ only. The child sends its row whole, a deletion too, as if none of it had ever been heard; the
// parent merges it by the rules of any change from that child, authority included, and tells its own row whole; the child merges that. So each
// side ends with the higher versions, what was unheard and differs becomes a conflict, and nothing is dropped. What the child has from above is
// marked as given back: who may write it decides whether it is taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/change.h"
#include "node/change_log.h"
#include "node/merge.h"
#include "node/ranges.h"

namespace ocop {

enum class Comparing { no, look, mend };

constexpr int most_depth = 16;

/// Begins anew, whatever was under way. Inside a sealed transaction of a node that has a parent.
void begin_comparing(ChangeLog& log, Comparing how);
Comparing comparing(sqlite::Connection& db);
/// A question has no answer yet.
bool question_open(sqlite::Connection& db);
/// Gives up; what was found stays.
void stop_comparing(ChangeLog& log);

struct RowName {
    std::uint32_t table = 0;
    std::string row;
    friend bool operator==(const RowName&, const RowName&) = default;
};

/// What to ask next.
struct Question {
    std::vector<Range> ranges;
    std::vector<RowName> wanted;  // rows that differ and of which nothing is known here
    std::vector<Change> mends;    // rows that differ, as they stand here
    OriginUnits origin_units;
    bool empty() const { return ranges.empty() && wanted.empty() && mends.empty(); }
};
/// Nothing if the question before this one was asked by a request that has no answer yet: every second request is free of it.
Question next_question(ChangeLog& log, std::uint64_t request);

/// What the answer to such a request told, after its changes have been taken.
struct Told {
    std::uint64_t request = 0;      // its number
    std::uint64_t mark = 0;         // how far the parent has our log
    std::uint64_t top = 0;          // how far we have read the parent's
    std::uint64_t whole_as_of = 0;  // place of the parent's log as of which its rows are whole
    std::vector<Held> held;         // of the first ranges asked about
    std::uint64_t looked = 0;       // how many of the rows named (mends, then wanted) the parent looked at
    std::vector<Change> mends;      // those of them that it has
};
/// True if it told anything new.
bool take_told(ChangeLog& log, const Told& told);

/// The parent's side: the rows named, whole, as they stand. Not more than one message holds; rows not known here, or not the reader's, are left
/// out. `looked`: how many of the names were looked at.
struct Asker {
    std::int64_t via = 0;  // the child
    std::string unit;
};
std::vector<Change> rows_as_they_stand(ChangeLog& log, const Asker& reader, const std::vector<RowName>& rows,
                                       std::size_t& looked, OriginUnits& origin_units);
/// Takes a child's rows whole, as if nothing of them had been heard.
void take_mends(ChangeLog& log, Sender sender, const std::vector<Change>& mends);

/// What the last comparison found.
struct Compared {
    struct Table {
        std::uint32_t id = 0;
        std::uint64_t only_here = 0, only_there = 0, other_versions = 0, mended = 0;
        std::uint64_t all() const { return only_here + only_there + other_versions; }
    };
    Comparing how = Comparing::no;      // now
    std::int64_t began = 0, ended = 0;  // ms since 1970
    std::uint64_t questions = 0;
    std::uint64_t given_up = 0;  // ranges in which the parent's words made no sense
    std::vector<Table> tables;
    std::uint64_t differing() const;
    std::uint64_t mended() const;
};
Compared last_comparison(sqlite::Connection& db);

}  // namespace ocop
