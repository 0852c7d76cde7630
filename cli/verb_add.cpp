#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/records.h"

namespace ocop::cli {

namespace {

class Add : public Verb {
public:
    VerbText text() const override
    {
        return {"add",
                {"thêm một dòng vào bảng", "add a row to a table"},
                {"Thêm một dòng và in mã (id) của nó. Không ghi unit thì dòng thuộc đơn vị của máy này, hoặc của dòng "
                 "cha.\n"
                 "Đơn vị viết bằng mã (29338), mã và ngày (29338@2020-12-31) hoặc id. Giá trị trống là không có.",
                 "Adds a row and prints its id. Without unit the row belongs to this node's unit, or to its owner's.\n"
                 "A unit is a code (29338), a code and a date (29338@2020-12-31) or an id. An empty value is none."},
                {"ocop add organization name='HTX Dừa sáp Hòa Tân' kind='hợp tác xã'",
                 "ocop add product name='Dừa sáp' organization=0198c1f0-…"},
                {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("table", table_, std::string{Text{"tên bảng", "name of the table"}.in(language)})->required();
        app.add_option("fields", fields_, std::string{Text{"cột=giá trị …", "column=value …"}.in(language)})
            ->required();
    }

    int run(Context& context) override
    {
        auto typed = split_assignments(fields_);
        if (!typed) return context.refuse(typed.refusal());
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        if (const auto ready = has_its_unit(**replica); !ready) return context.refuse(ready.refusal());
        LocalWrite write(**replica);
        auto id = insert(Records(**replica, context.today()), *typed);
        if (!id) return context.refuse(id.refusal());
        write.commit();
        if (context.json)
            context.print(boost::json::object{{"table", table_}, {"id", *id}});
        else
            context.out << *id << '\n';
        return exit_ok;
    }

private:
    Result<std::string> insert(Records records, const TypedFields& typed) const
    {
        auto table = records.table(table_);
        if (!table) return table.refusal();
        auto fields = records.parse(**table, typed);
        if (!fields) return fields.refusal();
        return records.insert(**table, std::move(*fields));
    }

    std::string table_;
    std::vector<std::string> fields_;
};

}  // namespace

std::unique_ptr<Verb> make_add()
{
    return std::make_unique<Add>();
}

}  // namespace ocop::cli
