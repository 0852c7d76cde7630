#include "tests/simulator/dormitory.h"

#include <sqlite3.h>

#include <cstring>

#include "tests/simulator/machine.h"
#include "tests/support/world.h"

namespace ocop::sim {

namespace {

constexpr std::size_t page = 4096;

/// The file of a node that nobody is yet. It is made once a process, by chance of its own, so that no seed depends on having been first.
const std::string& newborn()
{
    static const std::string file = [] {
        const Machine machine{1};
        test::FakeClock clock;
        test::SeededRandom random{1};
        return Replica::in_memory(ocop_model(), ocop_migrations(), {"VN", {}, {}, {}, {}}, {&clock, &random})
            ->db()
            .image();
    }();
    return file;
}

std::string_view nth(std::string_view file, std::size_t number)
{
    return file.substr(number * page, page);
}

std::uint32_t schema_cookie(std::string_view file)
{
    std::uint32_t cookie = 0;
    std::memcpy(&cookie, file.data() + 40, sizeof cookie);
    return cookie;
}

std::string_view live_bytes(sqlite::Connection& db)
{
    OCOP_CHECK(sqlite3_txn_state(db.handle(), "main") == SQLITE_TXN_NONE);
    sqlite3_int64 size = 0;
    const unsigned char* bytes = sqlite3_serialize(db.handle(), "main", &size, SQLITE_SERIALIZE_NOCOPY);
    OCOP_CHECK(bytes != nullptr);
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

/// SQLite's own file object of a database in memory: what is written here is written as by another process.
class File {
public:
    explicit File(sqlite::Connection& db)
    {
        OCOP_CHECK(sqlite3_txn_state(db.handle(), "main") == SQLITE_TXN_NONE);
        OCOP_CHECK(sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file_) == SQLITE_OK);
    }
    void write(std::size_t number, std::string_view bytes)
    {
        const auto at = static_cast<sqlite3_int64>(number) * static_cast<sqlite3_int64>(page);
        OCOP_CHECK(file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()), at) == SQLITE_OK);
    }
    void cut(std::size_t pages)
    {
        sqlite3_int64 size = 0;
        OCOP_CHECK(file_->pMethods->xFileSize(file_, &size) == SQLITE_OK);
        const auto wanted = static_cast<sqlite3_int64>(pages) * static_cast<sqlite3_int64>(page);
        if (wanted < size) OCOP_CHECK(file_->pMethods->xTruncate(file_, wanted) == SQLITE_OK);
    }

private:
    sqlite3_file* file_ = nullptr;
};

/// The change counter of a file, by which SQLite knows that its pages are of yesterday; it stands in two places.
std::uint32_t change_counter(std::string_view first)
{
    std::uint32_t count = 0;
    for (std::size_t i = 24; i < 28; ++i) count = count << 8 | static_cast<unsigned char>(first[i]);
    return count;
}

void set_change_counter(std::string& first, std::uint32_t count)
{
    for (const std::size_t at : {std::size_t{24}, std::size_t{92}})
        for (std::size_t i = 0; i < 4; ++i) first[at + i] = static_cast<char>(count >> (24 - 8 * i));
}

}  // namespace

Asleep::Asleep(std::string_view file) : count_(static_cast<std::uint32_t>(file.size() / page))
{
    OCOP_CHECK(schema_cookie(file) == schema_cookie(newborn()));  // else the beds would be wrong for it
    for (std::uint32_t i = 0; i < count_; ++i) {
        if (i != 0 && (i + 1) * page <= newborn().size() && nth(file, i) == nth(newborn(), i)) continue;
        numbers_.push_back(i);
        pages_ += nth(file, i);
    }
    pages_.shrink_to_fit();
}

void Asleep::write_to(sqlite::Connection& db) const
{
    const std::uint32_t before = change_counter(live_bytes(db));
    File file{db};
    std::string first{nth(pages_, 0)};
    set_change_counter(first, before + 1);
    file.write(0, first);
    std::size_t kept = 1;
    for (std::uint32_t i = 1; i < count_; ++i) {
        const bool own = kept < numbers_.size() && numbers_[kept] == i;
        file.write(i, own ? nth(pages_, kept++) : nth(newborn(), i));
    }
    file.cut(count_);
}

