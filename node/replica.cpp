#include "node/replica.h"

#include "node/change_log.h"
#include "node/damage.h"
#include "node/engine_tables.h"
#include "node/guard.h"
#include "node/identity.h"
#include "node/lives.h"
#include "node/os/files.h"
#include "node/seal.h"
#include "node/unknown.h"
#include "node/witness.h"
#include "schema/base/check.h"
#include "schema/base/exhibit.h"

namespace ocop {

namespace {

// "OCOP": marks our files among all SQLite files (PRAGMA application_id).
constexpr std::int64_t application_id = 0x4f434f50;

std::int64_t pragma(sqlite::Connection& db, const std::string& name)
{
    auto row = db.query("PRAGMA " + name);
    return row.step() ? row.integer(0) : 0;
}

std::string chance(Random& random, std::size_t count)
{
    std::string bytes(count, '\0');
    random.fill(bytes.data(), bytes.size());
    return bytes;
}

State first_state(const NewNode& born, const std::string& public_key, Random& random)
{
    State state;
    state.self = {node_id_of(public_key), 1};
    state.public_key = public_key;
    state.unit = born.unit;
    state.tree_key = born.tree_key.empty() ? chance(random, 16) : born.tree_key;
    state.secret = chance(random, 16);
    state.parent = born.parent;
    state.parent_url = born.parent_url;
    state.parent_unit = born.parent_unit;
    state.invite = born.invite;
    state.token = std::string(16, '\0');
    return state;
}

}  // namespace

void Replica::configure()
{
    db_->defensive();
    db_->script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA "
                "cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 8388608;"
                "PRAGMA recursive_triggers = OFF; PRAGMA temp_store = MEMORY;");
    if (exhibit("ack-before-commit")) db_->script("PRAGMA synchronous = NORMAL");
}

void Replica::migrate(const std::vector<Migration>& migrations)
{
    const std::int64_t at = pragma(*db_, "user_version");
    for (const Migration& step : migrations) {
        if (step.number <= at) continue;
        db_->script("BEGIN IMMEDIATE");
        try {
            db_->script(step.sql);
            db_->script("PRAGMA user_version = " + std::to_string(step.number));
            db_->script("COMMIT");
        } catch (...) {
            db_->rollback();
            throw;
        }
    }
}

/// Inside or outside a transaction: the upgrades still missing, one transaction each where none is open.
Status Replica::upgrade_engine()
{
    std::size_t version = 1;
    if (db_->query("SELECT 1 FROM sqlite_schema WHERE name = '_engine'").step()) {
        auto at = db_->query("SELECT version FROM _engine");
        undamaged(at.step(), "no _engine");
        version = at.natural(0);
    }
    const std::size_t newest = engine_upgrades().size() + 1;
    if (version > newest) return Refusal{Errc::newer_database, "engine " + std::to_string(version)};
    for (; version < newest; ++version) {
        const bool own = !db_->in_transaction();
        if (own) db_->script("BEGIN IMMEDIATE");
        try {
            db_->script(engine_upgrades()[version - 1]);
            db_->run("UPDATE _engine SET version = ?", version + 1);
            if (own) db_->script("COMMIT");
        } catch (...) {
            if (own) db_->rollback();
            throw;
        }
    }
    return Done{};
}

/// Has history been rewound since bytes last left this machine? Then a new life begins, before anything is written.
void Replica::check_witness()
{
    if (const auto rewound = compare_witness(directory_, state_)) {
        db_->script("BEGIN IMMEDIATE");
        try {
            begin_life(*this, rewound->how, state_.lsn, rewound->incarnation);
            write_state(*db_, state_);
            db_->script("COMMIT");
        } catch (...) {
            db_->rollback();
            throw;
        }
    }
    write_witness(directory_, state_);
}

Status Replica::attach(const Model& model)
{
    auto catalog = Catalog::read(model, *db_);
    if (!catalog) return catalog.refusal();
    catalog_ = std::move(*catalog);
    read_unknown_tables(*this);
    return Done{};
}

/// Brings an existing replica to this release. Where nobody else touched our triggers, they are ours to renew;
/// else the next seal looks into it (node/guard.h).
Status Replica::upgrade(const Model& model, const std::vector<Migration>& migrations)
{
    if (auto status = rise(model, migrations); !status) return status;
    if (migrated_ || anything_unknown(*this)) adopt_unknown(*this);
    return Done{};
}

Status Replica::rise(const Model& model, const std::vector<Migration>& migrations)
{
    if (auto status = upgrade_engine(); !status) return status.refusal();
    const bool untouched = triggers_as_left(*db_);
    const std::int64_t before = pragma(*db_, "user_version");
    migrate(migrations);
    migrated_ = pragma(*db_, "user_version") != before;
    if (auto status = attach(model); !status) return status.refusal();
    reload_state();
    digest_key_ = std::make_unique<DigestKey>(state_.tree_key);
    if (untouched) renew_capture(*this);
    return Done{};
}

