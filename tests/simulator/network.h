// The line between a child and its parent, and the sticks beside it. What goes in is bytes; what comes out may be late, twice, cut short or
// never. Nothing here knows what the bytes say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulator/counters.h"
#include "tests/simulator/options.h"
#include "tests/support/world.h"

namespace ocop::sim {

struct Message {
    std::uint64_t id = 0;
    int child = 0;
    bool up = true;     // a request; else an answer
    bool late = false;  // came by stick
    std::string bytes;
};

struct Arrival {
    std::int64_t at = 0;
    Message message;
};

class Network {
public:
    Network(const Options& options, test::SeededRandom& random, Counters& counters);

    /// Where and when the message arrives; nowhere if it was lost. A stick's copies are kept here until their time.
    std::vector<Arrival> send(const Message& message, std::int64_t now);
    /// From here on all arrives, once, at once.
    void heal() { healed_ = true; }

private:
    void damage(Message& message);

    const Options& options_;
    test::SeededRandom& random_;
    Counters& counters_;
    bool healed_ = false;
    std::vector<std::int64_t> outage_;  // by child: until when its line is dead
};

}  // namespace ocop::sim
