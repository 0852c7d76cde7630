// The exchange as a whole under hostile bytes: a parent and a child in memory, an enrolled neighbour that says anything it likes. Whatever is
// said, the replica must stay sound; only then may it be wrong about the world.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "node/compare.h"
#include "sync/codec_frame.h"
#include "tests/fuzz/targets.h"
#include "tests/support/world.h"

namespace ocop::test {

namespace {

/// Bytes of the fuzzer as choices; zeros when they are used up.
class Choices {
public:
    explicit Choices(std::string_view bytes) : left_(bytes) {}
    std::uint8_t byte()
    {
        if (left_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return first;
    }
    std::size_t below(std::size_t count) { return count == 0 ? 0 : (std::size_t{byte()} << 8 | byte()) % count; }
    /// Small numbers, numbers near those in use, and numbers at the edges.
    std::uint64_t number(std::uint64_t near)
    {
        const std::uint8_t how = byte();
        if (how < 128) return how;
        if (how < 192) return near + how - 160;
        if (how < 224) return std::uint64_t{1} << (how - 192) * 2;
        return ~std::uint64_t{0} >> (how - 224);
    }
    std::string_view rest() const { return left_; }
    bool any() const { return !left_.empty(); }

private:
    std::string_view left_;
};

/// Two nodes that have synced, have news for each other, and can be put back as they were.
class Ground {
public:
    Ground()
    {
        Office& top = world_.root();
        Office& below = world_.child(top, "29338", "commune");
        below.sql("INSERT INTO organization (id, unit, name) VALUES ('00000000-0000-7000-8000-000000000001', '29338', "
                  "'Hộ A'), "
                  "('00000000-0000-7000-8000-000000000002', '29338', 'Hộ B')");
        below.sql(
            "INSERT INTO product (id, unit, organization, name, product_code) VALUES "
            "('00000000-0000-7000-8000-000000000011', '29338', '00000000-0000-7000-8000-000000000001', 'Dừa', 'A'), "
            "('00000000-0000-7000-8000-000000000012', '29338', '00000000-0000-7000-8000-000000000002', 'Cam', 'B')");
        world_.settle();
        below.sql("UPDATE product SET name = 'Dừa sáp', product_code = NULL WHERE product_code = 'A'");
        below.sql("DELETE FROM product WHERE product_code = 'B'");
        below.sql("INSERT INTO organization (id, unit, name, workers) VALUES ('00000000-0000-7000-8000-000000000003', "
                  "'29338', 'Hộ C', 3)");
        top.sql("UPDATE product SET name = 'Dừa xiêm', product_code = 'C' WHERE product_code = 'A'");
        top.sql("INSERT INTO directive (id, unit, number, subject) VALUES ('00000000-0000-7000-8000-000000000021', "
                "'VN', '148', 'Tiêu chí')");
        top.sql("INSERT INTO evaluation (id, unit, product, level, evaluated_on, star) VALUES "
                "('00000000-0000-7000-8000-000000000031', "
                "'29338', '00000000-0000-7000-8000-000000000012', 'central', '2021-01-01', 4)");
        {
            Transaction transaction{*below.replica};
            begin_comparing(transaction.log(), Comparing::mend);
            transaction.commit();
        }
        request = sync::make_request(*below.replica).value();
        child_image_ = below.replica->db().image();
        parent_image_ = top.replica->db().image();
        clock_ = top.clock;
        answer = sync::answer_request(*top.replica, request).value();
        world_.offices.clear();
    }

    Replica& parent() { return at(parent_, parent_image_); }
    Replica& child() { return at(child_, child_image_); }

    /// After each input: sound, and as before for the next one.
    void judge()
    {
        judge(parent_);
        judge(child_);
    }

    Bytes request, answer;

private:
    Replica& at(std::unique_ptr<Replica>& replica, const std::string& image)
    {
        if (!replica) replica = Replica::from_image(ocop_model(), image, {clock_.get(), &random_});
        return *replica;
    }

    static void judge(std::unique_ptr<Replica>& replica)
    {
        if (!replica) return;
        if (replica->db().in_transaction()) std::abort();
        if (replica->db().query("SELECT 1 WHERE total_changes() = 0").step()) return;
        const Verification found = verify(*replica);
        if (!found.file_sound || !found.log_matches_tables || !found.digest_matches_log) std::abort();
        if (replica->db().query("PRAGMA foreign_key_check").step()) std::abort();
        if (found.compared && replica->state().verified_at > 0 && found.digest == replica->state().parent_digest &&
            !found.equal && replica->state().verified_equal)
            std::abort();
        replica.reset();
    }

