#include "cli/csv.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "cli/detail.h"
#include "node/os/files.h"
#include "node/text.h"

namespace ocop::cli {

namespace {

std::string line_number(std::size_t line)
{
    return both({"dòng", "line"}) + " " + std::to_string(line);
}

/// One pass over the bytes, a record at a time.
class Reader {
public:
    Reader(std::string_view bytes, char separator, const CsvLimits& limits)
        : bytes_(bytes), separator_(separator), limits_(limits)
    {
    }

    bool at_end() const { return at_ == bytes_.size(); }

    Result<CsvRecord> record()
    {
        CsvRecord record{line_, {}};
        for (;;) {
            auto field = at_quote() ? quoted() : bare();
            if (!field) return field.refusal();
            if (field->size() > limits_.field) return Refusal{Errc::too_large, line_number(record.line)};
            record.fields.push_back(to_nfc(trimmed(*field)));
            if (record.fields.size() > limits_.columns) return Refusal{Errc::too_large, line_number(record.line)};
            if (at_end()) return record;
            if (bytes_[at_] == separator_) {
                ++at_;
                continue;
            }
            skip_line_end();
            return record;
        }
    }

private:
    bool at_quote() const { return !at_end() && bytes_[at_] == '"'; }
    bool at_line_end() const { return !at_end() && (bytes_[at_] == '\n' || bytes_[at_] == '\r'); }

    void skip_line_end()
    {
        if (bytes_.substr(at_).starts_with("\r\n")) ++at_;
        ++at_;
        ++line_;
    }

    Refusal broken(std::size_t line, const Text& what) const
    {
        return Refusal{Errc::bad_file, line_number(line) + ": " + both(what)};
    }

    Result<std::string> bare()
    {
        const std::size_t begin = at_;
        while (!at_end() && bytes_[at_] != separator_ && !at_line_end()) {
            if (bytes_[at_] == '"')
                return broken(line_, {"dấu \" đứng giữa ô; ô có dấu \" phải nằm trong \"…\"",
                                      "a \" in the middle of a field; such a field must stand in \"…\""});
            ++at_;
        }
        return std::string{bytes_.substr(begin, at_ - begin)};
    }

    Result<std::string> quoted()
    {
        const std::size_t opened = line_;
        std::string field;
        ++at_;
        for (;;) {
            const std::size_t quote = bytes_.find('"', at_);
            if (quote == std::string_view::npos)
                return broken(opened, {"dấu \" mở ở đây mà không đóng", "a \" opened here is never closed"});
            const std::string_view piece = bytes_.substr(at_, quote - at_);
            line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
            field += piece;
            if (field.size() > limits_.field) return Refusal{Errc::too_large, line_number(opened)};
            at_ = quote + 1;
            if (!at_quote()) break;
            field += '"';
            ++at_;
        }
        if (!at_end() && bytes_[at_] != separator_ && !at_line_end())
            return broken(line_, {"có chữ ngay sau dấu \" đóng", "text right after a closing \""});
        return field;
    }

    std::string_view bytes_;
    char separator_;
    const CsvLimits& limits_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

char separator_of(std::string_view bytes)
{
    const std::string_view first = bytes.substr(0, bytes.find('\n'));
    const bool semicolons = first.find(';') != std::string_view::npos && first.find(',') == std::string_view::npos;
    return semicolons ? ';' : ',';
}

Status check_encoding(std::string_view bytes)
{
    const auto bad = bad_utf8(bytes);
    if (!bad) return Done{};
    const std::string_view before = bytes.substr(0, *bad);
    const auto line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return Refusal{Errc::bad_encoding, line_number(line) + ", byte " + std::to_string(*bad - start + 1)};
}

Status check_header(const std::vector<std::string>& header)
{
    std::set<std::string> seen;
    for (const std::string& name : header) {
        if (name.empty())
            return Refusal{Errc::bad_file,
                           line_number(1) + ": " + both({"có cột không tên", "a column without a name"})};
        if (!seen.insert(name).second)
            return Refusal{Errc::bad_file,
                           line_number(1) + ": " + both({"hai cột cùng tên", "two columns are called"}) + " " + name};
    }
    return Done{};
}

}  // namespace

std::optional<std::size_t> CsvFile::column(std::string_view name) const
{
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) return std::nullopt;
    return static_cast<std::size_t>(found - header.begin());
}

Result<CsvFile> parse_csv(std::string_view bytes, const CsvLimits& limits)
{
    if (bytes.size() > limits.file) return Refusal{Errc::too_large, std::to_string(bytes.size())};
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (auto checked = check_encoding(bytes); !checked) return checked.refusal();
    Reader reader{bytes, separator_of(bytes), limits};
    if (trimmed(bytes).empty()) return Refusal{Errc::bad_file, both({"tệp trống", "the file is empty"})};

    CsvFile file;
    auto header = reader.record();
    if (!header) return header.refusal();
    if (auto checked = check_header(header->fields); !checked) return checked.refusal();
    file.header = std::move(header->fields);
    while (!reader.at_end()) {
        auto record = reader.record();
        if (!record) return record.refusal();
        const bool blank = std::all_of(record->fields.begin(), record->fields.end(),
                                       [](const std::string& field) { return field.empty(); });
        if (!blank) file.records.push_back(std::move(*record));
    }
    return file;
}

Result<CsvFile> read_csv(const std::filesystem::path& path, const CsvLimits& limits)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (!error && size > limits.file) return Refusal{Errc::too_large, path.string() + ": " + std::to_string(size)};
    const auto bytes = read_file(path, limits.file);
    if (!bytes) return Refusal{Errc::bad_file, path.string() + ": " + unreadable(path)};
    auto file = parse_csv(*bytes, limits);
    if (!file) return Refusal{file.refusal().code, path.string() + ": " + file.refusal().detail};
    return file;
}

}  // namespace ocop::cli
