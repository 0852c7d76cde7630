#include "tests/simulator/office.h"

#include "node/lives.h"

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
        dormitory_.boots(guest_, dormitory_.image(guest_));
    else
        dormitory_.boots_quickly(guest_);
}

std::string Office::snapshot()
{
    Machine::runs(&clock);
    return dormitory_.image(guest_);
}

void Office::restore(const std::string& image, bool noticed)
{
    Machine::runs(&clock);
    dormitory_.set_full(guest_, false);
    dormitory_.boots(guest_, image);
    if (!noticed) return;
    const std::uint64_t forked = replica().state().lsn;  // what the journal holds was never told
    Transaction transaction{replica()};
    begin_life(transaction.replica(), Rewound::witness_behind, forked);
    transaction.commit();
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
