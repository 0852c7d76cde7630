#include "tests/bench/workload.h"

#include <zstd.h>

#include <cstdio>
#include <iterator>

#include "node/row_key.h"
#include "schema/base/check.h"

namespace ocop::bench {

namespace {

const char* const syllables[] = {
    "bánh",  "tráng", "nem",   "chua",   "cua",   "biển", "tôm",   "khô",   "cá",    "lóc",  "dừa",   "sáp",   "cam",
    "sành",  "quýt",  "hồng",  "bưởi",   "năm",   "roi",  "xoài",  "cát",   "hòa",   "lộc",  "sầu",   "riêng", "chôm",
    "nhãn",  "lồng",  "vải",   "thiều",  "chuối", "laba", "gạo",   "tám",   "thơm",  "nếp",  "nương", "đậu",   "phộng",
    "mè",    "đen",   "hạt",   "điều",   "ca",    "cao",  "trà",   "ô",     "long",  "sen",  "ướp",   "hoa",   "nhài",
    "đường", "thốt",  "nốt",   "mật",    "mía",   "muối", "ớt",    "tiêu",  "sọ",    "gừng", "nghệ",  "tỏi",   "hành",
    "tím",   "rau",   "má",    "nấm",    "rơm",   "linh", "chi",   "đông",  "trùng", "hạ",   "thảo",  "cao",   "xoa",
    "tinh",  "dầu",   "tràm",  "bồ",     "kết",   "xà",   "phòng", "chiếu", "cói",   "lụa",  "tơ",    "tằm",   "nón",
    "lá",    "đèn",   "tranh", "đá",     "mỹ",    "nghệ", "giỏ",   "lục",   "bình",  "sơn",  "mài",   "khảm",  "trai",
    "mắm",   "ruốc",  "rươi",  "chả",    "mực",   "hàu",  "sữa",   "yến",   "sào",   "vịt",  "biển",  "gà",    "đồi",
    "heo",   "rừng",  "bò",    "một",    "nắng",  "lạp",  "xưởng", "được",  "trồng", "theo", "hướng", "hữu",   "cơ",
    "tại",   "vườn",  "nhà",   "của",    "bà",    "con",  "trong", "xã",    "phơi",  "sấy",  "bằng",  "năng",  "lượng",
    "mặt",   "trời",  "giữ",   "nguyên", "màu",   "sắc",  "tự",    "nhiên", "không", "phụ",  "gia",   "dùng",  "làm",
    "quà",   "biếu",  "ngày",  "tết"};

const char* const groups[] = {"Thực phẩm",        "Đồ uống",       "Dược liệu và sản phẩm từ dược liệu",
                              "Thủ công mỹ nghệ", "Sinh vật cảnh", "Dịch vụ du lịch"};
const char* const stages[] = {"ý tưởng", "đang hoàn thiện hồ sơ", "đã nộp cấp huyện", "đã chấm điểm", "đã công nhận"};
const char* const kinds[] = {"doanh nghiệp", "hợp tác xã", "tổ hợp tác", "hộ/cơ sở sản xuất"};
const char* const packagings[] = {
    "hộp giấy 500 g", "túi hút chân không 1 kg", "chai thủy tinh 330 ml", "hũ nhựa 250 g", "bao 5 kg", "lọ sứ"};

template <class Random, std::size_t N>
std::string one_of(Random& random, const char* const (&list)[N])
{
    return list[random.below(N)];
}

std::string number(std::uint64_t value, int width)
{
    char text[64];
    std::snprintf(text, sizeof text, "%0*llu", width, static_cast<unsigned long long>(value));
    return text;
}

/// Several rows a millisecond, in order of time.
class Keys {
public:
    explicit Keys(test::SeededRandom& random) : random_(random) {}
    std::string next()
    {
        if (random_.below(8) == 0) ++now_;
        char text[64];
        std::snprintf(text, sizeof text, "%08llx-%04llx-7%03llx-%04llx-%012llx",
                      static_cast<unsigned long long>(now_ >> 16), static_cast<unsigned long long>(now_ & 0xffff),
                      static_cast<unsigned long long>(random_.below(0x1000)),
                      static_cast<unsigned long long>(0x8000 | random_.below(0x4000)),
                      static_cast<unsigned long long>(random_.next() >> 16));
        return text;
    }

private:
    test::SeededRandom& random_;
    std::uint64_t now_ = 1'600'000'000'000;
};

std::string date(test::SeededRandom& random)
{
    return "20" + number(19 + random.below(7), 2) + "-" + number(1 + random.below(12), 2) + "-" +
           number(1 + random.below(28), 2);
}

Value maybe(test::SeededRandom& random, double chance, const std::string& text)
{
    return random.chance(chance) ? Value{text} : Value{};
}

Row organization(test::SeededRandom& random, Keys& keys, const std::string& unit, std::size_t i)
{
    return {keys.next(),
            unit,
            "Hợp tác xã " + phrase(random, 4),
            "ấp " + number(1 + random.below(12), 1),
            one_of(random, kinds),
            "58" + number(i * 7 + random.below(7), 8),
            maybe(random, 0.5, "21" + number(random.below(100'000'000), 8)),
            "Nguyễn Văn " + phrase(random, 1),
            "09" + number(random.below(100'000'000), 8),
            phrase(random, 6),
            static_cast<std::int64_t>(1 + random.below(60)),
            "đang hoạt động",
            Value{}};
}

Row product(test::SeededRandom& random, Keys& keys, const Row& owner, std::size_t i)
{
    return {keys.next(),
            owner[1],
            owner[0],
            phrase(random, 4),
            "84-842-" + number(29000 + random.below(400), 5) + "-" + number(i, 5) + "-2020",
            "bộ " + number(1 + random.below(26), 2),
            one_of(random, groups),
            phrase(random, 27),
            one_of(random, packagings),
            Value{},
            static_cast<double>(600 + random.below(401)) / 10,
            number(1 + random.below(200), 1) + " tấn/năm",
            one_of(random, stages),
            date(random),
            "biểu 01 năm 2020",
            maybe(random, 0.25, phrase(random, 6))};
}

}  // namespace

std::string phrase(test::SeededRandom& random, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + one_of(random, syllables);
    return text;
}

std::string Shape::insert_sql() const
{
    std::string names;
    std::string marks;
    for (const std::string& column : columns) {
        names += (names.empty() ? "" : ", ") + column;
        marks += marks.empty() ? "?" : ", ?";
    }
    return "INSERT INTO " + table + " (" + names + ") VALUES (" + marks + ")";
}

const Shape& organization_shape()
{
    static const Shape shape{"organization",
                             {"id", "unit", "name", "village", "kind", "registration_no", "tax_code", "representative",
                              "phone", "address", "workers", "status", "note"}};
    return shape;
}

const Shape& product_shape()
{
    static const Shape shape{"product",
                             {"id", "unit", "organization", "name", "product_code", "product_set", "product_group",
                              "description", "packaging", "story", "local_material_percent", "capacity", "stage",
                              "registered_on", "source", "note"}};
    return shape;
}

std::string units_sql(const Workload& workload)
{
    const std::string into = "INSERT INTO admin_unit (id, code, name, kind, level, parent, valid_from) VALUES ";
    std::string sql = into + "('VN', 'VN', 'Việt Nam', 'Trung ương', 'central', NULL, '1945-09-02');" + into +
                      "('84@2020-12-31', '84', 'Tỉnh Trà Vinh', 'Tỉnh', 'province', 'VN', '2020-12-31');" + into +
                      "('" + district +
                      "', '842', 'Huyện Càng Long', 'Huyện', 'district', '84@2020-12-31', '2020-12-31');";
    for (const std::string& commune : workload.communes)
        sql += into + "('" + commune + "', '" + commune.substr(0, 5) + "', 'Xã " + commune.substr(0, 5) +
               "', 'Xã', 'commune', '" + district + "', '2020-12-31');";
    return sql;
}

Workload make_workload(std::size_t organizations, std::size_t products, std::uint64_t seed)
{
    test::SeededRandom random{seed};
    Keys keys{random};
    Workload workload;
    for (std::size_t i = 0; i < 14; ++i) workload.communes.push_back(number(29266 + 3 * i, 5) + "@2020-12-31");
    for (std::size_t i = 0; i < organizations; ++i)
        workload.organizations.push_back(
            organization(random, keys, workload.communes[random.below(workload.communes.size())], i));
    for (std::size_t i = 0; i < products; ++i)
        workload.products.push_back(product(random, keys, workload.organizations[random.below(organizations)], i));
    return workload;
}

void insert_rows(sqlite::Connection& db, const Shape& shape, const std::vector<Row>& rows, std::size_t from,
                 std::size_t to)
{
    const std::string sql = shape.insert_sql();
    for (std::size_t i = from; i < to; ++i) {
        auto statement = db.query(sql);
        int index = 0;
        for (const Value& value : rows[i]) statement.bind(++index, value);
        OCOP_CHECK(!statement.step());
    }
}

std::size_t zstd_size(const std::string& bytes, int level)
{
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
    OCOP_CHECK(ZSTD_isError(size) == 0);
    return size;
}

std::size_t columnar_floor(const std::vector<Row>& rows)
{
    std::size_t total = 0;
    for (std::size_t column = 0; !rows.empty() && column < rows.front().size(); ++column) {
        std::string bytes;
        for (const Row& row : rows) {
            const Value& value = row[column];
            if (const auto* text = std::get_if<std::string>(&value)) {
                const Value key = log_key(*text);
                const auto* packed = std::get_if<Blob>(&key);
                bytes += packed != nullptr ? packed->bytes : *text + '\n';
            } else if (const auto* real = std::get_if<double>(&value)) {
                bytes += std::to_string(static_cast<int>(*real * 10)) + '\n';
            } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
                bytes += std::to_string(*integer) + '\n';
            } else {
                bytes += '\n';
            }
        }
        total += zstd_size(bytes, 19);
    }
    return total;
}

}  // namespace ocop::bench
