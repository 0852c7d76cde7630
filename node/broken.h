// What kind of machine fault an exception tells of, for whoever has to say it to a person or decide what to do next.
#pragma once

#include <exception>

namespace ocop {

enum class Broken {
    other,
    busy,         // another program holds the database
    corrupt,      // damaged, or not a database
    disk_full,    // undone; go on once there is room
    read_only,    // undone; nothing can be saved here
    disk,         // it fails in some other way
    sync_failed,  // nobody knows what is on the disk: the process must end and start anew
    memory,       // undone; go on
};

Broken what_broke(const std::exception& error);

}  // namespace ocop
