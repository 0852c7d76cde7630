#include "node/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <unordered_map>

#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop::sqlite {

Error::Error(int extended_code, const std::string& message) : std::runtime_error(message), code_(extended_code) {}

bool Error::is_unique() const
{
    return code_ == SQLITE_CONSTRAINT_UNIQUE || code_ == SQLITE_CONSTRAINT_PRIMARYKEY;
}
bool Error::is_foreign_key() const
{
    return code_ == SQLITE_CONSTRAINT_FOREIGNKEY;
}
bool Error::is_refused_value() const
{
    return code_ == SQLITE_CONSTRAINT_CHECK || code_ == SQLITE_CONSTRAINT_NOTNULL ||
           code_ == SQLITE_CONSTRAINT_DATATYPE;
}
bool Error::is_busy() const
{
    return (code_ & 0xff) == SQLITE_BUSY;
}
bool Error::is_corrupt() const
{
    return (code_ & 0xff) == SQLITE_CORRUPT || (code_ & 0xff) == SQLITE_NOTADB;
}

bool Error::is_full() const
{
    return (code_ & 0xff) == SQLITE_FULL;
}
bool Error::is_read_only() const
{
    return (code_ & 0xff) == SQLITE_READONLY;
}
bool Error::is_out_of_memory() const
{
    return (code_ & 0xff) == SQLITE_NOMEM || code_ == SQLITE_IOERR_NOMEM;
}
bool Error::is_sync_failure() const
{
    return code_ == SQLITE_IOERR_FSYNC || code_ == SQLITE_IOERR_DIR_FSYNC;
}
bool Error::is_disk() const
{
    return is_full() || is_read_only() || (code_ & 0xff) == SQLITE_CANTOPEN ||
           ((code_ & 0xff) == SQLITE_IOERR && code_ != SQLITE_IOERR_NOMEM);
}

// ---- Query

Query::Query(Query&& other) noexcept : owner_(other.owner_), statement_(other.statement_), cached_(other.cached_)
{
    other.statement_ = nullptr;
}

Query::~Query()
{
    if (statement_ == nullptr) return;
    if (cached_)
        owner_->give_back(statement_);
    else
        sqlite3_finalize(statement_);
}

void Query::check(int code) const
{
    if (code != SQLITE_OK) owner_->fail(code);
}

Query& Query::bind(int index, std::nullptr_t)
{
    check(sqlite3_bind_null(statement_, index));
    return *this;
}

Query& Query::bind(int index, std::int64_t value)
{
    check(sqlite3_bind_int64(statement_, index, value));
    return *this;
}

Query& Query::bind(int index, double value)
{
    check(sqlite3_bind_double(statement_, index, value));
    return *this;
}

