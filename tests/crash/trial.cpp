#include "tests/crash/trial.h"

#include <algorithm>

#include "tests/crash/crash_vfs.h"

namespace ocop::test {

namespace {

constexpr int deepest_cut = 3;       // a cut, and cuts within the recovery from it
constexpr std::uint64_t one_in = 4;  // points taken on to convergence, and points cut again

/// Refusals that would send a person the wrong way: the machine failed, not the file.
bool misleading(Errc code)
{
    return code == Errc::corrupt_database || code == Errc::newer_database || code == Errc::model_mismatch ||
           code == Errc::malformed;
}

std::uint64_t hash_of(const Image& image, const std::vector<std::uint64_t>& prints, bool any)
{
    std::uint64_t sum = any ? 1 : 2;
    const auto add = [&](std::uint64_t value) {
        sum = (sum ^ value) * 0xff51afd7ed558ccd;
        sum ^= sum >> 31;
    };
    for (const auto& [path, content] : image) {
        add(std::hash<std::string>{}(path));
        add(content.hash());
    }
    for (const std::uint64_t print : prints) add(print);
    return sum;
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

std::string Trial::judge(const Image& image, const std::vector<std::uint64_t>& prints, bool any, const Mark& last,
                         SeededRandom& random, int depth, PowerCount& count)
{
    ++count.points;
    const std::uint64_t seed = random.next();
    const bool again = depth < deepest_cut && random.below(one_in) == 0;
    const bool on = random.below(one_in) == 0;
    const std::uint64_t state = hash_of(image, prints, any);
    // The very bytes of an earlier point, and nothing more asked of them: the answer is known.
    if (!again && !on && judged_.contains(state)) {
        ++count.repeated;
        return {};
    }
    CrashDisk disk{image};
    Stage stage{disk, home_, seed};
    stage.letters = last.letters;
    const int victim = scenario_.victim;
    try {
        if (!stage.exists(victim)) return last.there ? "the database is gone" : begin_again(stage);
        if (!disk.find(victim_ + "/node.key")) return "a node without its key";
        const std::uint64_t print = fingerprint(stage.at(victim).db());
        if (!any && std::find(prints.begin(), prints.end(), print) == prints.end())
            return "what is found is neither what was promised last nor what was under way";
        if (auto bad = complaint_of(stage.at(victim)); !bad.empty()) return bad;
        const std::size_t verified = disk.trace().size();
        judged_.insert(state);
        std::uint64_t later = 0;
        if (again) {
            later = fingerprint(stage.at(victim).db());
            stage.close(victim);
            PowerCut second{disk, victim_};
            const std::size_t at = random.below(disk.trace().size() + 1);
            second.walk_to(at);
            ++count.nested;
            Mark then = last;
            then.there = true;
            const Image left = second.sample(random);
            const std::vector<std::uint64_t> expected = at >= verified ? std::vector{later} : std::vector{print, later};
            if (auto bad = judge(left, expected, any && at < verified, then, random, depth + 1, count); !bad.empty())
                return "cut again in the recovery, at " + std::to_string(at) + ": " + bad;
            use_crash_disk(&disk);
        }
        if (!on) return {};
        ++count.converged;
        return converge(stage);
    } catch (const std::exception& error) {
        return error.what();
    }
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

/// The steps from the one after `done`, with the fault at work.
std::string Trial::disturbed(Stage& stage, SeededRandom& random, bool memory, std::size_t done)
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
    if (!said.empty()) --done;
    // Whatever came of it: the same process goes on once the cause is gone, or another one, or the power fails as well.
    const bool sync_failed = !stage.disk.unsynced.empty();
    stage.disk.fault.kind = DiskFault::Kind::none;
    if (serves_after_failed_sync(stage)) return "a sync failed and the process goes on (\"" + said + "\")";
    const std::size_t way = random.below(3);
    if (way == 0 && !sync_failed) {
        try {
            try {
                for (std::size_t i = done; i < scenario_.steps.size(); ++i) scenario_.steps[i].run(stage);
            } catch (const Refused& refused) {
                if (refused.code != Errc::node_exists) throw;  // born after all: only its opening failed
            }
            if (auto bad = complaint_of(stage.at(scenario_.victim)); !bad.empty()) return bad;
            return converge(stage);
        } catch (const std::exception& error) {
            return std::string{"does not go on after \""} + said + "\": " + error.what();
        }
    }
    const auto letters = stage.letters;
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
