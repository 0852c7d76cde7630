// Where nodes sleep. An open replica is mostly its parsed schema and its compiled statements, over a megabyte that is the same in every
// node, and making it takes ten times as long as an exchange. So at most so many are awake, each in a bed: an open database whose bytes
// are exchanged when another node wakes in it. To SQLite that is another process that wrote the file: it drops its pages and keeps what it
// compiled, because the schema's cookie is the same. A node asleep is those pages of its file that differ from a newborn's.
//
// The node that has not been asked for longest is put to sleep; whoever holds a Replica& of one node may wake two others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/replica.h"

namespace ocop::sim {

/// A file in pages of 4096 bytes, without those it shares with a newborn's.
class Asleep {
public:
    Asleep() = default;
    explicit Asleep(std::string_view file);
    void write_to(sqlite::Connection& db) const;
    std::size_t bytes() const { return pages_.size(); }

private:
    std::uint32_t count_ = 0;
    std::vector<std::uint32_t> numbers_;  // of the pages kept
    std::string pages_;
};

class Dormitory {
public:
    /// One node's place. Before it goes it says `leave`.
    struct Guest {
        Environment environment;
        bool never_sleeps = false;
        bool disk_is_full = false;

    private:
        friend class Dormitory;
        std::size_t bed = SIZE_MAX;
        Asleep asleep;
    };

    /// Before the Machine, under which its beds are used.
    explicit Dormitory(std::size_t beds);
    /// One for all seeds that run in this process, so that each finds its beds made.
    static Dormitory& of_this_process();

    /// The guest's replica, awake.
    Replica& awake(Guest& guest);
    void is_born(Guest& guest, const NewNode& born);
    std::string image(Guest& guest);
    /// The process dies and the machine boots from this image: a database opened anew, nothing left in memory.
    void boots(Guest& guest, std::string_view image);
    /// The same without opening it anew: what was not committed is gone, and what the replica remembers of its node is read again.
    void boots_quickly(Guest& guest);
    void set_full(Guest& guest, bool full);
    void leave(Guest& guest);

    std::size_t beds() const { return beds_.size(); }
    std::uint64_t wakings() const { return wakings_; }
    /// Of the nodes asleep.
    std::size_t bytes_asleep() const { return bytes_asleep_; }

private:
    struct Bed {
        std::unique_ptr<Replica> replica;
        Guest* guest = nullptr;
        std::uint64_t used = 0;
        bool full = false;
    };
    Bed& bed_for(Guest& guest);
    Bed& in_bed(Guest& guest);
    void put_to_sleep(Bed& bed);
    static void limit(Bed& bed, bool full);

    std::size_t most_;
    std::vector<Bed> beds_;
    std::uint64_t clock_ = 0;
    std::uint64_t wakings_ = 0;
    std::size_t bytes_asleep_ = 0;
};

}  // namespace ocop::sim
