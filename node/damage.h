// What our own tables hold that we never put there: the file is damaged, which is the machine's failure and not a bug of ours.
#pragma once

namespace ocop {

/// Throws sqlite::Error (is_corrupt) unless `sound`.
void undamaged(bool sound, const char* what);

}  // namespace ocop
