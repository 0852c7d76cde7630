// What follows from a story and several checkers need: who wrote which value over which, what stood at the end, what conflicts keep.
#pragma once

#include <optional>
#include <set>
#include <unordered_set>

#include "tests/simulator/checkers/story.h"

namespace ocop::sim::judge {

struct Write {
    const Deed* deed = nullptr;
    const Cell* cell = nullptr;
};

/// A record of the table `conflict`, as the root showed it at the end.
struct Conflict {
    Text kind, columns, winner, loser, other_row, state;
    bool again = false;  // the higher tier's value was written anew (conflict = "authority")
    bool is_about(Text column) const;
    /// The value is one of the two, or among a group's.
    bool keeps(Text value) const;
    bool loses(Text value) const;
};

/// A record of the table `quarantine`, as the root showed it at the end: a value, a deletion or a whole new row that an office above its
/// author refused.
struct Refusal {
    Text kind, columns, value, reason, author_origin;
    const Row* record = nullptr;
    bool holds(Text column, Text cell_value) const;
};

class Facts {
public:
    explicit Facts(const Story& story);

    const Story& story() const { return story_; }
    /// The last reading of a node; null if there is none.
    const Reading* end(int node) const { return ends_.at(static_cast<std::size_t>(node)); }
    /// The row as the root showed it at the end; null: not there.
    const Row* final_row(const RowKey& key) const;

    /// All writes of a cell that were committed, or perhaps were, oldest first.
    const std::vector<Write>& writes(const CellKey& key) const;
    const std::vector<Write>& deletions(const RowKey& key) const;
    const std::vector<Conflict>& conflicts(const RowKey& key) const;
    /// It went, or what it refers to went, to another unit: then who is to show it, and what its unit is, changes with time.
    bool moved(const RowKey& key) const;
    const std::vector<Refusal>& refusals(const RowKey& key) const;
    /// This value was refused, alone or with its row.
    bool refused(const CellKey& key, Text value) const;
    /// Some value of the cell was refused, perhaps one that had taken the place of others before anybody heard of them.
    bool any_refused(const CellKey& key) const;
    /// The making of the row was refused, perhaps among others'.
    bool refused_whole(const RowKey& key) const;
    const std::unordered_map<CellKey, std::vector<Write>, Hash>& all_writes() const { return writes_; }
    const std::unordered_map<RowKey, std::vector<Write>, Hash>& all_deletions() const { return deletions_; }
    const std::unordered_map<RowKey, std::vector<Conflict>, Hash>& all_conflicts() const { return conflicts_; }
    const std::unordered_map<RowKey, std::vector<Refusal>, Hash>& all_refusals() const { return refusals_; }

    /// The write that first gave the cell this value.
    const Write* writer(const CellKey& key, Text value) const;
    /// `older` was what somebody saw when writing `newer`, or what they saw when writing that, and so on.
    bool saw(const CellKey& key, Text newer, Text older) const;
    /// Values given twice (a settlement writes an old one again) say nothing of order.
    bool written_twice(const CellKey& key) const;
    /// Somebody wrote over this value, or removed its row, having it before their eyes.
    bool written_over(const CellKey& key, Text value) const;

    /// What a node of `node`'s unit is entitled to, by brute force.
    bool holds(int node, Text table, Text unit) const;
    bool within(Text unit, Text ancestor) const;
    /// Every unit of which `node` might be entitled to anything: those below its own, those above and all provinces. Whoever asks `holds`
    /// of these has asked it of all.
    const std::vector<Text>& may_concern(int node) const { return concerns_.at(static_cast<std::size_t>(node)); }

    /// A node came back as it once was, or as two.
    bool any_restore() const { return any_restore_; }

private:
    void take_deeds();
    void take_readings();
    void take_units();

    const Story& story_;
    std::vector<const Reading*> ends_;
    std::unordered_map<RowKey, const Row*, Hash> final_rows_;
    std::unordered_map<CellKey, std::vector<Write>, Hash> writes_;
    std::unordered_map<RowKey, std::vector<Write>, Hash> deletions_;
    std::unordered_map<RowKey, std::vector<Conflict>, Hash> conflicts_;
    std::vector<std::vector<Text>> concerns_;  // by node
    std::unordered_map<RowKey, std::vector<Refusal>, Hash> refusals_;
    bool any_restore_ = false;
};

/// Transactions that no machine held any more at some moment, because of restores.
std::set<const Deed*> lost_with_machines(const Facts& facts);

bool is_unique_column(Text table, Text column);
/// Of two edits that had not seen each other the higher tier's stands.
bool is_authority_column(Text table, Text column);
/// The higher tier's value was written anew, as a new edit: an older value is then rightly seen after a newer one.
bool written_anew(const Facts& facts, const CellKey& key);
bool is_engine_table(Text table);
/// The unit of a row that goes where its owner goes: nobody's word of its own.
bool is_followed_unit(const CellKey& key);
std::string name_of(const CellKey& key);
std::string name_of(const RowKey& key);

}  // namespace ocop::sim::judge
