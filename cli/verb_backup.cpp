// ocop backup: a copy of replica.db while it is in use.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/detail.h"
#include "cli/verbs.h"
#include "node/sqlite.h"

namespace ocop::cli {

namespace fs = std::filesystem;

namespace {

// What SQLite says of the copy; empty when it is sound.
std::string complaint_about(const fs::path& path)
{
    sqlite::Connection copy(path.string(), sqlite::OpenMode::existing);
    copy.script("PRAGMA journal_mode = DELETE");  // one file, whole, with nothing beside it
    auto check = copy.query("PRAGMA quick_check(1)");
    const std::string said = check.step() ? check.text(0) : "?";
    return said == "ok" ? std::string() : said;
}

class Backup : public Verb {
public:
    VerbText text() const override
    {
        return {"backup",
                {"sao lưu dữ liệu ra một tệp, kể cả khi đang dùng", "copy the data to one file, also while in use"},
                {"Chép replica.db ra tệp mới rồi kiểm tra bản chép; không bao giờ ghi đè. Khóa bí mật của máy "
                 "(node.key) không nằm\n"
                 "trong đó. Tệp chứa toàn bộ dữ liệu: hãy giữ như giữ chính máy này.",
                 "Copies replica.db to a new file and checks the copy; it never overwrites. The node's secret key "
                 "(node.key) is\n"
                 "not in it. The file holds all data: keep it as you keep this machine."},
                {"ocop backup /media/usb/2026-11-21.db"},
                {exit_no_node, exit_busy, exit_integrity, exit_disk}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option("file", file_, std::string(Text{"tệp sao lưu sẽ tạo", "the file to make"}.in(language)))
            ->required();
    }

    int run(Context& context) override
    {
        const fs::path target(file_);
        fs::path part(target);
        part += ".part";
        if (const std::string why = not_writable(target); !why.empty()) return context.refuse({Errc::bad_file, why});
        auto replica = context.open();
        if (!replica) return context.refuse(replica.refusal());

        fs::remove(part);  // of a backup that was cut off
        (*replica)->db().backup_to(part.string());
        fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write);
        if (const std::string complaint = complaint_about(part); !complaint.empty()) {
            fs::remove(part);
            return context.refuse({Errc::corrupt_database, complaint});
        }
        fs::rename(part, target);
        const std::uint64_t size = fs::file_size(target);
        if (context.json) context.print(boost::json::object{{"file", file_}, {"bytes", size}});
        context.say({"Đã sao lưu {} vào {}; bản chép đã kiểm tra.", "Copied {} to {}; the copy was checked."},
                    {byte_count(size, context.language), file_});
        return exit_ok;
    }

private:
    std::string file_;
};

}  // namespace

std::unique_ptr<Verb> make_backup()
{
    return std::make_unique<Backup>();
}

}  // namespace ocop::cli
