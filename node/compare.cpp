#include "node/compare.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "node/merge.h"
#include "node/row_key.h"
#include "node/row_store.h"

namespace ocop {

namespace {

constexpr std::size_t most_named = 64;  // rows mended at a time
constexpr std::size_t bytes_at_a_time = 128u << 10;
constexpr std::size_t longest_row = 700u << 10;  // a row longer than this shares no frame with anything

enum class Differs { only_here = 1, only_there = 2, other_versions = 3 };
enum class Found { found = 0, mended = 1, stays = 2, named = 3 };

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

Change whole_row(ChangeLog& log, const LogRow& row, const TableInfo& table)
{
    Change change;
    change.table = row.table();
    change.row = row.row();
    change.unit = row.unit();
    std::uint64_t mask = 0;
    for (const LogEntry& entry : row.entries()) {
        change.entries.push_back({entry.mask, entry.gone, false, entry.version, entry.lsn, 0});
        mask |= entry.mask;
    }
    change.cells = RowStore{log.replica()}.read(table, row.row(), mask);
    return change;
}

void name_units(ChangeLog& log, const Change& change, OriginUnits& units)
{
    for (const Entry& entry : change.entries) {
        std::string unit = log.unit_of(entry.version.origin);
        if (!unit.empty()) units.emplace(entry.version.origin, std::move(unit));
    }
}

/// A row of ours as the parent is to merge it; none where it is not ours to tell, or nothing is known of it.
std::optional<Change> row_for_parent(ChangeLog& log, const RowName& name)
{
    Replica& replica = log.replica();
    const TableInfo* table = replica.catalog().table(name.table);
    const LogRow row = log.row(name.table, name.row);
    if (table == nullptr || row.existence() == nullptr || row.leaving() || table->unit_is_key() ||
        !replica.units().is_within(row.unit(), replica.state().unit))
        return std::nullopt;
    Change change = whole_row(log, row, *table);
    for (std::size_t i = 0; i < change.entries.size(); ++i) {
        const LogEntry& entry = row.entries()[i];
        change.entries[i].back = entry.via == via_parent || entry.via == via_returned;
        change.entries[i].ctx = entry.via == via_parent ? replica.state().cursor : entry.ctx;
    }
    return change;
}

std::vector<Range> first_ranges(sqlite::Connection& db, std::size_t most, std::vector<int>* depths = nullptr)
{
    std::vector<Range> ranges;
    auto rows = db.query("SELECT tbl, unit, row, to_tbl, to_unit, to_row, depth FROM _range ORDER BY tbl, unit, row "
                         "LIMIT ?",
                         most);
    while (rows.step()) {
        const auto at = [&](int i) {
            return Position{static_cast<std::uint32_t>(rows.integer(i)), rows.text(i + 1), row_of(rows.value(i + 2))};
        };
        ranges.push_back({at(0), at(3)});
        if (depths != nullptr) depths->push_back(static_cast<int>(rows.integer(6)));
    }
    return ranges;
}

void add_range(sqlite::Connection& db, const Range& range, int depth)
{
    db.run("INSERT OR REPLACE INTO _range VALUES (?,?,?,?,?,?,?)", range.from.table, range.from.unit,
           log_key(range.from.row), range.to.table, range.to.unit, log_key(range.to.row), depth);
}

std::vector<RowName> named_rows(sqlite::Connection& db, const char* sql, std::size_t most)
{
    std::vector<RowName> names;
    auto rows = db.query(sql, most);
    while (rows.step()) names.push_back({static_cast<std::uint32_t>(rows.integer(0)), row_of(rows.value(1))});
    return names;
}

/// Rows to be mended, as many as a message should carry.
void name_rows(ChangeLog& log, Question& question)
{
    sqlite::Connection& db = log.replica().db();
    std::size_t bytes = 0;
    for (const RowName& name : named_rows(db, "SELECT tbl, row FROM _differs WHERE state = 0 LIMIT ?", most_named)) {
        std::optional<Change> change = row_for_parent(log, name);
        if (!change) {
            question.wanted.push_back(name);
            continue;
        }
        const std::size_t size = size_of(*change);
        if (size > longest_row) {
            db.run("UPDATE _differs SET state = 2 WHERE tbl = ? AND row = ?", name.table, log_key(name.row));
            continue;
        }
        if (bytes != 0 && bytes + size > bytes_at_a_time) break;
        bytes += size;
        name_units(log, *change, question.origin_units);
        question.mends.push_back(std::move(*change));
    }
    std::size_t nth = 0;
    const auto note = [&](std::uint32_t table, const std::string& row) {
        db.run("UPDATE _differs SET state = 3, nth = ? WHERE tbl = ? AND row = ?", nth++, table, log_key(row));
    };
    for (const Change& change : question.mends) note(change.table, change.row);
    for (const RowName& name : question.wanted) note(name.table, name.row);
}

/// The parent has not heard all of it.
bool has_news(const LogRow& row, std::uint64_t mark)
{
    return std::any_of(row.entries().begin(), row.entries().end(),
                       [&](const LogEntry& entry) { return entry.via != via_parent && entry.lsn > mark; });
}

/// What the parent told of the ranges asked about first, held against our own rows.
class Narrowing {
public:
    Narrowing(ChangeLog& log, std::uint64_t mark)
        : log_(log), db_(log.replica().db()), mark_(mark), look_(comparing(db_) == Comparing::look)
    {
    }

