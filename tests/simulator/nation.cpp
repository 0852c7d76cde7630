#include "tests/simulator/nation.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <utility>

#include "node/health.h"
#include "tests/simulator/office.h"

namespace ocop::sim {

namespace {

constexpr std::int64_t first_day = 1'717'200'000'000;
constexpr std::int64_t day = 86'400'000;

double resident_mib()
{
    std::ifstream in("/proc/self/statm");
    double total = 0;
    double resident = 0;
    in >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1'048'576.0;
}

double cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

class Country {
public:
    explicit Country(const Nation& nation) : nation_(nation), machine_(1), random_(1)
    {
        const std::vector<Place> all = units_2020();
        std::vector<std::size_t> mine(all.size(), all.size());
        std::size_t provinces = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i != 0 && all[i].level == "province" && provinces++ >= nation.provinces) continue;
            if (i != 0 && mine[all[i].parent] == all.size()) continue;
            mine[i] = offices_.size();
            Office* parent = i == 0 ? nullptr : offices_[mine[all[i].parent]].get();
            offices_.push_back(std::make_unique<Office>(static_cast<int>(offices_.size()), all[i], parent, now_, i));
            offices_.back()->depth = parent == nullptr ? 0 : parent->depth + 1;
            offices_.back()->place.parent = i == 0 ? 0 : mine[all[i].parent];
        }
    }

    bool run()
    {
        tell("nothing yet", 0);
        found();
        std::size_t changes = 0;
        for (int i = 0; i < nation_.days; ++i) {
            now_ += day;
            changes += write();
            night();
            tell("a day", changes);
        }
        night();
        night();
        return proved();
    }

private:
    void tell(const char* what, std::size_t changes)
    {
        const double n = static_cast<double>(offices_.size());
        std::printf("%-12s %6zu nodes  %8zu changes  %8.1f CPU s  %8.1f MiB  %7.1f KiB a node\n", what, offices_.size(),
                    changes, cpu_seconds(), resident_mib(), resident_mib() * 1024 / n);
        std::fflush(stdout);
    }

    void found()
    {
        Office& root = *offices_.front();
        root.is_born({"VN", {}, {}, {}, {}});
        LocalWrite write{root.replica()};
        for (const auto& office : offices_)
            root.replica().db().run(
                "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES (?,?,?,?,?,?,"
                "'2020-12-31')",
                office->place.id, office->place.code, office->place.name, office->place.kind, office->place.level,
                office->parent == nullptr ? Value{} : Value{office->parent->place.id});
        write.commit();
        for (int depth = 1; depth <= 3; ++depth) {
            for (const auto& office : offices_) {
                if (office->depth != depth) continue;
                const auto invite = make_invite(office->parent->replica(), office->place.id, "http://127.0.0.1:1");
                OCOP_CHECK(invite.ok());
                office->is_born(born_of(*invite));
                exchange(*office);
            }
            tell("joined", 0);
        }
    }

    std::size_t write()
    {
        std::size_t changes = 0;
        for (const auto& office : offices_) {
            if (office->depth != 3 || !random_.chance(nation_.changes)) continue;
            LocalWrite write{office->replica()};
            office->replica().db().run(
                "INSERT INTO organization (unit, name, representative) VALUES (?, ?, 'Thạch Sa Rết')", office->place.id,
                maker_names()[random_.below(maker_names().size())]);
            write.commit();
            ++changes;
        }
        return changes;
    }

    void night()
    {
        for (int depth = 3; depth >= 1; --depth)
            for (const auto& office : offices_)
                if (office->depth == depth) exchange(*office);
    }

    void exchange(Office& child)
    {
        for (bool more = true; more;) {
            const auto request = sync::make_request(child.replica(), {});
            OCOP_CHECK(request.ok());
            const auto answer = sync::answer_request(child.parent->replica(), *request, {});
            OCOP_CHECK(answer.ok());
            const auto outcome = sync::finish(child.replica(), *answer);
            OCOP_CHECK(outcome.ok());
            more = outcome->more;
        }
        if (!nation_.lean) return;
        child.replica().db().drop_statements();
    }

    /// What SQLite keeps for a node, on the average.
    void tell_sqlite()
    {
        constexpr std::pair<const char*, int> kinds[] = {{"pages", SQLITE_DBSTATUS_CACHE_USED},
                                                         {"schema", SQLITE_DBSTATUS_SCHEMA_USED},
                                                         {"statements", SQLITE_DBSTATUS_STMT_USED}};
        for (const auto& [name, kind] : kinds) {
            double sum = 0;
            for (const auto& office : offices_) {
                int now = 0;
                int most = 0;
                sqlite3_db_status(office->replica().db().handle(), kind, &now, &most, 0);
                sum += now;
            }
            std::printf("  SQLite's %s: %.1f KiB a node\n", name, sum / 1024.0 / static_cast<double>(offices_.size()));
        }
    }

    bool proved()
    {
        tell_sqlite();
        std::size_t equal = 0;
        std::size_t bytes = 0;
        for (const auto& office : offices_) {
            equal += office->replica().state().verified_equal ? 1U : 0U;
            auto pages = office->replica().db().query("PRAGMA page_count");
            if (pages.step()) bytes += pages.natural(0) * 4096;
        }
        std::printf("%zu of %zu children equal their parents; databases %.1f MiB, %.1f KiB a node\n", equal,
                    offices_.size() - 1, static_cast<double>(bytes) / 1'048'576.0,
                    static_cast<double>(bytes) / 1024.0 / static_cast<double>(offices_.size()));
        return equal == offices_.size() - 1;
    }

    Nation nation_;
    Machine machine_;
    test::SeededRandom random_;
    std::int64_t now_ = first_day;
    std::vector<std::unique_ptr<Office>> offices_;
};

}  // namespace

bool run_nation(const Nation& nation)
{
    return Country{nation}.run();
}

}  // namespace ocop::sim
