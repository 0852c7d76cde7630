#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/record_args.h"
#include "cli/verbs.h"
#include "node/records.h"

namespace ocop::cli {

namespace {

class Set : public Verb {
public:
    VerbText text() const override
    {
        return {"set",
                {"sửa một dòng", "edit a row"},
                {"Ghi giá trị mới vào các cột của một dòng. Mã có thể viết tắt 8 ký tự đầu trở lên. cột= (trống) xóa "
                 "giá trị.",
                 "Writes new values into columns of a row. The id may be cut to its first 8 characters or more.\n"
                 "column= (empty) takes the value away."},
                {"ocop set product 0198c1f0-… packaging='Hộp 500 g' capacity='20 tấn/năm'"},
                {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("table", table_, std::string{Text{"tên bảng", "name of the table"}.in(language)})->required();
        app.add_option("id", id_, std::string{Text{"mã của dòng", "id of the row"}.in(language)})->required();
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
        auto id = update(Records(**replica, context.today()), *typed);
        if (!id) return context.refuse(id.refusal());
        write.commit();
        if (context.json) context.print(boost::json::object{{"table", table_}, {"id", *id}});
        context.say({"Đã sửa {} {}.", "Changed {} {}."}, {table_, *id});
        return exit_ok;
    }

private:
    Result<std::string> update(Records records, const TypedFields& typed) const
    {
        auto table = records.table(table_);
        if (!table) return table.refusal();
        auto id = records.find_id(**table, id_);
        if (!id) return id.refusal();
        auto fields = records.parse(**table, typed);
        if (!fields) return fields.refusal();
        if (auto updated = records.update(**table, *id, *fields); !updated) return updated.refusal();
        return id;
    }

    std::string table_;
    std::string id_;
    std::vector<std::string> fields_;
};

}  // namespace

std::unique_ptr<Verb> make_set()
{
    return std::make_unique<Set>();
}

}  // namespace ocop::cli
