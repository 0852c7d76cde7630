// The bytes of a chunk of history: one past version after the other. Canonical, so that they can be hashed; read with every length checked,
// since a disk may have changed them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/history.h"

namespace ocop {

/// `names` are the units and origins this chunk has named already; they are named once.
void append_past(std::string& body, std::vector<std::string>& names, const Past& past);

class PastReader {
public:
    explicit PastReader(std::string_view body) : rest_(body) {}
    /// False at the end, or where the bytes are none of ours (then `sound()` is false).
    bool next(Past& past);
    bool sound() const { return sound_; }

private:
    std::uint64_t number();
    std::string_view bytes(std::uint64_t count);
    std::string_view name();
    Value value();

    std::string_view rest_;
    std::vector<std::string> names_;
    bool sound_ = true;
};

}  // namespace ocop
