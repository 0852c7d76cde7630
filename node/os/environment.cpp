#include "node/environment.h"

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace ocop {

namespace {

class SystemClock final : public Clock {
public:
    std::int64_t now_ms() override
    {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    }
};

class SystemRandom final : public Random {
public:
    void fill(void* bytes, std::size_t count) override
    {
        auto* at = static_cast<unsigned char*>(bytes);
        while (count > 0) {
            const ssize_t got = ::getrandom(at, count, 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) throw std::system_error(errno, std::generic_category(), "getrandom");
            at += got;
            count -= static_cast<std::size_t>(got);
        }
    }
};

}  // namespace

Clock& system_clock()
{
    static SystemClock clock;
    return clock;
}

Random& system_random()
{
    static SystemRandom random;
    return random;
}

}  // namespace ocop
