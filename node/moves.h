// Rows and units that move: who below must hear of it, and what must go from here (executable form: tests/model/tree_merge_units.py).
//
// A row is held by the nodes whose scope has its unit. When its unit changes, or a unit comes under another parent, some neighbours below no
// longer hold it and some begin to. So each such change is a *move*, (row, old unit), at a place of its own in the log (`_move`), and a
// reader below is told by it (node/outbox.cpp): "away", or the whole row again, whatever it has heard.
//
// A row heard from above to be away is *leaving* (`_leaving`): it stays as it stands, and as regards it we have read the parent's log no
// further than its cap. What is unsent of it still goes up, and what comes of it from below is merged and goes up too. It is dropped without
// a tombstone once all of it is acknowledged and every child that held it has said that it has nothing more to say of it: its floor
// (node/neighbours.h) lies above the row's moves. A request never promises a floor above a cap, so this holds however deep the tree.
//
// A child whose office lies within a unit that left us stays served: nothing of that unit goes from here while the child is ours.
#pragma once

#include <cstdint>
#include <string>

#include "node/change_log.h"

namespace ocop {

/// Compares the tree of units with that last seen; where a unit is new or under another parent, its rows move. At the end of every
/// transaction that may have touched a unit.
void follow_units(ChangeLog& log);

/// The parent says that the row is not ours any more, at its place `place`, when we had read its log up to `heard`.
void start_leaving(ChangeLog& log, LogRow& row, std::uint64_t place, std::uint64_t heard);
/// The parent sent the whole row again.
void end_leaving(ChangeLog& log, LogRow& row);

/// Does a reader of unit `reader` hold rows of `unit` now, as far as leaving units go? (Its own row may leave all the same.)
bool unit_stays(ChangeLog& log, const std::string& unit, const std::string& reader);
/// Is a unit at or above `unit` leaving in which the reader's own office lies? Then it is still ours to serve.
bool serves_office(ChangeLog& log, const std::string& unit, const std::string& reader);
/// May a child of unit `child` believe that `unit` is below it, because it has yet to hear otherwise?
bool unit_was_within(ChangeLog& log, const std::string& unit, const std::string& child);
/// Has the row a move from a unit that `child` holds?
bool row_was_within(ChangeLog& log, const LogRow& row, const std::string& child);

/// Drops what may go, and forgets the moves that every child has read. At the end of a merge.
void finish_moves(ChangeLog& log);

/// The smallest cap: no request may promise a floor above it. UINT64_MAX if nothing is leaving.
std::uint64_t lowest_cap(sqlite::Connection& db);

}  // namespace ocop
