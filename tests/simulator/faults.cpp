// What befalls machines and people beside the line.
#include "node/identity.h"
#include "sync/codec.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t day = 86'400'000;

}  // namespace

void Simulation::fill_disk(Office& office)
{
    if (office.disk_is_full()) return;
    office.fill_disk();
    counters_.add("disk full");
    const auto until = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(2 * day));
    at(now_ + until, [&office] {
        if (office.disk_is_full()) office.free_disk();
    });
}

void Simulation::jump_clock(Office& office)
{
    const auto span = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(800 * day));
    office.clock.set_error(span - 400 * day);
    counters_.add("clock jumps");
}

/// A backup is taken now and comes back to life some days later.
void Simulation::keep_and_restore(Office& office)
{
    const std::string image = office.snapshot();
    const std::uint64_t number = ++snapshots_;
    history_.line("snapshot", now_, office.number, number);
    const auto after = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(5 * day));
    const bool noticed = random_.chance(options_.witness);
    at(now_ + after, [this, &office, image, number, noticed] {
        office.restore(image, noticed);
        history_.line("restore", now_, office.number, number);
        counters_.add("restores");
    });
}

/// The disk is copied into a second machine; both go on writing and calling as the same office.
void Simulation::clone(Office& of)
{
    if (clones_ == most_clones) return;
    ++clones_;
    const auto number = static_cast<int>(offices_.size());
    offices_.push_back(std::make_unique<Office>(number, of.place, of.parent, now_, random_.next(), dormitory_));
    Office& other = *offices_.back();
    other.depth = of.depth;
    other.province = of.province;
    other.subtree = of.subtree;
    other.room = options_.room;
    other.is_born({"VN", {}, {}, {}, {}});
    other.restore(of.snapshot(), false);
    history_.line("node", number, other.place.id, std::to_string(other.parent->number),
                  to_hex(other.replica().state().self.node));
    history_.line("clone", now_, number, of.number);
    counters_.add("clones");
    for (int i = 0; i < 8; ++i) {
        const auto later = [&] {
            return now_ + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(5 * day));
        };
        at(later(), [this, &other] { workload_.act(other, now_); });
        at(later(), [this, &other] { call(other); });
    }
}

namespace {

/// A made-up row of somebody else's unit in place of the caller's own changes.
void speak_for_others(sync::Request& request, const std::string& unit)
{
    for (Change& change : request.changes) {
        // Never the name of a row that is: the child's own rows are its to delete, whoever has its key.
        if (change.row.size() == 36) change.row.replace(32, 4, "beef");
        for (Cell& cell : change.cells) {
            auto* text = std::get_if<std::string>(&cell.value);
            if (text != nullptr && *text == change.unit) *text = unit;
        }
        change.unit = unit;
    }
    request.top = request.acked;  // what it has really to say is not said by this
    request.complete = false;
    request.digest.reset();
}

}  // namespace

/// Somebody calls with this child's key and says what is not so. Nothing of it may be taken, and nobody else may come to harm.
void Simulation::lie(Office& child)
{
    if (child.parent->asleep_until > now_ || child.disk_is_full() || child.parent->disk_is_full()) return;
    const auto honest = sync::make_request(child.replica(), {});
    OCOP_CHECK(honest.ok());
    history_.line("seal", now_, child.number, child.clock.now_ms());
    Bytes bytes = *honest;
    auto request = sync::decode_request(bytes);
    OCOP_CHECK(request.ok());
    std::string elsewhere = "VN";
    for (const auto& office : offices_)
        if (office->parent != nullptr && office->place.level == child.place.level && office.get() != &child)
            elsewhere = office->place.id;
    const std::size_t kind = random_.below(5);
    if (kind == 1) speak_for_others(*request, elsewhere);
    if (kind == 2) request->acked += 1'000'000;
    if (kind == 3) request->child.node[0] ^= 1;
    if (kind == 4) request->cursor += 1'000'000;
    if (kind != 0)
        bytes = sync::encode(*request);
    else
        bytes[random_.below(bytes.size())] ^= static_cast<char>(1U << random_.below(8));
    counters_.add("lies told");
    const auto answer = sync::answer_request(child.parent->replica(), bytes, {});
    if (answer)
        history_.line("seal", now_, child.parent->number, child.parent->clock.now_ms());
    else
        counters_.add("lies refused");
}

}  // namespace ocop::sim
