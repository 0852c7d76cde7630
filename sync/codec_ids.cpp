#include "sync/codec_ids.h"

#include <algorithm>
#include <cstring>

namespace ocop::sync {
namespace {

// Codes of an id column; from `code_known` on: a place in the dictionary.
enum : std::uint64_t { code_v7, code_uuid, code_text, code_known };

constexpr std::uint64_t time_limit = std::uint64_t{1} << 48;

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_v7(const Uuid& uuid)
{
    return uuid[6] >> 4 == 7 && uuid[8] >> 6 == 2;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b)
{
    const std::uint64_t x = (a ^ b) * 0x9E3779B97F4A7C15u;
    return x ^ (x >> 32);
}

// Where the binary happens to be loaded keeps a sender from preparing collisions; no byte of a message depends on it.
std::uint32_t hash(std::string_view text)
{
    static const char anchor = 0;
    std::uint64_t h = mix(reinterpret_cast<std::uintptr_t>(&anchor), text.size());
    std::uint64_t word = 0;
    for (; text.size() > 8; text.remove_prefix(8)) {
        std::memcpy(&word, text.data(), 8);
        h = mix(h, word);
    }
    word = 0;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return static_cast<std::uint32_t>(mix(mix(h, word), 0x5851F42D4C957F2Du) >> 32);
}

std::size_t common_prefix(std::string_view a, std::string_view b)
{
    const std::size_t most = std::min(a.size(), b.size());
    return static_cast<std::size_t>(
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first - a.begin());
}

}  // namespace

bool parse_uuid(std::string_view text, Uuid& uuid)
{
    if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
    std::size_t at = 0;
    for (std::uint8_t& byte : uuid) {
        if (text[at] == '-') ++at;
        const int high = hex_digit(text[at++]);
        const int low = hex_digit(text[at++]);
        if (high < 0 || low < 0) return false;
        byte = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

std::string format_uuid(const Uuid& uuid)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text(36, '-');
    std::size_t at = 0;
    for (const std::uint8_t byte : uuid) {
        if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 15];
    }
    return text;
}

bool is_clean_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[i++]);
        if (lead == 0) return false;
        if (lead < 0x80) continue;
        const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || text.size() - i < static_cast<std::size_t>(more)) return false;
        std::uint32_t point = lead & (0x3Fu >> more);
        for (int k = 0; k < more; ++k) {
            const auto byte = static_cast<std::uint8_t>(text[i++]);
            if (byte >> 6 != 2) return false;
            point = point << 6 | (byte & 0x3Fu);
        }
        constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    }
    return true;
}

std::pair<std::uint32_t, bool> Dictionary::add(std::string_view text)
{
    if (items_.size() * 2 >= slots_.size()) grow();
    const std::uint32_t key = hash(text);
    for (std::size_t at = key;; ++at) {
        Slot& slot = slots_[at & (slots_.size() - 1)];
        if (slot.place == 0) {
            items_.push_back(text);
            slot = {key, static_cast<std::uint32_t>(items_.size())};
            return {slot.place - 1, true};
        }
        if (slot.hash == key && items_[slot.place - 1] == text) return {slot.place - 1, false};
    }
}

void Dictionary::grow()
{
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(16, slots_.size() * 2)));
    for (const Slot& slot : old) {
        std::size_t at = slot.hash;
        while (slot.place != 0 && slots_[at & (slots_.size() - 1)].place != 0) ++at;
        if (slot.place != 0) slots_[at & (slots_.size() - 1)] = slot;
    }
}

void IdWriter::add(std::string_view id)
{
    const auto [place, is_new] = known_.add(id);
    Uuid uuid{};
    if (!is_new)
        codes_.push_back(code_known + place);
    else if (!parse_uuid(id, uuid))
        add_text(id);
    else if (is_v7(uuid))
        add_v7(uuid);
    else {
        codes_.push_back(code_uuid);
        noise_.append(reinterpret_cast<const char*>(uuid.data()), uuid.size());
    }
}

