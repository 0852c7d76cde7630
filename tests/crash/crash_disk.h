// A disk in memory that remembers every operation, so that afterwards the power can be cut at any of them.
//
// One run of a scenario leaves a trace: writes, truncations, syncs, and what happened to names. A `PowerCut` walks along the trace and
// knows at each place what is durable and what is still on its way. Of the latter a sampled part survives the cut, sector by sector (512
// bytes), now and then torn; of the names a first part of those not yet synced with their folder. Every file below the victim's folder
// suffers so; the files of other machines keep all.
//
// SQLite's files come here through the VFS of crash_vfs.h, ours through the seam in node/os/files.h. Folders do not exist.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/os/files.h"
#include "tests/crash/content.h"
#include "tests/support/world.h"

namespace ocop::test {

using Image = std::map<std::string, Content>;  // path -> content

struct DiskOp {
    enum class Kind : std::uint8_t { write, truncate, sync, failed_sync, create, rename, remove, sync_folder };
    Kind kind;
    std::uint32_t file = 0;
    std::uint64_t at = 0;  // write: offset; truncate: size
    std::string bytes;     // write
    std::string from, to;  // names; sync_folder: `to` is the folder
};

/// What shall go wrong, and when: every operation, reads too, counts one.
struct DiskFault {
    enum class Kind : std::uint8_t { none, io_error, full, read_only };
    Kind kind = Kind::none;
    std::uint64_t at = 0;  // 1: the first operation
    bool for_ever = false;
};

class CrashDisk final : public Disk {
public:
    explicit CrashDisk(const Image& base);

    // The seam of node/os/files.h.
    void write_new(const std::filesystem::path& path, std::string_view bytes) override;
    void sync_folder(const std::filesystem::path& folder) override;
    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    void remove(const std::filesystem::path& path) override;
    bool exists(const std::filesystem::path& path) override { return names_.contains(path.string()); }
    std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit) override;

    // For the VFS, by file.
    std::optional<std::uint32_t> find(const std::string& path) const;
    std::uint32_t create(const std::string& path);
    const Content& content(std::uint32_t file) const { return files_[file]; }
    void write(std::uint32_t file, std::uint64_t at, std::string_view bytes);
    void truncate(std::uint32_t file, std::uint64_t size);
    void sync(std::uint32_t file) { note({DiskOp::Kind::sync, file, 0, {}, {}, {}}); }
    /// The device gave up: what was on its way to it will never arrive, though it can still be read.
    void sync_failed(std::uint32_t file, const std::string& path)
    {
        note({DiskOp::Kind::failed_sync, file, 0, {}, {}, {}});
        unsynced = path;
    }
    std::vector<std::string>& shared_memory(std::uint32_t file) { return shared_[file]; }

    /// True: the operation that begins now shall fail.
    bool fails(bool writes);
    DiskFault fault;
    std::function<void()> at_operation;  // called before each that is counted
    std::uint64_t operations = 0;        // counted for faults
    bool hit = false;                    // a fault has happened
    std::string unsynced;                // the file whose sync failed, or which could not be removed for good

    /// Everything as the operating system has it.
    Image image() const;
    const Image& base() const { return base_; }
    const std::vector<DiskOp>& trace() const { return trace_; }

private:
    void note(DiskOp op) { trace_.push_back(std::move(op)); }
    void fail_if_due(const std::filesystem::path& path);

    Image base_;
    std::vector<Content> files_;
    std::map<std::string, std::uint32_t> names_;
    std::map<std::uint32_t, std::vector<std::string>> shared_;
    std::vector<DiskOp> trace_;
};

class PowerCut {
public:
    /// `victim`: the folder of the machine that loses power. `lies`: its disk acknowledged every sync and did none.
    PowerCut(const CrashDisk& disk, std::string victim, bool lies = false);

    /// The power goes while operation `at` is under way (the number of operations: after the last). `at` never goes down.
    void walk_to(std::size_t at);
    /// What is found afterwards; each call samples anew.
    Image sample(SeededRandom& random) const;

private:
    struct File {
        Content synced;
        Content live;
        std::vector<const DiskOp*> pending;
    };
    void apply(const DiskOp& op);
    Content survive(const File& file, SeededRandom& random) const;

    const std::vector<DiskOp>& trace_;
    std::string victim_;
    bool lies_;
    std::size_t done_ = 0;    // operations completed
    bool under_way_ = false;  // the one at done_ is also among the pending
    std::vector<File> files_;
    std::map<std::string, std::uint32_t> durable_names_, live_names_;
    std::vector<const DiskOp*> pending_names_;
};

}  // namespace ocop::test
