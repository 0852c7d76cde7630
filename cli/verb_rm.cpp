#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/verbs.h"
#include "node/history.h"
#include "node/records.h"

namespace ocop::cli {

namespace {

class Rm : public Verb {
public:
    VerbText text() const override
    {
        return {
            "rm",
            {"xóa một dòng", "remove a row"},
            {"Xóa một dòng. Dòng còn được dòng khác nhắc đến thì không xóa. Mã có thể viết tắt 8 ký tự đầu trở lên.",
             "Removes a row. A row that others refer to stays. The id may be cut to its first 8 characters or more."},
            {"ocop rm product 0198c1f0-…"},
            {exit_not_permitted, exit_no_node, exit_busy}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("table", table_, std::string{Text{"tên bảng", "name of the table"}.in(language)})->required();
        app.add_option("id", id_, std::string{Text{"mã của dòng", "id of the row"}.in(language)})->required();
    }

    int run(Context& context) override
    {
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());
        LocalWrite write(**replica);
        BatchMark batch((*replica)->db());
        auto id = erase(Records(**replica, context.today()));
        if (!id) return context.refuse(id.refusal());
        batch.end();
        write.commit();
        if (context.json) context.print(boost::json::object{{"table", table_}, {"id", *id}});
        context.say({"Đã xóa {} {}.", "Removed {} {}."}, {table_, *id});
        return exit_ok;
    }

private:
    Result<std::string> erase(Records records) const
    {
        auto table = records.table(table_);
        if (!table) return table.refusal();
        auto id = records.find_id(**table, id_);
        if (!id) return id.refusal();
        if (auto erased = records.erase(**table, *id); !erased) return erased.refusal();
        return id;
    }

    std::string table_;
    std::string id_;
};

}  // namespace

std::unique_ptr<Verb> make_rm()
{
    return std::make_unique<Rm>();
}

}  // namespace ocop::cli
