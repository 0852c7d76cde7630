#include "cli/totals.h"

namespace ocop::cli {

namespace {

// below: the subtree. place: each of its units with its ancestor of the level asked for. standing: a product's star.
constexpr std::string_view common = R"sql(
WITH RECURSIVE
below (id) AS (
    SELECT ?1
    UNION SELECT u.id FROM admin_unit u JOIN below b ON u.parent = b.id),
climb (id, at) AS (
    SELECT id, id FROM below
    UNION SELECT c.id, u.parent FROM climb c JOIN admin_unit u ON u.id = c.at WHERE u.level <> ?2 AND u.parent IS NOT NULL),
place (id, key) AS (
    SELECT c.id, c.at FROM climb c JOIN admin_unit u ON u.id = c.at WHERE u.level = ?2),
standing (product, star, year) AS (
    SELECT product, star, substr(issued_on, 1, 4)
    FROM (SELECT product, star, issued_on,
                 row_number() OVER (PARTITION BY product ORDER BY issued_on DESC, id DESC) AS nth
          FROM certificate WHERE withdrawn_on IS NULL)
    WHERE nth = 1),
products (key, organization, star) AS (
    SELECT {product}, p.organization, s.star
    FROM product p JOIN below b ON b.id = p.unit LEFT JOIN standing s ON s.product = p.id
    LEFT JOIN place ON place.id = p.unit LEFT JOIN organization o ON o.id = p.organization),
organizations (key, number) AS ({organizations}),
parts (key, organizations, products, star3, star4, star5) AS (
    SELECT key, number, 0, 0, 0, 0 FROM organizations
    UNION ALL SELECT key, 0, 1, star IS 3, star IS 4, star IS 5 FROM products)
SELECT coalesce(key, ''), sum(organizations), sum(products), sum(star3), sum(star4), sum(star5)
FROM parts GROUP BY 1 ORDER BY coalesce(key, '') = '', 1
)sql";

constexpr std::string_view organizations_by_row = R"sql(
    SELECT {organization}, count(*) FROM organization o JOIN below b ON b.id = o.unit LEFT JOIN place ON place.id = o.unit
    GROUP BY 1)sql";
constexpr std::string_view organizations_by_product =
    "SELECT key, count(DISTINCT organization) FROM products GROUP BY 1";

void replace(std::string& text, std::string_view mark, std::string_view by)
{
    const std::size_t at = text.find(mark);
    if (at != std::string::npos) text.replace(at, mark.size(), by);
}

std::string_view level_of(TotalsBy by)
{
    switch (by) {
    case TotalsBy::province: return "province";
    case TotalsBy::district: return "district";
    case TotalsBy::commune: return "commune";
    default: return "";
    }
}

std::string sql_for(TotalsBy by)
{
    std::string_view key = "place.key";
    if (by == TotalsBy::nothing) key = "''";
    if (by == TotalsBy::star) key = "s.star";
    if (by == TotalsBy::year) key = "s.year";
    if (by == TotalsBy::kind) key = "o.kind";
    const bool by_product = by == TotalsBy::star || by == TotalsBy::year;
    std::string sql{common};
    replace(sql, "{organizations}", by_product ? organizations_by_product : organizations_by_row);
    replace(sql, "{organization}", key);
    replace(sql, "{product}", key);
    return sql;
}

std::vector<TotalsRow> count(sqlite::Connection& db, const std::string& unit, TotalsBy by)
{
    auto query = db.query(sql_for(by), unit, level_of(by));
    std::vector<TotalsRow> rows;
    while (query.step())
        rows.push_back(
            {query.text(0), query.natural(1), query.natural(2), query.natural(3), query.natural(4), query.natural(5)});
    return rows;
}

/// One snapshot for all that is read while it lives; inside a transaction there is one already.
class Snapshot {
public:
    explicit Snapshot(sqlite::Connection& db) : db_(db), ours_(!db.in_transaction())
    {
        if (ours_) db_.run("BEGIN");
    }
    ~Snapshot()
    {
        if (ours_) db_.rollback();  // nothing was written
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    sqlite::Connection& db_;
    bool ours_;
};

}  // namespace

Totals count_totals(sqlite::Connection& db, const std::string& unit, TotalsBy by)
{
    const Snapshot snapshot(db);
    Totals totals;
    if (by != TotalsBy::nothing) totals.rows = count(db, unit, by);
    const auto whole = count(db, unit, TotalsBy::nothing);
    if (!whole.empty()) totals.sum = whole.front();
    return totals;
}

}  // namespace ocop::cli
