#include "tests/simulator/deed.h"

namespace ocop::sim {

namespace {

std::string list_of(const Named& values, const std::string& before, const std::string& after)
{
    std::string list;
    for (const auto& [column, value] : values) list += (list.empty() ? "" : ", ") + before + column + after;
    return list;
}

void bind(sqlite::Query& query, const Named& values)
{
    for (std::size_t i = 0; i < values.size(); ++i) query.bind(static_cast<int>(i) + 1, values[i].second);
}

Value value_of(const Named& row, const std::string& column)
{
    for (const auto& [name, value] : row)
        if (name == column) return value;
    return {};
}

}  // namespace

Deed::Deed(Office& office, History& history, std::uint64_t number, std::int64_t now)
    : office_(office), history_(history), number_(number), now_(now)
{
    history_.line("invoke", now_, office_.number, number_);
    write_.emplace(office_.replica());
}

std::string Deed::insert(const std::string& table, const Named& values)
{
    std::string marks = list_of(values, "?", "");
    std::string holes;
    for (std::size_t i = 0; i < values.size(); ++i) holes += i == 0 ? "?" : ", ?";
    std::string id;
    {
        auto query = office_.replica().db().query("INSERT INTO " + table + " (" + list_of(values, "", "") +
                                                  ") VALUES (" + holes + ") RETURNING id");
        bind(query, values);
        OCOP_CHECK(query.step());
        id = query.text(0);
        while (query.step()) {}
    }
    tell(table, id, {});
    return id;
}

void Deed::update(const std::string& table, const std::string& row, const Named& values)
{
    const Named before = read(table, row);
    {
        auto query =
            office_.replica().db().query("UPDATE " + table + " SET " + list_of(values, "", " = ?") + " WHERE id = ?");
        bind(query, values);
        query.bind(static_cast<int>(values.size()) + 1, row);
        while (query.step()) {}
    }
    tell(table, row, before);
}

void Deed::remove(const std::string& table, const std::string& row)
{
    const Named before = read(table, row);
    office_.replica().db().run("DELETE FROM " + table + " WHERE id = ?", row);
    tell(table, row, before);
}

void Deed::commit(bool seen)
{
    write_->commit();
    write_.reset();
    history_.line(seen ? "ok" : "info", now_, office_.number, number_);
}

void Deed::abort()
{
    write_.reset();
    history_.line("fail", now_, office_.number, number_);
}

Named Deed::read(const std::string& table, const std::string& row)
{
    auto query = office_.replica().db().query("SELECT * FROM " + table + " WHERE id = ?", row);
    Named values;
    if (!query.step()) return values;
    for (int i = 0; i < query.columns(); ++i) values.emplace_back(query.name(i), query.value(i));
    return values;
}

void Deed::tell(const std::string& table, const std::string& row, const Named& before)
{
    const Named after = read(table, row);
    const Named& columns = after.empty() ? before : after;
    const bool whole = before.empty() || after.empty();
    const Value unit = value_of(columns, "unit");
    const std::string* name = std::get_if<std::string>(&unit);
    bool any = false;
    for (const auto& [column, value] : columns) {
        const Value then = value_of(before, column);
        const Value now = value_of(after, column);
        if (then == now || (whole && value == Value{})) continue;
        any = true;
        history_.line("cell", number_, table, row, name != nullptr ? *name : "-", column, shown(then), shown(now));
    }
    if (any) ++rows_;
}

}  // namespace ocop::sim
