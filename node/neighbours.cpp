#include "node/neighbours.h"

#include <algorithm>
#include <cstring>

#include "node/damage.h"

namespace ocop {

Child read_child(sqlite::Connection& db, std::int64_t ref)
{
    auto row = db.query(
        "SELECT node, incarnation, unit, mark, cursor, floor, token, number, schema, last_contact, line, known FROM "
        "_neighbour WHERE ref = ?",
        ref);
    undamaged(row.step(), "a neighbour nobody knows");
    Child child;
    child.ref = ref;
    const std::string node = row.blob(0);
    undamaged(node.size() == child.node.node.size(), "a node's id");
    std::memcpy(child.node.node.data(), node.data(), node.size());
    child.node.incarnation = static_cast<std::uint32_t>(row.integer(1));
    child.unit = row.text(2);
    child.mark = row.natural(3);
    child.cursor = row.natural(4);
    child.floor = row.natural(5);
    child.token = row.blob(6);
    child.number = row.natural(7);
    child.schema = row.natural(8);
    child.last_contact = row.integer(9);
    child.ended = ended_lives(row.blob(10));
    child.known = row.blob(11);
    return child;
}

void write_child(sqlite::Connection& db, const Child& child)
{
    db.run(
        "UPDATE _neighbour SET mark = ?, cursor = ?, floor = ?, token = ?, number = ?, schema = ?, last_contact = ?, "
        "known = ? WHERE ref = ?",
        child.mark, child.cursor, child.floor, Blob{child.token}, child.number, child.schema, child.last_contact,
        Blob{child.known}, child.ref);
}

bool has_children(sqlite::Connection& db)
{
    return db.query("SELECT 1 FROM _neighbour WHERE ref > 1 LIMIT 1").step();
}

std::vector<Floor> floors(sqlite::Connection& db)
{
    std::vector<Floor> all;
    auto rows = db.query("SELECT unit, floor FROM _neighbour AS n WHERE ref > 1 AND NOT EXISTS (SELECT 1 FROM "
                         "_neighbour AS later WHERE later.node = n.node AND later.ref > n.ref)");
    while (rows.step()) all.push_back({rows.text(0), rows.natural(1)});
    return all;
}

std::uint64_t lowest_floor(sqlite::Connection& db, std::uint64_t most)
{
    for (const Floor& floor : floors(db)) most = std::min(most, floor.place);
    return most;
}

std::uint64_t heard_of(sqlite::Connection& db, const Child& child)
{
    auto other =
        db.query("SELECT max(min(n.mark, s.place)) FROM _shared AS s JOIN _neighbour AS n ON n.ref = s.b WHERE "
                 "s.a = ?",
                 child.ref);
    return other.step() && !other.is_null(0) ? std::max(child.mark, other.natural(0)) : child.mark;
}

std::uint64_t lowest_step(sqlite::Connection& db, std::uint64_t cursor)
{
    if (!has_children(db)) return cursor;
    auto step = db.query("SELECT min(parents) FROM _step");
    return step.step() ? std::min(cursor, step.natural(0)) : 0;
}

void advance_steps(ChangeLog& log, std::uint64_t mine, std::uint64_t cursor)
{
    sqlite::Connection& db = log.replica().db();
    db.run("INSERT INTO _step VALUES (?1, ?2) ON CONFLICT (mine) DO UPDATE SET parents = max(parents, ?2)", mine,
           cursor);
    const std::uint64_t floor = lowest_floor(db, mine);
    db.run("DELETE FROM _step WHERE mine < (SELECT max(mine) FROM _step WHERE mine <= ?)", floor);
    auto step = db.query("SELECT min(parents) FROM _step");
    if (step.step() && !step.is_null(0)) log.forget_ahead(via_parent, step.natural(0));
}

}  // namespace ocop