// ---- the beds

Dormitory::Dormitory(std::size_t beds) : most_(beds)
{
    newborn();  // while no Machine is there
}

Dormitory& Dormitory::of_this_process()
{
    static Dormitory one{64};
    return one;
}

Dormitory::Bed& Dormitory::bed_for(Guest& guest)
{
    Bed* bed = nullptr;
    for (Bed& one : beds_)
        if (one.guest == nullptr || !one.guest->never_sleeps)
            if (bed == nullptr || one.used < bed->used) bed = &one;
    if ((bed == nullptr || bed->guest != nullptr) && beds_.size() < most_) {
        beds_.reserve(most_);
        bed = &beds_.emplace_back();
        // Whether a bed is made now or was made for an earlier seed must not matter to this one's chance.
        sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SAVE);
        bed->replica = Replica::from_image(ocop_model(), newborn(), guest.environment);
        sqlite3_test_control(SQLITE_TESTCTRL_PRNG_RESTORE);
    }
    OCOP_CHECK(bed != nullptr);
    if (bed->guest != nullptr) put_to_sleep(*bed);
    bed->guest = &guest;
    guest.bed = static_cast<std::size_t>(bed - beds_.data());
    return *bed;
}

void Dormitory::put_to_sleep(Bed& bed)
{
    bed.guest->asleep = Asleep{live_bytes(bed.replica->db())};
    bytes_asleep_ += bed.guest->asleep.bytes();
    bed.guest->bed = SIZE_MAX;
    bed.guest = nullptr;
}

Dormitory::Bed& Dormitory::in_bed(Guest& guest)
{
    if (guest.bed == SIZE_MAX) {
        Bed& bed = bed_for(guest);
        limit(bed, false);
        guest.asleep.write_to(bed.replica->db());
        bytes_asleep_ -= guest.asleep.bytes();
        guest.asleep = {};
        bed.replica->became_another(guest.environment);
        limit(bed, guest.disk_is_full);
        ++wakings_;
    }
    Bed& bed = beds_[guest.bed];
    bed.used = ++clock_;
    return bed;
}

Replica& Dormitory::awake(Guest& guest)
{
    return *in_bed(guest).replica;
}

void Dormitory::is_born(Guest& guest, const NewNode& born)
{
    Bed& bed = bed_for(guest);
    bed.used = ++clock_;
    limit(bed, false);
    Asleep{newborn()}.write_to(bed.replica->db());
    bed.replica->became_another(guest.environment);
    bed.replica->be_born_as(born);
}

std::string Dormitory::image(Guest& guest)
{
    return awake(guest).db().image();
}

void Dormitory::boots(Guest& guest, std::string_view image)
{
    Bed& bed = in_bed(guest);
    bed.replica.reset();
    bed.replica = Replica::from_image(ocop_model(), image, guest.environment);
    bed.full = false;
    limit(bed, guest.disk_is_full);
}

void Dormitory::boots_quickly(Guest& guest)
{
    Bed& bed = in_bed(guest);
    bed.replica->db().rollback();
    bed.replica->became_another(guest.environment);
}

/// No page more than there are: the next growth fails as on a full disk.
void Dormitory::limit(Bed& bed, bool full)
{
    if (bed.full == full) return;
    // SQLite takes the present size for less.
    bed.replica->db().script(full ? "PRAGMA max_page_count = 1" : "PRAGMA max_page_count = 1073741823");
    bed.full = full;
}

void Dormitory::set_full(Guest& guest, bool full)
{
    guest.disk_is_full = full;
    limit(in_bed(guest), full);
}

void Dormitory::leave(Guest& guest)
{
    if (guest.bed == SIZE_MAX) return;
    Bed& bed = beds_[guest.bed];
    if (bed.replica->db().in_transaction()) bed.replica->db().rollback();
    bed.guest = nullptr;
    bed.used = 0;
    guest.bed = SIZE_MAX;
}

}  // namespace ocop::sim
