#include "sync/codec_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "schema/base/check.h"
#include "sync/codec_texts.h"

namespace ocop::sync {
namespace {

enum Kind : std::uint8_t { kind_null, kind_integer, kind_real, kind_text, kind_id, kind_blob, kind_count };

constexpr std::size_t size_limit = std::size_t{1} << 40;
constexpr std::int64_t most_scale = 1'000'000'000;

Kind kind_of(const Value& value)
{
    constexpr std::array<Kind, 5> kinds = {kind_null, kind_integer, kind_real, kind_text, kind_blob};
    const Kind kind = kinds[value.index()];
    Uuid uuid{};
    return kind == kind_text && parse_uuid(std::get<std::string>(value), uuid) ? kind_id : kind;
}

/// Money is counted in thousands and the like: the zeros that all numbers of a column end in are taken off once.
class IntegerWriter {
public:
    void add(std::int64_t value)
    {
        values_.push_back(value);
        while (value % scale_ != 0) scale_ /= 10;
        all_zero_ = all_zero_ && value == 0;
    }
    void write(CompactOutput& out)
    {
        if (values_.empty()) return;
        scale_ = all_zero_ ? 1 : scale_;
        std::uint8_t zeros = 0;
        for (std::int64_t s = scale_; s > 1; s /= 10) ++zeros;
        out.byte(zeros);
        std::vector<std::uint64_t> column;
        column.reserve(values_.size());
        for (const std::int64_t value : values_) column.push_back(zigzag(value / scale_));
        out.column(column);
    }

private:
    std::vector<std::int64_t> values_;
    std::int64_t scale_ = most_scale;
    bool all_zero_ = true;
};

class IntegerReader {
public:
    IntegerReader(CompactInput& in, std::size_t count) : in_(in)
    {
        const unsigned zeros = count > 0 ? in.byte() : 0u;
        in.require(zeros <= 9);
        for (unsigned i = 0; i < zeros; ++i) scale_ *= 10;
        values_ = in.column(count);
        in.require(count == 0 || is_canonical(count));
    }
    std::int64_t next()
    {
        const std::int64_t value = unzigzag(values_.next());
        in_.require(value <= INT64_MAX / scale_ && value >= INT64_MIN / scale_);
        return value * scale_;
    }

private:
    /// Whether no more zeros could have been taken off (and none were taken off nothing but zeros).
    bool is_canonical(std::size_t count) const
    {
        ColumnReader values = values_;
        bool all_zero = true;
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t value = unzigzag(values.next());
            if (value % 10 != 0) return true;  // the usual case, at the first value
            all_zero = all_zero && value == 0;
        }
        return all_zero ? scale_ == 1 : scale_ == most_scale;
    }

    CompactInput& in_;
    ColumnReader values_;
    std::int64_t scale_ = 1;
};

/// Reals are written as eight planes, most significant bytes first: exponents and the zeros of short fractions then stand together.
class RealWriter {
public:
    void add(double value)
    {
        OCOP_CHECK(!std::isnan(value));  // SQLite has none
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        for (std::size_t i = 0; i < 8; ++i) planes_[i].push_back(static_cast<char>(bits >> (56 - 8 * i)));
    }
    void write(CompactOutput& out) const
    {
        for (const Bytes& plane : planes_) out.text(plane);
        out.cut();
    }

private:
    std::array<Bytes, 8> planes_;
};

class RealReader {
public:
    RealReader(CompactInput& in, std::size_t count) : in_(in)
    {
        for (std::string_view& plane : planes_) plane = in.text(count);
    }
    double next()
    {
        std::uint64_t bits = 0;
        for (std::string_view& plane : planes_) {
            bits = bits << 8 | static_cast<std::uint8_t>(plane.front());
            plane.remove_prefix(1);
        }
        double value = 0;
        std::memcpy(&value, &bits, sizeof bits);
        in_.require(!std::isnan(value));
        return value;
    }

private:
    CompactInput& in_;
    std::array<std::string_view, 8> planes_;
};

struct Run {
    Kind kind;
    std::size_t length;
};

std::vector<Run> runs_of(const std::vector<const Value*>& values)
{
    std::vector<Run> runs;
    for (const Value* value : values) {
        const Kind kind = kind_of(*value);
        if (runs.empty() || runs.back().kind != kind) runs.push_back({kind, 0});
        ++runs.back().length;
    }
    return runs;
}

std::vector<Run> read_runs(CompactInput& in, std::size_t count)
{
    std::vector<Run> runs;
    for (std::size_t done = 0; done < count; done += runs.back().length) {
        const std::uint64_t code = in.varint();
        const auto kind = static_cast<Kind>(code & 7);
        in.require(kind < kind_count && code >> 3 < count - done);
        in.require(runs.empty() || runs.back().kind != kind);
        in.charge(2 * sizeof(Run));
        runs.push_back({kind, static_cast<std::size_t>(code >> 3) + 1});
    }
    return runs;
}

}  // namespace

void write_values(CompactOutput& out, const std::vector<const Value*>& values, Dictionary& ids)
{
    IntegerWriter integers;
    RealWriter reals;
    TextWriter texts;
    IdWriter references(ids);
    std::vector<std::uint64_t> sizes;
    Bytes blobs;
    const std::vector<Run> runs = runs_of(values);
    std::size_t at = 0;
    for (const Run& run : runs) {
        out.varint((run.length - 1) << 3 | run.kind);
        for (const std::size_t end = at + run.length; at < end; ++at) {
            const Value& value = *values[at];
            switch (run.kind) {
            case kind_integer: integers.add(std::get<std::int64_t>(value)); break;
            case kind_real: reals.add(std::get<double>(value)); break;
            case kind_text: texts.add(std::get<std::string>(value)); break;
            case kind_id: references.add(std::get<std::string>(value)); break;
            case kind_blob:
                sizes.push_back(std::get<Blob>(value).bytes.size());
                blobs.append(std::get<Blob>(value).bytes);
                break;
            default: break;
            }
        }
    }
    out.cut();
    integers.write(out);
    reals.write(out);
    texts.write(out);
    references.write(out);
    out.column(sizes);
    out.text(blobs);
    out.cut();
}

void read_values(CompactInput& in, const std::vector<Value*>& values, Dictionary& ids)
{
    const std::vector<Run> runs = read_runs(in, values.size());
    std::array<std::size_t, kind_count> counts{};
    for (const Run& run : runs) counts[run.kind] += run.length;
    IntegerReader integers(in, counts[kind_integer]);
    RealReader reals(in, counts[kind_real]);
    TextReader texts(in, counts[kind_text]);
    IdReader references(in, ids, counts[kind_id]);
    ColumnReader sizes = in.column(counts[kind_blob]);
    std::size_t at = 0;
    for (const Run& run : runs) {
        for (const std::size_t end = at + run.length; at < end; ++at) {
            Value& value = *values[at];
            switch (run.kind) {
            case kind_integer: value = integers.next(); break;
            case kind_real: value = reals.next(); break;
            case kind_text: texts.next(value.emplace<std::string>()); break;
            case kind_id: {
                std::string& id = value.emplace<std::string>();
                references.next(id);
                Uuid uuid{};
                in.require(parse_uuid(id, uuid));
                break;
            }
            case kind_blob: {
                const std::string_view bytes =
                    in.text(static_cast<std::size_t>(std::min<std::uint64_t>(sizes.next(), size_limit)));
                in.charge(heap_bytes(bytes.size()));
                value = Blob{std::string(bytes)};
                break;
            }
            default: break;
            }
        }
    }
}

}  // namespace ocop::sync
