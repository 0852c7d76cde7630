#include "tests/simulator/office.h"

namespace ocop::sim {

void Office::is_born(const NewNode& born)
{
    Machine::runs(&clock);
    dormitory_.is_born(guest_, born);
}

void Office::reboot()
{
    Machine::runs(&clock);
    if (reboots_++ % 4 == 0)
        restore(snapshot());
    else
        dormitory_.boots_quickly(guest_);
}

std::string Office::snapshot()
{
    Machine::runs(&clock);
    return dormitory_.image(guest_);
}

void Office::restore(const std::string& image)
{
    Machine::runs(&clock);
    dormitory_.boots(guest_, image);
}

void Office::fill_disk()
{
    dormitory_.set_full(guest_, true);
}

void Office::free_disk()
{
    dormitory_.set_full(guest_, false);
}

}  // namespace ocop::sim
