#include "node/conflict.h"

#include <cstdio>

#include "node/identity.h"
#include "node/record_id.h"

namespace ocop {

namespace {

/// The same on whichever node finds the pair first.
std::string conflict_id(const Clash& clash)
{
    const bool in_order = clash.winner.version < clash.loser.version;
    // A version is one within its row: a clash with another row must not be taken for that of two edits of this one.
    RecordId id{clash.row + '\0' + (clash.kind == "unique" ? clash.other_row + '\0' : std::string{})};
    id.add(clash.table->id);
    id.add(static_cast<std::uint32_t>(clash.bit));
    id.add(in_order ? clash.winner.version : clash.loser.version);
    id.add(in_order ? clash.loser.version : clash.winner.version);
    return id.uuid();
}

}  // namespace

std::string origin_text(const Origin& origin)
{
    return to_hex(origin.node) + "." + std::to_string(origin.incarnation);
}

std::string json_text(const std::string& text)
{
    std::string json = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') json += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            json += escaped;
        } else {
            json += c;
        }
    }
    return json + "\"";
}

std::string json_of(const Value& value)
{
    switch (value.index()) {
    case 0: return "null";
    case 1: return std::to_string(std::get<1>(value));
    case 2: {
        char digits[40];
        std::snprintf(digits, sizeof digits, "%.17g", std::get<2>(value));
        return digits;
    }
    case 3: return json_text(std::get<3>(value));
    default: return json_text(to_hex(std::get<4>(value).bytes));
    }
}

Value shown_value(const std::vector<Cell>& cells)
{
    if (cells.empty()) return {};
    if (cells.size() == 1) return cells.front().value;
    std::string list;
    for (const Cell& cell : cells) list += (list.empty() ? "[" : ",") + json_of(cell.value);
    return list + "]";
}

std::string column_names(const TableInfo& table, int bit)
{
    std::string names;
    for (const ColumnInfo& column : table.columns)
        if (column.bit == bit) names += (names.empty() ? "" : ",") + column.name;
    if (names.empty() && bit != 0) return "#" + std::to_string(bit);  // a newer model's
    return names;
}

namespace {

Value unit_value(ChangeLog& log, const Version& version)
{
    std::string unit = log.unit_of(version.origin);
    return unit.empty() ? Value{} : Value{std::move(unit)};
}

}  // namespace

bool record_conflict(ChangeLog& log, const Clash& clash)
{
    const TableInfo* table = log.replica().catalog().table(std::string_view{"conflict"});
    if (table == nullptr || clash.table->model->engine) return false;
    LogRow record = log.row(table->id, conflict_id(clash));
    if (record.known()) return false;
    const std::string column = column_names(*clash.table, clash.bit);
    log.replica().merging();
    log.replica().db().run(
        "INSERT INTO conflict (id, unit, kind, table_name, row_id, column_name, other_row, winner_value, "
        "winner_origin, winner_time, winner_gen, "
        "loser_value, loser_origin, loser_time, loser_gen, winner_unit, loser_unit, state) VALUES "
        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,'open')",
        record.row(), clash.unit, clash.kind, clash.table->name, clash.row, column.empty() ? Value{} : Value{column},
        clash.other_row.empty() ? Value{} : Value{clash.other_row}, clash.winner.value,
        origin_text(clash.winner.version.origin), clash.winner.version.time, clash.winner.version.gen,
        clash.loser.value, origin_text(clash.loser.version.origin), clash.loser.version.time, clash.loser.version.gen,
        unit_value(log, clash.winner.version), unit_value(log, clash.loser.version));
    record.set_unit(clash.unit);
    record.put_own(table->column_mask | existence_bit, 1);
    record.close();
    return true;
}

void note_again(ChangeLog& log, const Clash& clash, std::uint64_t gen)
{
    const TableInfo* table = log.replica().catalog().table(std::string_view{"conflict"});
    const ColumnInfo* again_gen = table != nullptr ? table->column("again_gen") : nullptr;
    const ColumnInfo* again_origin = table != nullptr ? table->column("again_origin") : nullptr;
    if (again_gen == nullptr || again_origin == nullptr) return;
    LogRow record = log.row(table->id, conflict_id(clash));
    if (!record.live()) return;
    const Origin& self = log.replica().state().self;
    log.replica().db().run("UPDATE conflict SET again_gen = ?, again_origin = ? WHERE id = ?", gen, origin_text(self),
                           record.row());
    record.put_own((std::uint64_t{1} << again_gen->bit) | (std::uint64_t{1} << again_origin->bit),
                   record.highest_gen() + 1);
    record.close();
}

}  // namespace ocop
