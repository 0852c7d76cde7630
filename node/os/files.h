// The few things we ask of a file system beyond std::filesystem.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ocop {

/// What was written may never reach the disk, and asking again proves nothing.
class SyncFailure : public std::system_error {
public:
    using std::system_error::system_error;
};

/// Writes a new file with mode 0600 and syncs it and its folder before returning. Throws std::system_error; never overwrites.
void write_private_file(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file whole or not at all: temporary file, sync, rename, sync of the folder.
void replace_file(const std::filesystem::path& path, std::string_view bytes);

/// Renames within one folder and syncs the folder.
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

bool file_exists(const std::filesystem::path& path);

/// Nothing to do if it is not there.
void remove_file(const std::filesystem::path& path);

/// At most `limit` bytes; nothing if the file is absent, unreadable, not regular or longer.
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

/// What the functions above are made of, so that a test may put a disk in its place that fails or loses power (tests/crash). Failures
/// are std::system_error.
class Disk {
public:
    virtual ~Disk() = default;
    virtual void write_new(const std::filesystem::path& path,
                           std::string_view bytes) = 0;  // 0600, synced, not its name
    virtual void sync_folder(const std::filesystem::path& folder) = 0;
    virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual void remove(const std::filesystem::path& path) = 0;
    virtual bool exists(const std::filesystem::path& path) = 0;
    virtual std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) = 0;
};

/// From now on; null: the machine's own. For tests, while nothing else runs.
void use_disk(Disk* disk);

}  // namespace ocop
