#include "tests/simulator/checkers/story.h"

#include <charconv>

namespace ocop::sim::judge {

namespace {

std::vector<Text> fields_of(Text line)
{
    std::vector<Text> fields;
    for (;;) {
        const std::size_t tab = line.find('\t');
        fields.push_back(line.substr(0, tab));
        if (tab == Text::npos) return fields;
        line.remove_prefix(tab + 1);
    }
}

template <class Number>
Number number(Text text)
{
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

class Reader {
public:
    explicit Reader(Text history) : rest_(history) {}

    Story read()
    {
        while (!rest_.empty()) {
            const std::size_t end = rest_.find('\n');
            ++line_;
            if (end == Text::npos) {
                complain("the last line has no end");
                break;
            }
            take(fields_of(rest_.substr(0, end)));
            rest_.remove_prefix(end + 1);
        }
        return std::move(story_);
    }

private:
    void complain(const std::string& what)
    {
        story_.malformed.push_back("line " + std::to_string(line_) + ": " + what);
    }

    void take(const std::vector<Text>& f)
    {
        static const std::unordered_map<Text, std::pair<std::size_t, void (Reader::*)(const std::vector<Text>&)>>
            kinds = {
                {"run", {4, &Reader::run}},       {"unit", {4, &Reader::unit}},    {"node", {5, &Reader::node}},
                {"invoke", {4, &Reader::invoke}}, {"cell", {8, &Reader::cell}},    {"ok", {4, &Reader::fate}},
                {"fail", {4, &Reader::fate}},     {"info", {4, &Reader::fate}},    {"make", {5, &Reader::step}},
                {"serve", {7, &Reader::step}},    {"finish", {8, &Reader::step}},  {"seal", {4, &Reader::step}},
                {"refused", {5, &Reader::step}},  {"restart", {3, &Reader::step}}, {"restore", {4, &Reader::step}},
                {"snapshot", {4, &Reader::step}}, {"clone", {4, &Reader::step}},   {"read", {5, &Reader::reading}},
                {"row", {5, &Reader::row}},       {"quiet", {2, &Reader::quiet}},  {"proof", {7, &Reader::proof}},
                {"size", {4, &Reader::size}},
            };
        const auto found = kinds.find(f[0]);
        if (found == kinds.end()) return complain("no such kind: " + std::string{f[0]});
        if (f.size() < found->second.first) return complain(std::string{f[0]} + " is too short");
        (this->*found->second.second)(f);
    }

    bool known(int node)
    {
        if (node >= 0 && node < static_cast<int>(story_.nodes.size())) return true;
        complain("no such node");
        return false;
    }

    void run(const std::vector<Text>& f)
    {
        story_.seed = f[1];
        story_.whole = f[2] == "1";
        story_.depth = number<int>(f[3]);
    }
    void unit(const std::vector<Text>& f) { story_.units[f[1]] = {f[2], f[3]}; }
    void node(const std::vector<Text>& f)
    {
        if (number<std::size_t>(f[1]) != story_.nodes.size()) return complain("nodes come in their order");
        story_.nodes.push_back({f[2], f[3] == "-" ? -1 : number<int>(f[3]), f[4]});
    }
    void invoke(const std::vector<Text>& f)
    {
        Deed deed;
        deed.node = number<int>(f[2]);
        deed.place = line_;
        if (!known(deed.node)) return;
        deeds_[f[3]] = story_.deeds.size();
        story_.order.push_back({true, story_.deeds.size()});
        story_.deeds.push_back(std::move(deed));
    }
    Deed* deed(Text name)
    {
        const auto found = deeds_.find(name);
        if (found != deeds_.end()) return &story_.deeds[found->second];
        complain("no such transaction");
        return nullptr;
    }
    void cell(const std::vector<Text>& f)
    {
        if (Deed* of = deed(f[1])) of->cells.push_back({{f[2], f[3], f[5]}, f[4], f[6], f[7]});
    }
    void fate(const std::vector<Text>& f)
    {
        Deed* of = deed(f[3]);
        if (of == nullptr) return;
        of->fate = f[0] == "ok" ? Fate::ok : f[0] == "fail" ? Fate::fail : Fate::info;
    }
    void step(const std::vector<Text>& f)
    {
        Step step;
        step.what = f[0];
        step.node = number<int>(f[2]);
        step.place = line_;
        if (!known(step.node)) return;
        if (f[0] == "seal") step.clock = number<std::int64_t>(f[3]);
        if (f[0] == "make" || f[0] == "serve" || f[0] == "finish" || f[0] == "snapshot" || f[0] == "restore" ||
            f[0] == "clone")
            step.message = number<std::uint64_t>(f[3]);
        if (f[0] == "make" || f[0] == "finish") step.clock = number<std::int64_t>(f[4]);
        if (f[0] == "serve") {
            step.answer = number<std::uint64_t>(f[4]);
            step.clock = number<std::int64_t>(f[5]);
            step.flag = f[6] == "1";
        }
        if (f[0] == "finish") step.flag = f[5] == "1";
        if (f[0] == "refused") step.cause = f[4];
        story_.order.push_back({false, story_.steps.size()});
        story_.steps.push_back(step);
    }
    void reading(const std::vector<Text>& f)
    {
        Reading reading;
        reading.node = number<int>(f[2]);
        reading.place = line_;
        reading.why = f[4];
        if (!known(reading.node)) return;
        readings_[f[3]] = story_.readings.size();
        story_.readings.push_back(std::move(reading));
    }
    void row(const std::vector<Text>& f)
    {
        const auto found = readings_.find(f[1]);
        if (found == readings_.end() || f.size() % 2 == 0) return complain("a row of no reading, or of half a value");
        Row row{{f[2], f[3]}, f[4], {}};
        row.values.reserve(f.size() / 2);
        for (std::size_t i = 5; i + 1 < f.size(); i += 2) row.values.emplace_back(f[i], f[i + 1]);
        story_.readings[found->second].rows.push_back(std::move(row));
    }
    void quiet(const std::vector<Text>& /*f*/) { story_.quiet = line_; }
    void proof(const std::vector<Text>& f)
    {
        story_.proofs.push_back(
            {number<int>(f[2]), f[3] == "1", f[4] == "1", f[5] == "1", number<std::uint64_t>(f[6])});
    }
    void size(const std::vector<Text>& f) { story_.sizes.emplace_back(number<int>(f[2]), number<std::uint64_t>(f[3])); }

    Text rest_;
    std::size_t line_ = 0;
    Story story_;
    std::unordered_map<Text, std::size_t> deeds_, readings_;
};

}  // namespace

Text Row::value(Text column) const
{
    for (const auto& [name, value] : values)
        if (name == column) return value;
    return null;
}

Story read_story(Text history)
{
    return Reader{history}.read();
}

}  // namespace ocop::sim::judge
