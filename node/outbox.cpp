#include "node/outbox.h"

#include <unordered_set>

#include "node/lives.h"
#include "node/moves.h"
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

std::uint64_t mask_of(const Change& change)
{
    std::uint64_t mask = 0;
    for (const Entry& entry : change.entries) mask |= entry.mask;
    return mask;
}

class Reader {
public:
    Reader(ChangeLog& log, const Reading& reading)
        : log_(log), replica_(log.replica()), store_(replica_), reading_(reading), units_(replica_.units()),
          kin_(replica_.db(), reading.reader)
    {
    }

    Batch run()
    {
        auto held = replica_.db().query("SELECT row, tbl FROM _held");
        while (held.step()) held_.insert({held.text(0), static_cast<std::uint32_t>(held.integer(1))});
        auto entries = replica_.db().query(sql(), reading_.from);
        while (entries.step()) {
            if (kin_.has(entries.integer(9), entries.natural(11))) continue;
            const TableInfo* table = replica_.catalog().table(static_cast<std::uint32_t>(entries.integer(1)));
            if (table == nullptr) continue;
            const std::string row = row_of(entries.value(2));
            if (told_.count({row, table->id}) != 0 || held_.count({row, table->id}) != 0) continue;
            const Say say = what_to_say(*table, row, entries);
            if (say == Say::nothing) continue;
            if (full(*table)) return {std::move(changes_), std::move(origin_units_), bytes_, top_, false};
            changes_.push_back(say == Say::away ? away(*table, row, entries.natural(0))
                                                : change_of(*table, row, entries, say));
            count_last();
            top_ = entries.natural(0);
            if (reading_.reader == via_parent && say == Say::entry && changes_.back().entries.back().lsn > top_)
                add_records(*table, row);
            if (!table->model->engine) ++domain_;
        }
        return {std::move(changes_), std::move(origin_units_), bytes_, replica_.state().lsn, true};
    }

private:
    struct PlaceHash {
        std::size_t operator()(const std::pair<std::string, std::uint32_t>& place) const
        {
            return std::hash<std::string>{}(place.first) ^ place.second;
        }
    };

    /// What the reader is told at an entry or move of a row: see node/moves.h.
    enum class Say { nothing, entry, again, away };

    /// The log, and for a child the moves in it, which come as entries without a mask.
    const char* sql() const
    {
        return reading_.reader == via_parent || !log_.any_moves()
                   ? "SELECT lsn, tbl, row, unit, mask, gone, gen, time, origin, via, ctx, via_lsn FROM _log WHERE lsn "
                     "> ? "
                     "ORDER BY lsn"
                   : "SELECT lsn, tbl, row, unit, mask, gone, gen, time, origin, via, ctx, via_lsn FROM _log WHERE lsn "
                     "> ?1 "
                     "UNION ALL SELECT lsn, tbl, row, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM _move WHERE lsn > ?1 ORDER BY lsn";
    }

    Say what_to_say(const TableInfo& table, const std::string& row, const sqlite::Query& at)
    {
        if (reading_.reader == via_parent)
            return at.integer(9) == via_returned || visible(table, at.integer(3)) ? Say::entry : Say::nothing;
        const bool moves = log_.any_moves();
        std::int64_t unit = at.integer(3);
        if (unit == 0) {
            const LogRow known = log_.row(table.id, row);
            if (known.known()) unit = log_.unit_ref(known.unit());
        }
        const bool now = unit != 0 && visible(table, unit) && stays(table, row, log_.unit_id(unit));
        if (moves && tells(table, row, now)) return now ? Say::again : Say::away;
        return now && at.natural(4) != 0 ? Say::entry : Say::nothing;
    }

    /// Neither the row nor a unit it lies in is leaving, but for a reader whose office lies there itself.
    bool stays(const TableInfo& table, const std::string& row, const std::string& unit)
    {
        if (!log_.any_leaving()) return true;
        if (!unit_stays(log_, unit, reading_.reader_unit)) return false;
        return !log_.leaving(table.id, row) || serves_office(log_, unit, reading_.reader_unit);
    }

    /// Has the row, since the reader last heard, left a unit that it held (if it does not hold the row now), or that it did not hold (if
    /// it does)?
    bool tells(const TableInfo& table, const std::string& row, bool now)
    {
        auto moves = replica_.db().query("SELECT old FROM _move WHERE tbl = ? AND row = ? AND lsn > ?", table.id,
                                         log_key(row), reading_.from);
        while (moves.step()) {
            const bool held = moves.integer(0) != 0 && visible(table, moves.integer(0));
            if (held != now) return true;
        }
        return false;
    }

