#include "node/lives.h"

#include <algorithm>
#include <cstring>

#include "node/identity.h"
#include "node/notice.h"
#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

// A late request older than this many passes for a rewound history: a needless new life, no loss.
constexpr std::size_t most_known = 128;
constexpr std::size_t most_sent = 80;
constexpr std::size_t most_open = 64;
// A node restored more often loses count of its oldest lives: what came from those is compared again, not lost.
constexpr std::size_t most_lives = 64;
constexpr std::size_t sent_width = 9;
constexpr std::size_t count_bytes = 5;  // little-endian

Blob blob_of(const NodeId& node)
{
    return {std::string(reinterpret_cast<const char*>(node.data()), node.size())};
}

bool contains(const std::string& numbers, std::uint64_t number)
{
    for (std::size_t at = 0; at + 8 <= numbers.size(); at += 8)
        if (std::memcmp(numbers.data() + at, &number, 8) == 0) return true;
    return false;
}

std::string or_zero(const std::string& token)
{
    return token.size() == 16 ? token : std::string(16, '\0');
}

/// Whatever life sealed them.
bool same_token(const std::string& a, const std::string& b)
{
    return or_zero(a).compare(0, 8, or_zero(b), 0, 8) == 0;
}

std::string seal_of(const std::string& secret, std::uint32_t life, const NodeId& child, const std::string& head)
{
    const auto hash = hash16("token " + secret + std::to_string(life) + " " + blob_of(child).bytes + head);
    return {reinterpret_cast<const char*>(hash.data()), 8};
}

/// Another life of the same child: its line, its mark and cursor, as they are or as they were when a life of ours ended.
struct Other {
    std::int64_t ref;
    Line line;
    std::uint64_t mark;
    std::uint64_t cursor;
};

std::vector<Other> lives_of(sqlite::Connection& db, const NodeId& node, const Meeting& meeting)
{
    std::vector<Other> lives;
    auto rows = db.query("SELECT n.ref, n.incarnation, n.line, n.mark, n.cursor, f.mark, f.cursor FROM _neighbour AS n "
                         "LEFT JOIN _fork AS f ON f.ref = n.ref AND f.ended = ? WHERE n.node = ? AND n.ref > 1",
                         meeting.ended, blob_of(node));
    while (rows.step()) {
        const int at = meeting.met ? 3 : 5;
        if (rows.is_null(at)) continue;
        lives.push_back({rows.integer(0),
                         {ended_lives(rows.blob(2)), static_cast<std::uint32_t>(rows.integer(1))},
                         rows.natural(at),
                         rows.natural(at + 1)});
    }
    return lives;
}

/// How far that life had read ours when it ended. One we never heard of had read what its forebear had, up to where they part.
std::uint64_t served(const std::vector<Other>& lives, const Line& line, std::uint32_t met)
{
    for (const Other& other : lives)
        if (other.line == line) return other.cursor;
    if (line.ended.empty() || line.ended.back().met != met) return 0;
    Line before = line;
    before.now = before.ended.back().incarnation;
    before.ended.pop_back();
    return std::min(line.ended.back().read, served(lives, before, met));
}

}  // namespace

std::uint64_t token_count(const std::string& token)
{
    std::uint64_t count = 0;
    if (token.size() == 16) std::memcpy(&count, token.data(), count_bytes);
    return count;
}

std::string make_token(const State& giver, const NodeId& child, std::uint64_t count, Random& random)
{
    std::string token(8, '\0');
    std::memcpy(token.data(), &count, count_bytes);
    random.fill(token.data() + count_bytes, 8 - count_bytes);
    return token + seal_of(giver.secret, giver.self.incarnation, child, token);
}

std::string resealed(const State& giver, const NodeId& child, const std::string& token)
{
    if (token.size() != 16) return token;
    const std::string head = token.substr(0, 8);
    return head + seal_of(giver.secret, giver.self.incarnation, child, head);
}

bool gave_token(const State& giver, std::uint32_t life, const NodeId& child, const std::string& token)
{
    return token.size() == 16 && seal_of(giver.secret, life, child, token.substr(0, 8)) == token.substr(8);
}

Recognition recognise(const Child* life, std::uint64_t last_count, const Shown& shown)
{
    if (exhibit("submersion-309")) return {};
    if (life != nullptr && contains(life->known, shown.number)) return {true, false, false};
    const bool answered = life != nullptr && life->number != 0 &&
                          std::find(shown.open.begin(), shown.open.end(), life->number) != shown.open.end();
    if (life != nullptr && (answered || same_token(life->token, shown.token))) return {};
    const std::uint64_t count = token_count(shown.token);
    const bool newer = shown.ours && (count > last_count || (life != nullptr && count == last_count));
    // Whoever shows a token of a life we know nothing of proves that we were put back, however old it is: both of us may have been.
    return {false, life != nullptr, (shown.ours && shown.forgotten) || (shown.met && newer)};
}

