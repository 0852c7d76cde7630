#include "node/broken.h"

#include <cerrno>
#include <new>
#include <system_error>

#include "node/os/files.h"
#include "node/sqlite.h"

namespace ocop {

namespace {

Broken of_database(const sqlite::Error& error)
{
    if (error.is_busy()) return Broken::busy;
    if (error.is_corrupt()) return Broken::corrupt;
    if (error.is_sync_failure()) return Broken::sync_failed;
    if (error.is_out_of_memory()) return Broken::memory;
    if (error.is_full()) return Broken::disk_full;
    if (error.is_read_only()) return Broken::read_only;
    return error.is_disk() ? Broken::disk : Broken::other;
}

Broken of_system(const std::error_code& code)
{
    if (code == std::errc::no_space_on_device || code.value() == EDQUOT) return Broken::disk_full;
    if (code == std::errc::read_only_file_system || code == std::errc::permission_denied) return Broken::read_only;
    if (code == std::errc::io_error || code == std::errc::file_too_large) return Broken::disk;
    // Out of file descriptors: as with memory, what was begun is undone and may be tried again.
    const bool scarce = code == std::errc::not_enough_memory || code == std::errc::too_many_files_open ||
                        code == std::errc::too_many_files_open_in_system;
    return scarce ? Broken::memory : Broken::other;
}

}  // namespace

Broken what_broke(const std::exception& error)
{
    if (const auto* database = dynamic_cast<const sqlite::Error*>(&error)) return of_database(*database);
    if (dynamic_cast<const SyncFailure*>(&error) != nullptr) return Broken::sync_failed;
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) return of_system(system->code());
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? Broken::memory : Broken::other;
}

}  // namespace ocop
