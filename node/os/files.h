// The few things we ask of a file system beyond std::filesystem.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ocop {

/// Writes a new file with mode 0600 and syncs it and its folder before returning. Throws std::system_error; never overwrites.
void write_private_file(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file whole or not at all: temporary file, sync, rename, sync of the folder.
void replace_file(const std::filesystem::path& path, std::string_view bytes);

/// Renames within one folder and syncs the folder.
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// At most `limit` bytes; nothing if the file is absent, unreadable, not regular or longer.
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace ocop