// 48 bits of time, 4 of version, 12 random, 2 of variant, 62 random. The way in time takes two of the 74 random bits along.
void IdWriter::add_v7(const Uuid& uuid)
{
    std::uint64_t time = 0;
    for (std::size_t i = 0; i < 6; ++i) time = time << 8 | uuid[i];
    codes_.push_back(code_v7);
    times_.push_back(step(last_time_, time) << 2 | (uuid[8] >> 4 & 3u));
    last_time_ = time;
    noise_.push_back(static_cast<char>(uuid[6] << 4 | (uuid[8] & 15)));
    noise_.push_back(static_cast<char>(uuid[7]));
    noise_.append(reinterpret_cast<const char*>(uuid.data()) + 9, 7);
}

void IdWriter::add_text(std::string_view id)
{
    OCOP_CHECK(is_clean_utf8(id));
    const std::size_t shared = common_prefix(last_text_, id);
    codes_.push_back(code_text);
    shared_.push_back(shared);
    sizes_.push_back(id.size() - shared);
    texts_.append(id.substr(shared));
    last_text_ = id;
}

void IdWriter::write(CompactOutput& out) const
{
    out.column(codes_);
    out.column(times_);
    out.column(shared_);
    out.column(sizes_);
    out.text(texts_);
    out.cut();
    out.noise(noise_);
}

IdReader::IdReader(CompactInput& in, Dictionary& known, std::size_t count)
    : in_(in), known_(known), codes_(in.column(count))
{
    std::size_t v7 = 0;
    std::size_t texts = 0;
    ColumnReader codes = codes_;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t code = codes.next();
        v7 += code == code_v7;
        texts += code == code_text;
    }
    times_ = in.column(v7);
    shared_ = in.column(texts);
    sizes_ = in.column(texts);
    std::size_t total = 0;
    ColumnReader sizes = sizes_;
    for (std::size_t i = 0; i < texts; ++i) {
        const std::uint64_t size = sizes.next();
        in.require(size < UINT32_MAX);  // so that the sum cannot overflow
        total += size;
    }
    texts_ = in.text(total);
}

void IdReader::next(std::string& into)
{
    const std::uint64_t code = codes_.next();
    if (code >= code_known) {
        in_.require(code - code_known < known_.size());
        const std::string_view id = known_[static_cast<std::size_t>(code - code_known)];
        in_.charge(heap_bytes(id.size()));
        into = id;
        return;
    }
    if (code == code_v7)
        new_v7(into);
    else if (code == code_uuid)
        new_uuid(into);
    else
        new_text(into);
    in_.charge(heap_bytes(into.size()) + 32);
    in_.require(known_.add(into).second);
}

void IdReader::new_v7(std::string& into)
{
    const std::uint64_t time_and_bits = times_.next();
    const std::uint64_t time = walk(last_time_, time_and_bits >> 2);
    in_.require(time < time_limit && time_and_bits >> 2 == step(last_time_, time));
    last_time_ = time;
    const std::string_view noise = in_.noise(9);
    const auto first = static_cast<std::uint8_t>(noise[0]);
    Uuid uuid{};
    for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
    uuid[6] = static_cast<std::uint8_t>(0x70 | first >> 4);
    uuid[7] = static_cast<std::uint8_t>(noise[1]);
    uuid[8] = static_cast<std::uint8_t>(0x80 | (time_and_bits & 3) << 4 | (first & 15));
    noise.copy(reinterpret_cast<char*>(uuid.data()) + 9, 7, 2);
    into = format_uuid(uuid);
}

void IdReader::new_uuid(std::string& into)
{
    Uuid uuid{};
    in_.noise(16).copy(reinterpret_cast<char*>(uuid.data()), 16);
    in_.require(!is_v7(uuid));
    into = format_uuid(uuid);
}

void IdReader::new_text(std::string& into)
{
    const std::uint64_t shared = shared_.next();
    const auto size = static_cast<std::size_t>(sizes_.next());
    in_.require(shared <= last_text_.size());
    const std::string_view rest = texts_.substr(0, size);
    texts_.remove_prefix(size);
    in_.charge(heap_bytes(static_cast<std::size_t>(shared) + size));
    into.assign(last_text_.substr(0, static_cast<std::size_t>(shared))).append(rest);
    in_.require(common_prefix(last_text_, into) == shared && is_clean_utf8(into));
    Uuid uuid{};
    in_.require(!parse_uuid(into, uuid));
    last_text_ = into;
}

}  // namespace ocop::sync
