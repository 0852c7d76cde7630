// The small value types of a replica: SQL values, ids, versions.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ocop {

/// Bytes that left or will leave this machine. std::string because SQLite, curl and Beast all speak it.
using Bytes = std::string;

struct Blob {
    std::string bytes;
    friend auto operator<=>(const Blob&, const Blob&) = default;
};

/// One SQL value: NULL, INTEGER, REAL, TEXT (UTF-8, NFC), BLOB.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

/// Hash of a node's Ed25519 public key: BLAKE2b, 16 bytes.
using NodeId = std::array<std::uint8_t, 16>;

/// Who made a change: a node in one of its lives. A new incarnation begins whenever history may have rewound.
struct Origin {
    NodeId node{};
    std::uint32_t incarnation = 0;
    friend auto operator<=>(const Origin&, const Origin&) = default;
};

/// A version, compared in this order. `gen` counts edits along the row's causal past (highest seen + 1), so an edit that has
/// seen another always beats it; `time` (ms since 1970, as its author's clock had it) only breaks ties and informs people.
struct Version {
    std::uint64_t gen = 0;
    std::int64_t time = 0;
    Origin origin;
    friend auto operator<=>(const Version&, const Version&) = default;
};

}  // namespace ocop
