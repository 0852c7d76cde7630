#include "tests/crash/crash_vfs.h"

#include <sqlite3.h>

#include <cstring>

#include "tests/crash/failing_memory.h"

namespace ocop::test {

namespace {

CrashDisk* current = nullptr;
SeededRandom chance{1};

/// A file of SQLite's; constructed in place by xOpen, destroyed by xClose.
struct OpenFile {
    sqlite3_file base;
    CrashDisk* disk;
    std::uint32_t file;
    bool is_new;  // a journal or WAL whose folder is to be synced with its first sync
    std::string* path;
    Content* unnamed;  // a temporary file's content
};

OpenFile& of(sqlite3_file* file)
{
    return *reinterpret_cast<OpenFile*>(file);
}

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

int write_error(const CrashDisk& disk)
{
    if (disk.fault.kind == DiskFault::Kind::full) return SQLITE_FULL;
    return disk.fault.kind == DiskFault::Kind::read_only ? SQLITE_READONLY : SQLITE_IOERR_WRITE;
}

int close(sqlite3_file* file)
{
    const MemoryPause pause;
    delete of(file).path;
    delete of(file).unnamed;
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 at)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    if (open.disk->fails(false)) return SQLITE_IOERR_READ;
    const Content& content = open.unnamed != nullptr ? *open.unnamed : open.disk->content(open.file);
    const auto wanted = static_cast<std::size_t>(count);
    const std::size_t have = content.read(static_cast<std::uint64_t>(at), static_cast<char*>(bytes), wanted);
    if (have == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(bytes) + have, 0, wanted - have);
    return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    std::string_view all{static_cast<const char*>(bytes), static_cast<std::size_t>(count)};
    if (open.unnamed != nullptr) {
        open.unnamed->write(static_cast<std::uint64_t>(at), all);
        return SQLITE_OK;
    }
    if (open.disk->fails(true)) {
        if (open.disk->fault.kind != DiskFault::Kind::read_only)  // a short write: a part of it is there
            open.disk->write(open.file, static_cast<std::uint64_t>(at), all.substr(0, chance.below(all.size() + 1)));
        return write_error(*open.disk);
    }
    open.disk->write(open.file, static_cast<std::uint64_t>(at), all);
    return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    if (open.unnamed != nullptr) {
        open.unnamed->resize(static_cast<std::uint64_t>(size));
        return SQLITE_OK;
    }
    if (open.disk->fails(true)) return SQLITE_IOERR_TRUNCATE;
    open.disk->truncate(open.file, static_cast<std::uint64_t>(size));
    return SQLITE_OK;
}

int sync(sqlite3_file* file, int)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    if (open.unnamed != nullptr) return SQLITE_OK;
    if (open.disk->fails(true)) {
        open.disk->sync_failed(open.file, *open.path);
        return SQLITE_IOERR_FSYNC;
    }
    open.disk->sync(open.file);
    if (!open.is_new) return SQLITE_OK;
    try {
        open.disk->sync_folder(folder_of(*open.path));
    } catch (const std::exception&) {
        open.disk->unsynced = *open.path;
        return SQLITE_IOERR_DIR_FSYNC;
    }
    open.is_new = false;
    return SQLITE_OK;
}

int size(sqlite3_file* file, sqlite3_int64* bytes)
{
    const OpenFile& open = of(file);
    *bytes = static_cast<sqlite3_int64>(open.unnamed != nullptr ? open.unnamed->size()
                                                                : open.disk->content(open.file).size());
    return SQLITE_OK;
}

// One process, and never two connections at work at once: locks are all granted.
int lock(sqlite3_file*, int)
{
    return SQLITE_OK;
}
int reserved(sqlite3_file*, int* held)
{
    *held = 0;
    return SQLITE_OK;
}
int control(sqlite3_file*, int, void*)
{
    return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*)
{
    return 4096;
}
int traits(sqlite3_file*)
{
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // as SQLite itself takes disks to be
}

