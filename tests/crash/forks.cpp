#include "tests/crash/forks.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>

#include "tests/crash/pool_memory.h"

namespace ocop::test {

namespace {

constexpr std::size_t longest_word = 4096;
constexpr unsigned longest_life = 300;  // seconds, also on a slow machine under a sanitizer

char* shared_word()
{
    static void* const memory = mmap(nullptr, longest_word, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return static_cast<char*>(memory);
}

}  // namespace

Forks::Forks(std::vector<PlannedFault> plan, std::function<void(const PlannedFault&)> begin,
             std::function<void(const PlannedFault&, const std::string&)> judged)
    : plan_(std::move(plan)), begin_(std::move(begin)), judged_(std::move(judged)), word_(shared_word())
{
    std::stable_sort(plan_.begin(), plan_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
}

bool Forks::arrive(std::uint64_t place)
{
    for (; next_ < plan_.size() && plan_[next_].at <= place; ++next_) {
        begin_(plan_[next_]);
        std::fflush(stdout);
        *word_ = '\0';
        const pid_t child = fork();
        if (child == 0) {
            copy_ = true;
            leave_shared_pieces();
            alarm(longest_life);
            return true;
        }
        judged_(plan_[next_], child < 0 ? "no copy could be made" : judgement_of(child));
    }
    return false;
}

std::string Forks::judgement_of(int child) const
{
    int status = 0;
    pid_t ended = 0;
    do ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) return word_;
    return "the process ended" + (WIFSIGNALED(status) ? " by signal " + std::to_string(WTERMSIG(status)) : "");
}

void Forks::end(const std::string& bad) const
{
    std::snprintf(word_, longest_word, "%s", bad.c_str());
    _exit(0);
}

}  // namespace ocop::test
