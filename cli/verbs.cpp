#include "cli/verbs.h"

#include "cli/help.h"

namespace ocop::cli {

std::vector<std::unique_ptr<Verb>> all_verbs()
{
    using Make = std::unique_ptr<Verb> (*)();
    static constexpr Make makers[] = {
        make_init,   make_units,      make_invite, make_join,   make_serve,                // the node and its place
        make_add,    make_set,        make_list,   make_show,   make_rm,     make_import,  // records
        make_totals, make_conflicts,  make_settle, make_status, make_sync,   make_log,    make_history, make_trace,
        make_undo,   make_quarantine, make_verify, make_repair, make_backup, make_help,  // its condition
    };
    std::vector<std::unique_ptr<Verb>> verbs;
    for (const Make make : makers) verbs.push_back(make());
    return verbs;
}

}  // namespace ocop::cli
