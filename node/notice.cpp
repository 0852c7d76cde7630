#include "node/notice.h"

namespace ocop {

void leave_notice(Replica& replica, const std::string& vi, const std::string& en)
{
    sqlite::Connection& db = replica.db();
    if (db.query("SELECT 1 FROM _notice WHERE en = ?", en).step()) return;
    db.run("INSERT INTO _notice (at, vi, en) VALUES (?, ?, ?)", replica.environment().clock->now_ms(), vi, en);
    db.run("DELETE FROM _notice WHERE id <= (SELECT max(id) FROM _notice) - 1000");
}

}  // namespace ocop
