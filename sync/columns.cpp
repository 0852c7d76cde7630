#include "sync/columns.h"

#include <map>
#include <set>

#include "sync/codec_forms.h"
#include "sync/codec_ids.h"
#include "sync/codec_values.h"

namespace ocop::sync {
namespace {

constexpr std::size_t change_least = 7;  // bytes of main: row, unit, and five numbers of an entry

using EntryField = std::uint64_t (*)(const Entry& entry, const Entry& before);

void write_entries(CompactOutput& out, const std::vector<Change>& changes, EntryField field)
{
    std::vector<std::uint64_t> values;
    const Entry start;
    const Entry* before = &start;
    for (const Change& change : changes) {
        for (const Entry& entry : change.entries) {
            values.push_back(field(entry, *before));
            before = &entry;
        }
    }
    out.column(values);
}

void write_origins(CompactOutput& out, const std::vector<Change>& changes, const std::vector<Origin>& known)
{
    std::map<Origin, std::uint64_t> places;
    for (const Origin& origin : known) places.emplace(origin, places.size() + 1);
    std::vector<std::uint64_t> codes;
    std::vector<std::uint64_t> incarnations;
    for (const Change& change : changes) {
        for (const Entry& entry : change.entries) {
            const Origin& origin = entry.version.origin;
            const auto [at, is_new] = places.emplace(origin, places.size() + 1);
            codes.push_back(is_new ? 0 : at->second);
            if (is_new) {
                incarnations.push_back(origin.incarnation);
                save(out, origin.node);
            }
        }
    }
    out.column(codes);
    out.column(incarnations);
}

void read_origins(CompactInput& in, std::vector<Change>& changes, std::size_t entries, const std::vector<Origin>& known)
{
    in.field("origins");
    ColumnReader codes = in.column(entries);
    std::size_t fresh = 0;
    ColumnReader scan = codes;
    for (std::size_t i = 0; i < entries; ++i) fresh += scan.next() == 0;
    in.charge(fresh * 100);
    ColumnReader incarnations = in.column(fresh);
    std::map<Origin, std::size_t> places;
    std::vector<Origin> origins;
    for (const Origin& origin : known)
        if (places.emplace(origin, origins.size()).second) origins.push_back(origin);
    for (Change& change : changes) {
        for (Entry& entry : change.entries) {
            Origin& origin = entry.version.origin;
            const std::uint64_t code = codes.next();
            in.require(code <= origins.size());
            if (code > 0) {
                origin = origins[static_cast<std::size_t>(code - 1)];
                continue;
            }
            const std::uint64_t incarnation = incarnations.next();
            load(in, origin.node);
            origin.incarnation = static_cast<std::uint32_t>(incarnation);
            in.require(origin.incarnation == incarnation && places.emplace(origin, origins.size()).second);
            origins.push_back(origin);
        }
    }
}

/// The origins of the entries, in order of first use.
std::vector<Origin> used_origins(const std::vector<Change>& changes)
{
    std::vector<Origin> used;
    std::set<Origin> seen;
    for (const Change& change : changes)
        for (const Entry& entry : change.entries)
            if (seen.insert(entry.version.origin).second) used.push_back(entry.version.origin);
    return used;
}

void write_origin_units(CompactOutput& out, Dictionary& known, const std::vector<Change>& changes,
                        const OriginUnits& units)
{
    IdWriter writer(known);
    for (const Origin& origin : used_origins(changes)) {
        const auto found = units.find(origin);
        writer.add(found != units.end() ? std::string_view{found->second} : std::string_view{});
    }
    writer.write(out);
}

void read_origin_units(CompactInput& in, Dictionary& known, const std::vector<Change>& changes, OriginUnits& units)
{
    in.field("origin_units");
    const std::vector<Origin> used = used_origins(changes);
    in.charge(used.size() * 160);
    IdReader reader(in, known, used.size());
    std::vector<std::string> read(used.size());  // stays where it is while the dictionary looks at it
    for (std::size_t i = 0; i < used.size(); ++i) reader.next(read[i]);
    for (std::size_t i = 0; i < used.size(); ++i)
        if (!read[i].empty()) units.emplace(used[i], std::move(read[i]));
}

template <class Set>
void read_entries(CompactInput& in, std::vector<Change>& changes, std::size_t entries, const char* field, Set set)
{
    in.field(field);
    ColumnReader column = in.column(entries);
    const Entry start;
    const Entry* before = &start;
    for (Change& change : changes) {
        for (Entry& entry : change.entries) {
            set(entry, *before, column.next());
            before = &entry;
        }
    }
}

void read_versions(CompactInput& in, std::vector<Change>& changes, std::size_t entries)
{
    read_entries(in, changes, entries, "gens", [](Entry& e, const Entry&, std::uint64_t v) { e.version.gen = v; });
    read_entries(in, changes, entries, "times", [](Entry& e, const Entry& b, std::uint64_t v) {
        e.version.time = static_cast<std::int64_t>(walk(static_cast<std::uint64_t>(b.version.time), v));
    });
    read_entries(in, changes, entries, "lsns",
                 [](Entry& e, const Entry& b, std::uint64_t v) { e.lsn = walk(b.lsn, v); });
    read_entries(in, changes, entries, "ctxs",
                 [](Entry& e, const Entry& b, std::uint64_t v) { e.ctx = walk(b.ctx, v); });
    in.field("lsns");
    for (const Change& change : changes)
        for (std::size_t i = 1; i < change.entries.size(); ++i)
            in.require(change.entries[i - 1].lsn <= change.entries[i].lsn);
}

template <class Id>
void write_ids(CompactOutput& out, Dictionary& known, const std::vector<Change>& changes, Id id)
{
    IdWriter writer(known);
    for (const Change& change : changes) writer.add(change.*id);
    writer.write(out);
}

template <class Id>
void read_ids(CompactInput& in, Dictionary& known, std::vector<Change>& changes, const char* field, Id id)
{
    in.field(field);
    IdReader reader(in, known, changes.size());
    for (Change& change : changes) reader.next(change.*id);
}

/// Makes room for entries and cells, says what is in the form, and returns the number of entries.
std::size_t unfold(CompactInput& in, std::vector<Change>& changes, const Forms& forms,
                   const std::vector<std::uint32_t>& codes)
{
    std::size_t entries = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const Form& form = forms[codes[i]];
        in.charge(32 + form.shapes.size() * sizeof(Entry) + form.keys.size() * (sizeof(Cell) + sizeof(Cell*) * 2));
        entries += form.shapes.size();
        form.unfold(changes[i]);
    }
    return entries;
}

/// The cells of each column, in the order of the changes.
template <class Changes, class Slot>
std::vector<std::vector<Slot>> slots(Changes& changes, const Forms& forms, const std::vector<std::uint32_t>& codes)
{
    std::vector<std::vector<Slot>> columns(forms.column_count());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::vector<std::uint32_t>& places = forms[codes[i]].columns;
        for (std::size_t k = 0; k < places.size(); ++k) columns[places[k]].push_back(&changes[i].cells[k].value);
    }
    return columns;
}

}  // namespace

