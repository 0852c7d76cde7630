#include "tests/property/replay.h"

#include <algorithm>

#include "node/change_log.h"
#include "node/retention.h"

namespace ocop::test {

namespace {

constexpr std::int64_t before_the_schedule = 1'000'000'000'000;
constexpr int thing_id = 100;
const std::string columns = "Xuab";  // by bit

/// The product's own text of a table, so that the test's never falls behind.
std::string product_sql(const std::string& table)
{
    sqlite::Connection db{":memory:", sqlite::OpenMode::create};
    for (const Migration& step : ocop_migrations()) db.script(step.sql);
    auto row = db.query("SELECT sql FROM sqlite_master WHERE name = ?", table);
    OCOP_CHECK(row.step());
    return row.text(0) + ";\n";
}

const Model& thing_model()
{
    static const Model model = [] {
        const Model& all = ocop_model();
        Model made;
        made.version = 1;
        made.tables = {*all.table("admin_unit"), *all.table("conflict")};
        TableModel thing;
        thing.id = thing_id;
        thing.name = "thing";
        for (const std::string name : {"unit", "a", "b"})
            thing.columns.push_back({name, static_cast<int>(thing.columns.size()) + 1, false, {}});
        thing.writers.push_back(
            {{}, {Tier::central, Tier::province, Tier::district, Tier::commune}, {}, {}, {}, {}, {}, {}});
        made.tables.push_back(thing);
        return made;
    }();
    return model;
}

const std::vector<Migration>& thing_migrations()
{
    static const std::string sql =
        product_sql("admin_unit") + product_sql("conflict") +
        "CREATE TABLE thing (id TEXT PRIMARY KEY NOT NULL, unit TEXT NOT NULL, a TEXT, b TEXT) STRICT;";
    static const std::vector<Migration> migrations = {{1, "things", sql}};
    return migrations;
}

std::string id_of(int row)
{
    return "r" + std::to_string(row);
}
int row_of_id(const std::string& id)
{
    return std::stoi(id.substr(1));
}
std::string value_of(int event)
{
    return "e" + std::to_string(event);
}
int bit_of(char column)
{
    return static_cast<int>(columns.find(column));
}

std::string text_of(const WriteKey& key)
{
    return "(row " + std::to_string(key.row) + " gen " + std::to_string(key.gen) + " time " + std::to_string(key.time) +
           ")";
}

WriteKey key_of(int row, const Version& version)
{
    return {row, version.gen, version.time};
}

}  // namespace

// ---- what every write had seen

void Oracle::wrote(int node, const WriteKey& key, std::uint64_t mask, bool gone, bool by_person)
{
    auto& known = known_[static_cast<std::size_t>(node)][key.row];
    OCOP_CHECK(writes_.count(key) == 0);
    writes_[key] = {mask, gone, by_person, known};
    known.insert(key);
}

void Oracle::everybody_knows(const WriteKey& key, std::uint64_t mask)
{
    writes_[key] = {mask, false, false, {}};
    for (auto& known : known_) known[key.row].insert(key);
}

void Oracle::learn(int node, const std::vector<Change>& changes)
{
    for (const Change& change : changes) {
        if (change.table != thing_id) continue;
        const int row = row_of_id(change.row);
        auto& known = known_[static_cast<std::size_t>(node)][row];
        for (const Entry& entry : change.entries) {
            const WriteKey key = key_of(row, entry.version);
            OCOP_CHECK(knows(key));
            const auto& seen = writes_.at(key).seen;
            known.insert(seen.begin(), seen.end());
            known.insert(key);
        }
    }
}

// ---- the world

Replay::Replay(const Trace& trace) : trace_(trace), exact_(trace.mode != "cut"), oracle_(trace.parents.size())
{
    found();
    for (int node = 1; node < static_cast<int>(trace.parents.size()); ++node) enrol(node);
}

void Replay::found()
{
    auto office = std::make_unique<Office>();
    office->unit = "U";
    office->clock = std::make_shared<FakeClock>(before_the_schedule);
    NewNode born;
    born.unit = office->unit;
    office->replica = Replica::in_memory(thing_model(), thing_migrations(), born, {office->clock.get(), &random_});
    set_retention_days(office->replica->db(), 36'500);  // clocks jump by decades here; the model forgets nothing
    office->sql("INSERT INTO admin_unit (id, code, name, kind, level) VALUES ('U', 'U', 'U', 'U', 'commune')");
    if (trace_.mode == "cells")
        for (int row = 0; row < trace_.row_count(); ++row) {
            office->sql("INSERT INTO thing (id, unit) VALUES ('" + id_of(row) + "', 'U')");
            oracle_.everybody_knows({row, 1, before_the_schedule}, 15);
        }
    offices_.push_back(std::move(office));
}

/// make_invite refuses the unit of the node itself, rightly; so the invite is put there by hand.
void Replay::enrol(int node)
{
    Office& parent = *offices_[static_cast<std::size_t>(trace_.parents[static_cast<std::size_t>(node)])];
    auto office = std::make_unique<Office>();
    office->unit = "U";
    office->clock = std::make_shared<FakeClock>(before_the_schedule);
    office->parent = &parent;
    NewNode born;
    born.unit = office->unit;
    born.tree_key = parent.replica->state().tree_key;
    born.parent = parent.replica->state().self.node;
    born.invite = std::string(16, static_cast<char>('a' + node));
    parent.replica->db().run("INSERT INTO _invite (secret, unit, made_at) VALUES (?, 'U', 0)", Blob{born.invite});
    office->replica = Replica::in_memory(thing_model(), thing_migrations(), born, {office->clock.get(), &random_});
    set_retention_days(office->replica->db(), 36'500);  // clocks jump by decades here; the model forgets nothing
    offices_.push_back(std::move(office));
    settle_in(node);
}

void Replay::settle_in(int node)
{
    Office& office = *offices_[static_cast<std::size_t>(node)];
    for (bool more = true; more;) {
        const auto request = sync::make_request(*office.replica);
        OCOP_CHECK(request.ok());
        const auto answer = sync::answer_request(*office.parent->replica, *request);
        OCOP_CHECK(answer.ok());
        const auto outcome = sync::finish(*office.replica, *answer);
        OCOP_CHECK(outcome.ok());
        more = outcome->more;
    }
}

// ---- the schedule

std::vector<std::string> Replay::run()
{
    std::string last;
    for (const Step& step : trace_.steps) {
        if (!complaints_.empty()) return complaints_;
        if (step.kind == Step::Kind::round) {
            const std::string now = positions();
            if (now == last) break;  // a whole round moved nothing: the rest will not either
            last = now;
        } else {
            play(step);
        }
    }
    if (!complaints_.empty()) return complaints_;
    check_converged();
    read_conflicts();
    if (exact_) check_rows();
    check_conflicts();
    check_nothing_lost();
    check_nothing_unfairly_deleted();
    return complaints_;
}

std::string Replay::positions()
{
    std::string text;
    for (const auto& office : offices_) {
        const State& state = office->replica->state();
        text +=
            std::to_string(state.lsn) + "." + std::to_string(state.cursor) + "." + std::to_string(state.acked) + " ";
    }
    return text;
}

void Replay::play(const Step& step)
{
    Office& office = *offices_[static_cast<std::size_t>(step.node)];
    if (step.time != 0) office.clock->set(step.time);
    if (step.kind == Step::Kind::write) write(step);
    if (step.kind == Step::Kind::serve) serve(step);
    if (step.kind == Step::Kind::finish) finish(step);
    if (step.kind != Step::Kind::request) return;
    const auto request = sync::make_request(*office.replica, {2u << 20, step.limit});
    if (!request) return complain("request refused: " + request.refusal().detail);
    messages_[step.message] = *request;
}

/// A person may edit or delete a row that is there and make one that is not; a row nobody here has heard of is made at the root only.
bool Replay::possible(const Step& step)
{
    Office& office = *offices_[static_cast<std::size_t>(step.node)];
    const bool here = office.one("SELECT 1 FROM thing WHERE id = '" + id_of(step.write.row) + "'") == "1";
    if (!step.creates()) return here;
    const bool heard =
        office.one("SELECT 1 FROM _log WHERE tbl = 100 AND row = '" + id_of(step.write.row) + "'") == "1";
    return !here && (heard || step.node == 0);
}

void Replay::write(const Step& step)
{
    Office& office = *offices_[static_cast<std::size_t>(step.node)];
    const std::string row = id_of(step.write.row);
    if (!possible(step)) {
        if (exact_) complain("the row's existence is not the model's before write " + text_of(step.write));
        return;
    }
    std::string set;
    std::string values;
    for (const auto& [column, event] : step.cells) {
        if (column != 'a' && column != 'b') continue;
        set += (set.empty() ? "" : ", ") + std::string{column} + " = '" + value_of(event) + "'";
        values += ", '" + value_of(event) + "'";
    }
    if (step.deletes())
        office.sql("DELETE FROM thing WHERE id = '" + row + "'");
    else if (step.creates())
        office.sql("INSERT INTO thing (id, unit, a, b) VALUES ('" + row + "', 'U'" + values + ")");
    else
        office.sql("UPDATE thing SET " + set + " WHERE id = '" + row + "'");
    ++writes_;
    Transaction transaction{*office.replica};
    const LogRow log = transaction.log().row(thing_id, row);
    const LogEntry& made = log.entries().back();
    const WriteKey key = key_of(step.write.row, made.version);
    oracle_.wrote(step.node, key, made.mask, made.gone, true);
    if (exact_ && key != step.write)
        complain("the write " + text_of(key) + " is, in the model, " + text_of(step.write));
    transaction.commit();
}

void Replay::serve(const Step& step)
{
    Office& parent = *offices_[static_cast<std::size_t>(step.node)];
    const auto request = sync::decode_request(messages_.at(step.message));
    OCOP_CHECK(request.ok());
    const auto answer = sync::answer_request(*parent.replica, messages_.at(step.message), {2u << 20, step.limit});
    if (!answer) return complain("answer refused: " + answer.refusal().detail);
    oracle_.learn(step.node, request->changes);
    note_own_writes(step.node);
    messages_[step.answer] = *answer;
}

void Replay::finish(const Step& step)
{
    Office& child = *offices_[static_cast<std::size_t>(step.node)];
    const auto answer = sync::decode_answer(messages_.at(step.message));
    OCOP_CHECK(answer.ok());
    const bool taken = answer->from <= child.replica->state().cursor;
    const auto outcome = sync::finish(*child.replica, messages_.at(step.message));
    if (!outcome) return complain("finish refused: " + outcome.refusal().detail);
    if (taken) oracle_.learn(step.node, answer->changes);
}

/// What the engine wrote by itself while it merged: rows kept after all.
void Replay::note_own_writes(int node)
{
    sqlite::Connection& db = offices_[static_cast<std::size_t>(node)]->replica->db();
    auto rows =
        db.query("SELECT row, gen, time, mask, gone FROM _log WHERE tbl = ? AND via = 0 ORDER BY lsn", thing_id);
    while (rows.step()) {
        const WriteKey key{row_of_id(rows.text(0)), rows.natural(1), rows.integer(2)};
        if (!oracle_.knows(key)) oracle_.wrote(node, key, rows.natural(3), rows.integer(4) != 0, false);
    }
}

// ---- how it ended

void Replay::check_converged()
{
    Replica& root = *offices_.front()->replica;
    for (std::size_t node = 0; node < offices_.size(); ++node) {
        Replica& replica = *offices_[node]->replica;
        const std::string name = "node " + std::to_string(node);
        for (const std::string table : {"thing", "conflict", "admin_unit"})
            if (dump(replica, table) != dump(root, table)) complain(name + ": table " + table + " is not the root's");
        const Verification proof = verify(replica);
        if (!proof.sound()) complain(name + ": verify is not content");
        if (node != 0 && !(proof.compared && proof.equal)) complain(name + ": digests were not compared, or differ");
    }
}

void Replay::check_rows()
{
    for (int row = 0; row < trace_.row_count(); ++row) check_row(row);
}

void Replay::check_row(int row)
{
    Office& root = *offices_.front();
    Transaction transaction{*root.replica};
    const LogRow log = transaction.log().row(thing_id, id_of(row));
    const auto found = trace_.rows.find(row);
    if (found == trace_.rows.end()) return;  // nobody wrote it
    const FinalRow& model = found->second;
    if (log.live() != model.here)
        return complain("row " + std::to_string(row) + (model.here ? " is here" : " is gone") + " in the model only");
    for (const auto& [column, event] : model.cells) {
        const LogEntry* entry = log.holder(bit_of(column));
        const WriteKey& winner = trace_.events.at(event).write;
        if (entry == nullptr || key_of(row, entry->version) != winner)
            complain("row " + std::to_string(row) + " column " + column + ": the model's winner is " + text_of(winner));
        if (!model.here || (column != 'a' && column != 'b')) continue;
        const std::string shown =
            root.one("SELECT " + std::string{column} + " FROM thing WHERE id = '" + id_of(row) + "'");
        if (shown != value_of(event))
            complain("row " + std::to_string(row) + " shows " + shown + ", the model " + value_of(event));
    }
}

void Replay::read_conflicts()
{
    auto rows = offices_.front()->replica->db().query(
        "SELECT row_id, kind, column_name, winner_gen, winner_time, loser_gen, loser_time FROM conflict");
    while (rows.step()) {
        const int row = row_of_id(rows.text(0));
        const char column = rows.text(1) == "delete" ? 'X' : rows.text(2).front();
        kept_.push_back({column, {row, rows.natural(3), rows.integer(4)}, {row, rows.natural(5), rows.integer(6)}});
    }
}

bool Replay::in_model(const Kept& kept) const
{
    const CellKey loser{kept.loser, kept.column};
    const std::string winners = kept.column == 'X' ? columns : std::string{kept.column};
    return std::any_of(winners.begin(), winners.end(), [&](char column) {
        const CellKey winner{kept.winner, column};
        return trace_.conflicts.count({std::min(winner, loser), std::max(winner, loser)}) != 0;
    });
}

void Replay::check_conflicts()
{
    for (const Kept& kept : kept_) {
        const std::string what =
            std::string{"conflict on "} + kept.column + " of " + text_of(kept.winner) + " and " + text_of(kept.loser);
        if (!oracle_.knows(kept.winner) || !oracle_.knows(kept.loser)) {
            complain(what + " names a write that was none");
            continue;
        }
        if (oracle_.saw(kept.winner, kept.loser) || oracle_.saw(kept.loser, kept.winner))
            complain(what + " is false: one had seen the other");
        if (exact_ && !in_model(kept)) ++extra_;
    }
}

bool Replay::is_kept(const WriteKey& key, int bit) const
{
    return std::any_of(kept_.begin(), kept_.end(), [&](const Kept& kept) {
        if (kept.column == 'X') return kept.winner == key;
        return bit_of(kept.column) == bit && (kept.winner == key || kept.loser == key);
    });
}

bool Replay::is_live(const WriteKey& key, int bit)
{
    Transaction transaction{*offices_.front()->replica};
    const LogRow row = transaction.log().row(thing_id, id_of(key.row));
    const LogEntry* entry = row.holder(bit);
    return row.live() && entry != nullptr && key_of(key.row, entry->version) == key;
}

void Replay::check_nothing_lost()
{
    for (const auto& [key, write] : oracle_.writes()) {
        if (!write.by_person) continue;
        for (int bit : {2, 3}) {
            if (!write.has(bit) || is_kept(key, bit) || is_live(key, bit)) continue;
            bool superseded = false;
            for (const auto& [other_key, other] : oracle_.writes())
                superseded = superseded || (other_key.row == key.row && oracle_.saw(other_key, key) &&
                                            (other.has(bit) || other.gone));
            if (!superseded)
                complain("lost: column " + std::string{columns[static_cast<std::size_t>(bit)]} + " of " + text_of(key));
        }
    }
}

void Replay::check_nothing_unfairly_deleted()
{
    for (int row = 0; row < trace_.row_count(); ++row) {
        Transaction transaction{*offices_.front()->replica};
        const LogRow log = transaction.log().row(thing_id, id_of(row));
        if (!log.known() || log.live()) continue;
        const WriteKey deletion = key_of(row, log.existence()->version);
        for (const auto& [key, write] : oracle_.writes()) {
            if (key.row != row || !write.by_person || oracle_.saw(deletion, key) || oracle_.saw(key, deletion))
                continue;
            for (int bit : {2, 3}) {
                if (!write.has(bit) || is_kept(key, bit)) continue;
                bool superseded = false;
                for (const auto& [other_key, other] : oracle_.writes())
                    superseded = superseded || (other_key.row == row && oracle_.saw(other_key, key) &&
                                                (other.has(bit) || other.has(0)));
                if (!superseded)
                    complain("row " + std::to_string(row) + " was deleted by " + text_of(deletion) + ", unaware of " +
                             text_of(key));
            }
        }
    }
}

}  // namespace ocop::test
