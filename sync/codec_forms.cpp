#include "sync/codec_forms.h"

#include <algorithm>
#include <tuple>

#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop::sync {
namespace {

constexpr std::uint64_t mask_limit = std::uint64_t{1} << 63;
enum : std::uint8_t { flag_gone = 1, flag_echo = 2, flag_again = 4, flag_away = 8, flag_back = 16 };

bool well_formed(const std::vector<Shape>& shapes)
{
    std::uint64_t seen = 0;
    for (const Shape& shape : shapes) {
        if (shape.mask == 0 || shape.mask >= mask_limit) return false;
        if ((seen & shape.mask) != 0 && !exhibit("couchdb-cve-2017-12635")) return false;
        if ((shape.gone || shape.again) && (shape.mask & existence_bit) == 0) return false;
        const bool alone = shapes.size() == 1 && shape.mask == existence_bit;
        if (shape.away && (!alone || shape.gone || shape.echo || shape.again || shape.back)) return false;
        if (shape.back && (shape.echo || shape.again)) return false;
        seen |= shape.mask;
    }
    return !shapes.empty();
}

std::uint64_t column_bits(const std::vector<Shape>& shapes)
{
    std::uint64_t bits = 0;
    for (const Shape& shape : shapes) bits |= shape.mask;
    return bits & ~existence_bit;
}

Shape shape_of(const Entry& entry)
{
    return {entry.mask, entry.gone, entry.echo, entry.again, entry.away, entry.back};
}

std::uint8_t flags(const Shape& shape)
{
    return static_cast<std::uint8_t>((shape.gone ? flag_gone : 0) | (shape.echo ? flag_echo : 0) |
                                     (shape.again ? flag_again : 0) | (shape.away ? flag_away : 0) |
                                     (shape.back ? flag_back : 0));
}

/// The keys a form must have when its bits are `bits` and each key but the part 0 of a bit follows the one before.
bool complete(const std::vector<Form::Key>& keys, std::uint64_t bits)
{
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto [bit, part] = keys[i];
        if (part > 0 && (i == 0 || keys[i - 1] != Form::Key(bit, static_cast<std::uint8_t>(part - 1)))) return false;
        if (part == 0 && (bit > 62 || seen >> bit != 0)) return false;
        seen |= std::uint64_t{1} << bit;
    }
    return seen == bits;
}

}  // namespace

Form::Form(const Change& change) : table(change.table)
{
    for (std::size_t i = 0; i < change.entries.size(); ++i) {
        const Entry& entry = change.entries[i];
        OCOP_CHECK(i == 0 || change.entries[i - 1].lsn <= entry.lsn);
        shapes.push_back(shape_of(entry));
    }
    for (const Cell& cell : change.cells) keys.emplace_back(cell.bit, cell.part);
    OCOP_CHECK(well_formed(shapes));
    OCOP_CHECK(complete(keys, column_bits(shapes)));
}

void Form::write(CompactOutput& out) const
{
    const bool flagged = std::any_of(shapes.begin(), shapes.end(), [](const Shape& s) { return flags(s) != 0; });
    std::vector<Key> groups;  // bits with more than one part, and the last part
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].second > 0 && (i + 1 == keys.size() || keys[i + 1].second == 0)) groups.push_back(keys[i]);
    out.varint(table);
    out.varint(shapes.size() << 2 | (flagged ? 2u : 0u) | (groups.empty() ? 0u : 1u));
    for (const Shape& shape : shapes) {
        out.varint(shape.mask);
        if (flagged) out.byte(flags(shape));
    }
    if (groups.empty()) return;
    out.varint(groups.size());
    for (const Key& group : groups) {
        out.byte(group.first);
        out.byte(group.second);
    }
}

