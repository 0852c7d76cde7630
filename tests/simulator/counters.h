// What a batch of seeds really met. A batch that met none of something demanded has tested less than it claims, and fails.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ocop::sim {

class Counters {
public:
    void add(const std::string& name, std::uint64_t count = 1) { counts_[name] += count; }
    void add(const Counters& other)
    {
        for (const auto& [name, count] : other.counts_) counts_[name] += count;
    }
    std::uint64_t of(const std::string& name) const
    {
        const auto found = counts_.find(name);
        return found == counts_.end() ? 0 : found->second;
    }
    const std::map<std::string, std::uint64_t>& all() const { return counts_; }

private:
    std::map<std::string, std::uint64_t> counts_;
};

/// What a batch of so many seeds must have met, given the features that are on: nothing of a few, and what is rare of hundreds only.
std::vector<std::string> demanded(std::uint64_t seeds, bool plain = false);

}  // namespace ocop::sim
