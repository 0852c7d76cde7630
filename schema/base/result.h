// Normal refusals, as values with a named cause.
//
// Three kinds of failure exist in this project:
//  - our own bug: OCOP_CHECK stops the process (schema/base/check.h);
//  - a normal refusal (bad input, an unknown unit, a parent that is down): a `Refusal` returned in a `Result<T>`;
//  - a broken machine (disk gone, database corrupt): an exception derived from std::exception, caught at the edge.
//
// `Errc` is the one list of causes. The text for people, in Vietnamese and English, is in cli/messages.cpp; the exit
// code of a command and the HTTP status of an answer are derived from it there and in sync/http_status.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "schema/base/check.h"

namespace ocop {

enum class Errc {
    // what a person typed or a file holds
    usage,              // the command line makes no sense
    unknown_table,      // no such table in the model
    unknown_column,     // no such column in that table
    unknown_row,        // no row with that id
    unknown_unit,       // no unit with that code
    unit_not_in_force,  // the code exists, but at another date
    duplicate_id,       // a row with that id is already there
    not_unique,         // a value that must be unique is taken
    check_failed,       // a CHECK or NOT NULL of the table refuses the value
    missing_reference,  // a foreign key to a row that is not here (absent, or out of scope)
    out_of_scope,       // the row belongs to a unit outside this node's subtree
    not_permitted,      // this tier may not write that (schema: writers)
    bad_value,          // not a value of the column's type
    bad_encoding,       // not UTF-8
    bad_file,           // a CSV, TOML or invite that cannot be read
    unknown_conflict,   // no open conflict with that id
    still_referenced,   // other rows refer to the row
    unknown_batch,      // no batch of this node has that number
    // the node
    no_node,           // the directory holds no node
    node_exists,       // the directory holds one already
    node_busy,         // another process holds the writer lock
    newer_database,    // replica.db was written by a newer release
    corrupt_database,  // replica.db is damaged or not ours
    not_joined,        // this node has no parent yet
    model_mismatch,    // the replica's tables are not those of the model
    // the line
    port_in_use,
    parent_unreachable,
    insecure_address,  // plain HTTP is for loopback only
    unknown_protocol,  // a protocol version we do not speak
    malformed,         // bytes that are not a message of ours
    too_large,         // longer than the limit for its kind
    not_enrolled,      // the caller is not a child of ours
    invite_used,       // the invite was redeemed by another node, or is unknown
    behind_mark,       // the request starts above what we have; the answer names the mark
    wrong_parent,      // an answer from another node than our parent
    stale_answer,      // an answer to another life of this node
    verify_failed,     // digests differ, or the log and the tables disagree
};

struct Refusal {
    Errc code;
    std::string detail;  // the name, path, value or position concerned; never a whole sentence
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Refusal refusal) : state_(std::in_place_index<1>, std::move(refusal)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool ok() const { return state_.index() == 0; }

    T& value()
    {
        OCOP_CHECK(ok());
        return std::get<0>(state_);
    }
    const T& value() const
    {
        OCOP_CHECK(ok());
        return std::get<0>(state_);
    }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Refusal& refusal() const
    {
        OCOP_CHECK(!ok());
        return std::get<1>(state_);
    }

private:
    std::variant<T, Refusal> state_;
};

/// Success without a value: `Status{}`; a refusal otherwise.
struct Done {};
using Status = Result<Done>;

}  // namespace ocop
