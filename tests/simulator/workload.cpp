#include "tests/simulator/workload.h"

#include <cstdio>

#include "node/settle.h"

namespace ocop::sim {

namespace {

struct TableOfPeople {
    std::string name;
    std::vector<std::string> columns;  // that people edit
    std::string unique;                // the column whose values must be unique
};

const std::vector<TableOfPeople>& tables()
{
    static const std::vector<TableOfPeople> list = {
        {"organization",
         {"name", "phone", "village", "representative", "address", "note", "workers"},
         "registration_no"},
        {"product", {"name", "description", "packaging", "story", "capacity", "note", "stage"}, "product_code"},
        {"evaluation", {"result", "minutes_no", "note", "score"}, ""},
        {"certificate", {"decision", "note", "valid_from"}, "number"},
        {"directive", {"subject", "body", "issuer", "deadline"}, "number"},
    };
    return list;
}

const TableOfPeople& table_of(const std::string& name)
{
    for (const TableOfPeople& table : tables())
        if (table.name == name) return table;
    OCOP_CHECK(!"a table people write");
    return tables().front();
}

const std::vector<std::string> surnames = {"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Thạch", "Kim"};
const std::vector<std::string> given = {"Thị Hồng", "Văn Út", "Minh Nhựt", "Ngọc Ánh", "Quốc Đạt", "Sa Rết", "Bảy"};
const std::vector<std::string> villages = {"ấp Trà Ốt", "thôn Đoài", "bản Nà Lốc", "tổ dân phố 3", "ấp Ô Tưng A"};
const std::vector<std::string> words = {"đã bổ sung phiếu kiểm nghiệm", "chờ đoàn thẩm định", "túi giấy kraft 500 g",
                                        "chai thủy tinh 330 ml",        "20 tấn/năm",         "vùng nguyên liệu hữu cơ",
                                        "làm theo lối ông bà để lại",   "đề nghị nâng hạng",  "hồ sơ thiếu chữ ký"};

int star_of(const Office& office)
{
    if (office.place.level == "central") return 5;
    if (office.place.level == "province") return 4;
    return office.place.level == "district" ? 3 : 0;
}

}  // namespace

std::string own_units(const Office& office)
{
    if (office.subtree.size() > 32) return "unit = '" + office.place.id + "'";
    std::string list;
    for (const std::string& unit : office.subtree) list += (list.empty() ? "'" : ", '") + unit + "'";
    return "unit IN (" + list + ")";
}

Workload::Workload(const Options& options, test::SeededRandom& random, History& history, Counters& counters)
    : options_(options), random_(random), history_(history), counters_(counters)
{
}

void Workload::act(Office& office, std::int64_t now)
{
    const bool cut = random_.chance(options_.power_cut);
    const bool aborted = random_.chance(options_.aborts) || (cut && random_.chance(0.5));
    std::size_t rows = 0;
    met_.clear();
    try {
        Deed deed{office, history_, ++deeds_, now};
        try {
            const bool done = choose(office, deed);
            rows = deed.rows();
            if (!done || rows == 0 || aborted) {
                deed.abort();
                if (done) counters_.add("aborted writes");
                rows = 0;
            } else {
                deed.commit(!cut);
            }
        } catch (const sqlite::Error& error) {
            deed.abort();
            rows = 0;
            counters_.add(error.is_unique() || error.is_foreign_key() ? "writes a constraint refused"
                                                                      : "writes a full disk refused");
        }
    } catch (const sqlite::Error&) {
        counters_.add("writes a full disk refused");
    }
    if (rows != 0) counters_.add("changes");
    if (rows > 1) counters_.add("multi-row changes");
    if (rows != 0 && !met_.empty()) counters_.add(met_);
    if (!cut) return;
    office.reboot();
    history_.line("restart", now, office.number);
    counters_.add("power cuts");
}

void Workload::enter(Office& office, std::int64_t now)
{
    try {
        Deed deed{office, history_, ++deeds_, now};
        try {
            make_organization(office, deed);
            const std::string maker = pick(office, "organization");
            const std::size_t count = 1 + random_.below(4);
            for (std::size_t i = 0; i < count; ++i)
                deed.insert("product", {{"unit", office.place.id},
                                        {"organization", maker},
                                        {"name", fresh_text(one_of(product_names()))},
                                        {"story", fresh("product", "story")}});
            deed.commit();
            counters_.add("products entered", count);
            counters_.add("changes");
        } catch (const sqlite::Error&) {
            deed.abort();
            counters_.add("writes a full disk refused");
        }
    } catch (const sqlite::Error&) {
        counters_.add("writes a full disk refused");
    }
}

bool Workload::choose(Office& office, Deed& deed)
{
    if (random_.chance(options_.removes)) return remove(office, deed);
    if (random_.chance(options_.clashes)) return claim(office, deed);
    if (random_.chance(options_.settles)) return settle(office, deed);
    if (random_.chance(options_.offenders)) return offend(office, deed);
    if (random_.chance(options_.moves)) return move(office, deed);
    if (random_.chance(options_.adoptions)) return adopt(office, deed);
    if (random_.chance(options_.many_rows)) return edit_many(office, deed);
    switch (random_.below(12)) {
    case 0: return make_organization(office, deed);
    case 1:
    case 2: return make_product(office, deed);
    case 3: return make_evaluation(office, deed);
    case 4: return make_certificate(office, deed);
    case 5: return make_directive(office, deed);
    default: return edit(office, deed);
    }
}

// ---- new rows

bool Workload::make_organization(Office& office, Deed& deed)
{
    if (office.place.level == "central") return make_directive(office, deed);
    deed.insert("organization", {{"unit", one_of(office.subtree)},
                                 {"name", fresh_text(one_of(maker_names()))},
                                 {"kind", std::string{random_.chance(0.5) ? "hợp tác xã" : "hộ/cơ sở sản xuất"}},
                                 {"representative", fresh("organization", "representative")}});
    return true;
}

bool Workload::make_product(Office& office, Deed& deed)
{
    if (office.place.level == "central") return make_evaluation(office, deed);
    const std::string maker = pick(office, "organization");
    if (maker.empty()) return make_organization(office, deed);
    auto unit = office.replica().db().query("SELECT unit FROM organization WHERE id = ?", maker);
    OCOP_CHECK(unit.step());
    deed.insert("product", {{"unit", unit.text(0)},
                            {"organization", maker},
                            {"name", fresh_text(one_of(product_names()))},
                            {"story", fresh("product", "story")}});
    return true;
}

bool Workload::make_evaluation(Office& office, Deed& deed)
{
    if (office.place.level == "commune") return edit(office, deed);
    const std::string product = pick(office, "product");
    if (product.empty()) return make_directive(office, deed);
    auto unit = office.replica().db().query("SELECT unit FROM product WHERE id = ?", product);
    OCOP_CHECK(unit.step());
    deed.insert("evaluation", {{"unit", unit.text(0)},
                               {"product", product},
                               {"level", office.place.level},
                               {"evaluated_on", day()},
                               {"score", fresh("evaluation", "score")},
                               {"result", fresh("evaluation", "result")}});
    if (office.place.level != "central" && random_.chance(0.5))
        deed.update("product", product, {{"stage", fresh("product", "stage")}});
    return true;
}

bool Workload::make_certificate(Office& office, Deed& deed)
{
    const int star = star_of(office);
    const std::string product = pick(office, "product");
    if (star == 0 || product.empty()) return edit(office, deed);
    auto unit = office.replica().db().query("SELECT unit FROM product WHERE id = ?", product);
    OCOP_CHECK(unit.step());
    const std::string from = fresh_day();
    deed.insert("certificate", {{"unit", unit.text(0)},
                                {"product", product},
                                {"star", std::int64_t{star}},
                                {"issued_on", day()},
                                {"valid_from", from},
                                {"valid_until", "2200" + from.substr(4)},
                                {"decision", fresh("certificate", "decision")}});
    return true;
}

bool Workload::make_directive(Office& office, Deed& deed)
{
    if (office.place.level == "commune") return edit(office, deed);
    deed.insert("directive", {{"unit", office.place.id},
                              {"kind", std::string{"CV"}},
                              {"subject", fresh("directive", "subject")},
                              {"body", fresh("directive", "body")}});
    return true;
}

// ---- edits

bool Workload::edit(Office& office, Deed& deed)
{
    static const std::vector<std::string> usual = {"organization", "organization", "product",  "product",
                                                   "evaluation",   "certificate",  "directive"};
    for (int attempt = 0; attempt < 3; ++attempt)
        if (edit_row(office, deed, one_of(usual))) return true;
    return false;
}

bool Workload::edit_row(Office& office, Deed& deed, const std::string& table)
{
    const std::string row = writable(office, table);
    if (row.empty()) return false;
    const TableOfPeople& about = table_of(table);
    Named values;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& column = one_of(about.columns);
        bool twice = false;
        for (const auto& [name, value] : values) twice = twice || name == column;
        if (twice) continue;
        values.emplace_back(column, fresh(table, column));
        if (column == "valid_from")
            values.emplace_back("valid_until", "2200" + std::get<std::string>(values.back().second).substr(4));
    }
    deed.update(table, row, values);
    return true;
}

