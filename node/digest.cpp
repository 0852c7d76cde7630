#include "node/digest.h"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "schema/base/check.h"

namespace ocop {

namespace {

__extension__ using Wide = unsigned __int128;

Wide wide(const Digest& digest)
{
    return (static_cast<Wide>(digest.high) << 64) | digest.low;
}
Digest narrow(Wide value)
{
    return {static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

Digest siphash(const std::string& message, const std::array<std::uint8_t, 16>& key)
{
    std::uint8_t out[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(out, reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                                key.data());
    Digest digest;
    std::memcpy(&digest.high, out, 8);
    std::memcpy(&digest.low, out + 8, 8);
    return digest;
}

template <class Number>
void append(std::string& message, Number value)
{
    for (std::size_t i = 0; i < sizeof value; ++i)
        message.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

}  // namespace

Digest& Digest::operator+=(const Digest& other)
{
    *this = narrow(wide(*this) + wide(other));
    return *this;
}

Digest& Digest::operator-=(const Digest& other)
{
    *this = narrow(wide(*this) - wide(other));
    return *this;
}

std::string Digest::hex() const
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {high, low})
        for (int shift = 60; shift >= 0; shift -= 4) text.push_back(digits[(half >> shift) & 15]);
    return text;
}

DigestKey::DigestKey(std::string_view key)
{
    OCOP_CHECK(key.size() == key_.size());
    std::memcpy(key_.data(), key.data(), key_.size());
    for (std::size_t bit = 0; bit < column_.size(); ++bit) {
        column_[bit] = siphash("column " + std::to_string(bit), key_);
        column_[bit].low |= 1;  // odd, so that multiplying loses nothing
    }
}

Digest DigestKey::entry(std::uint32_t table, std::string_view row, const Version& version, std::uint64_t mask) const
{
    std::string message;
    message.reserve(row.size() + 44);
    append(message, table);
    append(message, version.gen);
    append(message, version.time);
    append(message, version.origin.incarnation);
    message.append(reinterpret_cast<const char*>(version.origin.node.data()), version.origin.node.size());
    message.append(row);
    Wide columns = 0;
    for (; mask != 0; mask &= mask - 1) columns += wide(column_[static_cast<std::size_t>(std::countr_zero(mask))]);
    return narrow(wide(siphash(message, key_)) * columns);
}

}  // namespace ocop
