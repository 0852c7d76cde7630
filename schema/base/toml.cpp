#include <algorithm>
#include <string>
#include <string_view>

#include "schema/base/toml.h"

namespace ocop {

namespace {

/// Walks over text outside quotes and comments; stops at what toml++ should not see.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text)
    {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    }

    /// Where it stopped; the end if all is well.
    std::size_t run()
    {
        while (at_ < text_.size() && !stopped_) {
            const char c = text_[at_];
            if (c == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (c == '"' || c == '\'')
                may_begin() ? quoted(c) : stop();
            else if (static_cast<unsigned char>(c) >= 0x80)
                stop();
            else
                ++at_;
        }
        return at_;
    }

private:
    /// A quote amid a bare word begins nothing: toml++ reads on to the word's end, through what we took for quoted.
    /// (\xbf: the last byte of a byte order mark.)
    bool may_begin() const
    {
        return at_ == 0 || std::string_view{" \t\r\n=[{,.\xbf"}.find(text_[at_ - 1]) != text_.npos;
    }
    void stop() { stopped_ = true; }

    void quoted(char quote)
    {
        const std::string three(3, quote);
        const bool lines = text_.substr(at_, 3) == three;
        at_ += lines ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\\' && quote == '"') {
                if (at_ + 1 < text_.size() &&
                    std::string_view{" \t\r\n"}.find(text_[at_ + 1]) != std::string_view::npos) {
                    stop();
                    return;
                }
                at_ += 2;
            } else if (lines ? text_.substr(at_, 3) == three : c == quote || c == '\n') {
                at_ += lines ? 3 : 1;
                for (int more = 0; lines && more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
                return;
            } else {
                ++at_;
            }
        }
        at_ = std::min(at_, text_.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool stopped_ = false;
};

}  // namespace

void refuse_strange_toml(std::string_view text)
{
    const std::size_t at = Walk{text}.run();
    if (at >= text.size()) return;
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    throw TomlSurprise(std::to_string(line) + ": ");
}

}  // namespace ocop