bool Workload::edit_many(Office& office, Deed& deed)
{
    bool any = false;
    const std::size_t count = 2 + random_.below(4);
    for (std::size_t i = 0; i < count; ++i)
        any = edit_row(office, deed, random_.chance(0.5) ? "organization" : "product") || any;
    return any || edit(office, deed);
}

bool Workload::remove(Office& office, Deed& deed)
{
    static const std::vector<std::string> usual = {"organization", "product",     "product",
                                                   "evaluation",   "certificate", "directive"};
    const std::string table = one_of(usual);
    const std::string row = writable(office, table);
    if (row.empty()) return false;
    if (random_.chance(0.3)) edit_row(office, deed, table);
    if (table == "product") {  // with what refers to it here, where all of that may be removed
        auto refers = office.replica().db().query(
            "SELECT 1 FROM evaluation WHERE product = ?1 UNION SELECT 1 FROM certificate WHERE product = ?1", row);
        if (refers.step()) return false;
    }
    if (table == "organization") {
        auto refers = office.replica().db().query("SELECT 1 FROM product WHERE organization = ?", row);
        if (refers.step()) return false;
    }
    deed.remove(table, row);
    return true;
}

/// Takes a value that must be unique, of which there are too few for all.
bool Workload::claim(Office& office, Deed& deed)
{
    static const std::vector<std::string> usual = {"product", "product", "organization", "certificate", "directive"};
    const std::string table = one_of(usual);
    const std::string row = writable(office, table);
    if (row.empty()) return false;
    const std::string value = (table == "product" ? "84-845-29335-" : "SỐ ") + std::to_string(random_.below(12)) +
                              (table == "product" ? "-2024" : "/QĐ-UBND");
    if (!claimed_[row].insert(value).second) return edit_row(office, deed, table);
    deed.update(table, row, {{table_of(table).unique, value}});
    return true;
}

