#include "node/damage.h"

#include <sqlite3.h>

#include <string>

#include "node/sqlite.h"

namespace ocop {

void undamaged(bool sound, const char* what)
{
    if (!sound) throw sqlite::Error(SQLITE_CORRUPT, std::string{"the database is damaged: "} + what);
}

}  // namespace ocop
