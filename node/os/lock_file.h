// The writer lock: our processes take it around each write transaction and its checkpoint, so that never two of our connections
// commit or checkpoint at the same moment (ARCHITECTURE.md, "SQLite").
#pragma once

#include <filesystem>
#include <memory>

namespace ocop {

class LockFile {
public:
    explicit LockFile(const std::filesystem::path& path);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

    class Hold {
    public:
        explicit Hold(LockFile& file);  // waits
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        LockFile& file_;
    };

private:
    int descriptor_ = -1;
};

}  // namespace ocop