Query& Query::bind(int index, std::string_view text)
{
    const char* bytes = text.data() != nullptr ? text.data() : "";
    check(sqlite3_bind_text64(statement_, index, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Query& Query::bind(int index, const Blob& blob)
{
    if (blob.bytes.empty())
        check(sqlite3_bind_zeroblob(statement_, index, 0));
    else
        check(sqlite3_bind_blob64(statement_, index, blob.bytes.data(), blob.bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Query& Query::bind(int index, const Value& value)
{
    switch (value.index()) {
    case 0: return bind(index, nullptr);
    case 1: return bind(index, std::get<1>(value));
    case 2: return bind(index, std::get<2>(value));
    case 3: return bind(index, std::string_view{std::get<3>(value)});
    default: return bind(index, std::get<4>(value));
    }
}

bool Query::step()
{
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    owner_->fail(code);
}

void Query::reset()
{
    sqlite3_reset(statement_);
}

int Query::columns() const
{
    return sqlite3_column_count(statement_);
}
std::string Query::name(int column) const
{
    return sqlite3_column_name(statement_, column);
}
bool Query::is_null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Query::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}
double Query::real(int column) const
{
    return sqlite3_column_double(statement_, column);
}
std::string Query::text(int column) const
{
    return std::string{text_view(column)};
}

std::string_view Query::text_view(int column) const
{
    const auto* bytes = sqlite3_column_text(statement_, column);
    const int count = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count)};
}

std::string Query::blob(int column) const
{
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int count = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(count)};
}

Value Query::value(int column) const
{
    switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER: return integer(column);
    case SQLITE_FLOAT: return real(column);
    case SQLITE_TEXT: return text(column);
    case SQLITE_BLOB: return Blob{blob(column)};
    default: return {};
    }
}

// ---- Connection

namespace {

constexpr std::size_t most_cached = 512;

}  // namespace

struct Connection::Cache {
    struct Slot {
        sqlite3_stmt* statement = nullptr;
        bool leased = false;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Slot, Hash, std::equal_to<>> by_text;
    std::unordered_map<sqlite3_stmt*, Slot*> by_statement;
};

Connection::Connection(const std::string& path, OpenMode mode) : cache_(std::make_unique<Cache>())
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (mode == OpenMode::create) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (mode == OpenMode::existing) flags |= SQLITE_OPEN_READWRITE;
    if (mode == OpenMode::read_only) flags |= SQLITE_OPEN_READONLY;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string why = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        sqlite3_close_v2(handle_);
        throw Error(code, path + ": " + why);
    }
    // A foreign program may hold its write lock for as long as a person thinks; ten seconds covers all but a forgotten one.
    sqlite3_busy_timeout(handle_, 10'000);
    sqlite3_wal_hook(handle_, committed, this);
}

Connection::~Connection()
{
    drop_statements();
    sqlite3_close_v2(handle_);
}

void Connection::drop_statements()
{
    for (auto& [text, slot] : cache_->by_text) sqlite3_finalize(slot.statement);
    cache_->by_text.clear();
    cache_->by_statement.clear();
}

sqlite3_stmt* Connection::prepare(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) {
        note(code);
        throw Error(sqlite3_extended_errcode(handle_),
                    std::string{sqlite3_errmsg(handle_)} + " in: " + std::string{sql});
    }
    OCOP_CHECK(statement != nullptr);
    return statement;
}

Query Connection::lease(std::string_view sql)
{
    ready();
    if (held_back_ >= most_held_back_ && sql.starts_with("BEGIN")) room_in_wal();
    auto found = cache_->by_text.find(sql);
    // A statement a mask: whoever varies masks must not fill our memory.
    if (found == cache_->by_text.end() && cache_->by_text.size() >= most_cached)
        return Query{this, prepare(sql), false};
    if (found == cache_->by_text.end()) {
        found = cache_->by_text.emplace(std::string{sql}, Cache::Slot{}).first;
        try {
            found->second.statement = prepare(sql);
            cache_->by_statement.emplace(found->second.statement, &found->second);
        } catch (...) {  // no memory: a statement that nobody knows of would keep the file open for ever
            sqlite3_finalize(found->second.statement);
            cache_->by_text.erase(found);
            throw;
        }
    }
    if (found->second.leased) return Query{this, prepare(sql), false};
    found->second.leased = true;
    return Query{this, found->second.statement, true};
}

void Connection::give_back(sqlite3_stmt* statement)
{
    sqlite3_reset(statement);
    const auto found = cache_->by_statement.find(statement);
    if (found == cache_->by_statement.end()) return;
    found->second->leased = false;
}

void Connection::script(std::string_view sql)
{
    ready();
    if (held_back_ >= most_held_back_ && sql.starts_with("BEGIN")) room_in_wal();
    const std::string text{sql};
    char* why = nullptr;
    const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &why);
    if (code == SQLITE_OK) return;
    note(code);
    std::string message = why != nullptr ? why : "?";
    sqlite3_free(why);
    throw Error(sqlite3_extended_errcode(handle_), message);
}

void Connection::fail(int code) const
{
    note(code);
    throw Error(sqlite3_extended_errcode(handle_) != SQLITE_OK ? sqlite3_extended_errcode(handle_) : code,
                sqlite3_errmsg(handle_));
}

void Connection::note(int code) const
{
    if (exhibit("fsync-retried")) return;
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) sync_failed_ = true;
}

