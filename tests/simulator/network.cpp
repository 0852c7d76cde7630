#include "tests/simulator/network.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

}  // namespace

Network::Network(const Options& options, test::SeededRandom& random, Counters& counters)
    : options_(options), random_(random), counters_(counters), outage_(options.nodes + 1 + most_clones, 0)
{
}

std::vector<Arrival> Network::send(const Message& message, std::int64_t now)
{
    std::vector<Arrival> arrivals;
    if (healed_) {
        arrivals.push_back({now + 100, message});
        return arrivals;
    }
    const auto later = [&] {
        return now + 50 + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(options_.slowest));
    };
    if (!message.late && random_.chance(options_.stick)) {
        const std::size_t copies = random_.below(3);
        for (std::size_t i = 0; i < copies; ++i) {
            const auto weeks = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(21 * day));
            arrivals.push_back({now + day / 2 + weeks, message});
            arrivals.back().message.late = true;
        }
    }
    std::int64_t& dead_until = outage_[static_cast<std::size_t>(message.child)];
    if (now >= dead_until && random_.chance(options_.outage * 0.2)) {
        dead_until = now + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(5 * day));
        counters_.add("outages");
    }
    if (now < dead_until || random_.chance(options_.drop)) {
        counters_.add("lost messages");
        return arrivals;
    }
    arrivals.push_back({later(), message});
    damage(arrivals.back().message);
    if (random_.chance(options_.duplicate)) {
        counters_.add("copied messages");
        arrivals.push_back({later(), message});
    }
    return arrivals;
}

void Network::damage(Message& message)
{
    std::size_t length = message.bytes.size();
    if (options_.cut_after != 0 && length > options_.cut_after) length = options_.cut_after;
    if (length > 1 && random_.chance(options_.truncate)) length = random_.below(length);
    if (length == message.bytes.size()) return;
    message.bytes.resize(length);
    counters_.add("cut messages");
}

}  // namespace ocop::sim
