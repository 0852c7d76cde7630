// Bytes and times of the codec on the workload of the targets: 50,000 products, 10,000 organizations, 1,000 edits.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "sync/codec.h"

namespace {

using namespace ocop;
using namespace ocop::sync;
using Clock = std::chrono::steady_clock;

std::mt19937_64 dice(20261122);
std::int64_t now_ms = 1'790'000'000'000;

std::uint64_t roll(std::uint64_t n)
{
    return dice() % n;
}

std::string uuid_v7()
{
    now_ms += static_cast<std::int64_t>(roll(400) == 0);  // a bulk import: some hundred rows a millisecond
    char text[64];
    std::snprintf(text, sizeof text, "%08x-%04x-7%03x-%04x-%012llx", static_cast<unsigned>(now_ms >> 16),
                  static_cast<unsigned>(now_ms & 0xffff), static_cast<unsigned>(roll(0x1000)),
                  static_cast<unsigned>(0x8000 | roll(0x4000)),
                  static_cast<unsigned long long>(dice() & 0xffffffffffff));
    return text;
}

const char* const words[] = {
    "mật",  "ong",    "hoa",    "bạc",    "hà",     "Mèo",   "Vạc",   "chè",  "Shan", "tuyết",  "cổ",   "thụ",
    "được", "thu",    "hái",    "từ",     "những",  "cây",   "trên",  "núi",  "cao",  "sản",    "phẩm", "của",
    "hợp",  "tác",    "xã",     "nông",   "nghiệp", "và",    "người", "dân",  "địa",  "phương", "chế",  "biến",
    "theo", "phương", "pháp",   "truyền", "thống",  "không", "chất",  "bảo",  "quản", "đạt",    "tiêu", "chuẩn",
    "an",   "toàn",   "thực",   "đóng",   "gói",    "hộp",   "giấy",  "túi",  "gạo",  "nếp",    "cái",  "hoa",
    "vàng", "bún",    "khô",    "miến",   "dong",   "giò",   "lụa",   "nước", "mắm",  "cá",     "cơm",  "tỏi",
    "Lý",   "Sơn",    "hồ",     "tiêu",   "cà",     "phê",   "rang",  "xay",  "bưởi", "da",     "xanh", "thịt",
    "trâu", "gác",    "bếp",    "rượu",   "ngô",    "men",   "lá",    "thổ",  "cẩm",  "dệt",    "tay",  "gốm",
    "sứ",   "mây",    "tre",    "đan",    "xuất",   "khẩu",  "hương", "vị",   "thơm", "ngon",   "đặc",  "trưng",
    "vùng", "miền",   "ngọt",   "thanh",  "giàu",   "dinh",  "dưỡng", "tốt",  "cho",  "sức",    "khỏe", "bền",
    "vững", "môi",    "trường", "du",     "lịch",   "cộng",  "đồng"};

std::string sentence(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text.append(i ? " " : "").append(words[roll(std::size(words))]);
    return text;
}

std::string pick(const char* prefix, std::uint64_t n)
{
    return prefix + std::to_string(roll(n));
}

Change row_of(std::uint32_t table, const Origin& origin, std::uint64_t lsn, std::vector<Value> values)
{
    Change change;
    change.table = table;
    change.row = uuid_v7();
    change.unit = pick("2", 3321);
    change.entries.push_back({(std::uint64_t{2} << values.size()) - 1, false, false, {1, now_ms, origin}, lsn, 0});
    for (std::size_t i = 0; i < values.size(); ++i)
        change.cells.push_back({static_cast<std::uint8_t>(i + 1), 0, std::move(values[i])});
    return change;
}

std::string date()
{
    char text[32];
    std::snprintf(text, sizeof text, "20%02d-%02d-%02d", 19 + static_cast<int>(roll(7)), 1 + static_cast<int>(roll(12)),
                  1 + static_cast<int>(roll(28)));
    return text;
}

std::vector<Change> workload(const Origin& origin)
{
    std::vector<Change> rows;
    std::vector<std::string> organizations;
    for (int i = 0; i < 10'000; ++i) {
        rows.push_back(row_of(2, origin, rows.size() + 1,
                              {"Hợp tác xã " + sentence(4), pick("01-", 9'999'999), pick("loại ", 6), sentence(5),
                               "09" + std::to_string(10'000'000 + roll(90'000'000)), std::monostate{}}));
        organizations.push_back(rows.back().row);
    }
    for (int i = 0; i < 50'000; ++i) {
        const std::string& owner = organizations[roll(organizations.size())];
        rows.push_back(row_of(
            3, origin, rows.size() + 1,
            {sentence(4), "0" + std::to_string(roll(9)) + "-" + std::to_string(roll(99'999)) + "-" + std::to_string(i),
             owner, pick("nhóm ", 6), pick("bộ ", 26), static_cast<std::int64_t>(roll(5) + 1),
             static_cast<double>(roll(401) + 600) / 10, date(), roll(2) ? Value(date()) : Value(std::monostate{}),
             static_cast<std::int64_t>(roll(500) * 1000), static_cast<std::int64_t>(roll(20'000)),
             pick("trạng thái ", 5), sentence(28), std::monostate{},
             roll(4) == 0 ? Value(sentence(6)) : Value(std::monostate{}), static_cast<std::int64_t>(roll(2))}));
    }
    return rows;
}

double seconds(Clock::time_point since)
{
    return std::chrono::duration<double>(Clock::now() - since).count();
}

Answer answer_with(std::vector<Change> changes)
{
    Answer answer;
    answer.parent.node[0] = 1;
    answer.child.node[0] = 2;
    for (std::size_t i = 0; i < 16; ++i) {
        answer.parent.node[i] = static_cast<std::uint8_t>(dice());
        answer.child.node[i] = static_cast<std::uint8_t>(dice());
        answer.token[i] = static_cast<std::uint8_t>(dice());
    }
    answer.parent.incarnation = answer.child.incarnation = 1;
    answer.number = dice();
    answer.schema = dice();
    answer.clock = now_ms;
    answer.mark = 60'123;
    answer.from = answer.top = answer.whole_as_of = 60'000;
    answer.complete = true;
    answer.digest = Digest{dice(), dice()};
    answer.changes = std::move(changes);
    return answer;
}

Request request_with(std::vector<Change> changes)
{
    const Answer answer = answer_with({});
    Request request;
    request.child = answer.child;
    request.parent = answer.parent;
    request.number = answer.number;
    request.token = answer.token;
    request.schema = answer.schema;
    request.cursor = 60'123;
    request.acked = 60'000;
    request.top = 60'000 + changes.size();
    request.complete = true;
    request.whole_as_of = 60'000;
    request.digest = answer.digest;
    request.want = 65'536;
    request.changes = std::move(changes);
    for (Change& change : request.changes)
        for (Entry& entry : change.entries) entry.version.origin = request.child;
    return request;
}

std::vector<Change> edits(const std::vector<Change>& rows, std::size_t count, bool text)
{
    std::vector<Change> out;
    std::vector<std::size_t> order(50'000);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i + 10'000;
    std::shuffle(order.begin(), order.end(), dice);
    for (std::size_t i = 0; i < count; ++i) {
        const Change& row = rows[order[i]];
        now_ms += static_cast<std::int64_t>(text ? roll(90'000) : 0);
        Change change{
            row.table, row.row, row.unit, {{1u << 10, false, false, {2, now_ms, {}}, 60'001 + i, 60'123}}, {}};
        change.cells.push_back(
            {10, 0, text ? Value(sentence(3)) : Value(static_cast<std::int64_t>(roll(500'000) * 100))});
        out.push_back(std::move(change));
    }
    return out;
}

void report(const char* what, const Request& request)
{
    const Bytes bytes = encode(request);
    const bool same = *decode_request(bytes) == request;
    std::printf("%-42s %8zu bytes%s\n", what, bytes.size(), same ? "" : "  DIFFERENT");
}

void load(const std::vector<Change>& rows, std::size_t batch)
{
    double encoding = 0;
    double decoding = 0;
    std::size_t bytes = 0;
    std::size_t frames = 0;
    std::size_t largest = 0;
    for (std::size_t at = 0; at < rows.size(); at += batch) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
        const Answer answer =
            answer_with({begin, begin + static_cast<std::ptrdiff_t>(std::min(batch, rows.size() - at))});
        auto start = Clock::now();
        const Bytes frame = encode(answer);
        encoding += seconds(start);
        start = Clock::now();
        const Result<Answer> back = decode_answer(frame, {16u << 20, 32u << 20});
        decoding += seconds(start);
        if (!(*back == answer)) std::printf("DIFFERENT\n");
        bytes += frame.size();
        largest = std::max(largest, frame.size());
        ++frames;
    }
    std::printf("60,000 rows, %5zu a batch: %9zu bytes in %2zu frames (largest %zu), encode %.3f s, decode %.3f s\n",
                batch, bytes, frames, largest, encoding, decoding);
}

}  // namespace

int main()
{
    Origin origin;
    origin.node.fill(7);
    const std::vector<Change> rows = workload(origin);
    report("empty request", request_with({}));
    std::printf("%-42s %8zu bytes\n", "empty answer", encode(answer_with({})).size());
    Answer brief = answer_with({});
    brief.digest.reset();
    std::printf("%-42s %8zu bytes\n", "  without digest", encode(brief).size());
    brief.child = {};
    std::printf("%-42s %8zu bytes\n", "  and without child", encode(brief).size());
    report("1 edit of an integer", request_with(edits(rows, 1, false)));
    report("1 edit of a text", request_with(edits(rows, 1, true)));
    report("50 edits of an integer, one transaction", request_with(edits(rows, 50, false)));
    report("50 edits of a text over a day", request_with(edits(rows, 50, true)));
    report("1,000 edits of an integer", request_with(edits(rows, 1000, false)));
    report("1,000 edits of a text, spread in time", request_with(edits(rows, 1000, true)));
    for (const std::size_t batch : {1000u, 4000u, 10000u, 20000u}) load(rows, batch);
}
