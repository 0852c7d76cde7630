// Putting a replica in memory back to an older state of itself, and cloning it.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "tests/support/world.h"

namespace ocop::test {

/// The whole database as bytes: what a backup of this moment holds.
inline std::string image_of(Replica& replica)
{
    sqlite3_int64 size = 0;
    unsigned char* bytes = sqlite3_serialize(replica.db().handle(), "main", &size, 0);
    OCOP_CHECK(bytes != nullptr);
    std::string image(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    sqlite3_free(bytes);
    return image;
}

/// The replica is from now on what it was when the image was taken, and does not know it.
inline void put_back(Replica& replica, const std::string& image)
{
    const auto size = static_cast<sqlite3_int64>(image.size());
    auto* bytes = static_cast<unsigned char*>(sqlite3_malloc64(static_cast<sqlite3_uint64>(size)));
    OCOP_CHECK(bytes != nullptr);
    std::copy(image.begin(), image.end(), bytes);
    const int code = sqlite3_deserialize(replica.db().handle(), "main", bytes, size, size,
                                         SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    OCOP_CHECK(code == SQLITE_OK);
    replica.units_changed();
    replica.reload_state();
}

/// As the witness file would have it found out at the next start, before anything was written.
inline void notice_rewind(Replica& replica)
{
    const std::uint64_t forked = replica.state().lsn;  // what the journal holds was never told
    Transaction transaction{replica};
    begin_life(replica, Rewound::witness_behind, forked);
    transaction.commit();
}

}  // namespace ocop::test
