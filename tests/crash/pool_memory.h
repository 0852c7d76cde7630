// SQLite's memory from lists of pieces that are kept, in place of malloc: opening a replica parses its schema, which is some ten thousand
// small allocations, and every crash point opens one.
#pragma once

namespace ocop::test {

/// Before SQLite's first use in this process; one thread only. Nothing under a sanitizer, which is to see every piece.
void use_pool_memory();

/// In a copy of the process (fork): from now on it takes pieces of its own, and leaves those it was born with as they are, so that the system need
/// not copy their pages.
void leave_shared_pieces();

}  // namespace ocop::test