bool Workload::settle(Office& office, Deed& deed)
{
    const std::string conflict = pick(office, "conflict", "state = 'open'");
    if (conflict.empty()) return edit(office, deed);
    std::string table;
    std::string row;
    std::string other;
    {
        auto found = office.replica().db().query(
            "SELECT table_name, row_id, coalesce(other_row, '') FROM conflict WHERE id = ?", conflict);
        OCOP_CHECK(found.step());
        table = found.text(0);
        row = found.text(1);
        other = found.text(2);
    }
    if (writable(office, table).empty()) return edit(office, deed);
    Choice choice;
    choice.keep = random_.chance(0.5) ? Choice::Keep::winner : Choice::Keep::loser;
    std::vector<std::pair<std::string, std::string>> rows = {{table, row}, {"conflict", conflict}};
    if (!other.empty()) rows.emplace_back(table, other);
    const bool done =
        deed.watch(rows, [&](Replica& replica) { return ocop::settle(replica, day(), conflict, choice).ok(); });
    if (done) counters_.add("settled");
    return done;
}

// ---- choosing

std::string Workload::pick(Office& office, const std::string& table, const std::string& condition)
{
    sqlite::Connection& db = office.replica().db();
    std::size_t count = 0;
    {
        auto rows = db.query("SELECT count(*) FROM " + table + " WHERE " + condition);
        OCOP_CHECK(rows.step());
        count = rows.natural(0);
    }
    if (count == 0) return {};
    const std::size_t hot = std::min(count, options_.hot_rows);
    const std::size_t at = random_.chance(0.6) ? random_.below(hot) : random_.below(count);
    auto row = db.query("SELECT id FROM " + table + " WHERE " + condition + " ORDER BY id LIMIT 1 OFFSET ?", at);
    return row.step() ? row.text(0) : std::string{};
}

