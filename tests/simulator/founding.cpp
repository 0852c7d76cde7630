// How a seed's country comes to be, and what is planned to happen in it.
#include <algorithm>

#include "node/identity.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t first_day = 1'717'200'000'000;  // 1 June 2024
constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t year_2099 = 4'070'908'800'000;

}  // namespace

Simulation::Simulation(const Options& options, Dormitory& dormitory)
    : dormitory_(dormitory), options_(options), random_(options.seed), machine_(options.seed ^ 0x5eed), now_(first_day),
      network_(options_, random_, counters_), workload_(options_, random_, history_, counters_)
{
}

void Simulation::run()
{
    found();
    if (options_.provinces != 0)
        plan_nation();
    else
        plan();
    run_events(first_day + (options_.days + 1) * day);
    // What is still under way by stick arrives before the last calls, or never.
    if (options_.late_sticks) run_events(INT64_MAX);
    events_ = {};
    tell_("the faults stop");
    quiet();
}

void Simulation::run_events(std::int64_t until)
{
    while (!events_.empty() && events_.top().at <= until) {
        const Event event = events_.top();
        events_.pop();
        now_ = std::max(now_, event.at);
        event.act();
    }
}

std::int64_t Simulation::some_time()
{
    return first_day + day / 24 +
           static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(options_.days * day));
}

void Simulation::found()
{
    const std::vector<Place> places =
        options_.provinces != 0 ? whole_provinces(options_.provinces) : draw_offices(options_, random_);
    int depth = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        Office* parent = i == 0 ? nullptr : offices_[places[i].parent].get();
        offices_.push_back(
            std::make_unique<Office>(static_cast<int>(i), places[i], parent, now_, random_.next(), dormitory_));
        Office& office = *offices_.back();
        office.room = options_.room;
        if (parent != nullptr) {
            parent->children.push_back(&office);
            office.depth = parent->depth + 1;
            office.province = office.depth == 1 ? parent->children.size() : parent->province;
        }
        depth = std::max(depth, office.depth);
        for (Office* above = &office; above != nullptr; above = above->parent)
            above->subtree.push_back(office.place.id);
    }
    history_.line("run", options_.seed, options_.whole, depth);
    for (const auto& office : offices_)
        history_.line("unit", office->place.id, office->parent == nullptr ? "-" : office->parent->place.id,
                      office->place.level);
    offices_.front()->is_born({"VN", {}, {}, {}, {}});
    {
        LocalWrite write{offices_.front()->replica()};
        for (const auto& office : offices_)
            offices_.front()->replica().db().run(
                "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES (?,?,?,?,?,?,"
                "'2020-12-31')",
                office->place.id, office->place.code, office->place.name, office->place.kind, office->place.level,
                office->parent == nullptr ? Value{} : Value{office->parent->place.id});
        write.commit();
    }
    for (const auto& office : offices_) join(*office);
    tell_("founded");
}

void Simulation::join(Office& office)
{
    if (office.parent != nullptr) {
        const auto invite = make_invite(office.parent->replica(), office.place.id, "http://127.0.0.1:1");
        OCOP_CHECK(invite.ok());
        office.is_born(born_of(*invite));
    }
    history_.line("node", office.number, office.place.id,
                  office.parent == nullptr ? std::string{"-"} : std::to_string(office.parent->number),
                  to_hex(office.replica().state().self.node));
    if (office.parent != nullptr) exchange_whole(office);
}

void Simulation::plan()
{
    for (std::size_t i = 0; i < options_.changes; ++i) {
        Office& office = *offices_[random_.below(offices_.size())];
        at(some_time(), [this, &office] {
            if (office.asleep_until <= now_) workload_.act(office, now_);
        });
        if (random_.chance(options_.reads)) {
            Office& reader = *offices_[random_.below(offices_.size())];
            at(some_time(), [this, &reader] { workload_.read(reader, now_, "now"); });
        }
    }
    const auto calls = static_cast<std::size_t>(options_.calls_a_day * static_cast<double>(options_.days));
    for (const auto& office : offices_) {
        if (office->parent == nullptr) continue;
        for (std::size_t i = 0; i < calls; ++i) at(some_time(), [this, child = office.get()] { call(*child); });
    }
    plan_faults();
}

void Simulation::plan_faults()
{
    for (const auto& one : offices_) {
        Office& office = *one;
        if (random_.chance(options_.bad_clocks)) {
            office.clock.set_error(random_.chance(0.5) ? -first_day : year_2099 - first_day);
            counters_.add("clocks that lie");
        }
        for (std::int64_t i = 0; i < options_.days; ++i) {
            if (random_.chance(options_.clock_jumps)) at(some_time(), [this, &office] { jump_clock(office); });
            if (random_.chance(options_.disk_full)) at(some_time(), [this, &office] { fill_disk(office); });
            const bool spared = options_.restored_depth >= 0 && office.depth % 2 != options_.restored_depth;
            if (random_.chance(options_.restore) && !spared)
                at(some_time(), [this, &office] { keep_and_restore(office); });
            if (office.parent != nullptr && office.children.empty() && random_.chance(options_.clone))
                at(some_time(), [this, &office] { clone(office); });
            if (!random_.chance(options_.sleep)) continue;
            const auto until = static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(5 * day));
            at(some_time(), [this, &office, until] {
                office.asleep_until = now_ + until;
                counters_.add("sleeping days");
            });
        }
    }
}

}  // namespace ocop::sim
