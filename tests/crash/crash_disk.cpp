#include "tests/crash/crash_disk.h"

#include <cerrno>
#include <system_error>

#include "tests/crash/failing_memory.h"

namespace ocop::test {

namespace {

constexpr std::uint64_t sector = 512;

void rename_in(std::map<std::string, std::uint32_t>& names, const DiskOp& op)
{
    switch (op.kind) {
    case DiskOp::Kind::create: names[op.to] = op.file; break;
    case DiskOp::Kind::remove: names.erase(op.from); break;
    case DiskOp::Kind::rename:
        names[op.to] = op.file;
        names.erase(op.from);
        break;
    default: break;
    }
}

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

}  // namespace

// ---- the disk

CrashDisk::CrashDisk(const Image& base) : base_(base)
{
    for (const auto& [path, bytes] : base_) {
        names_[path] = static_cast<std::uint32_t>(files_.size());
        files_.push_back(bytes);
    }
}

bool CrashDisk::fails(bool writes)
{
    if (fault.kind == DiskFault::Kind::none) return false;
    ++operations;
    if (at_operation) at_operation();
    const bool due = fault.for_ever ? operations >= fault.at : operations == fault.at;
    if (!due || (fault.kind != DiskFault::Kind::io_error && !writes)) return false;
    hit = true;
    return true;
}

void CrashDisk::fail_if_due(const std::filesystem::path& path)
{
    if (!fails(true)) return;
    const int number = fault.kind == DiskFault::Kind::io_error ? EIO
                       : fault.kind == DiskFault::Kind::full   ? ENOSPC
                                                               : EROFS;
    throw std::system_error(number, std::generic_category(), path.string());
}

void CrashDisk::write_new(const std::filesystem::path& path, std::string_view bytes)
{
    const MemoryPause pause;
    fail_if_due(path);
    if (exists(path)) throw std::system_error(EEXIST, std::generic_category(), path.string());
    const std::uint32_t file = create(path.string());
    write(file, 0, bytes);
    fail_if_due(path);
    sync(file);
}

void CrashDisk::sync_folder(const std::filesystem::path& folder)
{
    const MemoryPause pause;
    fail_if_due(folder);
    note({DiskOp::Kind::sync_folder, 0, 0, {}, {}, folder.string()});
}

void CrashDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to)
{
    const MemoryPause pause;
    fail_if_due(from);
    const auto file = find(from.string());
    if (!file) throw std::system_error(ENOENT, std::generic_category(), from.string());
    note({DiskOp::Kind::rename, *file, 0, {}, from.string(), to.string()});
    rename_in(names_, trace_.back());
}

void CrashDisk::remove(const std::filesystem::path& path)
{
    const MemoryPause pause;
    fail_if_due(path);
    if (!exists(path)) return;
    note({DiskOp::Kind::remove, *find(path.string()), 0, {}, path.string(), {}});
    rename_in(names_, trace_.back());
}

std::optional<std::string> CrashDisk::read(const std::filesystem::path& path, std::size_t limit)
{
    const auto file = find(path.string());
    if (!file || files_[*file].size() > limit || fails(false)) return std::nullopt;
    return files_[*file].str();
}

std::optional<std::uint32_t> CrashDisk::find(const std::string& path) const
{
    const auto found = names_.find(path);
    if (found == names_.end()) return std::nullopt;
    return found->second;
}

std::uint32_t CrashDisk::create(const std::string& path)
{
    const auto file = static_cast<std::uint32_t>(files_.size());
    files_.emplace_back();
    note({DiskOp::Kind::create, file, 0, {}, {}, path});
    names_[path] = file;
    return file;
}

void CrashDisk::write(std::uint32_t file, std::uint64_t at, std::string_view bytes)
{
    files_[file].write(at, bytes);
    note({DiskOp::Kind::write, file, at, std::string{bytes}, {}, {}});
}

void CrashDisk::truncate(std::uint32_t file, std::uint64_t size)
{
    files_[file].resize(size);
    note({DiskOp::Kind::truncate, file, size, {}, {}, {}});
}