std::string Workload::writable(Office& office, const std::string& table)
{
    const std::string& level = office.place.level;
    if (table == "organization" || table == "product") return level == "central" ? "" : pick(office, table);
    if (table == "evaluation") return level == "commune" ? "" : pick(office, table);
    if (table == "directive") return level == "commune" ? "" : pick(office, table, own_units(office));
    const int star = star_of(office);
    return star == 0 ? "" : pick(office, table, "star = " + std::to_string(star));
}

Value Workload::fresh(const std::string& table, const std::string& column)
{
    if (column == "workers") return static_cast<std::int64_t>(++values_);
    if (column == "score") return static_cast<double>(++values_ % 100'000) / 1'000.0;
    if (column == "valid_from" || column == "deadline") return fresh_day();
    if (column == "representative") return fresh_text(one_of(surnames) + " " + one_of(given));
    if (column == "village" || column == "address") return fresh_text(one_of(villages));
    if (column == "name") return fresh_text(one_of(table == "product" ? product_names() : maker_names()));
    return fresh_text(one_of(words));
}

std::string Workload::fresh_text(const std::string& text)
{
    return text + " ·" + std::to_string(++values_);
}

std::string Workload::fresh_day()
{
    const std::uint64_t n = ++values_;
    char text[16];
    std::snprintf(text, sizeof text, "%04u-%02u-%02u", static_cast<unsigned>(2000 + n / 336 % 100),
                  static_cast<unsigned>(1 + n / 28 % 12), static_cast<unsigned>(1 + n % 28));
    return text;
}

void Workload::read(Office& office, std::int64_t now, const std::string& why)
{
    const std::uint64_t number = ++reads_;
    history_.line("read", now, office.number, number, why);
    sqlite::Connection& db = office.replica().db();
    for (const char* table : {"admin_unit", "organization", "product", "evaluation", "certificate", "directive",
                              "conflict", "quarantine"}) {
        auto rows = db.query(std::string{"SELECT * FROM "} + table + " ORDER BY id");
        while (rows.step()) {
            history_.open("row");
            history_.field(number);
            history_.field(table);
            std::string unit = rows.text(0);
            for (int i = 0; i < rows.columns(); ++i)
                if (rows.name(i) == "unit") unit = rows.text(i);
            history_.field(rows.text(0));
            history_.field(unit);
            for (int i = 1; i < rows.columns(); ++i) {
                if (rows.is_null(i)) continue;
                history_.field(rows.name(i));
                history_.field(shown(rows.value(i)));
            }
            history_.close();
        }
    }
}

}  // namespace ocop::sim