Status Replica::bear(const Model& model, const std::vector<Migration>& migrations, const NewNode& born,
                     const std::string& public_key)
{
    configure();
    migrate(migrations);
    db_->script("BEGIN IMMEDIATE; PRAGMA application_id = " + std::to_string(application_id) + ";");
    db_->script(engine_tables_sql());
    if (auto status = upgrade_engine(); !status) return status.refusal();
    be(born, public_key);
    if (auto status = attach(model); !status) return status.refusal();
    install_capture(*this);
    db_->script("COMMIT");
    return Done{};
}

void Replica::be(const NewNode& born, const std::string& public_key)
{
    state_ = first_state(born, public_key, *environment_.random);
    write_state(*db_, state_);
    if (born.parent) {
        const Blob node{std::string(reinterpret_cast<const char*>(born.parent->data()), born.parent->size())};
        db_->run("UPDATE _neighbour SET node = ? WHERE ref = 1", node);
    }
    digest_key_ = std::make_unique<DigestKey>(state_.tree_key);
}

// The node is born under other names and comes into being by the last rename, so that a birth that was cut off at any moment is simply
// tried again. A key without any database beside it is somebody's, and is not touched.
Result<std::unique_ptr<Replica>> Replica::create(const std::filesystem::path& directory, const NewNode& born,
                                                 const Environment& environment)
{
    const auto file = directory / "replica.db";
    const auto unborn = directory / "replica.db.new";
    const auto key_file = directory / "node.key";
    const auto taken = [&] { return file_exists(file) || (file_exists(key_file) && !file_exists(unborn)); };
    if (taken()) return Refusal{Errc::node_exists, directory.string()};
    std::filesystem::create_directories(directory);
    {
        LockFile lock{directory / "writer.lock"};
        const LockFile::Hold hold{lock};
        if (taken()) return Refusal{Errc::node_exists, directory.string()};
        remove_file(key_file);  // of a birth that was cut off; before the rest, by which we know it for one
        for (const auto* beside : {"-wal", "-shm", "-journal", ""}) remove_file(unborn.string() + beside);
        const NodeKey key = make_key(*environment.random);
        Replica replica;
        replica.environment_ = environment;
        write_private_file(unborn,
                           {});  // mode 0600: it holds the tree's key. SQLite keeps the mode for its files beside it
        replica.db_ = std::make_unique<sqlite::Connection>(unborn.string(), sqlite::OpenMode::existing);
        if (auto status = replica.bear(ocop_model(), ocop_migrations(), born, key.public_key); !status)
            return status.refusal();
        replica.db_->script("PRAGMA journal_mode = DELETE");  // one file, with nothing beside it
        replica.db_.reset();
        replace_file(key_file, key.secret);
        rename_file(unborn, file);
    }
    return open(directory, environment);
}

Result<std::unique_ptr<Replica>> Replica::open(const std::filesystem::path& directory, const Environment& environment)
{
    const auto file = directory / "replica.db";
    if (!file_exists(file)) return Refusal{Errc::no_node, directory.string()};
    std::unique_ptr<Replica> replica{new Replica};
    replica->directory_ = directory;
    replica->environment_ = environment;
    try {
        replica->lock_ = std::make_unique<LockFile>(directory / "writer.lock");
        std::optional<LockFile::Hold> hold{std::in_place, *replica->lock_};
        replica->db_ = std::make_unique<sqlite::Connection>(file.string(), sqlite::OpenMode::existing);
        sqlite::Connection& db = *replica->db_;
        const auto newest = ocop_migrations().empty() ? 0 : ocop_migrations().back().number;
        if (pragma(db, "application_id") != application_id)
            return Refusal{Errc::corrupt_database, file.string() + ": not a replica"};
        if (pragma(db, "user_version") > newest)
            return Refusal{Errc::newer_database, std::to_string(pragma(db, "user_version"))};
        replica->configure();
        if (auto status = replica->rise(ocop_model(), ocop_migrations()); !status) return status.refusal();
        replica->check_witness();
        hold.reset();  // a transaction takes it itself
        if (replica->migrated_ || anything_unknown(*replica)) adopt_unknown(*replica);
    } catch (const sqlite::Error& error) {
        if (error.is_corrupt()) return Refusal{Errc::corrupt_database, file.string() + ": " + error.what()};
        if (error.is_busy()) return Refusal{Errc::node_busy, file.string()};
        throw;
    }
    return replica;
}

