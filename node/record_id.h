// The id of a record that the engine itself makes (a conflict, a refusal): a hash of what it is about, so that every node that finds the same
// makes the same record.
#pragma once

#include <cstdint>
#include <string>

#include "node/value.h"

namespace ocop {

class RecordId {
public:
    /// `about`: what kind of record on which row, with separators.
    explicit RecordId(std::string about) : message_(std::move(about)) {}
    void add(std::uint32_t number) { append(number, sizeof number); }
    void add(const Version& version);
    /// A canonical UUID: BLAKE2b of what was added, 16 bytes.
    std::string uuid() const;

private:
    void append(std::uint64_t number, std::size_t bytes);

    std::string message_;
};

}  // namespace ocop
