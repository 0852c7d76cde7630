// A step inside a transaction that can be taken back alone.
#pragma once

#include "node/sqlite.h"

namespace ocop {

class Savepoint {
public:
    explicit Savepoint(sqlite::Connection& db) : db_(db) { db_.run("SAVEPOINT step"); }
    ~Savepoint()
    {
        if (open_) db_.rollback_step();
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