void write_changes(CompactOutput& out, const std::vector<Change>& changes, const OriginUnits& origin_units,
                   const std::vector<Origin>& known)
{
    out.varint(changes.size());
    if (changes.empty()) return;
    Forms forms;
    const std::vector<std::uint32_t> codes = forms.collect(changes);
    forms.write(out, codes);
    Dictionary ids;
    Dictionary units;
    write_ids(out, ids, changes, &Change::row);
    write_ids(out, units, changes, &Change::unit);
    write_origins(out, changes, known);
    write_origin_units(out, units, changes, origin_units);
    write_entries(out, changes, [](const Entry& e, const Entry&) { return e.version.gen; });
    write_entries(out, changes, [](const Entry& e, const Entry& b) {
        return step(static_cast<std::uint64_t>(b.version.time), static_cast<std::uint64_t>(e.version.time));
    });
    write_entries(out, changes, [](const Entry& e, const Entry& b) { return step(b.lsn, e.lsn); });
    write_entries(out, changes, [](const Entry& e, const Entry& b) { return step(b.ctx, e.ctx); });
    for (const auto& column : slots<const std::vector<Change>, const Value*>(changes, forms, codes))
        write_values(out, column, ids);
}

std::vector<Change> read_changes(CompactInput& in, OriginUnits& origin_units, const std::vector<Origin>& known)
{
    in.field("changes");
    const std::size_t count = in.count(change_least);
    in.charge(count * (sizeof(Change) + sizeof(std::uint32_t)));
    std::vector<Change> changes(count);
    if (changes.empty()) return changes;
    Forms forms;
    const std::vector<std::uint32_t> codes = forms.read(in, count);
    const std::size_t entries = unfold(in, changes, forms, codes);
    Dictionary ids;
    Dictionary units;
    read_ids(in, ids, changes, "rows", &Change::row);
    read_ids(in, units, changes, "units", &Change::unit);
    read_origins(in, changes, entries, known);
    read_origin_units(in, units, changes, origin_units);
    read_versions(in, changes, entries);
    in.field("cells");
    for (const auto& column : slots<std::vector<Change>, Value*>(changes, forms, codes)) read_values(in, column, ids);
    return changes;
}

}  // namespace ocop::sync
