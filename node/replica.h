// One replica: a SQLite file with the domain tables, their change log, and this node's place in the tree.
//
//   DIR/replica.db     the tables anybody may read and write, and the engine's own, whose names begin with _
//   DIR/node.key       the Ed25519 secret key, mode 0600
//   DIR/writer.lock    held by our processes around each write transaction and its checkpoint
//
// Every transaction that merges, or that reads values for a message or digest, is a `Transaction`: it takes the writer lock,
// begins IMMEDIATE and seals first (node/seal.h), so that a value read from a table is always the value of the version the log
// names. Plain local writes (the CLI's `add`) are `LocalWrite`: triggers on, sealed later by whoever comes next.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "node/catalog.h"
#include "node/digest.h"
#include "node/environment.h"
#include "node/os/lock_file.h"
#include "node/sqlite.h"
#include "node/state.h"
#include "node/units.h"
#include "schema/base/result.h"
#include "schema/model.h"

namespace ocop {

/// How a node comes into the world.
struct NewNode {
    std::string unit;              // id of its admin_unit; "VN" for the root
    std::string tree_key;          // 16 bytes; empty: a new tree, made from chance
    std::optional<NodeId> parent;  // none: the root
    std::string parent_url;
    std::string invite;            // 16 bytes, redeemed at the first exchange
    std::string parent_unit = {};  // id of the parent's admin_unit; empty: not known
};

class Replica {
public:
    /// Makes DIR/replica.db and DIR/node.key. Refusals: node_exists, bad_file.
    static Result<std::unique_ptr<Replica>> create(const std::filesystem::path& directory, const NewNode& born,
                                                   const Environment& environment);
    /// Refusals: no_node, newer_database, corrupt_database, model_mismatch.
    static Result<std::unique_ptr<Replica>> open(const std::filesystem::path& directory,
                                                 const Environment& environment);
    /// A replica that lives in memory, for tests and simulators; `model` may be any.
    static std::unique_ptr<Replica> in_memory(const Model& model, const std::vector<Migration>& migrations,
                                              const NewNode& born, const Environment& environment);
    /// The same node waking up with what `db().image()` gave: a reboot, or an old copy come back to life.
    static std::unique_ptr<Replica> from_image(const Model& model, std::string_view image,
                                               const Environment& environment);

    /// For simulators, in which many nodes take turns in one open database: the bytes under it are now another node's, with the same tables.
    /// What this object remembers of its node is read anew.
    void became_another(const Environment& environment);
    /// And where they are a newborn's: from now on it is this one.
    void be_born_as(const NewNode& born);

    /// What `open` does to a file of an earlier release, for replicas in memory. Nothing may be under way.
    Status upgrade(const Model& model, const std::vector<Migration>& migrations);

    sqlite::Connection& db() { return *db_; }
    const Catalog& catalog() const { return *catalog_; }
    Catalog& mutable_catalog() { return *catalog_; }  // node/unknown.h
    const Model& model() const { return catalog_->model(); }
    const DigestKey& digest_key() const { return *digest_key_; }
    Environment& environment() { return environment_; }
    const std::filesystem::path& directory() const { return directory_; }

    /// This node's place, counters and neighbours as last committed (re-read at each transaction).
    const State& state() const { return state_; }
    State& mutable_state() { return state_; }
    void reload_state();
    /// The administrative units this node knows, fresh as of the running or next transaction.
    UnitTree& units();
    /// To be said by whoever may have changed admin_unit through this connection.
    void units_changed() { ++units_writes_; }
    /// Inside a Transaction, before it writes rows of domain tables: until its end nobody's trigger runs, and every foreign key waits for
    /// the commit.
    void merging();

private:
    friend class Transaction;
    friend class LocalWrite;
    Replica() = default;
    void configure();
    Status attach(const Model& model);
    Status bear(const Model& model, const std::vector<Migration>& migrations, const NewNode& born,
                const std::string& public_key);
    void be(const NewNode& born, const std::string& public_key);
    void migrate(const std::vector<Migration>& migrations);
    Status upgrade_engine();
    void check_witness();
    Status rise(const Model& model, const std::vector<Migration>& migrations);
    void merged();

    std::filesystem::path directory_;
    Environment environment_;
    std::unique_ptr<LockFile> lock_;  // none for a replica in memory
    std::unique_ptr<sqlite::Connection> db_;
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<DigestKey> digest_key_;
    State state_;
    UnitTree units_;
    bool migrated_ = false;          // just now: see adopt_unknown
    std::int64_t units_as_of_ = -1;  // see units()
    std::int64_t units_writes_ = 0;
    bool merging_ = false;
};

class ChangeLog;

/// A sealed, merging or reading transaction. Rolls back unless committed. It writes rows of domain tables only after
/// Replica::merging(): turning triggers off and on makes SQLite compile every statement anew, and most exchanges bring nothing to write.
class Transaction {
public:
    explicit Transaction(Replica& replica);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();
    /// Commits; then, before the caller lets any byte of what it read leave this machine, the witness file says so on disk.
    void commit_before_sending();

    Replica& replica() { return replica_; }
    ChangeLog& log() { return *log_; }

private:
    Replica& replica_;
    std::unique_ptr<LockFile::Hold> hold_;
    std::unique_ptr<ChangeLog> log_;
    State as_read_;
    bool open_ = false;
};

/// A person's transaction: triggers on, foreign keys on. Rolls back unless committed.
class LocalWrite {
public:
    explicit LocalWrite(Replica& replica);
    ~LocalWrite();
    LocalWrite(const LocalWrite&) = delete;
    LocalWrite& operator=(const LocalWrite&) = delete;
    void commit();

private:
    Replica& replica_;
    std::unique_ptr<LockFile::Hold> hold_;
    bool open_ = false;
};

}  // namespace ocop
