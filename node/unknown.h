// What only a newer model knows.
//
// Offices are upgraded one by one, over months. A node with the older model stands between two with the newer: it must keep and pass on what
// it does not understand. Versions of unknown columns and rows of unknown tables are ordinary entries of the log (merged bit by bit,
// digested, sent on); only their values wait in `_unknown`. An unknown table has a TableInfo like any other, with `here` false and no column;
// the message that brings its rows says who holds them. After the upgrade the values move to where they belong; what a constraint refuses
// there is parked or displaced as in any merge.
//
// A row made where nobody knew a column has no version of it, here or anywhere: it shows the column's DEFAULT, and the digests are equal.
#pragma once

#include <cstdint>

#include "node/change_log.h"
#include "node/replica.h"

namespace ocop {

/// A neighbour told of a table that our model does not have. False if it is one too many, or no id of a table.
bool learn_table(ChangeLog& log, std::uint32_t id, Audience audience, bool engine);

/// Those heard of before; called when a replica is opened.
void read_unknown_tables(Replica& replica);

/// Is there anything that waits for an upgrade, or for adopt_unknown after one?
bool anything_unknown(Replica& replica);

/// After an upgrade: gives tables and columns that are known now what waited for them, and tries again what constraints refused.
void adopt_unknown(Replica& replica);

}  // namespace ocop