Image CrashDisk::image() const
{
    Image image;
    for (const auto& [path, file] : names_) image[path] = files_[file];
    return image;
}

// ---- the power cut

PowerCut::PowerCut(const CrashDisk& disk, std::string victim, bool lies)
    : trace_(disk.trace()), victim_(std::move(victim) + '/'), lies_(lies)
{
    for (const auto& [path, bytes] : disk.base()) {
        durable_names_[path] = live_names_[path] = static_cast<std::uint32_t>(files_.size());
        files_.push_back({bytes, bytes, {}});
    }
}

void PowerCut::apply(const DiskOp& op)
{
    using Kind = DiskOp::Kind;
    switch (op.kind) {
    case Kind::write:
        files_[op.file].live.write(op.at, op.bytes);
        files_[op.file].pending.push_back(&op);
        break;
    case Kind::truncate:
        files_[op.file].live.resize(op.at);
        files_[op.file].pending.push_back(&op);
        break;
    case Kind::create: files_.resize(std::max<std::size_t>(files_.size(), op.file + 1)); [[fallthrough]];
    case Kind::rename:
    case Kind::remove:
        rename_in(live_names_, op);
        pending_names_.push_back(&op);
        break;
    default: break;  // not done before the cut
    }
}

void PowerCut::walk_to(std::size_t at)
{
    using Kind = DiskOp::Kind;
    OCOP_CHECK(at >= done_ && at <= trace_.size());
    for (; done_ < at; ++done_) {
        const DiskOp& op = trace_[done_];
        if (!under_way_) apply(op);
        under_way_ = false;
        if (lies_ && (op.kind == Kind::sync || op.kind == Kind::sync_folder)) continue;
        if (op.kind == Kind::sync) {
            File& file = files_[op.file];
            file.synced = file.live;
            file.pending.clear();
        }
        // What the device lost is read back from memory for now, and gone with the power.
        if (op.kind == Kind::failed_sync) files_[op.file].pending.clear();
        if (op.kind == Kind::sync_folder) {
            std::vector<const DiskOp*> left;
            for (const DiskOp* name : pending_names_) {
                if (folder_of(name->to.empty() ? name->from : name->to) == op.to)
                    rename_in(durable_names_, *name);
                else
                    left.push_back(name);
            }
            pending_names_ = left;
        }
    }
    if (at < trace_.size() && !under_way_) {
        apply(trace_[at]);
        under_way_ = true;
    }
}

Content PowerCut::survive(const File& file, SeededRandom& random) const
{
    // Nothing, everything, any part, or a first part (a disk that keeps the order).
    const std::size_t way = random.below(4);
    const double share = static_cast<double>(random.below(1000)) / 1000;
    const std::size_t first = file.pending.empty() ? 0 : random.below(file.pending.size() + 1);
    Content content = file.synced;
    for (std::size_t i = 0; i < file.pending.size(); ++i) {
        const DiskOp& op = *file.pending[i];
        const auto kept = [&] { return way == 1 || (way == 2 && random.chance(share)) || (way == 3 && i < first); };
        if (op.kind == DiskOp::Kind::truncate) {
            if (kept()) content.resize(op.at);
            continue;
        }
        for (std::uint64_t done = 0; done < op.bytes.size();) {
            const std::uint64_t rest = sector - (op.at + done) % sector;
            std::string_view piece = std::string_view{op.bytes}.substr(done, rest);
            const std::uint64_t place = op.at + done;
            done += piece.size();
            if (!kept()) continue;
            if (way != 1 && random.below(8) == 0) piece = piece.substr(0, random.below(piece.size() + 1));  // torn
            content.write(place, piece);
        }
    }
    return content;
}

Image PowerCut::sample(SeededRandom& random) const
{
    auto names = durable_names_;
    const std::size_t kept = random.below(pending_names_.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) rename_in(names, *pending_names_[i]);
    Image image;
    for (const auto& [path, file] : names)
        if (path.starts_with(victim_)) image[path] = survive(files_[file], random);
    for (const auto& [path, file] : live_names_)
        if (!path.starts_with(victim_)) image[path] = files_[file].live;
    return image;
}

}  // namespace ocop::test
