#include "cli/detail.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "schema/model.h"

namespace ocop::cli {

namespace {

// Around words in two languages: first the Vietnamese, then the English ones. Control characters, which no typed value has.
constexpr char begin_vi = '\x02', begin_en = '\x03', end_words = '\x04';

std::string in_language(std::string_view detail, Language language)
{
    std::string text;
    bool shown = true;
    for (const char letter : detail) {
        if (letter == begin_vi)
            shown = language == Language::vi;
        else if (letter == begin_en)
            shown = language == Language::en;
        else if (letter == end_words)
            shown = true;
        else if (shown)
            text += letter;
    }
    return text;
}

struct Named {
    std::string_view table;
    std::string_view column;
    std::string label;
};

/// "organization.name", if the model has it.
std::optional<Named> column_named(std::string_view place, Language language)
{
    const auto dot = place.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const TableModel* table = ocop_model().table(place.substr(0, dot));
    const ColumnModel* column = table != nullptr ? table->column(place.substr(dot + 1)) : nullptr;
    if (column == nullptr) return std::nullopt;
    const std::string& label = language == Language::vi ? column->label.vi : column->label.en;
    return Named{table->name, column->name, "«" + label + "» (" + std::string(place) + ")"};
}

std::string cannot_be_empty(const Named& column, Language language)
{
    return fill(Text{"{} không được để trống", "{} cannot be empty"}.in(language), {column.label});
}

/// The texts between single quotes, or what stands between the brackets.
std::string listed(std::string_view inside)
{
    std::string text;
    for (const char letter : inside) {
        if (letter != '\'') text += letter;
    }
    return text;
}

/// What a CHECK of one column asks for, where it is of a simple kind.
std::string wanted(std::string_view check, Language language)
{
    const auto say = [&](const Text& pattern, std::initializer_list<std::string_view> arguments) {
        return fill(pattern.in(language), arguments);
    };
    const auto after = [&](std::string_view word) {
        const auto at = check.find(word);
        return at == std::string_view::npos ? std::string_view{} : check.substr(at + word.size());
    };
    if (const auto rest = after(" IN ("); !rest.empty() && check.find(" OR ") == std::string_view::npos)
        return say({"chỉ nhận một trong: {}", "it must be one of: {}"}, {listed(rest.substr(0, rest.rfind(')')))});
    if (check.find("GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'") != std::string_view::npos)
        return say({"ngày viết dạng 2020-12-31", "a date looks like 2020-12-31"}, {});
    if (const auto rest = after(" BETWEEN "); !rest.empty() && rest.find(" AND ") != std::string_view::npos) {
        const auto middle = rest.find(" AND ");
        return say({"phải từ {} đến {}", "it must be from {} to {}"},
                   {rest.substr(0, middle), rest.substr(middle + 5)});
    }
    if (const auto rest = after(" >= "); !rest.empty())
        return say({"phải từ {} trở lên", "it must be {} or more"}, {rest});
    return {};
}

/// "table: column = value — CHECK" or "table: table.column" as the engine tells a constraint.
std::string constraint(const std::string& detail, Language language)
{
    constexpr std::string_view dash = " — ";
    const std::string_view text = detail;
    if (const auto null = text.find(" = NULL (CSV: "); null != std::string_view::npos) {
        if (const auto column = column_named(text.substr(0, null), language))
            return cannot_be_empty(*column, language) + " " + std::string(text.substr(null + 8));
    }
    const auto colon = text.find(": ");
    if (colon == std::string_view::npos) return detail;
    const auto cut = text.rfind(dash);
    const bool has_value = cut != std::string_view::npos;
    const std::string_view broken = has_value ? text.substr(cut + dash.size()) : text.substr(colon + 2);
    if (const auto column = column_named(broken, language)) return cannot_be_empty(*column, language);
    const std::string place =
        std::string(text.substr(0, colon)) + "." + std::string(broken.substr(0, broken.find(' ')));
    const auto column = column_named(place, language);
    const std::string rule = wanted(broken, language);
    if (!column || rule.empty() || !has_value) return detail;
    std::string_view value = text.substr(colon + 2, cut - colon - 2);
    if (const auto equals = value.find(" = "); equals != std::string_view::npos) value.remove_prefix(equals + 3);
    return column->label + " = " + std::string(value) + ": " + rule;
}

/// Did something answer that is no node: a page, or a way to one?
std::string_view tier_in(std::string_view name, Language language)
{
    if (name == "commune") return Text{"xã", "commune"}.in(language);
    if (name == "district") return Text{"huyện", "district"}.in(language);
    if (name == "province") return Text{"tỉnh", "province"}.in(language);
    if (name == "central") return Text{"trung ương", "centre"}.in(language);
    return name;
}

/// "product.id: district, province (source)", which is what may_write() tells.
std::string permitted(const std::string& detail, Language language)
{
    const auto colon = detail.find(": ");
    if (colon == std::string::npos) return detail;
    const std::string place = detail.substr(0, colon);
    const auto column = column_named(place, language);
    std::string what = column ? column->label : place;
    if (const auto dot = place.find('.'); dot != std::string::npos && place.substr(dot + 1) == "id")
        what = std::string{Text{"cả dòng", "the whole row"}.in(language)} + " (" + place.substr(0, dot) + ")";
    const auto end = std::min(detail.find(" (", colon), detail.size());
    std::string tiers;
    for (auto at = colon + 2; at < end;) {
        const auto comma = std::min(detail.find(", ", at), end);
        tiers += tiers.empty() ? "" : ", ";
        tiers += tier_in(std::string_view{detail}.substr(at, comma - at), language);
        at = comma + 2;
    }
    return what + ": " + fill(Text{"chỉ cấp {} được ghi", "only these tiers may write it: {}"}.in(language), {tiers}) +
           detail.substr(end);
}

bool is_web_page(const std::string& detail)
{
    return detail.rfind("content type ", 0) == 0 || detail.rfind("HTTP 3", 0) == 0 || detail.rfind("HTTP 511", 0) == 0;
}

std::string line_detail(const std::string& detail, Language language)
{
    if (detail == "busy")
        return std::string(
            Text{"máy cấp trên đang bận (một chương trình khác đang ghi dữ liệu của nó), sẽ được gọi lại",
                 "the parent is busy (another program writes its data); it is tried again"}
                .in(language));
    if (is_web_page(detail))
        return fill(Text{"có trang web trả lời thay ({})", "a web page answered in its place ({})"}.in(language),
                    {detail});
    return detail;
}

}  // namespace

std::string both(const Text& words)
{
    return begin_vi + std::string(words.vi) + begin_en + std::string(words.en) + end_words;
}

std::string unreadable(const std::filesystem::path& path)
{
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return both({"không có tệp này", "there is no such file"});
    if (std::filesystem::is_directory(path, ignored)) return both({"đây là một thư mục", "this is a directory"});
    return both({"không mở được, hoặc quá dài", "it cannot be opened, or is too long"});
}

std::string not_writable(const std::filesystem::path& path)
{
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored))
        return path.string() + " " + both({"đã có, sẽ không ghi đè", "already exists and is not overwritten"});
    if (path.has_parent_path() && !std::filesystem::is_directory(path.parent_path(), ignored))
        return path.parent_path().string() + " " +
               both({"không phải một thư mục có sẵn", "is not a directory that exists"});
    return {};
}

