#include "schema/model.h"

#include <algorithm>
#include <tuple>

#include "schema/embedded.h"

namespace ocop {
namespace {

class Fnv1a {
public:
    void add(std::uint64_t number)
    {
        for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
    }

    // The length goes first, so that no two lists of names read as the same bytes.
    void add(std::string_view text)
    {
        add(static_cast<std::uint64_t>(text.size()));
        for (char c : text) add_byte(static_cast<unsigned char>(c));
    }

    std::uint64_t value() const { return hash_; }

private:
    void add_byte(unsigned char byte)
    {
        hash_ ^= byte;
        hash_ *= 0x100000001b3ULL;
    }

    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void add_table(Fnv1a& hash, const TableModel& table)
{
    hash.add(static_cast<std::uint64_t>(table.id));
    hash.add(table.name);
    hash.add(static_cast<std::uint64_t>(table.audience));
    hash.add(table.unit_column);
    std::vector<const ColumnModel*> columns;
    for (const ColumnModel& column : table.columns) columns.push_back(&column);
    std::sort(columns.begin(), columns.end(), [](const ColumnModel* a, const ColumnModel* b) {
        return std::tie(a->bit, a->name) < std::tie(b->bit, b->name);
    });
    hash.add(static_cast<std::uint64_t>(columns.size()));
    for (const ColumnModel* column : columns) {
        hash.add(static_cast<std::uint64_t>(column->bit));
        hash.add(column->name);
        hash.add(static_cast<std::uint64_t>(column->uuid));
    }
}

}  // namespace

const ColumnModel* TableModel::column(std::string_view wanted) const
{
    for (const ColumnModel& each : columns)
        if (each.name == wanted) return &each;
    return nullptr;
}

std::vector<const ColumnModel*> TableModel::group(int bit) const
{
    std::vector<const ColumnModel*> found;
    for (const ColumnModel& each : columns)
        if (each.bit == bit) found.push_back(&each);
    return found;
}

std::uint64_t TableModel::authority_mask() const
{
    std::uint64_t mask = 0;
    for (const ColumnModel& column : columns)
        if (column.conflict == ConflictRule::authority) mask |= std::uint64_t{1} << column.bit;
    return mask;
}

std::uint64_t TableModel::column_mask() const
{
    std::uint64_t mask = 0;
    for (const ColumnModel& each : columns) mask |= std::uint64_t{1} << each.bit;
    return mask;
}

const TableModel* Model::table(std::string_view wanted) const
{
    for (const TableModel& each : tables)
        if (each.name == wanted) return &each;
    return nullptr;
}

const TableModel* Model::table(int id) const
{
    for (const TableModel& each : tables)
        if (each.id == id) return &each;
    return nullptr;
}

std::uint64_t Model::fingerprint() const
{
    std::vector<const TableModel*> sorted;
    for (const TableModel& each : tables) sorted.push_back(&each);
    std::sort(sorted.begin(), sorted.end(), [](const TableModel* a, const TableModel* b) { return a->id < b->id; });
    Fnv1a hash;
    for (const TableModel* each : sorted) add_table(hash, *each);
    return hash.value();
}

const Model& ocop_model()
{
    static const Model model = [] {
        Result<Model> loaded = load_model(embedded_ocop_toml());
        OCOP_CHECK(loaded.ok());  // a test says why before this can reach anybody
        return std::move(*loaded);
    }();
    return model;
}

}  // namespace ocop