std::unique_ptr<Replica> Replica::in_memory(const Model& model, const std::vector<Migration>& migrations,
                                            const NewNode& born, const Environment& environment)
{
    std::unique_ptr<Replica> replica{new Replica};
    replica->environment_ = environment;
    replica->db_ = std::make_unique<sqlite::Connection>(":memory:", sqlite::OpenMode::create);
    const Status status = replica->bear(model, migrations, born, make_key(*environment.random).public_key);
    OCOP_CHECK(status.ok());
    return replica;
}

std::unique_ptr<Replica> Replica::from_image(const Model& model, std::string_view image, const Environment& environment)
{
    std::unique_ptr<Replica> replica{new Replica};
    replica->environment_ = environment;
    replica->db_ = std::make_unique<sqlite::Connection>(":memory:", sqlite::OpenMode::create);
    replica->db_->load_image(image);
    replica->configure();
    OCOP_CHECK(replica->upgrade_engine().ok());
    OCOP_CHECK(replica->attach(model).ok());
    replica->reload_state();
    replica->digest_key_ = std::make_unique<DigestKey>(replica->state_.tree_key);
    return replica;
}

void Replica::became_another(const Environment& environment)
{
    environment_ = environment;
    reload_state();
    digest_key_ = std::make_unique<DigestKey>(state_.tree_key);
    units_changed();
}

void Replica::be_born_as(const NewNode& born)
{
    db_->run("BEGIN IMMEDIATE");
    be(born, make_key(*environment_.random).public_key);
    db_->run("COMMIT");
    units_changed();
}

void Replica::reload_state()
{
    const std::uint64_t lsn = state_.lsn;
    state_ = read_state(*db_);
    if (exhibit("syncthing-6335")) state_.lsn = std::max(state_.lsn, lsn);
}

UnitTree& Replica::units()
{
    // Our own writes do not move data_version, so a merge or local write that touched admin_unit says so by total changes.
    const std::int64_t as_of = pragma(*db_, "data_version") * 1'000'003 + units_writes_;
    if (as_of != units_as_of_) {
        units_.load(*db_);
        units_as_of_ = as_of;
    }
    return units_;
}

// ---- transactions

void Replica::merging()
{
    if (merging_) return;
    merging_ = true;
    db_->enable_triggers(false);
    db_->script("PRAGMA defer_foreign_keys = ON");  // also those of tables not ours
}

void Replica::merged()
{
    if (merging_) db_->enable_triggers(true);
    merging_ = false;
}

Transaction::Transaction(Replica& replica) : replica_(replica)
{
    if (replica.lock_) hold_ = std::make_unique<LockFile::Hold>(*replica.lock_);
    const bool ours = !replica.db_->in_transaction();
    try {
        replica.db_->run("BEGIN IMMEDIATE");
        open_ = true;
        replica.reload_state();
        as_read_ = replica.state_;
        log_ = std::make_unique<ChangeLog>(replica);
        if (seal(*log_) > 0) replica.units_changed();
    } catch (...) {
        if (ours) replica.db_->rollback();
        replica.merged();
        throw;
    }
}

Transaction::~Transaction()
{
    log_.reset();
    if (open_) {
        replica_.db_->rollback();
        replica_.units_changed();
        try {
            replica_.reload_state();
        } catch (
            const std::exception&) {  // NOLINT(bugprone-empty-catch): the disk is gone; the next transaction reads it
        }
    }
    replica_.merged();
}

void Transaction::commit()
{
    log_->flush();
    log_->history().write();
    // Whoever only looked writes nothing: that also goes on a full disk.
    if (!(replica_.state_ == as_read_)) write_state(*replica_.db_, replica_.state_);
    if (exhibit("syncthing-6335") && replica_.state_.beat == as_read_.beat)
        replica_.db_->run("UPDATE _state SET lsn = ?", as_read_.lsn);
    // A row written without merging() would come back as somebody's edit.
    OCOP_CHECK(!replica_.db_->query("SELECT 1 FROM _pending LIMIT 1").step());
    replica_.db_->run("COMMIT");
    open_ = false;
}

void Transaction::commit_before_sending()
{
    ++replica_.state_.beat;
    commit();
    if (replica_.lock_) write_witness(replica_.directory_, replica_.state_);
}

LocalWrite::LocalWrite(Replica& replica) : replica_(replica)
{
    if (replica.lock_) hold_ = std::make_unique<LockFile::Hold>(*replica.lock_);
    replica.db_->run("BEGIN IMMEDIATE");
    open_ = true;
}

LocalWrite::~LocalWrite()
{
    if (!open_) return;
    replica_.db_->rollback();
    replica_.units_changed();
}

void LocalWrite::commit()
{
    replica_.db_->run("COMMIT");
    open_ = false;
    replica_.units_changed();
}

}  // namespace ocop
