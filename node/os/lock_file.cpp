#include "node/os/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ocop {

LockFile::LockFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600))
{
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
}

LockFile::~LockFile()
{
    ::close(descriptor_);
}

LockFile::Hold::Hold(LockFile& file) : file_(file)
{
    while (::flock(file_.descriptor_, LOCK_EX) != 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "writer lock");
    }
}

LockFile::Hold::~Hold()
{
    ::flock(file_.descriptor_, LOCK_UN);
}

}  // namespace ocop
