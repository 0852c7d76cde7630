// Exchanges, step by step, over a line that may fail between any two.
#include <algorithm>

#include "node/health.h"
#include "sync/codec.h"
#include "tests/simulator/simulation.h"

namespace ocop::sim {

sync::Limits Simulation::limits(Office& office)
{
    sync::Limits limits;
    limits.bytes = office.room;
    if (!options_.whole && !quiet_ && random_.chance(0.7)) limits.entries = 1 + random_.below(12);
    return limits;
}

bool Simulation::power_cut(Office& office)
{
    if (quiet_ || !random_.chance(options_.power_cut)) return false;
    office.reboot();
    history_.line("restart", now_, office.number);
    counters_.add("power cuts");
    return true;
}

void Simulation::failed(Office& office, const char* step, const std::string& cause)
{
    history_.line("refused", now_, office.number, step, cause);
    counters_.add("refused messages");
    // The line may be one that cuts: less the next time.
    if (!options_.whole) office.room = std::max<std::size_t>(office.room / 4, 256);
}

void Simulation::call(Office& child)
{
    if (child.asleep_until > now_) return;
    if (random_.chance(options_.lies)) lie(child);
    try {
        const auto request = sync::make_request(child.replica(), limits(child));
        OCOP_CHECK(request.ok());
        const Message message{++messages_, child.number, true, false, *request};
        history_.line("make", now_, child.number, message.id, child.clock.now_ms());
        if (!power_cut(child)) send(message);
    } catch (const sqlite::Error& error) {
        if (!child.disk_is_full()) throw;
        counters_.add("steps a full disk refused");
        history_.line("refused", now_, child.number, "make", "full disk");
    }
}

void Simulation::send(const Message& message)
{
    counters_.add("bytes sent", message.bytes.size());
    for (const Arrival& arrival : network_.send(message, now_))
        at(arrival.at, [this, message = arrival.message] { arrive(message); });
}

void Simulation::arrive(const Message& message)
{
    Office& child = *offices_[static_cast<std::size_t>(message.child)];
    Office& here = message.up ? *child.parent : child;
    if (here.asleep_until > now_) {
        counters_.add("lost messages");
        return;
    }
    if (message.late) counters_.add("late sticks");
    try {
        if (message.up)
            serve(message);
        else
            finish(message);
    } catch (const sqlite::Error& error) {
        if (!here.disk_is_full()) throw;
        counters_.add("steps a full disk refused");
        history_.line("refused", now_, here.number, message.up ? "serve" : "finish", "full disk");
    }
    note_parked(here);
}

void Simulation::serve(const Message& message)
{
    Office& child = *offices_[static_cast<std::size_t>(message.child)];
    Office& parent = *child.parent;
    const auto answer = sync::answer_request(parent.replica(), message.bytes, limits(child));
    if (!answer) return failed(child, "serve", answer.refusal().detail);
    const auto decoded = sync::decode_answer(*answer);
    OCOP_CHECK(decoded.ok());
    const Message reply{++messages_, message.child, false, message.late, *answer};
    history_.line("serve", now_, parent.number, message.id, reply.id, parent.clock.now_ms(), !decoded->gap);
    if (!power_cut(parent)) send(reply);
}

void Simulation::finish(const Message& message)
{
    Office& child = *offices_[static_cast<std::size_t>(message.child)];
    const auto outcome = sync::finish(child.replica(), message.bytes);
    if (!outcome) return failed(child, "finish", outcome.refusal().detail);
    history_.line("finish", now_, child.number, message.id, child.clock.now_ms(), outcome->more, outcome->compared,
                  outcome->equal);
    counters_.add("exchanges");
    child.room = std::min(child.room * 2, options_.room);
    if (power_cut(child) || quiet_) return;
    if (!outcome->more) child.more_rounds = 0;
    if (outcome->more && ++child.more_rounds < 20) at(now_ + 1, [this, &child] { call(child); });
}

void Simulation::note_parked(Office& office)
{
    auto parked = office.replica().db().query("SELECT count(*) FROM _side WHERE reason = 'parked'");
    if (parked.step()) counters_.add("parked rows", parked.natural(0));
}

// ---- the end

void Simulation::quiet()
{
    quiet_ = true;
    network_.heal();
    history_.line("quiet", now_);
    for (const auto& office : offices_) {
        office->asleep_until = 0;
        office->room = options_.room;
        if (office->disk_is_full()) office->free_disk();
    }
    final_calls();
    for (const auto& office : offices_) prove(*office);
    for (const auto& office : offices_) workload_.read(*office, now_, "end");
    Office& root = *offices_.front();
    auto refused = root.replica().db().query("SELECT count(*) FROM quarantine");
    if (refused.step()) counters_.add("refusals", refused.natural(0));
    for (const char* kind : {"edit", "delete", "unique"}) {
        auto found = root.replica().db().query("SELECT count(*) FROM conflict WHERE kind = ?", kind);
        if (found.step()) counters_.add(std::string{"conflicts: "} + kind, found.natural(0));
    }
}

/// Every child calls 2 x depth times, in any order; of the whole country, province by province, so that fewer must wake.
void Simulation::final_calls()
{
    int depth = 0;
    std::vector<std::vector<Office*>> groups(1);
    for (const auto& office : offices_) {
        depth = std::max(depth, office->depth);
        if (options_.provinces != 0 && office->depth == 1) groups.emplace_back();
    }
    for (const auto& office : offices_)
        if (office->parent != nullptr) groups[options_.provinces != 0 ? office->province : 0].push_back(office.get());
    for (int round = 0; round < 2 * depth; ++round) {
        if (groups.size() > 1) shuffle(groups);
        for (auto& children : groups) {
            shuffle(children);
            for (Office* child : children) exchange_whole(*child);
        }
    }
}

/// One exchange on a line that holds, in as many messages as it takes.
void Simulation::exchange_whole(Office& child)
{
    for (int messages = 0; messages < 1000; ++messages) {
        now_ += 100;
        const sync::Limits limits{options_.room, SIZE_MAX};
        const auto request = sync::make_request(child.replica(), limits);
        OCOP_CHECK(request.ok());
        const std::uint64_t asked = ++messages_;
        history_.line("make", now_, child.number, asked, child.clock.now_ms());
        const auto answer = sync::answer_request(child.parent->replica(), *request, limits);
        if (!answer) return failed(child, "serve", answer.refusal().detail);
        const std::uint64_t answered = ++messages_;
        history_.line("serve", now_, child.parent->number, asked, answered, child.parent->clock.now_ms(), true);
        const auto outcome = sync::finish(child.replica(), *answer);
        if (!outcome) return failed(child, "finish", outcome.refusal().detail);
        history_.line("finish", now_, child.number, answered, child.clock.now_ms(), outcome->more, outcome->compared,
                      outcome->equal);
        counters_.add("exchanges on a good line");
        counters_.add("bytes sent", request->size() + answer->size());
        if (!outcome->more) return;
    }
    history_.line("refused", now_, child.number, "exchange", "no end");
}

void Simulation::prove(Office& office)
{
    const Verification proof = verify(office.replica());
    const Health health = look_at(office.replica());
    history_.line("seal", now_, office.number, office.clock.now_ms());
    history_.line("proof", now_, office.number, proof.sound(), proof.compared, proof.equal,
                  static_cast<std::uint64_t>(health.withheld.size()));
    auto pages = office.replica().db().query("PRAGMA page_count");
    OCOP_CHECK(pages.step());
    history_.line("size", now_, office.number, pages.natural(0) * 4096);
}

}  // namespace ocop::sim
