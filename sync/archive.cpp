#include "sync/archive.h"

#include <algorithm>

#include "schema/base/exhibit.h"

namespace ocop::sync {
namespace {

/// Reads one varint in shortest form and moves `at` behind it; false if there is none before `end`.
bool read_varint(const char*& at, const char* end, std::uint64_t& value)
{
    value = 0;
    for (int shift = 0; shift < 64 && at != end; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(*at++);
        if (shift == 63 && byte > 1) return false;
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return byte != 0 || shift == 0;
    }
    return false;
}

void append_varint(Bytes& to, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>(value | 0x80));
    to.push_back(static_cast<char>(value));
}

}  // namespace

void CompactOutput::varint(std::uint64_t value)
{
    append_varint(main_, value);
}

void CompactOutput::noise_u64(std::uint64_t value)
{
    for (int i = 0; i < 8; ++i) noise_.push_back(static_cast<char>(value >> (8 * i)));
}

void CompactOutput::column(const std::vector<std::uint64_t>& values)
{
    for (const std::uint64_t value : values) main_.push_back(static_cast<char>(value < 0x80 ? value : value | 0x80));
    for (const std::uint64_t value : values)
        if (value >= 0x80) append_varint(main_, value >> 7);
    cut();
}

std::uint64_t ColumnReader::with_tail(std::uint8_t head)
{
    std::uint64_t tail = 0;
    if (!read_varint(tail_, end_, tail) || tail == 0 || tail >> 57 != 0) throw DecodeError{Errc::malformed, field_};
    return tail << 7 | (head & 0x7f);
}

CompactInput::CompactInput(std::string_view main, std::string_view noise, std::size_t budget)
    : cereal::InputArchive<CompactInput>(this), main_(main), noise_(noise), budget_(budget)
{
}

std::uint8_t CompactInput::byte()
{
    require(!main_.empty());
    const auto value = static_cast<std::uint8_t>(main_.front());
    main_.remove_prefix(1);
    return value;
}

std::uint64_t CompactInput::varint()
{
    const char* at = main_.data();
    std::uint64_t value = 0;
    require(read_varint(at, main_.data() + main_.size(), value));
    main_.remove_prefix(static_cast<std::size_t>(at - main_.data()));
    return value;
}

std::uint64_t CompactInput::varint(std::uint64_t most)
{
    const std::uint64_t value = varint();
    require(value <= most);
    return value;
}

std::string_view CompactInput::text(std::size_t size)
{
    require(size <= main_.size());
    const std::string_view bytes = main_.substr(0, size);
    main_.remove_prefix(size);
    return bytes;
}

std::string_view CompactInput::noise(std::size_t size)
{
    require(size <= noise_.size());
    const std::string_view bytes = noise_.substr(0, size);
    noise_.remove_prefix(size);
    return bytes;
}

std::uint64_t CompactInput::noise_u64()
{
    std::uint64_t value = 0;
    const std::string_view bytes = noise(8);
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

std::size_t CompactInput::count(std::size_t least)
{
    const std::uint64_t count = varint();
    if (exhibit("cereal-103")) return static_cast<std::size_t>(count);
    require(count <= main_.size() / least);
    return static_cast<std::size_t>(count);
}

ColumnReader CompactInput::column(std::size_t count)
{
    const std::string_view heads = text(count);
    std::size_t tails = 0;
    for (const char head : heads) tails += static_cast<std::uint8_t>(head) >> 7;
    const char* const begin = main_.data();
    const char* end = begin;
    for (const char* const stop = begin + main_.size(); tails > 0; --tails) {
        while (end != stop && static_cast<std::uint8_t>(*end) >= 0x80) ++end;
        require(end != stop);
        ++end;
    }
    main_.remove_prefix(static_cast<std::size_t>(end - begin));
    return {heads.data(), begin, end, field_};
}

void CompactInput::charge(std::size_t bytes)
{
    if (bytes > budget_) throw DecodeError{Errc::too_large, field_};
    budget_ -= bytes;
}

void CompactInput::require_end() const
{
    if (!main_.empty() || !noise_.empty()) throw DecodeError{Errc::malformed, "end"};
}

}  // namespace ocop::sync