std::string wrong_length(std::size_t fields, std::size_t columns)
{
    const std::string has = std::to_string(fields), wants = std::to_string(columns);
    const auto vi = fill("có {} ô mà dòng đầu có {} cột", {has, wants});
    const auto en = fill("{} fields where the first line has {} columns", {has, wants});
    return both({vi, en});
}

std::string detail_of(const Refusal& refusal, Language language)
{
    std::string detail = in_language(refusal.detail, language);
    if (refusal.code == Errc::check_failed) detail = constraint(detail, language);
    if (refusal.code == Errc::not_permitted) detail = permitted(detail, language);
    if (refusal.code == Errc::parent_unreachable) detail = line_detail(detail, language);
    if (refusal.code == Errc::bad_value) {
        const auto end = detail.find(" = ");
        if (const auto column = column_named(detail.substr(0, end), language); column && end != std::string::npos)
            detail = column->label + detail.substr(end);
    }
    return printable(detail);
}

Text next_step_of(const Refusal& refusal)
{
    const std::string& detail = refusal.detail;
    if (refusal.code == Errc::parent_unreachable && is_web_page(detail))
        return {"Mở trình duyệt xem mạng (wifi) có đòi đăng nhập không, đăng nhập rồi thử lại: ocop sync",
                "Open a browser and see whether the network (wifi) wants a login; log in and try again: ocop sync"};
    if (refusal.code == Errc::bad_value && detail.find("https://") != std::string::npos)
        return {"Chưa có TLS: dùng http:// với địa chỉ của chính máy này, như http://127.0.0.1:8080.",
                "TLS is not there yet: use http:// with an address of this machine, such as http://127.0.0.1:8080."};
    if (refusal.code == Errc::unknown_column && detail.find(".#") != std::string::npos)
        return {"Cột này của phiên bản mới hơn: nâng cấp máy này rồi làm lại, hoặc giải quyết ở máy cấp trên.",
                "That column is of a newer version: upgrade this node and try again, or settle it at a node above."};
    if (refusal.code == Errc::bad_value && detail.find("date") != std::string::npos)
        return {"Ngày viết dạng 2020-12-31.", "Dates look like 2020-12-31."};
    return {};
}

Text plural(std::uint64_t count, const Text& many, const Text& one)
{
    return count == 1 ? one : many;
}

}  // namespace ocop::cli
