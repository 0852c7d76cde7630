#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "cli/cli.h"

int main(int count, char** arguments)
{
    ocop::cli::Variables variables;
    for (const char* name : {"OCOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        if (const char* value = std::getenv(name)) variables[name] = value;
    }
    const std::vector<std::string> args(arguments + 1, arguments + count);
    const ocop::Environment environment{&ocop::system_clock(), &ocop::system_random()};
    const int code = ocop::cli::run_cli(args, std::cout, std::cerr, environment, variables);
    std::cout.flush();
    return std::cout ? code : (code ? code : 1);  // a full disk or a closed pipe is not a success
}
