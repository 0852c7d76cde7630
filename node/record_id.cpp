#include "node/record_id.h"

#include "node/identity.h"
#include "node/row_key.h"

namespace ocop {

void RecordId::add(const Version& version)
{
    append(version.gen, sizeof version.gen);
    append(static_cast<std::uint64_t>(version.time), sizeof version.time);
    append(version.origin.incarnation, sizeof version.origin.incarnation);
    message_.append(reinterpret_cast<const char*>(version.origin.node.data()), version.origin.node.size());
}

std::string RecordId::uuid() const
{
    return uuid_from_bytes(hash16(message_));
}

/// Little-endian.
void RecordId::append(std::uint64_t number, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; ++i) message_.push_back(static_cast<char>(number >> (8 * i)));
}

}  // namespace ocop
