// Digests: equal digests prove that two replicas hold the same versions of the same cells.
//
// A digest is a sum modulo 2^128, so it can be kept up to date entry by entry in any order. An entry (row, version, mask) adds
//     h(table, row, version) * sum over the mask's bits of c(bit)
// with h a 128-bit SipHash-2-4 and c fixed odd numbers, both keyed with the tree's key (made at the root, handed down in the
// invite). Splitting a mask leaves the sum unchanged. Rows that are gone add nothing, because tombstones are purged at different
// times in different places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "node/value.h"

namespace ocop {

struct Digest {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    Digest& operator+=(const Digest& other);
    Digest& operator-=(const Digest& other);
    friend bool operator==(const Digest&, const Digest&) = default;
    /// 32 hexadecimal digits.
    std::string hex() const;
};

class DigestKey {
public:
    /// `key` is 16 bytes.
    explicit DigestKey(std::string_view key);

    Digest entry(std::uint32_t table, std::string_view row, const Version& version, std::uint64_t mask) const;

private:
    std::array<std::uint8_t, 16> key_{};
    std::array<Digest, 63> column_{};
};

}  // namespace ocop
