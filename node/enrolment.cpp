#include "node/enrolment.h"

#include <cstring>
#include <map>

#include "node/change_log.h"
#include "node/identity.h"

namespace ocop {

namespace {

constexpr std::string_view head = "# OCOP: thư mời một lần / one-time invite. Giữ kín / keep it secret.\n"
                                  "# ocop -C THU_MUC join FILE\n";

std::string line(const std::string& key, const std::string& value)
{
    std::string text = key + " = \"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + "\"\n";
}

/// key = "value" lines and comments: the part of TOML that we write.
std::optional<std::map<std::string, std::string>> read_lines(std::string_view toml)
{
    std::map<std::string, std::string> found;
    while (!toml.empty()) {
        const std::size_t end = std::min(toml.find('\n'), toml.size());
        std::string_view text = toml.substr(0, end);
        toml.remove_prefix(std::min(end + 1, toml.size()));
        if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
        if (text.empty() || text.front() == '#') continue;
        const std::size_t equals = text.find(" = \"");
        if (equals == std::string_view::npos || text.back() != '"' || text.size() < equals + 5) return std::nullopt;
        std::string value;
        for (std::size_t i = equals + 4; i + 1 < text.size(); ++i) {
            if (text[i] == '\\') ++i;
            value += text[i];
        }
        found[std::string{text.substr(0, equals)}] = value;
    }
    return found;
}

Blob blob_of(const NodeId& id)
{
    return {std::string(reinterpret_cast<const char*>(id.data()), id.size())};
}

}  // namespace

Result<Invite> make_invite(Replica& parent, std::string_view unit_id, std::string_view url)
{
    const std::string unit{unit_id};  // the caller's may point into the unit tree, which the transaction reads afresh
    Transaction transaction{parent};
    const Unit* found = parent.units().find(unit);
    if (found == nullptr) return Refusal{Errc::unknown_unit, std::string{unit}};
    if (unit == parent.state().unit || !parent.units().is_within(unit, parent.state().unit))
        return Refusal{Errc::out_of_scope, found->name};
    Invite invite;
    invite.parent = parent.state().self.node;
    invite.parent_unit = parent.state().unit;
    invite.url = url;
    invite.unit = unit;
    invite.unit_name = found->name;
    invite.secret = std::string(16, '\0');
    parent.environment().random->fill(invite.secret.data(), invite.secret.size());
    invite.tree_key = parent.state().tree_key;
    parent.db().run("INSERT INTO _invite (secret, unit, made_at) VALUES (?, ?, ?)", Blob{invite.secret}, unit,
                    parent.environment().clock->now_ms());
    transaction.commit();
    return invite;
}

NewNode born_of(const Invite& invite)
{
    NewNode born;
    born.unit = invite.unit;
    born.tree_key = invite.tree_key;
    born.parent = invite.parent;
    born.parent_url = invite.url;
    born.parent_unit = invite.parent_unit;
    born.invite = invite.secret;
    return born;
}

std::string invite_to_toml(const Invite& invite)
{
    return std::string{head} + line("format", "1") + line("unit", invite.unit) + line("unit_name", invite.unit_name) +
           line("url", invite.url) + line("parent", to_hex(invite.parent)) + line("parent_unit", invite.parent_unit) +
           line("secret", to_hex(invite.secret)) + line("tree_key", to_hex(invite.tree_key)) + line("end", "1");
}

Result<Invite> invite_from_toml(std::string_view toml)
{
    auto lines = read_lines(toml);
    if (!lines) return Refusal{Errc::bad_file, "invite"};
    auto& at = *lines;
    Invite invite;
    const std::string parent = from_hex(at["parent"]);
    invite.secret = from_hex(at["secret"]);
    invite.tree_key = from_hex(at["tree_key"]);
    invite.unit = at["unit"];
    invite.unit_name = at["unit_name"];
    invite.parent_unit = at["parent_unit"];
    invite.url = at["url"];
    const bool whole = at["format"] == "1" && at["end"] == "1" && parent.size() == invite.parent.size() &&
                       invite.secret.size() == 16 && invite.tree_key.size() == 16 && !invite.unit.empty() &&
                       !invite.url.empty();
    if (!whole) return Refusal{Errc::bad_file, "invite"};
    std::memcpy(invite.parent.data(), parent.data(), parent.size());
    return invite;
}

Status admit(Replica& parent, const Origin& child, std::string_view invite_secret, std::string_view public_key)
{
    sqlite::Connection& db = parent.db();
    const Blob node = blob_of(child.node);
    {
        auto known = db.query("SELECT ref FROM _neighbour WHERE node = ? AND ref > 1", node);
        if (known.step()) return Done{};
    }
    if (invite_secret.empty() || public_key.size() != 32 || node_id_of(public_key) != child.node)
        return Refusal{Errc::not_enrolled, to_hex(child.node)};
    const Blob secret{std::string{invite_secret}};
    auto open = db.query("SELECT unit FROM _invite WHERE secret = ? AND used_by IS NULL", secret);
    if (!open.step()) return Refusal{Errc::invite_used, to_hex(child.node)};
    const std::string unit = open.text(0);
    db.run("UPDATE _invite SET used_by = ? WHERE secret = ?", node, secret);
    db.run("INSERT INTO _neighbour (ref, node, incarnation, unit, public_key) VALUES ((SELECT max(ref) + 1 FROM "
           "_neighbour), ?, ?, ?, ?)",
           node, child.incarnation, unit, Blob{std::string{public_key}});
    return Done{};
}

}  // namespace ocop
