#include "node/identity.h"

#include <sodium.h>

#include <algorithm>

#include "schema/base/check.h"

namespace ocop {

NodeKey make_key(Random& random)
{
    NodeKey key{std::string(crypto_sign_SEEDBYTES, '\0'), std::string(crypto_sign_PUBLICKEYBYTES, '\0')};
    random.fill(key.secret.data(), key.secret.size());
    std::string expanded(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(key.public_key.data()),
                             reinterpret_cast<unsigned char*>(expanded.data()),
                             reinterpret_cast<const unsigned char*>(key.secret.data()));
    sodium_memzero(expanded.data(), expanded.size());
    return key;
}

namespace {

std::string blake2b(std::string_view bytes, std::size_t size)
{
    std::string hash(size, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
    return hash;
}

}  // namespace

std::string hash16(std::string_view bytes)
{
    return blake2b(bytes, 16);
}

std::string hash32(std::string_view bytes)
{
    return blake2b(bytes, 32);
}

NodeId node_id_of(std::string_view public_key)
{
    OCOP_CHECK(public_key.size() == crypto_sign_PUBLICKEYBYTES);
    const std::string hash = hash16(public_key);
    NodeId id{};
    std::copy(hash.begin(), hash.end(), id.begin());
    return id;
}

std::string to_hex(std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const char byte : bytes) {
        hex.push_back(digits[(static_cast<unsigned char>(byte) >> 4) & 15]);
        hex.push_back(digits[static_cast<unsigned char>(byte) & 15]);
    }
    return hex;
}

std::string to_hex(const NodeId& id)
{
    return to_hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

std::string from_hex(std::string_view hex)
{
    std::string bytes;
    int high = -1;
    for (const char c : hex) {
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return {};
        if (high >= 0) bytes.push_back(static_cast<char>(high * 16 + digit));
        high = high >= 0 ? -1 : digit;
    }
    return high >= 0 ? std::string{} : bytes;
}

}  // namespace ocop
