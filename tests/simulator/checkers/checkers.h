// The judges. Each looks at one promise, in a history alone, and says every way in which it was broken; silence is consent. Each has a
// forged history that it must reject (checkers_test.cpp).
#pragma once

#include "tests/simulator/checkers/facts.h"

namespace ocop::sim::judge {

/// The history itself is whole: every transaction has its end, every node its last reading and proof.
Complaints check_history(const Facts& facts);
/// Promise 3: every node shows what the root shows, of what it is entitled to.
Complaints check_convergence(const Facts& facts);
/// Promise 4: every committed value is live, or was written over by somebody who saw it, or is kept in a conflict; no deleted row is back
/// without a conflict that says why.
Complaints check_no_lost_update(const Facts& facts);
/// Every value shown was written by somebody who committed it.
Complaints check_no_invention(const Facts& facts);
/// A node never goes back to what it had seen replaced, nor shows a reference without what it refers to; where messages are whole, it shows
/// no change without all that its author had seen.
Complaints check_causal_order(const Facts& facts);
/// Promise 2: of a change of one row all or nothing is shown; where messages are whole, of a transaction too.
Complaints check_atomicity(const Facts& facts);
/// Promise 8: nobody shows a row that is not theirs to read.
Complaints check_scope(const Facts& facts);
/// Promise 5: 2 x depth exchanges after the faults stopped, nothing is refused, withheld or different.
Complaints check_liveness(const Facts& facts);
/// Promise 9: a database is bounded by the rows that ever were, however often they were edited.
Complaints check_bounds(const Facts& facts);
/// A conflict names two values of which neither's author had seen the other.
Complaints check_conflicts_are_true(const Facts& facts);
/// The engine's winners are those of reference_model.h, and its conflicts are among the model's.
Complaints check_against_model(const Facts& facts);

/// What its author may not write stands nowhere, its author holds the record, and nobody who did right is refused.
Complaints check_refusals(const Facts& facts);
/// conflict = "authority": of two edits that had not seen each other the higher tier's stands.
Complaints check_authority(const Facts& facts);

struct Checker {
    const char* name;
    Complaints (*check)(const Facts&);
};
const std::vector<Checker>& checkers();

/// Every complaint of every checker, with the checker's name before it.
Complaints judge(Text history);

}  // namespace ocop::sim::judge
