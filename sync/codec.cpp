#include "sync/codec.h"

#include <algorithm>

#include "schema/base/check.h"
#include "sync/archive.h"
#include "sync/codec_compare.h"
#include "sync/codec_frame.h"
#include "sync/columns.h"

namespace ocop {

// What cereal calls; one function reads and writes.
template <class Archive>
void serialize(Archive& archive, Origin& origin)
{
    archive(origin.node, origin.incarnation);
}

template <class Archive>
void serialize(Archive& archive, Digest& digest)
{
    archive(sync::random64(digest.high), sync::random64(digest.low));
}

}  // namespace ocop

namespace ocop::sync {

template <class Archive>
void serialize(Archive& archive, Enrolment& enrolment)
{
    archive(enrolment.invite, enrolment.public_key);
}

namespace {

constexpr std::size_t most_unanswered = 64;
constexpr std::size_t most_lives = 64;
constexpr std::size_t most_tables = 1000;
constexpr std::size_t most_tiers = 16;
constexpr std::uint64_t highest_table = 1u << 30;

// A field that has its first value is not sent; a bit says so. The seven usual bits of a message come first: one byte.
class Presence {
public:
    template <class T>
    void note(unsigned bit, const T& value)
    {
        if (!(value == T{})) bits |= 1u << bit;
    }
    bool has(unsigned bit) const { return (bits >> bit & 1) != 0; }
    std::uint32_t bits = 0;
};

template <class Archive, class T>
void field(Archive& archive, const char* name, T&& value)
{
    archive(cereal::make_nvp(name, std::forward<T>(value)));
}

/// A field that is there if its bit says so; then it must not have its first value, which would be a second form of the same.
template <class Archive, class T, class Wrapped>
void sparse(Archive& archive, const Presence& presence, unsigned bit, const char* name, T& value, Wrapped&& wrapped)
{
    if (!presence.has(bit)) return;
    field(archive, name, std::forward<Wrapped>(wrapped));
    if constexpr (Archive::is_loading::value) archive.require(!(value == T{}));
}

template <class Archive, class T>
void optional(Archive& archive, const Presence& presence, unsigned bit, const char* name, std::optional<T>& value)
{
    if (presence.has(bit)) field(archive, name, Archive::is_loading::value ? value.emplace() : *value);
}

/// The bit is all there is of it.
template <class Archive>
void flag(const Presence& presence, unsigned bit, bool& value)
{
    if constexpr (Archive::is_loading::value) value = presence.has(bit);
}

void numbers(CompactOutput& out, std::vector<std::uint64_t>& list)
{
    OCOP_CHECK(list.size() <= most_unanswered);
    out.varint(list.size());
    for (const std::uint64_t number : list) out.noise_u64(number);
}

void numbers(CompactInput& in, std::vector<std::uint64_t>& list)
{
    in.field("unanswered");
    list.resize(static_cast<std::size_t>(in.varint(most_unanswered)));
    for (std::uint64_t& number : list) number = in.noise_u64();
}

void lives(CompactOutput& out, std::vector<EndedLife>& list)
{
    OCOP_CHECK(list.size() <= most_lives);
    out.varint(list.size());
    for (const EndedLife& life : list) {
        out.varint(life.incarnation);
        out.varint(life.met);
        out.varint(life.forked);
        out.varint(life.acked);
        out.varint(life.read);
    }
}

void lives(CompactInput& in, std::vector<EndedLife>& list)
{
    in.field("lives");
    list.resize(static_cast<std::size_t>(in.varint(most_lives)));
    in.require(!list.empty());
    for (EndedLife& life : list) {
        life.incarnation = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
        life.met = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
        life.forked = in.varint();
        life.acked = in.varint();
        life.read = in.varint();
    }
}

void tables(CompactOutput& out, std::vector<NamedTable>& list)
{
    out.varint(list.size());
    std::uint32_t before = 0;
    for (const NamedTable& table : list) {
        OCOP_CHECK(table.id > before);
        out.varint(table.id - before);
        out.byte(static_cast<std::uint8_t>(static_cast<unsigned>(table.audience) | (table.engine ? 4u : 0u)));
        before = table.id;
    }
}

void tables(CompactInput& in, std::vector<NamedTable>& list)
{
    in.field("tables");
    list.resize(static_cast<std::size_t>(in.varint(most_tables)));
    in.require(!list.empty());
    std::uint32_t before = 0;
    for (NamedTable& table : list) {
        const std::uint64_t step = in.varint(highest_table);
        in.require(step > 0);
        in.require(before + step <= highest_table);
        table.id = before + static_cast<std::uint32_t>(step);
        const std::uint8_t kind = in.byte();
        in.require(kind < 8 && (kind & 3) != 3);
        table.audience = static_cast<Audience>(kind & 3);
        table.engine = (kind & 4) != 0;
        before = table.id;
    }
}

void reach(CompactOutput& out, std::vector<std::uint64_t>& list, std::uint64_t mark)
{
    OCOP_CHECK(list.size() <= most_tiers);
    out.varint(list.size());
    for (std::uint64_t& place : list) {
        out.varint(mark - place);
        mark = place;
    }
}

void reach(CompactInput& in, std::vector<std::uint64_t>& list, std::uint64_t mark)
{
    in.field("reach");
    list.resize(static_cast<std::size_t>(in.varint(most_tiers)));
    in.require(!list.empty());
    for (std::uint64_t& place : list) {
        const std::uint64_t behind = in.varint();
        in.require(behind <= mark);
        place = mark - behind;
        mark = place;
    }
}

void changes(CompactOutput& out, std::vector<Change>& list, OriginUnits& units, const std::vector<Origin>& known)
{
    write_changes(out, list, units, known);
}

void changes(CompactInput& in, std::vector<Change>& list, OriginUnits& units, const std::vector<Origin>& known)
{
    list = read_changes(in, units, known);
}

Presence presence_of(const Request& request)
{
    Presence p;
    p.note(0, request.complete);
    p.note(1, request.digest);
    p.note(2, request.token);
    p.note(3, request.schema);
    p.note(4, request.parent);
    p.note(5, request.want);
    p.note(6, request.unanswered);
    p.note(7, request.enrolment);
    p.note(8, request.lag);
    p.note(9, request.child_ended);
    p.note(10, request.parent_ended);
    p.note(11, request.tables);
    p.note(12, request.ranges);
    p.note(13, request.wanted);
    p.note(14, request.mends);
    return p;
}

Presence presence_of(const Answer& answer)
{
    Presence p;
    p.note(0, answer.complete);
    p.note(1, answer.digest);
    p.note(2, answer.token);
    p.note(3, answer.schema);
    p.note(4, answer.child);
    p.note(5, answer.gap);
    p.note(6, answer.parent_ended);
    p.note(7, answer.met);
    p.note(8, answer.shared);
    p.note(9, answer.of);
    p.note(10, answer.restart);
    p.note(11, answer.reach);
    p.note(12, answer.tables);
    p.note(13, answer.held);
    p.note(14, answer.looked);
    p.note(15, answer.mends);
    return p;
}

template <class Archive>
void serialize_message(Archive& archive, Request& r)
{
    Presence p = presence_of(r);
    field(archive, "flags", p.bits);
    if constexpr (Archive::is_loading::value) archive.require(p.bits < 1u << 15);
    field(archive, "child", r.child);
    sparse(archive, p, 4, "parent", r.parent, r.parent);
    if (p.has(9)) lives(archive, r.child_ended);
    if (p.has(10)) lives(archive, r.parent_ended);
    field(archive, "number", random64(r.number));
    if (p.has(6)) {
        numbers(archive, r.unanswered);
        if constexpr (Archive::is_loading::value) archive.require(!r.unanswered.empty());
    }
    sparse(archive, p, 2, "token", r.token, r.token);
    sparse(archive, p, 3, "schema", r.schema, random64(r.schema));
    optional(archive, p, 7, "enrolment", r.enrolment);
    field(archive, "cursor", r.cursor);
    sparse(archive, p, 8, "lag", r.lag, r.lag);
    field(archive, "acked", r.acked);
    field(archive, "top", near(r.top, r.acked));
    flag<Archive>(p, 0, r.complete);
    field(archive, "whole_as_of", near(r.whole_as_of, r.top));
    optional(archive, p, 1, "digest", r.digest);
    sparse(archive, p, 5, "want", r.want, r.want);
    if (p.has(12)) ranges(archive, r.ranges);
    if (p.has(13)) names(archive, r.wanted);
    if (p.has(11)) tables(archive, r.tables);
    sparse(archive, p, 14, "mends", r.mends, r.mends);
    changes(archive, r.changes, r.origin_units, {r.child, r.parent});
    if constexpr (Archive::is_loading::value) archive.require(r.mends <= r.changes.size());
}

template <class Archive>
void serialize_message(Archive& archive, Answer& a)
{
    Presence p = presence_of(a);
    field(archive, "flags", p.bits);
    if constexpr (Archive::is_loading::value) archive.require(p.bits < 1u << 16);
    field(archive, "parent", a.parent);
    sparse(archive, p, 4, "child", a.child, a.child);
    field(archive, "number", random64(a.number));
    sparse(archive, p, 2, "token", a.token, a.token);
    sparse(archive, p, 3, "schema", a.schema, random64(a.schema));
    if (p.has(6)) lives(archive, a.parent_ended);
    sparse(archive, p, 7, "met", a.met, a.met);
    sparse(archive, p, 8, "shared", a.shared, a.shared);
    sparse(archive, p, 9, "of", a.of, random64(a.of));
    sparse(archive, p, 10, "restart", a.restart, a.restart);
    field(archive, "clock", a.clock);
    field(archive, "mark", a.mark);
    if (p.has(11)) reach(archive, a.reach, a.mark);
    flag<Archive>(p, 5, a.gap);
    field(archive, "from", a.from);
    field(archive, "top", near(a.top, a.from));
    flag<Archive>(p, 0, a.complete);
    field(archive, "whole_as_of", near(a.whole_as_of, a.top));
    optional(archive, p, 1, "digest", a.digest);
    if (p.has(13)) held(archive, a.held);
    sparse(archive, p, 14, "looked", a.looked, a.looked);
    if (p.has(12)) tables(archive, a.tables);
    sparse(archive, p, 15, "mends", a.mends, a.mends);
    changes(archive, a.changes, a.origin_units, {a.parent, a.child});
    if constexpr (Archive::is_loading::value) archive.require(a.mends <= a.changes.size());
}

template <class Message>
Bytes encode_message(FrameKind kind, const Message& message)
{
    CompactOutput out;
    serialize_message(
        out, const_cast<Message&>(message));  // writing changes nothing, but cereal's form of it takes no const
    return write_frame(kind, out);
}

template <class Message>
Result<Message> decode_message(FrameKind kind, std::string_view bytes, const DecodeLimits& limits)
{
    try {
        Result<Frame> frame = read_frame(kind, bytes, limits);
        if (!frame) return frame.refusal();
        if (frame->main.size() + frame->noise.size() > limits.raw_bytes) return Refusal{Errc::too_large, "frame"};
        CompactInput in(frame->main, frame->noise, 4 * limits.raw_bytes + (1u << 20));
        Message message;
        serialize_message(in, message);
        in.require_end();
        return message;
    } catch (const DecodeError& error) {
        return Refusal{error.code, error.field};
    }
}

}  // namespace

Bytes encode(const Request& request)
{
    return encode_message(FrameKind::request, request);
}

Bytes encode(const Answer& answer)
{
    return encode_message(FrameKind::answer, answer);
}

Result<Request> decode_request(std::string_view bytes, const DecodeLimits& limits)
{
    return decode_message<Request>(FrameKind::request, bytes, limits);
}

Result<Answer> decode_answer(std::string_view bytes, const DecodeLimits& limits)
{
    return decode_message<Answer>(FrameKind::answer, bytes, limits);
}

}  // namespace ocop::sync
