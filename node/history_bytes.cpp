#include "node/history_bytes.h"

#include <algorithm>
#include <cstring>

#include "node/row_key.h"

namespace ocop {

namespace {

enum Type : std::uint8_t { type_null, type_integer, type_real, type_text, type_blob, type_uuid };

void add_number(std::string& body, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) body.push_back(static_cast<char>(value | 0x80));
    body.push_back(static_cast<char>(value));
}

void add_signed(std::string& body, std::int64_t value)
{
    add_number(body, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

std::int64_t to_signed(std::uint64_t value)
{
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

void add_bytes(std::string& body, std::string_view bytes)
{
    add_number(body, bytes.size());
    body.append(bytes);
}

void add_name(std::string& body, std::vector<std::string>& names, const std::string& name)
{
    const auto known = std::find(names.begin(), names.end(), name);
    add_number(body, static_cast<std::uint64_t>(known - names.begin()));
    if (known != names.end()) return;
    add_bytes(body, name);
    names.push_back(name);
}

void add_text(std::string& body, const std::string& text)
{
    const bool uuid = is_canonical_uuid(text);
    body.push_back(static_cast<char>(uuid ? type_uuid : type_text));
    if (uuid)
        body.append(uuid_to_bytes(text));
    else
        add_bytes(body, text);
}

void add_value(std::string& body, const Value& value)
{
    switch (value.index()) {
    case 0: body.push_back(type_null); break;
    case 1:
        body.push_back(type_integer);
        add_signed(body, std::get<1>(value));
        break;
    case 2: {
        body.push_back(type_real);
        std::uint64_t bits = 0;
        std::memcpy(&bits, &std::get<2>(value), sizeof bits);
        for (int shift = 0; shift < 64; shift += 8) body.push_back(static_cast<char>(bits >> shift));
        break;
    }
    case 3: add_text(body, std::get<3>(value)); break;
    default: body.push_back(type_blob); add_bytes(body, std::get<4>(value).bytes);
    }
}

std::string origin_name(const Origin& origin)
{
    std::string name(reinterpret_cast<const char*>(origin.node.data()), origin.node.size());
    for (int shift = 0; shift < 32; shift += 8) name.push_back(static_cast<char>(origin.incarnation >> shift));
    return name;
}

bool origin_of(std::string_view name, Origin& origin)
{
    if (name.size() != origin.node.size() + 4) return false;
    std::memcpy(origin.node.data(), name.data(), origin.node.size());
    origin.incarnation = 0;
    for (std::size_t i = 0; i < 4; ++i)
        origin.incarnation |= std::uint32_t{static_cast<std::uint8_t>(name[origin.node.size() + i])} << (8 * i);
    return true;
}

}  // namespace

void append_past(std::string& body, std::vector<std::string>& names, const Past& past)
{
    body.push_back(static_cast<char>(static_cast<unsigned>(past.kind) << 1 | (past.gone ? 1u : 0u)));
    add_number(body, past.table);
    add_text(body, past.row);
    add_name(body, names, past.unit);
    add_name(body, names, origin_name(past.version.origin));
    add_number(body, past.version.gen);
    add_signed(body, past.version.time);
    add_number(body, past.lsn);
    add_number(body, past.by);
    add_number(body, static_cast<std::uint64_t>(past.via));
    add_number(body, past.mask);
    add_number(body, past.cells.size());
    for (const Cell& cell : past.cells) {
        body.push_back(static_cast<char>(cell.bit));
        body.push_back(static_cast<char>(cell.part));
        add_value(body, cell.value);
    }
}

std::uint64_t PastReader::number()
{
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) break;
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    sound_ = false;
    return 0;
}

std::string_view PastReader::bytes(std::uint64_t count)
{
    if (count > rest_.size()) {
        sound_ = false;
        return {};
    }
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
}

std::string_view PastReader::name()
{
    const std::uint64_t place = number();
    if (place < names_.size()) return names_[static_cast<std::size_t>(place)];
    sound_ = sound_ && place == names_.size();
    if (!sound_) return {};
    names_.emplace_back(bytes(number()));
    return names_.back();
}

Value PastReader::value()
{
    const std::string_view type = bytes(1);
    if (!sound_) return {};
    switch (static_cast<std::uint8_t>(type.front())) {
    case type_null: return {};
    case type_integer: return to_signed(number());
    case type_real: {
        const std::string_view from = bytes(8);
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < from.size(); ++i)
            bits |= std::uint64_t{static_cast<std::uint8_t>(from[i])} << (8 * i);
        double real = 0;
        std::memcpy(&real, &bits, sizeof real);
        return real;
    }
    case type_text: return std::string{bytes(number())};
    case type_blob: return Blob{std::string{bytes(number())}};
    case type_uuid: {
        const std::string_view uuid = bytes(16);
        if (sound_) return uuid_from_bytes(uuid);
        return {};
    }
    default: sound_ = false; return {};
    }
}

bool PastReader::next(Past& past)
{
    if (rest_.empty() || !sound_) return false;
    past = {};
    const auto head = static_cast<std::uint8_t>(bytes(1).front());
    sound_ = head >> 1 <= static_cast<unsigned>(Past::Kind::evicted);
    past.kind = static_cast<Past::Kind>(head >> 1);
    past.gone = (head & 1) != 0;
    past.table = static_cast<std::uint32_t>(number());
    const Value row = value();
    sound_ = sound_ && row.index() == 3;
    if (!sound_) return false;
    past.row = std::get<3>(row);
    past.unit = name();
    sound_ = origin_of(name(), past.version.origin) && sound_;
    past.version.gen = number();
    past.version.time = to_signed(number());
    past.lsn = number();
    past.by = number();
    past.via = static_cast<std::int64_t>(number());
    past.mask = number();
    const std::uint64_t cells = number();
    for (std::uint64_t i = 0; i < cells && sound_; ++i) {
        const std::string_view place = bytes(2);
        if (!sound_) return false;
        past.cells.push_back({static_cast<std::uint8_t>(place[0]), static_cast<std::uint8_t>(place[1]), value()});
    }
    return sound_;
}

}  // namespace ocop