int shm_map(sqlite3_file* file, int region, int bytes, int extend, void volatile** at)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    std::vector<std::string>& regions = open.disk->shared_memory(open.file);
    *at = nullptr;
    const auto wanted = static_cast<std::size_t>(region);
    if (regions.size() <= wanted) {
        if (extend == 0) return SQLITE_OK;
        if (open.disk->fails(false)) return SQLITE_IOERR_SHMSIZE;
        regions.reserve(64);  // so that what was handed out stays in its place
        while (regions.size() <= wanted) regions.emplace_back(static_cast<std::size_t>(bytes), '\0');
    }
    *at = regions[wanted].data();
    return SQLITE_OK;
}
int shm_lock(sqlite3_file*, int, int, int)
{
    return SQLITE_OK;
}
void shm_barrier(sqlite3_file*) {}
int shm_unmap(sqlite3_file* file, int)
{
    const MemoryPause pause;
    of(file).disk->shared_memory(of(file).file).clear();
    return SQLITE_OK;
}

const sqlite3_io_methods methods = {2,        close,       read,      write,   truncate,    sync,   size,
                                    lock,     lock,        reserved,  control, sector_size, traits, shm_map,
                                    shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* granted)
{
    const MemoryPause pause;
    OpenFile& open = of(file);
    open = {{nullptr}, current, 0, false, nullptr, nullptr};
    if (name == nullptr) {
        open.unnamed = new Content;
    } else {
        const auto found = current->find(name);
        if (current->fails(!found)) return SQLITE_CANTOPEN;
        if (!found && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        const bool journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
        const std::string path{name};
        open.is_new = !found && journal;
        open.path = new std::string{path};
        open.file = found ? *found : current->create(path);
    }
    open.base.pMethods = &methods;
    if (granted != nullptr) *granted = flags;
    return SQLITE_OK;
}

int remove_file_of(sqlite3_vfs*, const char* name, int and_folder)
{
    const MemoryPause pause;
    const std::string path{name};
    if (!current->find(path)) return SQLITE_IOERR_DELETE_NOENT;
    try {
        current->remove(path);
    } catch (const std::exception&) {
        return SQLITE_IOERR_DELETE;
    }
    try {
        if (and_folder != 0) current->sync_folder(folder_of(path));
    } catch (const std::exception&) {
        current->unsynced = path;
        return SQLITE_IOERR_DIR_FSYNC;
    }
    return SQLITE_OK;
}

int access_of(sqlite3_vfs*, const char* name, int flags, int* yes)
{
    const MemoryPause pause;
    const auto found = current->find(name);
    *yes = found && (flags != SQLITE_ACCESS_EXISTS || !current->content(*found).empty()) ? 1 : 0;
    return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int room, char* out)
{
    if (std::strlen(name) + 1 > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int count, char* out)
{
    chance.fill(out, static_cast<std::size_t>(count));
    return count;
}
int no_sleep(sqlite3_vfs*, int)
{
    return 0;
}
int current_time(sqlite3_vfs*, sqlite3_int64* milliseconds)
{
    *milliseconds = 212'482'600'000'000;  // a day in 2021, in Julian milliseconds
    return SQLITE_OK;
}
int current_day(sqlite3_vfs*, double* days)
{
    *days = 212'482'600'000'000 / 86'400'000.0;
    return SQLITE_OK;
}
int no_error(sqlite3_vfs*, int, char*)
{
    return 0;
}

sqlite3_vfs vfs = {
    2,           sizeof(OpenFile), 512,          nullptr, "ocop-crash", nullptr, open_file,    remove_file_of,
    access_of,   full_name,        nullptr,      nullptr, nullptr,      nullptr, random_bytes, no_sleep,
    current_day, no_error,         current_time, nullptr, nullptr,      nullptr};

}  // namespace

CrashDisk* use_crash_disk(CrashDisk* disk)
{
    CrashDisk* const before = current;
    if (disk == nullptr)
        sqlite3_vfs_unregister(&vfs);
    else if (current == nullptr)
        sqlite3_vfs_register(&vfs, 1);
    current = disk;
    use_disk(disk);
    return before;
}

void seed_sqlite(std::uint64_t seed)
{
    chance = SeededRandom{seed};
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed % 0x7fffffff) + 1, nullptr);
}

}  // namespace ocop::test
