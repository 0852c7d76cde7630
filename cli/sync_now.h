// Exchanging with the parent at once, until both sides have said everything: what `sync` does, and `join` at its end.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>

#include "cli/verb.h"
#include "node/replica.h"
#include "sync/client.h"

namespace ocop::cli {

struct SyncReport {
    std::uint64_t sent = 0, received = 0, conflicts = 0;
    std::uint64_t open_conflicts = 0;  // in all, those found before included
    std::uint64_t exchanges = 0;
    sync::LinkAccount link;
    bool compared = false, equal = false;
    std::optional<Refusal> refusal;  // what ended it early; what was done before it stands
};

SyncReport sync_now(Replica& replica);

boost::json::object to_json(const SyncReport& report);
void tell(const Context& context, const SyncReport& report);

}  // namespace ocop::cli
