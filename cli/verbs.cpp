#include "cli/verbs.h"

#include "cli/help.h"

namespace ocop::cli {

std::vector<std::unique_ptr<Verb>> all_verbs()
{
    using Make = std::unique_ptr<Verb> (*)();
    static constexpr Make makers[] = {
        make_init, make_units, make_invite, make_join, make_serve,     // the node and its place
        make_sync, make_status, make_verify, make_log, make_backup,    // its condition
#if __has_include("cli/verb_add.cpp")
        make_add,
#endif
#if __has_include("cli/verb_set.cpp")
        make_set,
#endif
#if __has_include("cli/verb_list.cpp")
        make_list,
#endif
#if __has_include("cli/verb_show.cpp")
        make_show,
#endif
#if __has_include("cli/verb_rm.cpp")
        make_rm,
#endif
#if __has_include("cli/verb_import.cpp")
        make_import,
#endif
#if __has_include("cli/verb_totals.cpp")
        make_totals,
#endif
#if __has_include("cli/verb_conflicts.cpp")
        make_conflicts,
#endif
#if __has_include("cli/verb_settle.cpp")
        make_settle,
#endif
        make_help,
    };
    std::vector<std::unique_ptr<Verb>> verbs;
    for (const Make make : makers)
        verbs.push_back(make());
    return verbs;
}

}  // namespace ocop::cli
