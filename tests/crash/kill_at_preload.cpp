// Loaded into a real process (LD_PRELOAD): kills it with SIGKILL at the n-th of the system calls by which bytes and names reach the disk
// or the line, before, in the middle of (a write half done) or right after the call. What was written stays written: this is the death of
// a process, not of the machine (that is crash_tool's).
//
//     OCOP_KILL_AT=N         1: the first; absent: only counts
//     OCOP_KILL_SIDE=before|half|after
//     OCOP_KILL_COUNT=FILE   at a normal end the number of calls is written there
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> calls{0};

enum class Side { before, half, after };

long kill_at()
{
    static const long at = std::getenv("OCOP_KILL_AT") != nullptr ? std::atol(std::getenv("OCOP_KILL_AT")) : -1;
    return at;
}

Side side()
{
    static const Side wanted = [] {
        const char* word = std::getenv("OCOP_KILL_SIDE");
        if (word != nullptr && std::strcmp(word, "half") == 0) return Side::half;
        return word != nullptr && std::strcmp(word, "after") == 0 ? Side::after : Side::before;
    }();
    return wanted;
}

void die()
{
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

template <class Function>
Function real(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// One call: `half` does a part of it, `whole` all of it.
template <class Whole, class Half>
auto counted(Whole&& whole, Half&& half)
{
    const bool mine = ++calls == kill_at();
    if (mine && side() == Side::before) die();
    if (mine && side() == Side::half) {
        half();
        die();
    }
    const auto result = whole();
    if (mine) die();
    return result;
}

struct AtEnd {
    ~AtEnd()
    {
        const char* file = std::getenv("OCOP_KILL_COUNT");
        if (file == nullptr) return;
        if (std::FILE* out = std::fopen(file, "w")) {
            std::fprintf(out, "%ld\n", calls.load());
            std::fclose(out);
        }
    }
} at_end;

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at)
{
    static const auto call = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    return counted([&] { return call(file, bytes, count, at); }, [&] { call(file, bytes, count / 2, at); });
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at)
{
    return pwrite64(file, bytes, count, at);
}

ssize_t write(int file, const void* bytes, size_t count)
{
    static const auto call = real<ssize_t (*)(int, const void*, size_t)>("write");
    if (file <= 2) return call(file, bytes, count);
    return counted([&] { return call(file, bytes, count); }, [&] { call(file, bytes, count / 2); });
}

ssize_t sendmsg(int file, const msghdr* message, int flags)
{
    static const auto call = real<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
    return counted([&] { return call(file, message, flags); }, [] {});
}

ssize_t send(int file, const void* bytes, size_t count, int flags)
{
    static const auto call = real<ssize_t (*)(int, const void*, size_t, int)>("send");
    return counted([&] { return call(file, bytes, count, flags); }, [&] { call(file, bytes, count / 2, flags); });
}

int fsync(int file)
{
    static const auto call = real<int (*)(int)>("fsync");
    return counted([&] { return call(file); }, [] {});
}

int fdatasync(int file)
{
    static const auto call = real<int (*)(int)>("fdatasync");
    return counted([&] { return call(file); }, [] {});
}

int ftruncate64(int file, off64_t size)
{
    static const auto call = real<int (*)(int, off64_t)>("ftruncate64");
    return counted([&] { return call(file, size); }, [] {});
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

int unlink(const char* path)
{
    static const auto call = real<int (*)(const char*)>("unlink");
    return counted([&] { return call(path); }, [] {});
}

int rename(const char* from, const char* to)
{
    static const auto call = real<int (*)(const char*, const char*)>("rename");
    return counted([&] { return call(from, to); }, [] {});
}
}
