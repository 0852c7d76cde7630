// Plays a model's schedule on real replicas and says where the engine ends otherwise.
//
// All nodes have one unit, so that every row concerns every node in both directions, as in the models. The tables are the product's
// `admin_unit` and `conflict` and one of our own, `thing(id, unit, a, b)`. A person's write is sealed at once, because the models know
// no journal.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/message.h"
#include "tests/property/trace.h"
#include "tests/support/world.h"

namespace ocop::test {

/// What every write had seen, followed on the messages themselves: the judge of conflicts and of loss.
class Oracle {
public:
    struct Write {
        std::uint64_t mask = 0;
        bool gone = false;
        bool by_person = false;
        std::set<WriteKey> seen;  // of the same row
        bool has(int bit) const { return ((mask >> bit) & 1) != 0; }
    };

    explicit Oracle(std::size_t nodes) : known_(nodes) {}
    void wrote(int node, const WriteKey& key, std::uint64_t mask, bool gone, bool by_person);
    void everybody_knows(const WriteKey& key, std::uint64_t mask);
    void learn(int node, const std::vector<Change>& changes);
    bool knows(const WriteKey& key) const { return writes_.count(key) != 0; }
    bool saw(const WriteKey& later, const WriteKey& earlier) const
    {
        return writes_.at(later).seen.count(earlier) != 0;
    }
    const std::map<WriteKey, Write>& writes() const { return writes_; }

private:
    std::map<WriteKey, Write> writes_;
    std::vector<std::map<int, std::set<WriteKey>>> known_;  // by node, by row
};

/// A conflict record of the engine. Column X: the row's existence; then `loser` is the deletion.
struct Kept {
    char column = 'a';
    WriteKey winner;
    WriteKey loser;
};

class Replay {
public:
    explicit Replay(const Trace& trace);
    /// Everything that is not as it must be; empty: all well. In mode `cut` only what must hold whatever the schedule.
    std::vector<std::string> run();

    std::size_t conflicts() const { return kept_.size(); }
    /// Conflicts that the model has not, between writes of which neither had seen the other.
    std::size_t extra() const { return extra_; }
    std::size_t writes() const { return writes_; }

private:
    void found();
    void enrol(int node);
    void settle_in(int node);
    void play(const Step& step);
    void write(const Step& step);
    bool possible(const Step& step);
    void serve(const Step& step);
    void finish(const Step& step);
    void note_own_writes(int node);
    std::string positions();
    void complain(const std::string& what) { complaints_.push_back(what); }

    void check_converged();
    void check_rows();
    void check_row(int row);
    void read_conflicts();
    void check_conflicts();
    bool in_model(const Kept& kept) const;
    void check_nothing_lost();
    void check_nothing_unfairly_deleted();
    bool is_kept(const WriteKey& key, int bit) const;
    bool is_live(const WriteKey& key, int bit);

    const Trace& trace_;
    bool exact_;
    SeededRandom random_{1};
    std::vector<std::unique_ptr<Office>> offices_;
    std::map<int, Bytes> messages_;
    Oracle oracle_;
    std::vector<Kept> kept_;
    std::vector<std::string> complaints_;
    std::size_t writes_ = 0;
    std::size_t extra_ = 0;
};

}  // namespace ocop::test
