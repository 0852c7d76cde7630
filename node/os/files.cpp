#include "node/os/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "schema/base/exhibit.h"

namespace ocop {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path)
{
    throw std::system_error(errno, std::generic_category(), path.string());
}

[[noreturn]] void fail_sync(const std::filesystem::path& path)
{
    throw SyncFailure(errno, std::generic_category(), path.string());
}

class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0)
        : number_(::open(path.c_str(), flags | O_CLOEXEC, mode))
    {
    }
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool valid() const { return number_ >= 0; }

private:
    int number_;
};

class RealDisk final : public Disk {
public:
    void write_new(const std::filesystem::path& path, std::string_view bytes) override
    {
        const Descriptor file{path, O_WRONLY | O_CREAT | O_EXCL, 0600};
        if (!file.valid()) fail(path);
        while (!bytes.empty()) {
            const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) fail(path);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        if (::fsync(file.number()) != 0) fail_sync(path);
    }
    void sync_folder(const std::filesystem::path& folder) override
    {
        const Descriptor opened{folder, O_RDONLY | O_DIRECTORY};
        if (!opened.valid()) fail(folder);
        if (::fsync(opened.number()) != 0) fail_sync(folder);
    }
    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override
    {
        std::filesystem::rename(from, to);
    }
    void remove(const std::filesystem::path& path) override { std::filesystem::remove(path); }
    bool exists(const std::filesystem::path& path) override { return std::filesystem::exists(path); }
    std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) override;
};

std::optional<std::string> RealDisk::read(const std::filesystem::path& path, std::size_t limit)
{
    const Descriptor file{path, O_RDONLY | O_NONBLOCK};
    // Says nothing of the file: to call it absent would be a lie.
    if (!file.valid() && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        throw std::system_error(errno, std::generic_category(), path.string());
    struct stat about {};
    if (!file.valid() || ::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    if (static_cast<std::size_t>(about.st_size) > limit) return std::nullopt;
    std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(file.number(), bytes.data() + have, bytes.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        have += static_cast<std::size_t>(got);
    }
    return bytes;
}

Disk* another = nullptr;

Disk& disk()
{
    static RealDisk real;
    return another != nullptr ? *another : real;
}

std::filesystem::path folder_of(const std::filesystem::path& path)
{
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

}  // namespace

void use_disk(Disk* instead)
{
    another = instead;
}

void write_private_file(const std::filesystem::path& path, std::string_view bytes)
{
    disk().write_new(path, bytes);
    disk().sync_folder(folder_of(path));
}

void replace_file(const std::filesystem::path& path, std::string_view bytes)
{
    auto part = path;
    part += ".part";
    disk().remove(part);
    disk().write_new(part, bytes);
    rename_file(part, path);
}

void rename_file(const std::filesystem::path& from, const std::filesystem::path& to)
{
    disk().rename(from, to);
    if (!exhibit("rename-without-folder")) disk().sync_folder(folder_of(to));
}

bool file_exists(const std::filesystem::path& path)
{
    return disk().exists(path);
}

void remove_file(const std::filesystem::path& path)
{
    disk().remove(path);
}

std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit)
{
    return disk().read(path, limit);
}

}  // namespace ocop
