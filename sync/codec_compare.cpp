#include "sync/codec_compare.h"

#include "schema/base/check.h"
#include "sync/codec_ids.h"

namespace ocop::sync {

namespace {

constexpr std::size_t most_wanted = 64;
constexpr std::size_t most_places = most_listed;  // of one range
static_assert(most_listed >= most_ranges);
constexpr std::uint64_t highest_table = 1u << 30;

std::vector<Position*> places_of(std::vector<Range>& list)
{
    std::vector<Position*> places;
    for (Range& range : list) {
        places.push_back(&range.from);
        places.push_back(&range.to);
    }
    return places;
}

std::vector<Position*> places_of(std::vector<Held>& list)
{
    std::vector<Position*> places;
    for (Held& held : list)
        for (Position& place : held.places) places.push_back(&place);
    return places;
}

/// Tables, then units, then keys, a column each.
void write_places(CompactOutput& out, const std::vector<Position*>& places)
{
    std::vector<std::uint64_t> tables;
    std::uint64_t before = 0;
    for (const Position* at : places) {
        tables.push_back(step(before, at->table));
        before = at->table;
    }
    out.column(tables);
    Dictionary units;
    Dictionary rows;
    IdWriter unit_writer(units);
    IdWriter row_writer(rows);
    for (const Position* at : places) {
        unit_writer.add(at->unit);
        row_writer.add(at->row);
    }
    unit_writer.write(out);
    row_writer.write(out);
}

void read_places(CompactInput& in, const std::vector<Position*>& places)
{
    ColumnReader tables = in.column(places.size());
    std::uint64_t before = 0;
    for (Position* at : places) {
        before = walk(before, tables.next());
        in.require(before <= highest_table);
        at->table = static_cast<std::uint32_t>(before);
    }
    Dictionary units;
    Dictionary rows;
    IdReader unit_reader(in, units, places.size());
    for (Position* at : places) unit_reader.next(at->unit);
    IdReader row_reader(in, rows, places.size());
    for (Position* at : places) row_reader.next(at->row);
}

}  // namespace

void ranges(CompactOutput& out, std::vector<Range>& list)
{
    OCOP_CHECK(list.size() <= most_ranges);
    out.varint(list.size());
    write_places(out, places_of(list));
}

void ranges(CompactInput& in, std::vector<Range>& list)
{
    in.field("ranges");
    list.resize(static_cast<std::size_t>(in.varint(most_ranges)));
    in.require(!list.empty());
    read_places(in, places_of(list));
    in.require(in_order(list));
}

void names(CompactOutput& out, std::vector<RowName>& list)
{
    OCOP_CHECK(list.size() <= most_wanted);
    out.varint(list.size());
    std::vector<std::uint64_t> tables;
    Dictionary rows;
    IdWriter writer(rows);
    for (const RowName& name : list) {
        tables.push_back(name.table);
        writer.add(name.row);
    }
    out.column(tables);
    writer.write(out);
}

void names(CompactInput& in, std::vector<RowName>& list)
{
    in.field("wanted");
    list.resize(static_cast<std::size_t>(in.varint(most_wanted)));
    in.require(!list.empty());
    ColumnReader tables = in.column(list.size());
    for (RowName& name : list) {
        const std::uint64_t table = tables.next();
        in.require(table <= highest_table);
        name.table = static_cast<std::uint32_t>(table);
    }
    Dictionary rows;
    IdReader reader(in, rows, list.size());
    for (RowName& name : list) reader.next(name.row);
}

void held(CompactOutput& out, std::vector<Held>& list)
{
    OCOP_CHECK(list.size() <= most_ranges);
    out.varint(list.size());
    for (const Held& held : list) {
        OCOP_CHECK(held.places.size() <= most_places && held.sums.size() == held.places.size() + (held.rows ? 0u : 1u));
        out.varint(held.places.size() * 2 + (held.rows ? 1u : 0u));
    }
    write_places(out, places_of(list));
    for (const Held& held : list)
        for (const std::uint64_t sum : held.sums) out.noise_u64(sum);
}

void held(CompactInput& in, std::vector<Held>& list)
{
    in.field("held");
    list.resize(static_cast<std::size_t>(in.varint(most_ranges)));
    in.require(!list.empty());
    for (Held& held : list) {
        const std::uint64_t head = in.varint(most_places * 2 + 1);
        held.rows = (head & 1) != 0;
        held.places.resize(static_cast<std::size_t>(head / 2));
        held.sums.resize(held.places.size() + (held.rows ? 0u : 1u));
    }
    read_places(in, places_of(list));
    for (Held& held : list)
        for (std::uint64_t& sum : held.sums) sum = in.noise_u64();
}

}  // namespace ocop::sync