    World world_;
    SeededRandom random_{11};
    std::shared_ptr<FakeClock> clock_;
    std::string parent_image_, child_image_;
    std::unique_ptr<Replica> parent_, child_;
};

Value some_value(Choices& choices)
{
    switch (choices.byte() % 8) {
    case 0: return {};
    case 1: return static_cast<std::int64_t>(choices.number(3));
    case 2: return static_cast<double>(choices.byte()) / 8;
    case 3: return Blob{std::string(choices.below(300), 'b')};
    case 4: return std::string{"29338"};
    case 5:
        return std::string{"00000000-0000-7000-8000-0000000000"} + "0123"[choices.byte() % 4] +
               "0123"[choices.byte() % 4];
    case 6: return std::string{"'\"); DROP TABLE product; --"};
    default: return std::string(choices.below(40), static_cast<char>('a' + choices.byte() % 26));
    }
}

std::string some_row(Choices& choices)
{
    const std::uint8_t how = choices.byte();
    if (how < 160) return std::string{"00000000-0000-7000-8000-0000000000"} + "0123"[how % 4] + "0123"[how / 4 % 4];
    return how < 200 ? "VN" : how < 220 ? "29338" : "x" + std::to_string(how);
}

void change_entry(Change& change, Choices& choices)
{
    Entry& entry = change.entries[choices.below(change.entries.size())];
    switch (choices.byte() % 8) {
    case 0: entry.gone = !entry.gone && !entry.away && (entry.mask & existence_bit) != 0; break;
    case 1: entry.echo = !entry.echo && !entry.back && !entry.away; break;
    case 2: entry.version.gen = choices.number(entry.version.gen); break;
    case 3: entry.version.time = static_cast<std::int64_t>(choices.number(1'600'000'000'000)); break;
    case 4: entry.lsn = choices.number(entry.lsn); break;
    case 5: entry.ctx = choices.number(entry.ctx); break;
    case 6: entry.back = !entry.back && !entry.echo && !entry.again && !entry.away; break;
    default: entry.version.origin.node[0] ^= choices.byte(); break;
    }
    std::stable_sort(change.entries.begin(), change.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.lsn < b.lsn; });
}

void change_changes(std::vector<Change>& changes, Choices& choices)
{
    if (changes.empty()) return;
    const std::size_t which = choices.below(changes.size());
    Change& change = changes[which];
    switch (choices.byte() % 8) {
    case 0: change.row = some_row(choices); break;
    case 1: change.unit = choices.byte() % 2 != 0 ? "VN" : some_row(choices); break;
    case 2: std::swap(change, changes[choices.below(changes.size())]); break;
    case 3: changes.push_back(Change{change}); break;
    case 4: changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(which)); break;
    case 5:
        if (!change.cells.empty()) change.cells[choices.below(change.cells.size())].value = some_value(choices);
        break;
    default: change_entry(change, choices); break;
    }
}

void change_lives(std::vector<EndedLife>& lives, Choices& choices)
{
    if (lives.empty() || (lives.size() < 60 && choices.byte() % 2 != 0)) lives.push_back({1, 5, 5, 5, 1});
    EndedLife& life = lives[choices.below(lives.size())];
    switch (choices.byte() % 5) {
    case 0: life.incarnation = static_cast<std::uint32_t>(choices.number(life.incarnation)); break;
    case 1: life.met = static_cast<std::uint32_t>(choices.number(life.met)); break;
    case 2: life.forked = choices.number(life.forked); break;
    case 3: life.acked = choices.number(life.acked); break;
    default: life.read = choices.number(life.read); break;
    }
}

/// Whose node wrote what, and what is said of tables that the reader may not know.
template <class Message>
void change_words(Message& message, Choices& choices)
{
    if (choices.byte() % 2 != 0) {
        for (const Change& change : message.changes)
            message.origin_units[change.entries.front().version.origin] = some_row(choices);
        return;
    }
    if (message.tables.empty()) message.tables.push_back({900, Audience::lineage, false});
    message.tables.front().engine = choices.byte() % 2 != 0;
    message.tables.front().audience = choices.byte() % 2 != 0 ? Audience::lineage : Audience::line;
    if (!message.changes.empty() && choices.byte() % 2 != 0) message.changes.front().table = message.tables.front().id;
}

void change_past(sync::Request& request, Choices& choices)
{
    switch (choices.byte() % 5) {
    case 0: change_lives(request.child_ended, choices); break;
    case 1: change_lives(request.parent_ended, choices); break;
    case 2: request.token[choices.below(request.token.size())] ^= choices.byte(); break;
    case 3:
        if (request.unanswered.size() < 60) request.unanswered.push_back(choices.number(request.number));
        break;
    default:
        (choices.byte() % 2 != 0 ? request.child : request.parent).incarnation =
            static_cast<std::uint32_t>(choices.number(1));
    }
}

void change_past(sync::Answer& answer, Choices& choices)
{
    switch (choices.byte() % 7) {
    case 0: change_lives(answer.parent_ended, choices); break;
    case 1: answer.token[choices.below(answer.token.size())] ^= choices.byte(); break;
    case 2: answer.parent.incarnation = static_cast<std::uint32_t>(choices.number(1)); break;
    case 3: answer.met = static_cast<std::uint32_t>(choices.number(1)); break;
    case 4: answer.shared = choices.number(answer.from); break;
    case 5: answer.restart = static_cast<std::uint32_t>(choices.number(1)); break;
    default: answer.reach.assign(choices.below(16), choices.number(answer.mark)); break;
    }
}

Position some_place(Choices& choices)
{
    return {choices.byte() % 8u, choices.byte() % 2 != 0 ? "29338" : "VN", some_row(choices)};
}

void change_comparison(sync::Request& request, Choices& choices)
{
    request.mends = choices.below(request.changes.size() + 1);
    request.ranges.clear();
    Range range{some_place(choices), {}};
    if (choices.byte() % 2 != 0) range.to = some_place(choices);
    if (!range.empty()) request.ranges.push_back(range);
    for (int i = choices.byte() % 4; i > 0; --i) request.wanted.push_back({choices.byte() % 8u, some_row(choices)});
    while (request.wanted.size() > 64) request.wanted.pop_back();
}

void change_comparison(sync::Answer& answer, Choices& choices)
{
    answer.mends = choices.below(answer.changes.size() + 1);
    Held held;
    held.rows = choices.byte() % 2 != 0;
    for (int i = choices.byte() % 6; i > 0; --i) held.places.push_back(some_place(choices));
    std::sort(held.places.begin(), held.places.end());
    held.sums.resize(held.places.size() + (held.rows ? 0 : 1), choices.byte());
    answer.held = {held};
    answer.looked = choices.byte() % 4;
}

template <class Message>
void change_head(Message& message, Choices& choices)
{
    switch (choices.byte() % 6) {
    case 0: message.top = choices.number(message.top); break;
    case 1: message.complete = !message.complete; break;
    case 2: message.whole_as_of = choices.number(message.whole_as_of); break;
    case 3: message.number = choices.number(message.number); break;
    case 4: message.schema ^= choices.byte(); break;
    default:
        if constexpr (std::is_same_v<Message, sync::Request>) {
            std::uint64_t* fields[] = {&message.cursor, &message.acked, &message.lag};
            std::uint64_t& field = *fields[choices.byte() % 3];
            field = choices.number(field);
            message.want = choices.byte() * 64u;
        } else {
            std::uint64_t& field = choices.byte() % 2 != 0 ? message.mark : message.from;
            field = choices.number(field);
            message.gap = choices.byte() > 250;
        }
    }
}

/// A valid message with some of its meaning changed: what an enrolled neighbour with evil intent would send.
template <class Message>
Bytes twisted(Message message, Choices& choices)
{
    for (int i = 0; i < 24 && choices.any(); ++i) {
        switch (choices.byte() % 8) {
        case 0:
        case 1: change_head(message, choices); break;
        case 2: change_past(message, choices); break;
        case 3: change_words(message, choices); break;
        case 7: change_comparison(message, choices); break;
        default: change_changes(message.changes, choices); break;
        }
        message.mends = std::min<std::uint64_t>(message.mends, message.changes.size());
    }
    return sync::encode(message);
}

/// A valid payload with some bytes changed, in a frame whose checksum is right.
Bytes reframed(sync::FrameKind kind, const Bytes& valid, Choices& choices)
{
    const auto frame = sync::read_frame(kind, valid, {});
    std::string main{frame->main};
    for (int i = 0; i < 16 && choices.any(); ++i) {
        const std::size_t at = choices.below(main.size() + 1);
        const std::uint8_t edit = choices.byte();
        if (edit < 100 && at < main.size())
            main[at] = static_cast<char>(choices.byte());
        else if (edit < 180)
            main.insert(at, 1, static_cast<char>(choices.byte()));
        else
            main.erase(at, 1 + edit % 8);
    }
    sync::CompactOutput payload;
    payload.text(main);
    payload.noise(frame->noise);
    return sync::write_frame(kind, payload);
}

}  // namespace

void fuzz_exchange(std::string_view bytes)
{
    static Ground ground;
    Choices choices{bytes};
    const std::uint8_t how = choices.byte();
    const bool up = (how & 1) != 0;
    const auto kind = up ? sync::FrameKind::request : sync::FrameKind::answer;
    Bytes said;
    switch (how / 2 % 3) {
    case 0: said = std::string{choices.rest()}; break;
    case 1: said = reframed(kind, up ? ground.request : ground.answer, choices); break;
    default:
        said = up ? twisted(*sync::decode_request(ground.request), choices)
                  : twisted(*sync::decode_answer(ground.answer), choices);
    }
    if (up)
        (void)sync::answer_request(ground.parent(), said);
    else
        (void)sync::finish(ground.child(), said);
    ground.judge();
}

}  // namespace ocop::test