Form::Form(CompactInput& in)
{
    load(in, table);
    const std::uint64_t head = in.varint();
    const std::uint64_t count = head >> 2;
    in.require(count >= 1 && count <= 63);
    bool flagged = false;
    for (std::uint64_t i = 0; i < count; ++i) {
        Shape shape{in.varint()};
        const std::uint8_t bits = (head & 2) != 0 ? in.byte() : std::uint8_t{0};
        in.require(bits <= 31);
        shape.gone = (bits & flag_gone) != 0;
        shape.echo = (bits & flag_echo) != 0;
        shape.again = (bits & flag_again) != 0;
        shape.away = (bits & flag_away) != 0;
        shape.back = (bits & flag_back) != 0;
        flagged = flagged || bits != 0;
        shapes.push_back(shape);
    }
    in.require(well_formed(shapes) && flagged == ((head & 2) != 0));
    const std::uint64_t groups = (head & 1) != 0 ? in.varint(62) : 0;
    in.require((head & 1) == 0 || groups > 0);
    std::array<unsigned, 63> parts{};
    parts.fill(1);
    unsigned after = 1;
    for (std::uint64_t i = 0; i < groups; ++i) {
        const unsigned bit = in.byte();
        const unsigned last = in.byte();
        in.require(bit >= after && bit <= 62 && last > 0);
        parts[bit] = last + 1;
        after = bit + 1;
    }
    const std::uint64_t bits = column_bits(shapes);
    for (unsigned bit = 1; bit <= 62; ++bit) {
        const bool named = (bits >> bit & 1) != 0;
        in.require(named || parts[bit] == 1);
        for (unsigned part = 0; named && part < parts[bit]; ++part)
            keys.emplace_back(static_cast<std::uint8_t>(bit), static_cast<std::uint8_t>(part));
    }
}

bool Form::fits(const Change& change) const
{
    if (change.table != table || change.entries.size() != shapes.size() || change.cells.size() != keys.size())
        return false;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const Entry& entry = change.entries[i];
        if (shapes[i] != shape_of(entry)) return false;
        OCOP_CHECK(i == 0 || change.entries[i - 1].lsn <= entry.lsn);
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i] != Key(change.cells[i].bit, change.cells[i].part)) return false;
    return true;
}

void Form::unfold(Change& change) const
{
    change.table = table;
    change.entries.resize(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        change.entries[i].mask = shapes[i].mask;
        change.entries[i].gone = shapes[i].gone;
        change.entries[i].echo = shapes[i].echo;
        change.entries[i].again = shapes[i].again;
        change.entries[i].away = shapes[i].away;
        change.entries[i].back = shapes[i].back;
    }
    change.cells.resize(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        change.cells[i].bit = keys[i].first;
        change.cells[i].part = keys[i].second;
    }
}

bool operator<(const Form& a, const Form& b)
{
    return std::tie(a.table, a.shapes, a.keys) < std::tie(b.table, b.shapes, b.keys);
}

std::pair<std::uint32_t, bool> Forms::add(Form form)
{
    const auto [at, is_new] = codes_.emplace(std::move(form), static_cast<std::uint32_t>(forms_.size()));
    if (is_new) {
        forms_.push_back(&at->first);
        for (const Form::Key& key : at->first.keys)
            at->first.columns.push_back(
                columns_.emplace(std::pair(at->first.table, key), static_cast<std::uint32_t>(columns_.size()))
                    .first->second);
    }
    return {at->second, is_new};
}

std::vector<std::uint32_t> Forms::collect(const std::vector<Change>& changes)
{
    std::vector<std::uint32_t> codes;
    codes.reserve(changes.size());
    for (const Change& change : changes) {
        const bool as_before = !codes.empty() && forms_[codes.back()]->fits(change);
        codes.push_back(as_before ? codes.back() : add(Form(change)).first);
    }
    return codes;
}

void Forms::write(CompactOutput& out, const std::vector<std::uint32_t>& codes) const
{
    out.varint(forms_.size());
    for (const Form* form : forms_) form->write(out);
    if (forms_.size() > 1) out.column({codes.begin(), codes.end()});
}

std::vector<std::uint32_t> Forms::read(CompactInput& in, std::size_t changes)
{
    in.field("forms");
    const std::size_t count = in.count(3);
    in.require(count >= 1 && count <= changes);
    for (std::size_t i = 0; i < count; ++i) {
        Form form(in);
        in.charge(256 + form.shapes.size() * sizeof(Shape) + form.keys.size() * 96);
        in.require(add(std::move(form)).second);
    }
    std::vector<std::uint32_t> codes(changes);
    if (count == 1) return codes;
    ColumnReader column = in.column(changes);
    std::uint64_t used = 0;
    for (std::uint32_t& code : codes) {
        const std::uint64_t next = column.next();
        in.require(next <= used && next < count);
        used += next == used;
        code = static_cast<std::uint32_t>(next);
    }
    in.require(used == count);
    return codes;
}

}  // namespace ocop::sync