bool stands_for_a_life(sqlite::Connection& db, const NodeId& child, const std::string& token)
{
    auto rows = db.query("SELECT token FROM _neighbour WHERE node = ? AND ref > 1", blob_of(child));
    while (rows.step())
        if (same_token(rows.blob(0), token)) return true;
    return false;
}

std::uint64_t last_token_count(sqlite::Connection& db, const NodeId& child)
{
    std::uint64_t count = 0;
    auto rows = db.query("SELECT token FROM _neighbour WHERE node = ? AND ref > 1", blob_of(child));
    while (rows.step()) count = std::max(count, token_count(rows.blob(0)));
    return count;
}

std::uint32_t highest_life(sqlite::Connection& db, const NodeId& child)
{
    auto row = db.query("SELECT max(incarnation) FROM _neighbour WHERE node = ? AND ref > 1", blob_of(child));
    return row.step() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

std::optional<Child> find_life(sqlite::Connection& db, const Origin& child)
{
    auto row = db.query("SELECT ref FROM _neighbour WHERE node = ? AND incarnation = ? AND ref > 1",
                        blob_of(child.node), child.incarnation);
    if (!row.step()) return std::nullopt;
    return read_child(db, row.integer(0));
}

Meeting meeting_of(Replica& parent, const Line& child, const NodeId& node, const Line& parent_as_met)
{
    Meeting meeting;
    const Line ours = parent.state().line();
    meeting.met = parent_as_met.now == 0 || parent_as_met == ours;
    if (meeting.met) return meeting;
    meeting.ended = parted(parent_as_met, ours).value_or(0);
    const std::uint64_t read = served(lives_of(parent.db(), node, meeting), child, parent_as_met.now);
    meeting.common = std::min(common(parent_as_met, ours).places, read);
    return meeting;
}

Child meet_life(Replica& parent, const Origin& child, const std::vector<EndedLife>& ended, const Meeting& meeting)
{
    sqlite::Connection& db = parent.db();
    const Line line{ended, child.incarnation};
    const std::vector<Other> remembered = lives_of(db, child.node, meeting);
    const std::vector<Other> others = lives_of(db, child.node, {});
    OCOP_CHECK(!others.empty());
    std::uint64_t mark = 0;
    for (const Other& other : remembered) mark = std::max(mark, std::min(other.mark, common(other.line, line).acked));
    db.run("INSERT INTO _neighbour (ref, node, incarnation, unit, public_key, mark, line) SELECT (SELECT max(ref) + 1 "
           "FROM "
           "_neighbour), node, ?, unit, public_key, ?, ? FROM _neighbour WHERE ref = ?",
           child.incarnation, mark, Blob{to_bytes(ended)}, others.front().ref);
    const Child life = *find_life(db, child);
    for (const Other& other : others) {
        std::uint64_t place = common(other.line, line).places;
        if (!meeting.met) {
            const auto then =
                std::find_if(remembered.begin(), remembered.end(), [&](const Other& o) { return o.ref == other.ref; });
            place = std::min(place, then == remembered.end() ? 0 : then->mark);
        }
        db.run("INSERT INTO _shared VALUES (?1, ?2, ?3), (?2, ?1, ?3)", life.ref, other.ref, place);
    }
    return life;
}

void note_request(Child& life, const Shown& shown, const std::string& token)
{
    life.token = token;
    life.number = shown.number;
    std::vector<std::uint64_t> numbers = shown.open;
    numbers.push_back(shown.number);
    for (const std::uint64_t number : numbers) {
        if (contains(life.known, number)) continue;
        life.known.append(reinterpret_cast<const char*>(&number), 8);
    }
    if (life.known.size() > 8 * most_known) life.known.erase(0, life.known.size() - 8 * most_known);
}

// ---- Kin

Kin::Kin(sqlite::Connection& db, std::int64_t ref) : ref_(ref)
{
    auto rows = db.query("SELECT b, place FROM _shared WHERE a = ?", ref);
    while (rows.step()) shared_[rows.integer(0)] = rows.natural(1);
}

bool Kin::has(std::int64_t via, std::uint64_t via_lsn) const
{
    if (via == ref_) return true;
    const auto other = shared_.find(via);
    return other != shared_.end() && via_lsn <= other->second;
}

bool Kin::same(std::int64_t via, std::uint64_t via_lsn, std::uint64_t lsn) const
{
    if (has(via, via_lsn)) return true;
    const auto other = shared_.find(via);
    return other != shared_.end() && lsn <= other->second;  // our past, or a later life's heir of this very write
}

// ---- our own lives

std::uint64_t certain_place(const State& state)
{
    return state.parent ? state.acked : state.lsn;
}

namespace {

void say(Replica& replica, Rewound how)
{
    const std::string safe_vi = " Không mất gì: máy bắt đầu một đời ghi mới và so lại với các máy khác.";
    const std::string safe_en = " Nothing is lost: this node begins a new life and compares with the others again.";
    switch (how) {
    case Rewound::witness_behind:
        leave_notice(replica, "Dữ liệu trên máy này là bản sao lưu cũ vừa được khôi phục." + safe_vi,
                     "The data on this machine are a backup that was restored." + safe_en);
        break;
    case Rewound::witness_gone:
    case Rewound::other_machine:
        leave_notice(replica, "Dữ liệu này được chép từ nơi khác đến hoặc thiếu tệp làm chứng." + safe_vi,
                     "These data were copied here from elsewhere, or their witness file is missing." + safe_en);
        break;
    case Rewound::told_by_parent:
    case Rewound::told_by_child:
        leave_notice(
            replica,
            "Một máy khác nhớ những điều máy này đã quên: dữ liệu ở đây từng được khôi phục hoặc nhân bản." + safe_vi,
            "Another node remembers what this one has forgotten: the data here were restored or cloned." + safe_en);
        break;
    case Rewound::repair:
        leave_notice(replica, "Số liệu so với cấp trên không khớp: máy này so lại toàn bộ với cấp trên.",
                     "The digests differ from the parent's: this node compares everything with it again.");
    }
}

}  // namespace

void begin_life(Replica& replica, Rewound how, std::uint64_t forked, std::uint32_t at_least)
{
    if (exhibit("litestream-781") && how != Rewound::repair) return;
    State& state = replica.mutable_state();
    sqlite::Connection& db = replica.db();
    db.run("INSERT OR REPLACE INTO _fork SELECT ?, ref, mark, cursor FROM _neighbour WHERE ref > 1",
           state.self.incarnation);
    db.run("DELETE FROM _reached WHERE lsn > ?", forked);
    state.ended.push_back({state.self.incarnation, forked, state.acked, state.cursor, state.parent_incarnation});
    std::uint32_t highest = std::max(state.self.incarnation, at_least);
    for (const EndedLife& life : state.ended) highest = std::max(highest, life.incarnation);
    const std::uint32_t before = state.self.incarnation;
    state.self.incarnation = next_life(highest, replica.environment().random->number());
    if (exhibit("automerge-1367")) state.self.incarnation = next_life(before, 0);
    if (how == Rewound::repair) {
        state.ended.clear();  // a life that shares nothing with any other compares everything
        state.acked = state.cursor = 0;
    }
    if (state.ended.size() > most_lives) state.ended.erase(state.ended.begin());
    state.sent.clear();
    state.number = 0;
    say(replica, how);
}

// ---- SentRequests

void SentRequests::add(std::uint64_t number)
{
    bytes_.append(reinterpret_cast<const char*>(&number), 8);
    bytes_.push_back('\0');
    if (bytes_.size() > sent_width * most_sent) bytes_.erase(0, bytes_.size() - sent_width * most_sent);
}

bool SentRequests::remembers(std::uint64_t number) const
{
    for (std::size_t at = 0; at < bytes_.size(); at += sent_width)
        if (std::memcmp(bytes_.data() + at, &number, 8) == 0) return true;
    return false;
}

bool SentRequests::is_open(std::uint64_t number) const
{
    for (std::size_t at = 0; at < bytes_.size(); at += sent_width)
        if (std::memcmp(bytes_.data() + at, &number, 8) == 0) return bytes_[at + 8] == '\0';
    return false;
}

void SentRequests::close_up_to(std::uint64_t number)
{
    if (!remembers(number)) return;
    for (std::size_t at = 0; at < bytes_.size(); at += sent_width) {
        bytes_[at + 8] = '\1';
        if (std::memcmp(bytes_.data() + at, &number, 8) == 0) return;
    }
}

std::vector<std::uint64_t> SentRequests::open() const
{
    std::vector<std::uint64_t> numbers;
    for (std::size_t at = 0; at < bytes_.size(); at += sent_width) {
        if (bytes_[at + 8] != '\0') continue;
        numbers.emplace_back();
        std::memcpy(&numbers.back(), bytes_.data() + at, 8);
    }
    if (numbers.size() > most_open) numbers.erase(numbers.begin(), numbers.end() - most_open);
    return numbers;
}

}  // namespace ocop
