// What people write beside the usual: rows they move to another unit, makers that change, and what is not theirs to write, which plain SQL
// lets them.
#include "node/records.h"
#include "tests/simulator/workload.h"

namespace ocop::sim {

namespace {

/// The star this office may not give; every office but the centre has one.
std::int64_t forbidden_star(const Office& office)
{
    return office.place.level == "commune" ? 3 : 5;
}

}  // namespace

/// An organization goes to another unit of this office's, and its products and their papers with it.
bool Workload::move(Office& office, Deed& deed)
{
    const std::string& level = office.place.level;
    if (level == "central" || office.subtree.size() < 2) return edit(office, deed);
    const std::string row = pick(office, "organization");
    if (row.empty()) return make_organization(office, deed);
    const std::string to = one_of(office.subtree);
    std::vector<std::pair<std::string, std::string>> rows = {{"organization", row}};
    sqlite::Connection& db = office.replica().db();
    const std::string now = unit_of(office, "organization", row);
    std::set<std::string>& been = claimed_["units of " + row];  // never where it was before
    been.insert(now);
    if (!been.insert(to).second) return edit(office, deed);
    for (const char* find : {"SELECT 'product', id FROM product WHERE organization = ?",
                             "SELECT 'evaluation', e.id FROM evaluation e JOIN product p ON p.id = e.product "
                             "WHERE p.organization = ?",
                             "SELECT 'certificate', c.id FROM certificate c JOIN product p ON p.id = c.product "
                             "WHERE p.organization = ?"}) {
        auto found = db.query(find, row);
        while (found.step()) rows.emplace_back(found.text(0), found.text(1));
    }
    const bool done = deed.watch(rows, [&](Replica& replica) {
        Records records{replica, day()};
        const auto table = records.table("organization");
        return table.ok() && records.update(**table, row, {{"unit", Value{to}}}).ok();
    });
    met_ = "unit moves";
    return done;
}

/// A product gets a maker made after it: whoever hears of the product first hears of a maker that is not there yet.
bool Workload::adopt(Office& office, Deed& deed)
{
    if (office.place.level == "central") return make_directive(office, deed);
    const std::string product = pick(office, "product");
    if (product.empty()) return make_product(office, deed);
    const std::string unit = unit_of(office, "product", product);
    const std::string maker =
        deed.insert("organization", {{"unit", unit},
                                     {"name", fresh_text(one_of(maker_names()))},
                                     {"representative", fresh("organization", "representative")}});
    deed.update("product", product, {{"organization", maker}});
    return true;
}

/// What this office's tier does not allow, as any program that knows SQL can write it. (What lies outside its subtree is not refused: it stays
/// where it was written, goes nowhere, and `status` names it.)
bool Workload::offend(Office& office, Deed& deed)
{
    if (office.parent == nullptr) return edit(office, deed);
    const bool commune = office.place.level == "commune";
    const std::string star = std::to_string(forbidden_star(office));
    switch (random_.below(commune ? 6 : 4)) {
    case 0: return commune ? forge_directive(office, deed) : give_star(office, deed);
    case 1: return spoil(office, deed, "certificate", "star = " + star, "decision");
    case 2: return forge_certificate(office, deed);
    case 3: return give_star(office, deed);
    case 4: return spoil(office, deed, "evaluation", "1", random_.chance(0.5) ? "result" : "note");
    default: break;
    }
    const std::string evaluation = pick(office, "evaluation");
    if (evaluation.empty()) return give_star(office, deed);
    deed.remove("evaluation", evaluation);
    return true;
}

bool Workload::spoil(Office& office, Deed& deed, const std::string& table, const std::string& condition,
                     const std::string& column)
{
    const std::string row = pick(office, table, condition);
    if (row.empty()) return forge_certificate(office, deed);
    deed.update(table, row, {{column, fresh(table, column)}});
    return true;
}

bool Workload::forge_certificate(Office& office, Deed& deed)
{
    const std::string product = pick(office, "product");
    if (product.empty()) return make_product(office, deed);
    const std::string unit = unit_of(office, "product", product);
    const std::string from = fresh_day();
    deed.insert("certificate", {{"unit", unit},
                                {"product", product},
                                {"star", forbidden_star(office)},
                                {"issued_on", day()},
                                {"valid_from", from},
                                {"valid_until", "2200" + from.substr(4)},
                                {"decision", fresh("certificate", "decision")}});
    return true;
}

bool Workload::forge_directive(Office& office, Deed& deed)
{
    deed.insert("directive", {{"unit", office.place.id}, {"subject", fresh("directive", "subject")}});
    return true;
}

bool Workload::give_star(Office& office, Deed& deed)
{
    const std::string row = pick(office, "evaluation", "star IS NULL");
    if (row.empty() || !claimed_[row].insert("star").second) return forge_certificate(office, deed);
    deed.update("evaluation", row, {{"star", forbidden_star(office)}});
    return true;
}

std::string Workload::unit_of(Office& office, const std::string& table, const std::string& row)
{
    auto found = office.replica().db().query("SELECT unit FROM " + table + " WHERE id = ?", row);
    OCOP_CHECK(found.step());
    return found.text(0);
}

}  // namespace ocop::sim
