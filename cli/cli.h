// The whole command, callable inside a process: tests call it as the shell would.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "node/environment.h"

namespace ocop::cli {

/// Environment variables; only OCOP_LANG, LC_ALL, LC_MESSAGES, LANG are looked at.
using Variables = std::map<std::string, std::string>;

/// `args` without the program's name. Returns the exit code; never throws.
int run_cli(const std::vector<std::string>& args, std::ostream& out, std::ostream& err, const Environment& environment,
            const Variables& variables = {});

}  // namespace ocop::cli
