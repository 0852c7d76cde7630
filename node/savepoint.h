// A step inside a transaction that can be taken back alone.
#pragma once

#include "node/sqlite.h"

namespace ocop {

class Savepoint {
public:
    explicit Savepoint(sqlite::Connection& db) : db_(db) { db_.run("SAVEPOINT step"); }
    ~Savepoint()
    {
        if (!open_ || !db_.in_transaction()) return;  // SQLite itself may have rolled all back
        try {
            db_.run("ROLLBACK TO step");
            db_.run("RELEASE step");
        } catch (const sqlite::Error&) {
            // The disk is failing; the transaction around us will not commit either.
        }
    }
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;

    void keep()
    {
        db_.run("RELEASE step");
        open_ = false;
    }

private:
    sqlite::Connection& db_;
    bool open_ = true;
};

}  // namespace ocop