/// Before anything is asked of SQLite.
void Connection::ready()
{
    if (undo_due_) rollback();
    if (sync_failed_) throw Error(SQLITE_IOERR_FSYNC, "a sync of the disk failed; only a new process may go on");
    if (undo_due_ || doomed_) throw Error(SQLITE_NOMEM, "what was begun could not be undone yet");
}

void Connection::rollback() noexcept
{
    if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    undo_due_ = in_transaction();
    doomed_ = false;
}

void Connection::rollback_step() noexcept
{
    if (!in_transaction()) return;  // SQLite itself has rolled all back
    if (sqlite3_exec(handle_, "ROLLBACK TO step; RELEASE step", nullptr, nullptr, nullptr) != SQLITE_OK) doomed_ = true;
}

/// SQLite's hook after each commit. Its own would checkpoint and keep silent about a failure; a failure is no harm to what was committed,
/// but after a failed sync it is the last thing this process did.
int Connection::committed(void* self, sqlite3* handle, const char* name, int pages)
{
    auto& connection = *static_cast<Connection*>(self);
    if (pages < connection.checkpoint_pages_) return SQLITE_OK;
    int all = 0;
    int done = 0;
    connection.note(sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, &all, &done));
    connection.held_back_ = all - done;
    return SQLITE_OK;
}

/// The length of the WAL's file as it stands: what other processes left there, this one has not heard of.
int Connection::pages_in_wal() const
{
    sqlite3_file* wal = nullptr;
    sqlite3_int64 bytes = 0;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK || wal == nullptr ||
        wal->pMethods == nullptr || wal->pMethods->xFileSize(wal, &bytes) != SQLITE_OK)
        return 0;
    return static_cast<int>(std::min<sqlite3_int64>(bytes / 4096, INT_MAX - 1));
}

void Connection::room_in_wal()
{
    if (held_back_ == unknown) held_back_ = pages_in_wal();
    if (held_back_ < most_held_back_) return;
    int all = 0;
    int done = 0;
    note(sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, &all, &done));
    held_back_ = all - done;
    if (held_back_ >= most_held_back_)
        throw Error(SQLITE_BUSY, "a program has been reading for too long: " + std::to_string(held_back_) +
                                     " pages wait to be written back");
}

std::int64_t Connection::changes() const
{
    return sqlite3_changes64(handle_);
}
bool Connection::in_transaction() const
{
    return sqlite3_get_autocommit(handle_) == 0;
}

bool Connection::deferred_violations() const
{
    int now = 0;
    int high = 0;
    sqlite3_db_status(handle_, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &high, 0);
    return now != 0;
}

void Connection::enable_triggers(bool on)
{
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr);
}

void Connection::defensive()
{
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

void Connection::no_checkpoint_on_close()
{
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Connection::backup_to(const std::string& path)
{
    Connection copy{path, OpenMode::create};
    sqlite3_backup* backup = sqlite3_backup_init(copy.handle_, "main", handle_, "main");
    if (backup == nullptr) copy.fail(SQLITE_ERROR);
    int code = SQLITE_OK;
    do code = sqlite3_backup_step(backup, 256);
    while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
    sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE) throw Error(code, path + ": backup failed");
}

std::string Connection::image()
{
    sqlite3_int64 size = 0;
    unsigned char* bytes = sqlite3_serialize(handle_, "main", &size, 0);
    if (bytes == nullptr) throw Error(SQLITE_NOMEM, "image");
    std::string copy{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
    sqlite3_free(bytes);
    return copy;
}

void Connection::load_image(std::string_view bytes)
{
    drop_statements();
    auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
    if (copy == nullptr) throw Error(SQLITE_NOMEM, "image");
    bytes.copy(reinterpret_cast<char*>(copy), bytes.size());
    const auto size = static_cast<sqlite3_int64>(bytes.size());
    const int code = sqlite3_deserialize(handle_, "main", copy, size, size,
                                         SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    if (code != SQLITE_OK) fail(code);
}

std::string Connection::library_version()
{
    return sqlite3_libversion();
}

}  // namespace ocop::sqlite