    void run(const std::vector<Held>& told)
    {
        std::vector<int> depths;
        const std::vector<Range> asked = first_ranges(db_, told.size(), &depths);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            db_.run("DELETE FROM _range WHERE tbl = ? AND unit = ? AND row = ?", asked[i].from.table,
                    asked[i].from.unit, log_key(asked[i].from.row));
            if (fits(told[i], asked[i]))
                unfold(asked[i], told[i], depths[i]);
            else
                give_up();
        }
        std::vector<Range> ranges;
        for (const Piece& piece : pieces_) ranges.push_back(piece.range);
        ScopeRows{log_, log_.replica().state().unit}.each(
            ranges, [&](std::size_t piece, const Position& at, std::uint64_t sum) {
                pieces_[piece].ours += sum;
                if (pieces_[piece].list != nullptr) pieces_[piece].rows[{at.table, at.row}] = sum;
            });
        for (const Piece& piece : pieces_) judge(piece);
    }

private:
    using Row = std::pair<std::uint32_t, std::string>;
    struct Piece {
        Range range;
        int depth = 0;
        std::uint64_t theirs = 0;
        const Held* list = nullptr;
        std::uint64_t ours = 0;
        std::map<Row, std::uint64_t> rows;  // only where there is a list
    };

    void unfold(const Range& range, const Held& held, int depth)
    {
        if (held.rows) {
            pieces_.push_back({range, depth, 0, &held, 0, {}});
            return;
        }
        for (std::size_t i = 0; i < held.sums.size(); ++i) {
            const Position& from = i == 0 ? range.from : held.places[i - 1];
            const Position& to = i == held.places.size() ? range.to : held.places[i];
            pieces_.push_back({{from, to}, depth + 1, held.sums[i], nullptr, 0, {}});
        }
    }

    void judge(const Piece& piece)
    {
        if (piece.list != nullptr) return judge_rows(piece);
        if (piece.ours == piece.theirs) return;
        if (piece.depth > most_depth)
            give_up();
        else
            add_range(db_, piece.range, piece.depth);
    }

    void judge_rows(const Piece& piece)
    {
        std::map<Row, std::uint64_t> ours = piece.rows;
        for (std::size_t i = 0; i < piece.list->places.size(); ++i) {
            const Position& at = piece.list->places[i];
            const auto here = ours.find({at.table, at.row});
            if (here == ours.end()) {
                add({at.table, at.row}, Differs::only_there);
                continue;
            }
            if (here->second != piece.list->sums[i]) add(here->first, Differs::other_versions);
            ours.erase(here);
        }
        for (const auto& [row, sum] : ours) add(row, Differs::only_here);
    }

