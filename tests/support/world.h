// A small world for engine tests: replicas in memory, a clock that a test moves, chance from a seed, a tree of units.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/enrolment.h"
#include "node/health.h"
#include "node/replica.h"
#include "sync/exchange.h"

namespace ocop::test {

class FakeClock final : public Clock {
public:
    explicit FakeClock(std::int64_t now = 1'600'000'000'000) : now_(now) {}
    std::int64_t now_ms() override { return now_; }
    void set(std::int64_t now) { now_ = now; }
    void advance(std::int64_t ms) { now_ += ms; }

private:
    std::int64_t now_;
};

/// SplitMix64: the same numbers on every machine.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next()
    {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }
    void fill(void* bytes, std::size_t count) override
    {
        auto* at = static_cast<unsigned char*>(bytes);
        for (std::size_t i = 0; i < count; ++i) at[i] = static_cast<unsigned char>(next());
    }

private:
    std::uint64_t state_;
};

/// One office: a replica with its own clock.
struct Office {
    std::string unit;
    std::shared_ptr<FakeClock> clock;
    std::unique_ptr<Replica> replica;
    Office* parent = nullptr;

    /// As any program would write: triggers on.
    void sql(const std::string& text)
    {
        LocalWrite write{*replica};
        replica->db().script(text);
        write.commit();
    }
    std::string one(const std::string& query)
    {
        auto row = replica->db().query(query);
        return row.step() ? row.text(0) : std::string{"(none)"};
    }
};

/// Every row of the domain tables, as text, for comparing replicas.
inline std::string dump(Replica& replica, const std::string& table)
{
    std::string text;
    auto rows = replica.db().query("SELECT * FROM \"" + table + "\" ORDER BY id");
    while (rows.step()) {
        for (int i = 0; i < rows.columns(); ++i) text += rows.is_null(i) ? "NULL|" : rows.text(i) + "|";
        text += "\n";
    }
    return text;
}

class World {
public:
    explicit World(std::uint64_t seed = 1) : random(seed) {}

    Office& root()
    {
        Office& office = make("VN", nullptr);
        office.sql("INSERT INTO admin_unit (id, code, name, kind, level, valid_from) VALUES ('VN', 'VN', 'Việt Nam', "
                   "'Trung ương', 'central', '1945-09-02')");
        return office;
    }

    /// A new unit below `parent`'s and its office. The unit is recorded at the root.
    Office& child(Office& parent, const std::string& unit, const std::string& level)
    {
        offices.front()->sql("INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ('" +
                             unit + "', '" + unit + "', 'Đơn vị " + unit + "', 'Xã', '" + level + "', '" + parent.unit +
                             "', '2020-12-31')");
        for (const auto& office : offices)  // so that `parent` has heard of the unit
            if (office->parent != nullptr) sync(*office);
        return make(unit, &parent);
    }

    /// One exchange between a child and its parent, in as many rounds as it takes.
    sync::Outcome sync(Office& office, const sync::Limits& limits = {})
    {
        sync::Outcome last;
        for (int rounds = 0; rounds < 1000; ++rounds) {
            const auto request = sync::make_request(*office.replica, limits);
            OCOP_CHECK(request.ok());
            const auto answer = sync::answer_request(*office.parent->replica, *request, limits);
            OCOP_CHECK(answer.ok());
            const auto outcome = sync::finish(*office.replica, *answer);
            OCOP_CHECK(outcome.ok());
            last = *outcome;
            if (!last.more) return last;
        }
        OCOP_CHECK(!last.more);  // an exchange comes to an end
        return last;
    }

    /// Exchanges until nothing moves: deepest offices first, then down again.
    void settle()
    {
        for (int round = 0; round < 6; ++round)
            for (std::size_t i = offices.size(); i-- > 0;)
                if (offices[i]->parent != nullptr) sync(*offices[i]);
    }

    SeededRandom random;
    std::vector<std::unique_ptr<Office>> offices;
    /// Of the offices made from now on.
    const Model* model = &ocop_model();
    const std::vector<Migration>* migrations = &ocop_migrations();

private:
    Office& make(const std::string& unit, Office* parent)
    {
        auto office = std::make_unique<Office>();
        office->unit = unit;
        office->parent = parent;
        office->clock = std::make_shared<FakeClock>();
        NewNode born;
        born.unit = unit;
        if (parent != nullptr) {
            const auto invite = make_invite(*parent->replica, unit, "http://127.0.0.1:1");
            OCOP_CHECK(invite.ok());
            born = born_of(*invite);
        }
        office->replica = Replica::in_memory(*model, *migrations, born, {office->clock.get(), &random});
        offices.push_back(std::move(office));
        Office& made = *offices.back();
        if (parent != nullptr) sync(made);
        return made;
    }
};

}  // namespace ocop::test
