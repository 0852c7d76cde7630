// SQLite behind two small owners, so that no other header names sqlite3.h.
//
// A Connection caches prepared statements by their text. A Query leases one and resets it when it goes out of scope, so a
// statement is never left open by accident. Errors are exceptions (a broken machine); constraint failures are too, but carry
// their extended code, because the merge handles them (`is_unique()` and friends).
//
// After a failed sync nobody knows what of the file is on the disk, and asking again proves nothing: the system may have forgotten what it
// could not write. From then on a Connection refuses everything with that same error, so that the process ends and the next one starts
// from what the disk really holds. The connection checkpoints by itself, so as to hear of a sync that fails there.
#pragma once

#include <climits>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "node/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ocop::sqlite {

class Error : public std::runtime_error {
public:
    Error(int extended_code, const std::string& message);
    int code() const { return code_; }  // extended result code
    bool is_unique() const;             // UNIQUE or PRIMARY KEY
    bool is_foreign_key() const;
    bool is_refused_value() const;  // CHECK, NOT NULL or a STRICT type
    bool is_busy() const;
    bool is_corrupt() const;  // corrupt, or not a database
    bool is_full() const;
    bool is_read_only() const;
    bool is_out_of_memory() const;
    bool is_sync_failure() const;  // what was written may never reach the disk: this process must end
    bool is_disk() const;          // the disk fails in any way
private:
    int code_;
};

class Connection;

/// A running statement. Columns and parameters count from 0 and 1, as in SQLite.
class Query {
public:
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query(Query&& other) noexcept;
    Query& operator=(Query&&) = delete;
    ~Query();

    Query& bind(int index, std::nullptr_t);
    Query& bind(int index, std::int64_t value);
    Query& bind(int index, int value) { return bind(index, std::int64_t{value}); }
    Query& bind(int index, std::uint32_t value) { return bind(index, std::int64_t{value}); }
    Query& bind(int index, std::uint64_t value) { return bind(index, static_cast<std::int64_t>(value)); }
    Query& bind(int index, bool value) { return bind(index, std::int64_t{value ? 1 : 0}); }
    Query& bind(int index, double value);
    Query& bind(int index, std::string_view text);
    Query& bind(int index, const std::string& text) { return bind(index, std::string_view{text}); }
    Query& bind(int index, const char* text) { return bind(index, std::string_view{text}); }
    Query& bind(int index, const Blob& blob);
    Query& bind(int index, const Value& value);

    /// True while there is a row.
    bool step();
    void reset();

    int columns() const;
    std::string name(int column) const;
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    double real(int column) const;
    std::string text(int column) const;
    std::string_view text_view(int column) const;  // valid until the next step
    std::string blob(int column) const;
    Value value(int column) const;

private:
    friend class Connection;
    Query(Connection* owner, sqlite3_stmt* statement, bool cached)
        : owner_(owner), statement_(statement), cached_(cached)
    {
    }
    void check(int code) const;

    Connection* owner_;
    sqlite3_stmt* statement_;
    bool cached_;
};

enum class OpenMode { create, existing, read_only };

class Connection {
public:
    Connection(const std::string& path, OpenMode mode);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    template <class... Args>
    Query query(std::string_view sql, const Args&... args)
    {
        Query query = lease(sql);
        int index = 0;
        ((void)query.bind(++index, args), ...);
        return query;
    }
    /// Runs to the end; returns the number of rows changed.
    template <class... Args>
    std::int64_t run(std::string_view sql, const Args&... args)
    {
        Query running = query(sql, args...);
        while (running.step()) {}
        return changes();
    }
    /// Several statements, no parameters, not cached.
    void script(std::string_view sql);

    std::int64_t changes() const;
    bool in_transaction() const;
    /// Undoes the open transaction, if there is one. What cannot be undone now (no memory) is undone before anything else is done.
    void rollback() noexcept;
    /// Undoes and ends the savepoint `step`. If even that fails, nothing but `rollback` is taken any more.
    void rollback_step() noexcept;
    /// Checkpoints once the WAL has so many pages.
    void checkpoint_every(int pages) { checkpoint_pages_ = pages; }
    /// A reader that never ends keeps the WAL from being written back, and it would grow until the disk is full. Where it holds back so many
    /// pages, no transaction begins (an Error that is_busy) until the reader has gone.
    void hold_back_at_most(int pages) { most_held_back_ = pages; }
    /// Foreign keys violated so far in this transaction, none of them repaired.
    bool deferred_violations() const;
    void enable_triggers(bool on);
    void defensive();
    /// A closing reader must not checkpoint.
    void no_checkpoint_on_close();
    void backup_to(const std::string& path);
    /// The database as the bytes of a file, and a database in memory put in place of this one's.
    std::string image();
    void load_image(std::string_view bytes);
    /// Forgets all cached statements (before DDL that others hold).
    void drop_statements();
    sqlite3* handle() { return handle_; }

    static std::string library_version();

private:
    friend class Query;
    Query lease(std::string_view sql);
    void give_back(sqlite3_stmt* statement);
    sqlite3_stmt* prepare(std::string_view sql);
    [[noreturn]] void fail(int code) const;
    void ready();
    void note(int code) const;
    int pages_in_wal() const;
    void room_in_wal();
    static int committed(void* self, sqlite3* handle, const char* name, int pages);

    struct Cache;
    sqlite3* handle_ = nullptr;
    std::unique_ptr<Cache> cache_;
    int checkpoint_pages_ = 1000;
    int most_held_back_ = 16 << 10;  // 64 MiB
    static constexpr int unknown = INT_MAX;
    int held_back_ = unknown;  // pages that the last checkpoint could not write back
    mutable bool sync_failed_ = false;
    bool doomed_ = false;    // a savepoint could not be undone
    bool undo_due_ = false;  // nor could the transaction
};

}  // namespace ocop::sqlite