    void add(const Row& row, Differs how)
    {
        const LogRow here = log_.row(row.first, row.second);
        if (here.leaving()) return;
        // An edit under way is no difference; but where the parent lacks the row, the edit alone would not make it whole.
        if (has_news(here, mark_) && (look_ || how != Differs::only_here)) return;
        // A row that stands in two units is found twice.
        const bool twice =
            db_.query("SELECT 1 FROM _differs WHERE tbl = ? AND row = ?", row.first, log_key(row.second)).step();
        db_.run("INSERT OR REPLACE INTO _differs VALUES (?,?,?,0,NULL)", row.first, log_key(row.second),
                static_cast<int>(twice ? Differs::other_versions : how));
    }

    void give_up() { db_.run("UPDATE _comparing SET given_up = given_up + 1"); }

    ChangeLog& log_;
    sqlite::Connection& db_;
    std::uint64_t mark_;
    bool look_;
    std::vector<Piece> pieces_;
};

/// The rows that the question named, as the parent has them after merging ours.
void take_mended(ChangeLog& log, const Sender& sender, std::uint64_t looked, const std::vector<Change>& mends)
{
    sqlite::Connection& db = log.replica().db();
    const std::vector<RowName> names =
        named_rows(db, "SELECT tbl, row FROM _differs WHERE state = 3 ORDER BY nth LIMIT ?", looked);
    std::map<std::pair<std::uint32_t, std::string>, const Change*> theirs;
    std::vector<Change> taken;
    for (const Change& change : mends) {
        const bool named = std::find(names.begin(), names.end(), RowName{change.table, change.row}) != names.end();
        if (!named || log.leaving(change.table, change.row)) continue;
        theirs[{change.table, change.row}] = &change;
        taken.push_back(change);
    }
    Merge merge{log, sender};
    merge.take(taken);
    merge.repair();
    for (const RowName& name : names) {
        const auto found = theirs.find({name.table, name.row});
        const std::uint64_t there = found == theirs.end() ? 0 : row_sum(log.replica().digest_key(), *found->second);
        const bool equal = row_sum(log, name.table, name.row) == there ||
                           has_news(log.row(name.table, name.row), sender.mark);  // the rest goes the usual way
        const Found state = equal ? Found::mended : Found::stays;
        db.run("UPDATE _differs SET state = ? WHERE tbl = ? AND row = ?", static_cast<int>(state), name.table,
               log_key(name.row));
    }
}

void end_if_done(ChangeLog& log)
{
    sqlite::Connection& db = log.replica().db();
    const bool ranges = db.query("SELECT 1 FROM _range LIMIT 1").step();
    const bool rows =
        comparing(db) == Comparing::mend && db.query("SELECT 1 FROM _differs WHERE state IN (0, 3) LIMIT 1").step();
    if (!ranges && !rows)
        db.run("UPDATE _comparing SET how = 0, open = 0, ended = ?", log.replica().environment().clock->now_ms());
}

}  // namespace

void begin_comparing(ChangeLog& log, Comparing how)
{
    sqlite::Connection& db = log.replica().db();
    recount_digests(log);
    db.run("DELETE FROM _range");
    db.run("DELETE FROM _differs");
    db.run("UPDATE _comparing SET how = ?, asked = 0, open = 0, began = ?, ended = 0, questions = 0, given_up = 0",
           static_cast<int>(how), log.replica().environment().clock->now_ms());
    add_range(db, {}, 0);
}

Comparing comparing(sqlite::Connection& db)
{
    auto row = db.query("SELECT how FROM _comparing");
    return row.step() ? static_cast<Comparing>(row.integer(0)) : Comparing::no;
}

bool question_open(sqlite::Connection& db)
{
    return db.query("SELECT 1 FROM _comparing WHERE open").step();
}

void stop_comparing(ChangeLog& log)
{
    log.replica().db().run("UPDATE _comparing SET how = 0");
}

