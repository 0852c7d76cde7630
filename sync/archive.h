// The archives under the codec: cereal's idea of an archive, our own bytes.
//
// Bytes are written into two segments. `main` holds everything that repeats or is small: varints, flags, text; it is what zstd sees.
// `noise` holds what no compressor can shrink (node ids, tokens, digests, the random bits of UUIDs) and travels as it is.
//
// Integers are LEB128 in shortest form; signed ones zigzag first. A *column* of integers is written as all first bytes, then all
// further bytes: the first bytes of similar numbers look alike, and so do the rest.
//
// The input archive believes nothing: every count is checked against the bytes left before anything is built, what is built is
// charged to a budget, and each violation throws DecodeError, which never leaves codec.cpp. Cereal's stock archives and pointers
// are not used anywhere.
#pragma once

#include <cereal/cereal.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "node/value.h"
#include "schema/base/result.h"

namespace ocop::sync {

/// Thrown by the decoder and caught in codec.cpp.
struct DecodeError {
    Errc code;
    std::string field;
};

class CompactOutput : public cereal::OutputArchive<CompactOutput> {
public:
    CompactOutput() : cereal::OutputArchive<CompactOutput>(this) {}

    void byte(std::uint8_t value) { main_.push_back(static_cast<char>(value)); }
    void varint(std::uint64_t value);
    void text(std::string_view bytes) { main_.append(bytes); }
    void noise(std::string_view bytes) { noise_.append(bytes); }
    void noise_u64(std::uint64_t value);
    void column(const std::vector<std::uint64_t>& values);
    /// Marks a place where the nature of the bytes changes, so that the compressor can start new statistics.
    void cut() { cuts_.push_back(main_.size()); }

    const Bytes& main_segment() const { return main_; }
    const Bytes& noise_segment() const { return noise_; }
    const std::vector<std::size_t>& cuts() const { return cuts_; }

private:
    Bytes main_;
    Bytes noise_;
    std::vector<std::size_t> cuts_;
};

/// Reads the integers of one column, in order.
class ColumnReader {
public:
    ColumnReader() = default;
    ColumnReader(const char* head, const char* tail, const char* end, const char* field)
        : head_(head), tail_(tail), end_(end), field_(field)
    {
    }
    std::uint64_t next()
    {
        const auto head = static_cast<std::uint8_t>(*head_++);
        return head < 0x80 ? head : with_tail(head);
    }

private:
    std::uint64_t with_tail(std::uint8_t head);

    const char* head_ = nullptr;
    const char* tail_ = nullptr;
    const char* end_ = nullptr;
    const char* field_ = "";
};

class CompactInput : public cereal::InputArchive<CompactInput> {
public:
    /// `budget`: how many bytes of memory the decoded message may take.
    CompactInput(std::string_view main, std::string_view noise, std::size_t budget);

    std::uint8_t byte();
    std::uint64_t varint();
    /// A varint that may not exceed `most`.
    std::uint64_t varint(std::uint64_t most);
    std::string_view text(std::size_t size);
    std::string_view noise(std::size_t size);
    std::uint64_t noise_u64();
    /// A count of things of which each takes at least `least` bytes of main.
    std::size_t count(std::size_t least);
    ColumnReader column(std::size_t count);

    /// Charges memory about to be allocated; call before allocating.
    void charge(std::size_t bytes);
    /// The name a refusal gives. Must be a literal.
    void field(const char* name) { field_ = name; }
    [[noreturn]] void refuse() const { throw DecodeError{Errc::malformed, field_}; }
    void require(bool condition) const
    {
        if (!condition) refuse();
    }
    void require_end() const;

private:
    std::string_view main_;
    std::string_view noise_;
    std::size_t budget_;
    const char* field_ = "frame";
};

inline std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
inline std::int64_t unzigzag(std::uint64_t value)
{
    return static_cast<std::int64_t>((value >> 1) ^ (value & 1 ? ~std::uint64_t{0} : 0));
}
/// The way from `base` to `value` modulo 2^64, small in either direction; every pair has exactly one.
inline std::uint64_t step(std::uint64_t base, std::uint64_t value)
{
    return zigzag(static_cast<std::int64_t>(value - base));
}
inline std::uint64_t walk(std::uint64_t base, std::uint64_t way)
{
    return base + static_cast<std::uint64_t>(unzigzag(way));
}

// What cereal calls for each type. A name-value pair names the field for refusals; names are not written.

template <class T>
struct Near {  // an integer close to another one
    T& value;
    std::uint64_t base;
};
template <class T>
struct Random64 {  // 64 bits without structure
    T& value;
};
template <class T>
Near<T> near(T& value, std::uint64_t base)
{
    return {value, base};
}
template <class T>
Random64<T> random64(T& value)
{
    return {value};
}

template <class T>
void save(CompactOutput& out, const cereal::NameValuePair<T>& pair)
{
    out(pair.value);
}
template <class T>
void load(CompactInput& in, cereal::NameValuePair<T>& pair)
{
    in.field(pair.name);
    in(pair.value);
}

template <class T, std::enable_if_t<std::is_unsigned_v<T> && !std::is_same_v<T, bool>, int> = 0>
void save(CompactOutput& out, const T& value)
{
    out.varint(value);
}
template <class T, std::enable_if_t<std::is_unsigned_v<T> && !std::is_same_v<T, bool>, int> = 0>
void load(CompactInput& in, T& value)
{
    value = static_cast<T>(in.varint(static_cast<T>(~T{0})));
}
inline void save(CompactOutput& out, const std::int64_t& value)
{
    out.varint(zigzag(value));
}
inline void load(CompactInput& in, std::int64_t& value)
{
    value = unzigzag(in.varint());
}

template <std::size_t N>
void save(CompactOutput& out, const std::array<std::uint8_t, N>& value)
{
    out.noise({reinterpret_cast<const char*>(value.data()), N});
}
template <std::size_t N>
void load(CompactInput& in, std::array<std::uint8_t, N>& value)
{
    in.noise(N).copy(reinterpret_cast<char*>(value.data()), N);
}

template <class T>
void save(CompactOutput& out, const Near<T>& near)
{
    out.varint(step(near.base, near.value));
}
template <class T>
void load(CompactInput& in, Near<T>& near)
{
    near.value = walk(near.base, in.varint());
}
template <class T>
void save(CompactOutput& out, const Random64<T>& random)
{
    out.noise_u64(random.value);
}
template <class T>
void load(CompactInput& in, Random64<T>& random)
{
    random.value = in.noise_u64();
}

}  // namespace ocop::sync
