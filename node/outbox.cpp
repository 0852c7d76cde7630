#include "node/outbox.h"

#include <unordered_set>

#include "node/notice.h"
#include "node/row_key.h"
#include "node/row_store.h"

namespace ocop {

namespace {

std::size_t size_of(const Change& change)
{
    std::size_t bytes = 24 + 12 * change.entries.size();
    for (const Cell& cell : change.cells) {
        if (const auto* text = std::get_if<std::string>(&cell.value)) bytes += text->size();
        if (const auto* blob = std::get_if<Blob>(&cell.value)) bytes += blob->bytes.size();
        bytes += 2;
    }
    return bytes;
}

class Reader {
public:
    Reader(ChangeLog& log, const Reading& reading)
        : log_(log), replica_(log.replica()), store_(replica_), reading_(reading), units_(replica_.units())
    {
    }

    Batch run()
    {
        auto held = replica_.db().query("SELECT row, tbl FROM _held");
        while (held.step()) held_.insert({held.text(0), static_cast<std::uint32_t>(held.integer(1))});
        auto entries = replica_.db().query(
            "SELECT lsn, tbl, row, unit, mask, gone, gen, time, origin, via, ctx FROM _log WHERE lsn > ? ORDER BY lsn",
            reading_.from);
        while (entries.step()) {
            if (entries.integer(9) == reading_.reader) continue;
            const TableInfo* table = replica_.catalog().table(static_cast<std::uint32_t>(entries.integer(1)));
            if (table == nullptr || !visible(*table, entries.integer(3))) continue;
            const std::string row = row_of(entries.value(2));
            if (whole_.count({row, table->id}) != 0 || held_.count({row, table->id}) != 0) continue;
            if (full(*table)) return {std::move(changes_), bytes_, top_, false};
            changes_.push_back(change_of(*table, row, entries));
            bytes_ += size_of(changes_.back());
            top_ = entries.natural(0);
            if (!table->model->engine) ++domain_;
        }
        return {std::move(changes_), bytes_, replica_.state().lsn, true};
    }

private:
    struct PlaceHash {
        std::size_t operator()(const std::pair<std::string, std::uint32_t>& place) const
        {
            return std::hash<std::string>{}(place.first) ^ place.second;
        }
    };

    bool full(const TableInfo& table) const
    {
        if (!changes_.empty() && bytes_ >= reading_.bytes) return true;
        return domain_ >= reading_.entries && !table.model->engine;
    }

    bool visible(const TableInfo& table, std::int64_t unit_ref)
    {
        const auto known = visible_.find({unit_ref, table.id});
        if (known != visible_.end()) return known->second;
        const std::string unit = log_.unit_id(unit_ref);
        // The units themselves come from above only.
        const bool yes = reading_.reader == via_parent
                             ? !table.unit_is_key() && units_.is_within(unit, replica_.state().unit)
                             : units_.holds(reading_.reader_unit, table.model->audience, unit);
        visible_[{unit_ref, table.id}] = yes;
        return yes;
    }

    Change change_of(const TableInfo& table, const std::string& row, const sqlite::Query& at)
    {
        Change change;
        change.table = table.id;
        change.row = row;
        change.unit = log_.unit_id(at.integer(3));
        const std::uint64_t heard = reading_.reader == via_parent ? 0 : log_.ahead(reading_.reader, table.id, row);
        if ((at.natural(4) & existence_bit) == 0) {
            const Version version{at.natural(6), at.integer(7), log_.origin(at.integer(8))};
            const std::uint64_t ctx = reading_.reader == via_parent ? at.natural(10) : heard;
            change.entries.push_back({at.natural(4), at.integer(5) != 0, false, version, at.natural(0), ctx});
        } else {
            whole_.insert({row, table.id});
            add_whole_row(change, heard);
        }
        std::uint64_t mask = 0;
        for (const Entry& entry : change.entries) mask |= entry.mask;
        change.cells = store_.read(table, row, mask);
        return change;
    }

    void add_whole_row(Change& change, std::uint64_t heard)
    {
        const LogRow row = log_.row(change.table, change.row);
        for (const LogEntry& entry : row.entries()) {
            const bool echo = entry.via == reading_.reader;
            const std::uint64_t ctx = reading_.reader == via_parent ? (echo ? 0 : entry.ctx) : heard;
            change.entries.push_back({entry.mask, entry.gone, echo, entry.version, entry.lsn, ctx});
        }
    }

    ChangeLog& log_;
    Replica& replica_;
    RowStore store_;
    const Reading& reading_;
    const UnitTree& units_;
    std::vector<Change> changes_;
    std::unordered_set<std::pair<std::string, std::uint32_t>, PlaceHash> whole_;
    std::unordered_set<std::pair<std::string, std::uint32_t>, PlaceHash> held_;
    std::map<std::pair<std::int64_t, std::uint32_t>, bool> visible_;
    std::size_t bytes_ = 0;
    std::size_t domain_ = 0;
    std::uint64_t top_ = 0;
};

}  // namespace

Batch read_log(ChangeLog& log, const Reading& reading)
{
    return Reader{log, reading}.run();
}

void hold_back(ChangeLog& log, const Change& change)
{
    Replica& replica = log.replica();
    const TableInfo* table = replica.catalog().table(change.table);
    const std::string place = (table != nullptr ? table->name : std::to_string(change.table)) + " " + change.row;
    replica.db().run("INSERT OR IGNORE INTO _held VALUES (?, ?)", change.table, change.row);
    leave_notice(
        replica,
        "Dòng " + place +
            " quá dài để gửi; vẫn an toàn trên máy này, các dòng khác vẫn được gửi. Hãy rút ngắn: ocop set.",
        "Row " + place +
            " is too long to send; it is safe on this machine and the other rows go on. Shorten it: ocop set.");
}

}  // namespace ocop
