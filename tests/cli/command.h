// Calls `ocop` inside the test's process, as the shell would, with a clock and chance of the test's own.
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/cli.h"
#include "cli/messages.h"
#include "node/replica.h"
#include "sync/daemon.h"

namespace ocop::cli::testing {

/// A folder of its own, gone with the test.
class TempFolder {
public:
    TempFolder()
    {
        static int count = 0;
        std::uint64_t chance = 0;
        system_random().fill(&chance, sizeof chance);
        path_ =
            std::filesystem::temp_directory_path() / ("ocop-" + std::to_string(chance) + "-" + std::to_string(++count));
        std::filesystem::create_directories(path_);
    }
    ~TempFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    std::string operator/(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline void write_file(const std::string& path, std::string_view bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string file_bytes(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct TestClock : Clock {
    std::int64_t now = 1'609'380'000'000;  // 31/12/2020, 09:00 in Vietnam
    std::int64_t now_ms() override { return now; }
};

struct Ran {
    int code = 0;
    std::string out;
    std::string err;
    bool says(std::string_view words) const { return (out + err).find(words) != std::string::npos; }
    std::string cause() const { return json().at("error").at("cause").as_string().c_str(); }
    boost::json::object json() const { return boost::json::parse(out).as_object(); }
};

/// A shell with its own clock; language English unless an argument says otherwise.
class Shell {
public:
    Ran operator()(const std::vector<std::string>& args, const Variables& variables = {{"OCOP_LANG", "en"}})
    {
        std::ostringstream out;
        std::ostringstream err;
        const int code = run_cli(args, out, err, environment(), variables);
        return {code, out.str(), err.str()};
    }
    Ran at(const std::string& directory, std::vector<std::string> args)
    {
        args.insert(args.begin(), {"-C", directory});
        return (*this)(args);
    }
    Environment environment() { return {&clock, &system_random()}; }
    TestClock clock;
};

inline constexpr std::string_view cau_ke_2020 = "code,name,kind,parent_code\n"
                                                "84,Tỉnh Trà Vinh,Tỉnh,\n"
                                                "845,Huyện Cầu Kè,Huyện,84\n"
                                                "29317,Xã An Phú Tân,Xã,845\n"
                                                "29338,Xã Thạnh Phú,Xã,845\n";

/// A centre that knows one province, one district and two communes.
inline std::string make_centre(Shell& shell, const TempFolder& folder)
{
    const std::string centre = folder / "centre";
    write_file(folder / "units.csv", cau_ke_2020);
    shell.at(centre, {"init", "--root"});
    shell.at(centre, {"units", "import", folder / "units.csv", "--date", "2020-12-31"});
    return centre;
}

/// All that a command could have changed: units, journal, log, invites, neighbours.
inline std::string contents(const std::string& directory)
{
    sqlite::Connection db(directory + "/replica.db", sqlite::OpenMode::existing);
    std::string text;
    for (const char* sql : {"SELECT * FROM admin_unit ORDER BY id", "SELECT * FROM _pending", "SELECT * FROM _log",
                            "SELECT * FROM _invite", "SELECT ref, node FROM _neighbour"}) {
        auto rows = db.query(sql);
        while (rows.step()) {
            for (int i = 0; i < rows.columns(); ++i) text += rows.text(i) + "|";
            text += '\n';
        }
    }
    return text;
}

/// A node serving on a thread until the end of the scope.
class Serving {
public:
    Serving(const std::string& directory, Environment environment, std::int64_t interval_s = 3600,
            std::function<void(const sync::DaemonEvent&)> on_event = {}, std::uint16_t port = 0)
    {
        auto replica = Replica::open(directory, environment);
        replica_ = std::move(replica.value());
        sync::DaemonOptions options;
        options.listen.port = port;
        options.poll = std::chrono::milliseconds(10);
        options.schedule.settle_ms = 10;
        options.schedule.first_spread_ms = 1;
        options.on_event = std::move(on_event);
        sync::set_interval(options, interval_s);
        auto daemon = sync::Daemon::open(*replica_, std::move(options));
        daemon_ = std::move(daemon.value());
        thread_ = std::thread([this] { daemon_->run(); });
    }
    ~Serving()
    {
        daemon_->stop();
        thread_.join();
    }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;
    std::string url() const { return daemon_->url(); }
    std::uint16_t port() const { return daemon_->port(); }
    sync::Daemon& daemon() { return *daemon_; }

private:
    std::unique_ptr<Replica> replica_;
    std::unique_ptr<sync::Daemon> daemon_;
    std::thread thread_;
};

}  // namespace ocop::cli::testing