Question next_question(ChangeLog& log, std::uint64_t request)
{
    sqlite::Connection& db = log.replica().db();
    const Comparing how = comparing(db);
    if (how == Comparing::no) return {};
    const bool open = db.query("SELECT 1 FROM _comparing WHERE open").step();
    db.run("UPDATE _comparing SET open = ?, asked = ?", !open, open ? 0 : request);
    if (open) return {};
    db.run("UPDATE _differs SET state = 0 WHERE state = 3");
    Question question;
    question.ranges = first_ranges(db, most_ranges);
    if (how == Comparing::mend && question.ranges.empty()) name_rows(log, question);
    if (question.empty()) end_if_done(log);
    return question;
}

bool take_told(ChangeLog& log, const Told& told)
{
    sqlite::Connection& db = log.replica().db();
    const Comparing how = comparing(db);
    if (how == Comparing::no) return false;
    if (!db.query("SELECT 1 FROM _comparing WHERE open AND asked = ?", told.request).step()) return false;
    if (told.held.empty() && told.looked == 0) return false;
    db.run("UPDATE _comparing SET open = 0, questions = questions + 1");
    if (!told.held.empty()) Narrowing{log, told.mark}.run(told.held);
    if (told.looked > 0) {
        Sender sender;
        sender.mark = told.mark;
        sender.top = told.top;
        sender.whole_as_of = told.whole_as_of;
        sender.mending = true;
        take_mended(log, sender, told.looked, told.mends);
    }
    end_if_done(log);
    return true;
}

std::vector<Change> rows_as_they_stand(ChangeLog& log, const Asker& reader, const std::vector<RowName>& rows,
                                       std::size_t& looked, OriginUnits& origin_units)
{
    Replica& replica = log.replica();
    std::vector<Change> changes;
    std::size_t bytes = 0;
    for (looked = 0; looked < rows.size() && bytes < bytes_at_a_time; ++looked) {
        const TableInfo* table = replica.catalog().table(rows[looked].table);
        const LogRow row = log.row(rows[looked].table, rows[looked].row);
        if (table == nullptr || row.existence() == nullptr || row.leaving() ||
            !replica.units().holds(reader.unit, table->model->audience, row.unit()))
            continue;
        Change change = whole_row(log, row, *table);
        for (Entry& entry : change.entries) entry.ctx = log.ahead(reader.via, row.table(), row.row());
        const std::size_t size = size_of(change);
        if (size > longest_row) continue;
        if (bytes != 0 && bytes + size > longest_row) break;
        bytes += size;
        name_units(log, change, origin_units);
        changes.push_back(std::move(change));
    }
    return changes;
}

void take_mends(ChangeLog& log, Sender sender, const std::vector<Change>& mends)
{
    if (mends.empty()) return;
    sender.heard = 0;
    sender.mending = true;
    Merge merge{log, sender};
    merge.take(mends);
    merge.repair();
}

std::uint64_t Compared::differing() const
{
    std::uint64_t all = 0;
    for (const Table& table : tables) all += table.all();
    return all;
}

std::uint64_t Compared::mended() const
{
    std::uint64_t all = 0;
    for (const Table& table : tables) all += table.mended;
    return all;
}

Compared last_comparison(sqlite::Connection& db)
{
    Compared found;
    auto row = db.query("SELECT how, began, ended, questions, given_up FROM _comparing");
    if (!row.step()) return found;
    found.how = static_cast<Comparing>(row.integer(0));
    found.began = row.integer(1);
    found.ended = row.integer(2);
    found.questions = row.natural(3);
    found.given_up = row.natural(4);
    auto tables =
        db.query("SELECT tbl, sum(how = 1), sum(how = 2), sum(how = 3), sum(state = 1) FROM _differs GROUP BY "
                 "tbl ORDER BY tbl");
    while (tables.step())
        found.tables.push_back({static_cast<std::uint32_t>(tables.integer(0)), tables.natural(1), tables.natural(2),
                                tables.natural(3), tables.natural(4)});
    return found;
}

}  // namespace ocop