    Change away(const TableInfo& table, const std::string& row, std::uint64_t place)
    {
        told_.insert({row, table.id});
        Change change;
        change.table = table.id;
        change.row = row;
        change.unit = table.unit_is_key() ? row : reading_.reader_unit;  // where it went is not the reader's to know
        change.entries.push_back({existence_bit, false, false, {1, 0, replica_.state().self}, place, 0, false, true});
        return change;
    }

    bool full(const TableInfo& table) const
    {
        if (!changes_.empty() && bytes_ >= reading_.bytes) return true;
        return domain_ >= reading_.entries && !table.model->engine;
    }

    void count_last()
    {
        for (const Entry& entry : changes_.back().entries) name_unit(entry.version.origin);
        bytes_ += size_of(changes_.back());
    }

    /// A row that goes whole, ahead, is judged by whoever takes it: it goes with the records that say whose edit some of it repeats, or that
    /// the engine set a value aside, so far as there is room. They come again in their place.
    void add_records(const TableInfo& table, const std::string& row)
    {
        if (table.model->engine) return;
        for (const char* name : {"conflict", "quarantine"}) {
            const TableInfo* records = replica_.catalog().table(std::string_view{name});
            if (records == nullptr) continue;
            auto found = replica_.db().query("SELECT id FROM " + records->name + " WHERE table_name = ? AND row_id = ?",
                                             table.name, row);
            while (found.step() && bytes_ < reading_.bytes) add_record(*records, found.text(0));
        }
    }

    void add_record(const TableInfo& records, const std::string& id)
    {
        const LogRow record = log_.row(records.id, id);
        if (!record.live() || record.existence()->lsn <= top_ || told_.count({id, records.id}) != 0) return;
        if (held_.count({id, records.id}) != 0 || !visible(records, log_.unit_ref(record.unit()))) return;
        if (kin_.has(record.existence()->via, record.existence()->via_lsn)) return;
        Change change;
        change.table = records.id;
        change.row = id;
        change.unit = record.unit();
        told_.insert({id, records.id});
        add_whole_row(change, 0, false);
        change.cells = store_.read(records, id, mask_of(change));
        changes_.push_back(std::move(change));
        count_last();
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

    void name_unit(const Origin& origin)
    {
        if (origin_units_.count(origin) != 0) return;
        std::string unit = log_.unit_of(origin);
        if (!unit.empty()) origin_units_.emplace(origin, std::move(unit));
    }

    Change change_of(const TableInfo& table, const std::string& row, const sqlite::Query& at, Say say)
    {
        Change change;
        change.table = table.id;
        change.row = row;
        change.unit = at.integer(3) != 0 ? log_.unit_id(at.integer(3)) : log_.row(table.id, row).unit();
        const std::uint64_t heard = reading_.reader == via_parent ? 0 : log_.ahead(reading_.reader, table.id, row);
        if (say == Say::entry && (at.natural(4) & existence_bit) == 0) {
            const Version version{at.natural(6), at.integer(7), log_.origin(at.integer(8))};
            const std::uint64_t ctx = reading_.reader == via_parent ? at.natural(10) : heard;
            change.entries.push_back({at.natural(4), at.integer(5) != 0, false, version, at.natural(0), ctx});
            change.entries.back().back = at.integer(9) == via_returned;
        } else {
            told_.insert({row, table.id});
            add_whole_row(change, heard, say == Say::again);
        }
        change.cells = store_.read(table, row, mask_of(change));
        return change;
    }

    void add_whole_row(Change& change, std::uint64_t heard, bool again)
    {
        const LogRow row = log_.row(change.table, change.row);
        for (const LogEntry& entry : row.entries()) {
            const bool echo = kin_.has(entry.via, entry.via_lsn);
            const std::uint64_t ctx = reading_.reader == via_parent ? (echo ? 0 : entry.ctx) : heard;
            const bool says_so = again && (entry.mask & existence_bit) != 0;
            change.entries.push_back({entry.mask, entry.gone, echo, entry.version, entry.lsn, ctx, says_so});
            change.entries.back().back = reading_.reader == via_parent && entry.via == via_returned;
        }
    }

    ChangeLog& log_;
    Replica& replica_;
    RowStore store_;
    const Reading& reading_;
    const UnitTree& units_;
    const Kin kin_;
    std::vector<Change> changes_;
    OriginUnits origin_units_;
    std::unordered_set<std::pair<std::string, std::uint32_t>, PlaceHash> whole_;
    std::unordered_set<std::pair<std::string, std::uint32_t>, PlaceHash> told_;
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
