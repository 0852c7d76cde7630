#include "cli/comparison.h"

#include <boost/json.hpp>

#include <ostream>

#include "cli/detail.h"
#include "cli/record_args.h"
#include "node/repair.h"

namespace ocop::cli {

namespace {

std::string name_of(Replica& replica, std::uint32_t id)
{
    const TableInfo* table = replica.catalog().table(id);
    return table != nullptr ? table->name : std::to_string(id);
}

void begin(Replica& replica, Comparing how)
{
    Transaction transaction(replica);
    if (how == Comparing::mend)
        begin_repair(transaction.log());
    else
        begin_comparing(transaction.log(), how);
    transaction.commit();
}

}  // namespace

Comparison compare_now(Replica& replica, Comparing how)
{
    const Comparing before = comparing(replica.db());
    if (before != how) begin(replica, how);
    Comparison comparison;
    comparison.sync = sync_now(replica);
    comparison.found = last_comparison(replica.db());
    for (const Compared::Table& table : comparison.found.tables)
        comparison.tables.push_back(name_of(replica, table.id));
    if (before == Comparing::mend && how == Comparing::look && comparison.finished()) begin(replica, before);
    return comparison;
}

boost::json::object to_json(const Comparison& comparison)
{
    const Compared& found = comparison.found;
    boost::json::array tables;
    for (std::size_t i = 0; i < found.tables.size(); ++i)
        tables.push_back({{"table", comparison.tables[i]},
                          {"only_here", found.tables[i].only_here},
                          {"only_at_parent", found.tables[i].only_there},
                          {"other_versions", found.tables[i].other_versions},
                          {"mended", found.tables[i].mended}});
    return {{"finished", comparison.finished()},
            {"differing", found.differing()},
            {"mended", found.mended()},
            {"given_up", found.given_up},
            {"questions", found.questions},
            {"bytes_sent", comparison.sync.link.sent},
            {"bytes_received", comparison.sync.link.received},
            {"tables", std::move(tables)}};
}

void tell(const Context& context, const Comparison& comparison)
{
    const Compared& found = comparison.found;
    const auto count = [&](std::uint64_t value) { return number(value, context.language); };
    if (comparison.finished() && found.differing() == 0 && found.given_up == 0)
        context.say({"So từng dòng với máy cấp trên: giống nhau.", "Compared with the parent row by row: equal."});
    if (found.differing() > 0)
        context.say(plural(found.differing(),
                           {"So từng dòng với máy cấp trên: {} dòng khác nhau.",
                            "Compared with the parent row by row: {} rows differ."},
                           {"So từng dòng với máy cấp trên: {} dòng khác nhau.",
                            "Compared with the parent row by row: {} row differs."}),
                    {count(found.differing())});
    for (std::size_t i = 0; i < found.tables.size(); ++i) {
        const Compared::Table& table = found.tables[i];
        context.say({"  {}: chỉ có ở máy này {}, chỉ có ở cấp trên {}, khác nội dung {}",
                     "  {}: {} only here, {} only at the parent, {} with other contents"},
                    {table_label(comparison.tables[i], context.language), count(table.only_here),
                     count(table.only_there), count(table.other_versions)});
    }
    if (found.mended() > 0)
        context.say(plural(found.mended(),
                           {"Đã sửa {} dòng cho hai bên bằng nhau.", "Mended {} rows: both sides are equal."},
                           {"Đã sửa {} dòng cho hai bên bằng nhau.", "Mended {} row: both sides are equal."}),
                    {count(found.mended())});
    context.say({"Đường truyền: lên {}, xuống {}.", "The line: {} up, {} down."},
                {byte_count(comparison.sync.link.sent, context.language),
                 byte_count(comparison.sync.link.received, context.language)});
}

std::string why_unfinished()
{
    return both({"máy cấp trên không trả lời được câu hỏi so từng dòng; lần đồng bộ sau sẽ hỏi tiếp",
                 "the parent could not answer the comparison; the next exchange asks on"});
}

}  // namespace ocop::cli
