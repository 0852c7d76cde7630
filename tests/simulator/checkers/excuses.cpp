// What may be lost without anybody's fault: a change that no machine held any more, because those that did came back as older copies of
// themselves. Who holds what is followed from below: a node holds what it wrote, what its child had after an exchange that left nothing
// unsaid, and what its parent had that concerns it. What a message under way may carry besides is not counted.
#include <algorithm>

#include "tests/simulator/checkers/facts.h"

namespace ocop::sim::judge {

namespace {

using Held = std::vector<bool>;  // by deed

class Holders {
public:
    explicit Holders(const Facts& facts) : facts_(facts), story_(facts.story()), held_(story_.nodes.size())
    {
        for (Held& held : held_) held.resize(story_.deeds.size());
    }

    std::set<const Deed*> run()
    {
        for (const Story::Mark& mark : story_.order) {
            if (mark.deed)
                of(story_.deeds[mark.index].node)[mark.index] = true;
            else
                step(story_.steps[mark.index]);
        }
        return std::move(excused_);
    }

private:
    Held& of(int node) { return held_[static_cast<std::size_t>(node)]; }

    void step(const Step& step)
    {
        if (step.what == "serve") told_[step.answer] = of(step.node);
        if (step.what == "snapshot") kept_[step.message] = of(step.node);
        if (step.what == "restore") restore(step);
        if (step.what == "clone") of(step.node) = of(static_cast<int>(step.message));
        if (step.what != "finish" || step.flag) return;
        const int parent = story_.nodes[static_cast<std::size_t>(step.node)].parent;
        if (parent < 0) return;
        for (std::size_t i = 0; i < story_.deeds.size(); ++i) {
            if (of(step.node)[i]) of(parent)[i] = true;
            if (told_[step.message].size() > i && told_[step.message][i] && concerns(step.node, story_.deeds[i]))
                of(step.node)[i] = true;
        }
    }

    bool concerns(int node, const Deed& deed) const
    {
        return std::all_of(deed.cells.begin(), deed.cells.end(),
                           [&](const Cell& cell) { return facts_.holds(node, cell.key.table, cell.unit); });
    }

    void restore(const Step& step)
    {
        Held now = kept_[step.message];
        now.resize(story_.deeds.size());
        now.swap(of(step.node));
        for (std::size_t i = 0; i < now.size(); ++i) {
            const bool held = std::any_of(held_.begin(), held_.end(), [&](const Held& one) { return one[i]; });
            if (now[i] && !held) excused_.insert(&story_.deeds[i]);
        }
    }

    const Facts& facts_;
    const Story& story_;
    std::vector<Held> held_;  // by node
    std::unordered_map<std::uint64_t, Held> told_, kept_;
    std::set<const Deed*> excused_;
};

}  // namespace

std::set<const Deed*> lost_with_machines(const Facts& facts)
{
    return facts.any_restore() ? Holders{facts}.run() : std::set<const Deed*>{};
}

}  // namespace ocop::sim::judge
