// Who a node is: an Ed25519 key made on its own machine. The node's id is the hash of the public key.
#pragma once

#include <string>
#include <string_view>

#include "node/environment.h"
#include "node/value.h"

namespace ocop {

struct NodeKey {
    std::string secret;      // 32 bytes: the seed (RFC 8032); kept in DIR/node.key, mode 0600
    std::string public_key;  // 32 bytes
};

NodeKey make_key(Random& random);
/// BLAKE2b, 16 bytes (RFC 7693).
std::string hash16(std::string_view bytes);
/// BLAKE2b, 32 bytes.
std::string hash32(std::string_view bytes);
/// BLAKE2b of the public key, 16 bytes (RFC 7693).
NodeId node_id_of(std::string_view public_key);

std::string to_hex(std::string_view bytes);
std::string to_hex(const NodeId& id);
/// Empty unless `hex` is an even number of lower-case hexadecimal digits.
std::string from_hex(std::string_view hex);

}  // namespace ocop
