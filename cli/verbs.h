// Every verb there is. A new one: its make_ function here, its line in verbs.cpp.
#pragma once

#include <memory>
#include <vector>

#include "cli/verb.h"

namespace ocop::cli {

// the node and its neighbours
std::unique_ptr<Verb> make_init();
std::unique_ptr<Verb> make_units();
std::unique_ptr<Verb> make_invite();
std::unique_ptr<Verb> make_join();
std::unique_ptr<Verb> make_serve();
std::unique_ptr<Verb> make_sync();
std::unique_ptr<Verb> make_status();
std::unique_ptr<Verb> make_verify();
std::unique_ptr<Verb> make_repair();
std::unique_ptr<Verb> make_log();
std::unique_ptr<Verb> make_backup();
// records
std::unique_ptr<Verb> make_add();
std::unique_ptr<Verb> make_set();
std::unique_ptr<Verb> make_list();
std::unique_ptr<Verb> make_show();
std::unique_ptr<Verb> make_rm();
std::unique_ptr<Verb> make_import();
std::unique_ptr<Verb> make_totals();
std::unique_ptr<Verb> make_conflicts();
std::unique_ptr<Verb> make_settle();
std::unique_ptr<Verb> make_quarantine();
std::unique_ptr<Verb> make_history();
std::unique_ptr<Verb> make_undo();
std::unique_ptr<Verb> make_trace();

/// Fresh ones, in the order of the help.
std::vector<std::unique_ptr<Verb>> all_verbs();

}  // namespace ocop::cli
