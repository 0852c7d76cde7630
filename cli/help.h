// Help pages: the list of verbs, one verb, the exit codes, one error.
#pragma once

#include <iosfwd>
#include <string_view>

#include "cli/verb.h"

namespace ocop::cli {

void print_overview(std::ostream& out, Language language);
/// `app` carries the verb's options.
void print_verb_help(std::ostream& out, const Verb& verb, const CLI::App& app, Language language);
void print_exit_codes(std::ostream& out, Language language);
/// False when there is no error with that code (OC-105) or name (unknown_unit).
bool print_error_help(std::ostream& out, std::string_view code, Language language);

std::unique_ptr<Verb> make_help();

}  // namespace ocop::cli
