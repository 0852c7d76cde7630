// Comparing with the parent row by row, now: what `verify --deep` and `repair` do, and how they tell it.
#pragma once

#include <boost/json/fwd.hpp>

#include "cli/sync_now.h"
#include "cli/verb.h"
#include "node/compare.h"

namespace ocop::cli {

struct Comparison {
    SyncReport sync;
    Compared found;
    std::vector<std::string> tables;  // names of found.tables
    bool finished() const { return found.how == Comparing::no && found.ended != 0; }
};

/// Exchanges until it is known what differs (and, if wanted, mended). What an earlier run had found out already is not asked again.
Comparison compare_now(Replica& replica, Comparing how);

boost::json::object to_json(const Comparison& comparison);
void tell(const Context& context, const Comparison& comparison);
/// Why the comparison came to no end although the parent answered; a refusal's detail.
std::string why_unfinished();

}  // namespace ocop::cli
