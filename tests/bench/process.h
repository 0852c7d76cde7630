// Memory of other processes: a node that receives (this program once more, with --receive) and an idle daemon.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "schema/base/check.h"

namespace ocop::bench {

/// Peak resident memory in MB, by /proc; 0 when the process is gone.
inline double peak_memory(const std::string& pid = "self")
{
    std::ifstream status("/proc/" + pid + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
    return 0;
}

/// A program whose standard output we read line by line. Ends it when it goes out of scope.
class Program {
public:
    explicit Program(std::vector<std::string> words)
    {
        int ends[2];
        OCOP_CHECK(::pipe(ends) == 0);
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        pid_ = ::fork();
        OCOP_CHECK(pid_ >= 0);
        if (pid_ == 0) {
            ::dup2(ends[1], 1);
            ::close(ends[0]);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        from_ = ends[0];
    }
    ~Program()
    {
        ::kill(pid_, SIGTERM);
        ::close(from_);
        int status = 0;
        ::waitpid(pid_, &status, 0);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    std::string pid() const { return std::to_string(pid_); }
    /// Empty when the program ended without another line.
    std::string line()
    {
        std::string text;
        for (char c = 0; ::read(from_, &c, 1) == 1 && c != '\n';) text.push_back(c);
        return text;
    }

private:
    pid_t pid_ = -1;
    int from_ = -1;
};

}  // namespace ocop::bench
