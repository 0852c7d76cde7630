// What a person is told when something is refused or breaks. One table for every cause: what happened, whether the data are
// safe, and what to do next, in two languages, with a code that never changes (OC-nnn) and the exit code of the command.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text.h"
#include "node/broken.h"
#include "schema/base/result.h"

namespace ocop::cli {

/// Exit codes of every verb. New ones may be added; treat an unknown one as a failure.
enum Exit : int {
    exit_ok = 0,
    exit_failed = 1,
    exit_usage = 2,          // the command line or a file makes no sense
    exit_partly = 3,         // some rows were done, the others are listed
    exit_not_permitted = 4,  // this node may not do that, or is not enrolled
    exit_no_node = 10,
    exit_busy = 11,
    exit_unreachable = 13,  // the parent did not answer: safe to try again
    exit_version = 14,
    exit_integrity = 15,
    exit_disk = 16,
};

struct Message {
    Errc cause;
    std::string_view code;  // "OC-104": never changes, never reused
    std::string_view name;  // "unknown_unit": the cause in JSON, never changes
    int exit;
    Text what;  // {} is the detail
    Text safe;  // are the data safe?
    Text next;
};

const Message& message_of(Errc cause);
/// What is no refusal but a broken machine: a full or failing disk, no memory, or a fault of this program. Its `cause` means nothing.
const Message& message_of(Broken broken);
/// Those of every Errc.
const std::vector<Message>& all_messages();

/// Exit codes with their meaning, in order.
struct ExitMeaning {
    int code;
    Text meaning;
};
const std::vector<ExitMeaning>& exit_meanings();

}  // namespace ocop::cli
