#include "tests/crash/trial.h"

#include <algorithm>

#include "tests/crash/crash_vfs.h"
#include "tests/crash/known_states.h"
#include "tests/crash/recovered.h"

namespace ocop::test {

namespace {

constexpr int deepest_cut = 3;  // a cut, and cuts within the recovery from it
// Points cut again; points taken on to convergence, of those that found a state not met before, and of the others.
constexpr std::uint64_t one_cut_in = 8, one_new_in = 4, one_known_in = 256;
// After a fault a state is new more often: whoever tries again draws other ids.
constexpr std::uint64_t one_after_fault_in = 16;

/// Refusals that would send a person the wrong way: the machine failed, not the file.
bool misleading(Errc code)
{
    return code == Errc::corrupt_database || code == Errc::newer_database || code == Errc::model_mismatch ||
           code == Errc::malformed;
}

class Hash {
public:
    void add(std::uint64_t value)
    {
        sum_ = (sum_ ^ value) * 0xff51afd7ed558ccd;
        sum_ ^= sum_ >> 31;
    }
    void add(const std::string& text) { add(std::hash<std::string>{}(text)); }
    std::uint64_t sum() const { return sum_ | 1; }

private:
    std::uint64_t sum_ = 1;
};

std::uint64_t hash_of(const Image& image, std::uint64_t lawful)
{
    Hash hash;
    hash.add(lawful);
    for (const auto& [path, content] : image) {
        hash.add(path);
        hash.add(content.hash());
    }
    return hash.sum();
}

}  // namespace

Trial::Trial(const Scenario& scenario, std::filesystem::path home, std::uint64_t seed)
    : scenario_(scenario), home_(std::move(home)), seed_(seed)
{
    {
        CrashDisk disk{ground(scenario.ground, home_)};
        Stage stage{disk, home_, seed};
        victim_ = stage.folder(scenario.victim).string();
        scenario.prepare(stage);
        base_ = disk.image();  // with its WAL: the machine was not shut down
        first_letters_ = stage.letters;
    }
    record();
}

Mark Trial::mark(Stage& stage) const
{
    Mark mark;
    mark.operations = stage.disk.trace().size();
    mark.there = stage.exists(scenario_.victim);
    mark.letters = stage.letters;
    if (stage.is_open(scenario_.victim))
        mark.print = fingerprint(stage.at(scenario_.victim).db());
    else if (!marks_.empty())
        mark.print = marks_.back().print;
    return mark;
}

/// The undisturbed run, whose trace the power cuts are taken from.
void Trial::record()
{
    std::uint64_t before = 0;
    {
        CrashDisk disk{base_};
        Stage stage{disk, home_, seed_};
        if (stage.exists(scenario_.victim) && scenario_.ground != "v1") {
            sqlite::Connection db{(stage.folder(scenario_.victim) / "replica.db").string(), sqlite::OpenMode::existing};
            before = fingerprint(db);
        }
    }
    disk_ = std::make_unique<CrashDisk>(base_);
    Stage stage{*disk_, home_, seed_};
    stage.letters = first_letters_;
    marks_.push_back(mark(stage));
    marks_.back().print = before;
    for (const Step& step : scenario_.steps) {
        step.run(stage);
        marks_.push_back(mark(stage));
    }
    stage.close_all();
    cut_ = std::make_unique<PowerCut>(*disk_, victim_);
}

/// The marks that may be found after a cut during operation `at`: the last one promised, and the one under way. `any`: a step of several
/// commits was under way.
std::vector<const Mark*> Trial::lawful(std::size_t at, bool& any) const
{
    std::size_t last = 0;
    while (last + 1 < marks_.size() && marks_[last + 1].operations <= at) ++last;
    std::vector<const Mark*> found{&marks_[last]};
    any = false;
    if (last + 1 < marks_.size()) {
        found.push_back(&marks_[last + 1]);
        any = scenario_.steps[last].several;
    }
    return found;
}

std::string Trial::power_cut(std::size_t at, std::uint64_t seed, PowerCount& count)
{
    SeededRandom random{seed};
    cut_->walk_to(at);
    bool any = false;
    std::vector<std::uint64_t> prints;
    const auto found = lawful(at, any);
    for (const Mark* one : found) prints.push_back(one->print);
    return judge(cut_->sample(random), prints, any, *found.front(), random, 1, count);
}

/// Nothing was promised yet: what was cut off is simply done again.
std::string Trial::begin_again(Stage& stage)
{
    for (const Step& step : scenario_.steps) step.run(stage);
    return complaint_of(stage.at(scenario_.victim));
}

/// What is found after SQLite's own recovery: the database as one file, the other files of the victim, and what is lawful there. All that a
/// judgement of the victim alone depends on.
std::uint64_t Trial::state_of(const Image& image, std::uint64_t lawful) const
{
    const std::string database = victim_ + "/replica.db";
    const auto content = recovered(image, database);
    if (!content) return 0;
    Hash hash;
    hash.add(lawful);
    hash.add(content->hash());
    for (const auto& [path, other] : image) {
        if (!path.starts_with(victim_) || path.starts_with(database)) continue;
        hash.add(path.substr(victim_.size()));
        hash.add(other.hash());
    }
    return hash.sum();
}

std::string Trial::judge(const Image& image, const std::vector<std::uint64_t>& prints, bool any, const Mark& last,
                         SeededRandom& random, int depth, PowerCount& count)
{
    ++count.points;
    const std::uint64_t seed = random.next();
    const bool again = depth < deepest_cut && random.below(one_cut_in) == 0;
    const std::size_t lot = random.below(one_known_in);
    Hash lawful;
    lawful.add(any ? 1 : 2);
    for (const std::uint64_t print : prints) lawful.add(print);
    // The very bytes of an earlier point, or the very database once SQLite has recovered it, and nothing more asked: the answer is known.
    const std::uint64_t bytes = hash_of(image, lawful.sum());
    if (!again && lot != 0 && is_known(bytes)) {
        ++count.repeated;
        return {};
    }
    const std::uint64_t state = state_of(image, lawful.sum());
    const bool met = state != 0 && is_known(state);
    if (!again && lot != 0 && met) {
        ++count.same;
        now_known(bytes);
        return {};
    }
    const bool after_fault = depth == deepest_cut;
    const bool on = lot < (met ? 1 : one_known_in / (after_fault ? one_after_fault_in : one_new_in));
    std::string bad = found_sound({image, prints, any, met, again, on, seed, depth}, last, random, count);
    if (!bad.empty()) return bad;
    now_known(bytes);
    if (state != 0) now_known(state);
    return {};
}

namespace {

/// A copy of the process that is about to end does not tidy up: that cost a sixth of its time.
struct Left {
    std::unique_ptr<CrashDisk> disk;
    std::unique_ptr<Stage> stage;
    bool for_ever;
    ~Left()
    {
        if (!for_ever) return;
        (void)stage.release();
        (void)disk.release();
    }
};

}  // namespace

/// The product opens what is left.
std::string Trial::found_sound(const Found& found, const Mark& last, SeededRandom& random, PowerCount& count)
{
    Left left{std::make_unique<CrashDisk>(found.image), nullptr, in_copy_};
    CrashDisk& disk = *left.disk;
    left.stage = std::make_unique<Stage>(disk, home_, found.seed);
    Stage& stage = *left.stage;
    stage.letters = last.letters;
    const int victim = scenario_.victim;
    try {
        if (!stage.exists(victim)) return last.there ? "the database is gone" : begin_again(stage);
        if (!disk.find(victim_ + "/node.key")) return "a node without its key";
        const std::uint64_t print = fingerprint(stage.at(victim).db());
        if (!found.any && std::find(found.prints.begin(), found.prints.end(), print) == found.prints.end())
            return "what is found is neither what was promised last nor what was under way";
        if (!found.met)
            if (auto bad = complaint_of(stage.at(victim)); !bad.empty()) return bad;
        if (found.again) {
            const std::size_t verified = disk.trace().size();
            const std::uint64_t later = found.met ? print : fingerprint(stage.at(victim).db());
            stage.close(victim);
            const Recovery recovery{disk, verified, print, later};
            if (auto bad = cut_again(recovery, found, last, random, count); !bad.empty()) return bad;
            use_crash_disk(&disk);
        }
        if (!found.on) return {};
        ++count.converged;
        return converge(stage);
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// A cut in the recovery from a cut: while it opened, was verified (which may seal) or was closed.
std::string Trial::cut_again(const Recovery& recovery, const Found& found, const Mark& last, SeededRandom& random,
                             PowerCount& count)
{
    PowerCut second{recovery.disk, victim_};
    const std::size_t at = random.below(recovery.disk.trace().size() + 1);
    second.walk_to(at);
    ++count.nested;
    Mark then = last;
    then.there = true;
    const bool after = at >= recovery.verified;
    const auto expected =
        after ? std::vector{recovery.verified_print} : std::vector{recovery.print, recovery.verified_print};
    const std::string bad =
        judge(second.sample(random), expected, found.any && !after, then, random, found.depth + 1, count);
    return bad.empty() ? bad : "cut again in the recovery, at " + std::to_string(at) + ": " + bad;
}

// ---- faults

namespace {

/// The connection whose file could not be synced must refuse to be used again.
bool serves_after_failed_sync(Stage& stage)
{
    for (int node = centre; node <= lowest; ++node) {
        const std::string file = (stage.folder(node) / "replica.db").string();
        if (!stage.is_open(node) || (stage.disk.unsynced != file && stage.disk.unsynced != file + "-wal")) continue;
        try {
            (void)stage.at(node).db().query("SELECT 1").step();
            return true;
        } catch (const sqlite::Error& error) {
            return !error.is_sync_failure();
        }
    }
    return false;
}

}  // namespace

std::uint64_t Trial::places(DiskFault fault)
{
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    disk.fault = fault;
    disk.fault.at = UINT64_MAX;
    for (const Step& step : scenario_.steps) step.run(stage);
    disk.fault.kind = DiskFault::Kind::none;
    return disk.operations;
}

void Trial::open_all(Stage& stage) const
{
    scenario_.steps.front().run(stage);
    for (int node = centre; node <= lowest; ++node)
        if (stage.exists(node)) (void)stage.at(node);
}

std::uint64_t Trial::places(FailingMemory fault, bool opened)
{
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    if (opened) open_all(stage);
    failing_memory = fault;
    failing_memory.at = UINT64_MAX;
    failing_memory.armed = true;
    for (std::size_t i = opened ? 1 : 0; i < scenario_.steps.size(); ++i) scenario_.steps[i].run(stage);
    failing_memory.armed = false;
    return failing_memory.count;
}

std::string Trial::failing_disk(DiskFault fault, std::uint64_t seed)
{
    SeededRandom random{seed};
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    disk.fault = fault;
    return disturbed(stage, random, false);
}

std::string Trial::failing_memory_at(FailingMemory fault, std::uint64_t seed, bool opened)
{
    SeededRandom random{seed};
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    if (opened) open_all(stage);
    failing_memory = fault;
    return disturbed(stage, random, true, opened ? 1 : 0);
}

void Trial::failing_disks(const std::vector<DiskFault>& kinds, Forks& forks)
{
    SeededRandom random{0};
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    disk.fault = {DiskFault::Kind::io_error, UINT64_MAX, false};
    disk.at_operation = [&] {
        if (forks.is_copy() || !forks.arrive(disk.operations)) return;
        disk.fault = kinds[forks.fault().kind];
        disk.fault.at = disk.operations;
        random = SeededRandom{forks.fault().seed};
        in_copy_ = true;
    };
    const std::string bad = disturbed(stage, random, false, 0, &forks);
    if (forks.is_copy()) forks.end(bad);
}

namespace {

Forks* memory_forks = nullptr;
SeededRandom* memory_random = nullptr;
bool* memory_in_copy = nullptr;

void arrive_at_allocation()
{
    if (!memory_forks->arrive(failing_memory.count)) return;
    at_allocation = nullptr;
    failing_memory.at = failing_memory.count;
    failing_memory.for_ever = memory_forks->fault().kind == 1;
    *memory_random = SeededRandom{memory_forks->fault().seed};
    *memory_in_copy = true;
}

}  // namespace

void Trial::failing_memories(FailingMemory::Whose whose, Forks& forks, bool opened)
{
    SeededRandom random{0};
    CrashDisk disk{base_};
    Stage stage{disk, home_, seed_};
    stage.letters = first_letters_;
    if (opened) open_all(stage);
    failing_memory = {false, whose, UINT64_MAX, false, 0, false};
    memory_forks = &forks;
    memory_random = &random;
    memory_in_copy = &in_copy_;
    at_allocation = arrive_at_allocation;
    const std::string bad = disturbed(stage, random, true, opened ? 1 : 0, &forks);
    if (forks.is_copy()) forks.end(bad);
    at_allocation = nullptr;
}

/// The steps from the one after `done`, with the fault at work.
std::string Trial::disturbed(Stage& stage, SeededRandom& random, bool memory, std::size_t done, const Forks* forks)
{
    std::string said;
    for (; done < scenario_.steps.size() && said.empty(); ++done) {
        try {
            failing_memory.armed = memory;
            scenario_.steps[done].run(stage);
            failing_memory.armed = false;
        } catch (const Refused& refused) {
            failing_memory.armed = false;
            if (misleading(refused.code)) return std::string{"a failing machine was called "} + refused.what();
            said = refused.what();
        } catch (const std::exception& error) {
            failing_memory.armed = false;
            said = std::string{"!"} + error.what();
        }
    }
    if (forks != nullptr && !forks->is_copy()) return {};
    if (!said.empty()) --done;
    // Whatever came of it: the same process goes on once the cause is gone, or another one, or the power fails as well.
    const bool sync_failed = !stage.disk.unsynced.empty();
    stage.disk.fault.kind = DiskFault::Kind::none;
    if (serves_after_failed_sync(stage)) return "a sync failed and the process goes on (\"" + said + "\")";
    const std::size_t way = random.below(3);
    if (way == 0 && !sync_failed) {
        const std::string bad = gone_on(stage, random, done);
        return bad.empty() ? bad : "does not go on after \"" + said + "\": " + bad;
    }
    stage.close_all();
    Image image = stage.disk.image();
    if (way == 2) {
        PowerCut cut{stage.disk, victim_};
        cut.walk_to(stage.disk.trace().size());
        image = cut.sample(random);
    }
    marks_[done].letters.swap(stage.letters);
    std::string bad = after_restart(image, done, random);
    marks_[done].letters.swap(stage.letters);
    return bad.empty() ? bad : bad + " (after \"" + said + "\")";
}

/// The same process, once the cause is gone.
std::string Trial::gone_on(Stage& stage, SeededRandom& random, std::size_t done)
{
    try {
        try {
            for (std::size_t i = done; i < scenario_.steps.size(); ++i) scenario_.steps[i].run(stage);
        } catch (const Refused& refused) {
            if (refused.code != Errc::node_exists) throw;  // born after all: only its opening failed
        }
        if (random.below(one_after_fault_in) == 0) {
            if (auto bad = complaint_of(stage.at(scenario_.victim)); !bad.empty()) return bad;
            return converge(stage);
        }
    } catch (const std::exception& error) {
        return error.what();
    }
    Mark last = marks_.back();
    last.letters = stage.letters;
    stage.close_all();
    PowerCount count;
    return judge(stage.disk.image(), {}, true, last, random, deepest_cut, count);
}

std::string Trial::after_restart(const Image& image, std::size_t done, SeededRandom& random)
{
    const Mark& last = marks_[done];
    std::vector<std::uint64_t> prints{last.print};
    bool any = false;
    if (done < scenario_.steps.size()) {
        prints.push_back(marks_[done + 1].print);
        any = scenario_.steps[done].several;
    }
    PowerCount count;
    return judge(image, prints, any, last, random, deepest_cut, count);
}

}  // namespace ocop::test
