// How a child comes to its parent: the parent makes a one-time invite, the child redeems it with its first request.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "node/replica.h"
#include "schema/base/result.h"

namespace ocop {

struct Invite {
    NodeId parent{};
    std::string
        parent_unit;  // where it sits: not always the unit next above (a commune may join the centre); empty in older invites
    std::string url;        // http://127.0.0.1:PORT
    std::string unit;       // id of the admin_unit
    std::string unit_name;  // for people
    std::string secret;     // 16 bytes
    std::string tree_key;   // 16 bytes
};

/// Remembers a fresh secret for the unit. Refusals: out_of_scope (not below this node's unit).
Result<Invite> make_invite(Replica& parent, std::string_view unit, std::string_view url);

/// What the child is born with.
NewNode born_of(const Invite& invite);

/// A TOML file a person can read; secrets in hexadecimal. Refusals: bad_file.
std::string invite_to_toml(const Invite& invite);
Result<Invite> invite_from_toml(std::string_view toml);

/// Parent, inside a transaction: the child behind this request, enrolled now if it shows an open invite. Redeeming the same
/// invite again by the same node changes nothing. Refusals: not_enrolled, invite_used.
Status admit(Replica& parent, const Origin& child, std::string_view invite_secret, std::string_view public_key);

}  // namespace ocop
