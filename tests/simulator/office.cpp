#include "tests/simulator/office.h"

namespace ocop::sim {

void Office::is_born(const NewNode& born)
{
    Machine::runs(&clock);
    replica_ = Replica::in_memory(ocop_model(), ocop_migrations(), born, environment());
}

void Office::reboot()
{
    const std::string image = snapshot();
    restore(image);
    if (disk_is_full) fill_disk();
}

std::string Office::snapshot()
{
    Machine::runs(&clock);
    return replica_->db().image();
}

void Office::restore(const std::string& image)
{
    Machine::runs(&clock);
    replica_.reset();
    replica_ = Replica::from_image(ocop_model(), image, environment());
}

void Office::fill_disk()
{
    replica_->db().script("PRAGMA max_page_count = 1");  // SQLite takes the present size for less
    disk_is_full = true;
}

void Office::free_disk()
{
    replica_->db().script("PRAGMA max_page_count = 1073741823");
    disk_is_full = false;
}

}  // namespace ocop::sim
