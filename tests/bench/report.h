// The table that the benchmark prints, with the targets beside what was measured.
#pragma once

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/stage.h"

namespace ocop::bench {

enum class Unit { seconds, bytes, megabytes, count };

struct Line {
    std::string id;
    std::string what;
    Unit unit = Unit::seconds;
    double ours = 0;
    std::optional<double> plain;      // the floor, or plain SQLite, in the same run
    std::optional<double> cpu_ratio;  // the same ratio by processor time
    std::optional<double> judged;     // what target and moonshot are about: the ratio, or `ours` itself
    std::optional<double> target;
    std::optional<double> moonshot;
    std::string peer;
    bool missing = false;

    std::string verdict() const
    {
        if (missing) return "not measured";
        if (!judged || !target) return "-";
        if (moonshot && *judged <= *moonshot) return "moonshot";
        return *judged <= *target ? "reached" : "not reached";
    }
};

inline double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

inline double wall_of(const std::vector<Cost>& costs)
{
    std::vector<double> values;
    for (const Cost& cost : costs) values.push_back(cost.wall);
    return median(values);
}

inline double cpu_of(const std::vector<Cost>& costs)
{
    std::vector<double> values;
    for (const Cost& cost : costs) values.push_back(cost.cpu);
    return median(values);
}

/// A line about time: medians of runs made in turns.
inline Line times(const std::string& id, const std::string& what, const std::vector<Cost>& ours,
                  const std::vector<Cost>& plain)
{
    Line line;
    line.id = id;
    line.what = what;
    line.ours = wall_of(ours);
    line.plain = wall_of(plain);
    line.cpu_ratio = cpu_of(ours) / cpu_of(plain);
    line.judged = line.ours / *line.plain;
    return line;
}

inline Line plain_line(const std::string& id, const std::string& what, Unit unit, double ours)
{
    Line line;
    line.id = id;
    line.what = what;
    line.unit = unit;
    line.ours = ours;
    return line;
}

inline Line aim(Line line, double target, double moonshot, const std::string& peer)
{
    line.target = target;
    line.moonshot = moonshot;
    line.peer = peer;
    return line;
}

inline std::string shown(double value, Unit unit)
{
    char text[40];
    switch (unit) {
    case Unit::seconds: std::snprintf(text, sizeof text, "%.3f s", value); break;
    case Unit::bytes:
        std::snprintf(text, sizeof text, value < 100'000 ? "%.0f B" : "%.3f MB", value < 100'000 ? value : value / 1e6);
        break;
    case Unit::megabytes: std::snprintf(text, sizeof text, "%.1f MB", value); break;
    case Unit::count: std::snprintf(text, sizeof text, "%.0f", value); break;
    }
    return text;
}

/// A goal: as a ratio where a ratio is judged, else in the line's unit.
inline std::string goal(const Line& line, const std::optional<double>& value)
{
    if (!value) return "-";
    if (line.judged && *line.judged == line.ours) return shown(*value, line.unit);
    char text[24];
    std::snprintf(text, sizeof text, "%.2f", *value);
    return text;
}

inline std::string ratio_of(const Line& line)
{
    if (line.missing || !line.plain) return "-";
    char text[40];
    std::snprintf(text, sizeof text, "%.2f", line.ours / *line.plain);
    std::string all = text;
    if (line.cpu_ratio) {
        std::snprintf(text, sizeof text, " (%.2f)", *line.cpu_ratio);
        all += text;
    }
    return all;
}

class Report {
public:
    explicit Report(bool json) : json_(json) {}

    void head()
    {
        if (json_) return;
        std::printf("%-5s %-68s %11s %11s %13s %9s %9s  %-12s %s\n", "id", "what", "ours", "plain/floor", "ratio (cpu)",
                    "target", "moonshot", "verdict", "best peer");
    }
    void add(const Line& line)
    {
        if (json_)
            print_json(line);
        else
            std::printf("%-5s %-68s %11s %11s %13s %9s %9s  %-12s %s\n", line.id.c_str(), line.what.c_str(),
                        line.missing ? "-" : shown(line.ours, line.unit).c_str(),
                        line.plain ? shown(*line.plain, line.unit).c_str() : "-", ratio_of(line).c_str(),
                        goal(line, line.target).c_str(), goal(line, line.moonshot).c_str(), line.verdict().c_str(),
                        line.peer.c_str());
        std::fflush(stdout);
    }

private:
    static void field(const char* name, const std::optional<double>& value)
    {
        if (value) std::printf(", \"%s\": %.6g", name, *value);
    }
    /// One object a line. The texts are ours and hold nothing to escape.
    static void print_json(const Line& line)
    {
        std::printf("{\"id\": \"%s\", \"what\": \"%s\", \"verdict\": \"%s\"", line.id.c_str(), line.what.c_str(),
                    line.verdict().c_str());
        if (!line.missing) std::printf(", \"ours\": %.9g", line.ours);
        field("plain", line.plain);
        field("judged", line.judged);
        field("cpu_ratio", line.cpu_ratio);
        field("target", line.target);
        field("moonshot", line.moonshot);
        std::printf("}\n");
    }

    bool json_;
};

}  // namespace ocop::bench
