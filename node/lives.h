// Lives: how two neighbours find out that the history of one of them was rewound, and what they may still take for common.
//
// Nobody tells a node that its backup was restored. Three things find it out, any one suffices: the witness file (node/witness.h), the life of ours that a neighbour
// has met, and the session token that each answer renews. A token is a count, one a child, and chance. A request shows the last token, its own number, and the numbers
// of the requests since the last that was answered: so a lost answer is told from a rewound history. Whoever was put back begins a new life.
// The rules, and what they were checked against: tests/model/tree_merge_life.py.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/neighbours.h"

namespace ocop {

// ---- The parent's side

/// What a request shows of the exchanges before it.
struct Shown {
    std::uint64_t number = 0;
    std::vector<std::uint64_t> open;  // numbers since the last that was answered
    std::string token;                // 16 bytes
    bool ours = true;        // we gave that token, in the life of ours that it names, and not as one we remember
    bool met = true;         // it knows our present life, or none
    bool forgotten = false;  // it names a life of ours that came after this one
};

struct Recognition {
    bool known = false;           // a late or repeated request: serve it, judge nothing by it
    bool child_restarts = false;  // it, or both of us, was put back: take nothing, it must begin a new life
    bool we_restart = false;      // we were put back
};

/// `life` is null for one never heard before; `last_count` is that of the newest token any life of this child was given.
Recognition recognise(const Child* life, std::uint64_t last_count, const Shown& shown);

/// A token is a count (5 bytes), chance (3 bytes), and a hash of both with the giver's secret, its life and the child's id, so that a child can show one that
/// its parent has forgotten, and can invent neither a token nor a life.
std::uint64_t token_count(const std::string& token);
std::string make_token(const State& giver, const NodeId& child, std::uint64_t count, Random& random);
/// The same token, as this life gives it: one given before a rewind must not be shown as proof of a life after it, nor fail as one.
std::string resealed(const State& giver, const NodeId& child, const std::string& token);
bool gave_token(const State& giver, std::uint32_t life, const NodeId& child, const std::string& token);
/// The last token of one of this child's lives: shown in another's name it proves nothing of us.
bool stands_for_a_life(sqlite::Connection& db, const NodeId& child, const std::string& token);
std::uint64_t last_token_count(sqlite::Connection& db, const NodeId& child);
std::uint32_t highest_life(sqlite::Connection& db, const NodeId& child);

std::optional<Child> find_life(sqlite::Connection& db, const Origin& child);

/// How a child stands to our lives: `ended` is the one of ours that it met last, where that has ended.
struct Meeting {
    bool met = true;
    std::uint32_t ended = 0;            // 0: we share none
    std::uint64_t common = UINT64_MAX;  // places of our log that it has read and we still have
};
Meeting meeting_of(Replica& parent, const Line& child, const NodeId& node, const Line& parent_as_met);

/// A life of an enrolled child not heard before: it inherits what its forebears had said, as far as both sides remember the same.
Child meet_life(Replica& parent, const Origin& child, const std::vector<EndedLife>& ended, const Meeting& meeting);

/// Remembers a fresh request: its number and the open ones; the token that answers it.
void note_request(Child& life, const Shown& shown, const std::string& token);

/// Which entries came from a neighbour, in this or another life of it.
class Kin {
public:
    Kin(sqlite::Connection& db, std::int64_t ref);
    /// It has the entry that came by `via` at its place `via_lsn`.
    bool has(std::int64_t via, std::uint64_t via_lsn) const;
    /// What came by `via` and what now comes from its place `lsn` were written with one in sight of the other.
    bool same(std::int64_t via, std::uint64_t via_lsn, std::uint64_t lsn) const;
    /// It came from this neighbour in any life.
    bool any_life(std::int64_t via) const { return via == ref_ || shared_.count(via) != 0; }

private:
    std::int64_t ref_;
    std::map<std::int64_t, std::uint64_t> shared_;
};

// ---- The node's own side

enum class Rewound { witness_behind, witness_gone, other_machine, told_by_parent, told_by_child, repair };

/// Begins a new life of this node, inside a transaction; says so in a notice. `forked`: the last place of our log that is certainly what others may have heard.
void begin_life(Replica& replica, Rewound how, std::uint64_t forked, std::uint32_t at_least = 0);
/// The last place that is certain where only a neighbour found it out: nothing was acknowledged since the rewind.
std::uint64_t certain_place(const State& state);

/// Our own requests, as state.sent keeps them.
class SentRequests {
public:
    explicit SentRequests(std::string& bytes) : bytes_(bytes) {}
    void add(std::uint64_t number);
    bool remembers(std::uint64_t number) const;
    bool is_open(std::uint64_t number) const;
    /// An answer to `number` came: nothing sent before it can explain a gap any more.
    void close_up_to(std::uint64_t number);
    std::vector<std::uint64_t> open() const;

private:
    std::string& bytes_;
};

}  // namespace ocop
