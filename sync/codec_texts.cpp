#include "sync/codec_texts.h"

#include <algorithm>

namespace ocop::sync {
namespace {

// Longer texts hardly ever repeat; not looking for them saves time and memory.
constexpr std::size_t longest_repeated = 64;

// Tokens of words: below token_long a new word of that size; token_long: a new word whose size is in the sizes; above: a known word.
constexpr std::uint64_t token_long = 24;
constexpr std::uint64_t token_known = token_long + 1;

}  // namespace

void TextWriter::add(std::string_view text)
{
    if (text.size() <= longest_repeated) {
        const auto [place, is_new] = texts_.add(text);
        if (!is_new) {
            codes_.push_back(std::uint64_t{place} << 1 | 1);
            return;
        }
    }
    std::uint64_t blanks = 0;
    for (std::size_t at = 0;; ++blanks) {
        const std::size_t blank = text.find(' ', at);
        add_word(text.substr(at, blank - at));
        if (blank == text.npos) break;
        at = blank + 1;
    }
    codes_.push_back(blanks << 1);
}

void TextWriter::add_word(std::string_view word)
{
    if (word.size() >= token_long) {
        tokens_.push_back(token_long);
        sizes_.push_back(word.size() - token_long);
        bytes_.append(word);
        return;
    }
    const auto [place, is_new] = words_.add(word);
    tokens_.push_back(is_new ? word.size() : token_known + place);
    if (is_new) bytes_.append(word);
}

void TextWriter::write(CompactOutput& out) const
{
    out.column(codes_);
    out.column(tokens_);
    out.column(sizes_);
    out.text(bytes_);
    out.cut();
}

TextReader::TextReader(CompactInput& in, std::size_t count) : in_(in), codes_(in.column(count))
{
    std::size_t words = 0;
    ColumnReader codes = codes_;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t code = codes.next();
        in.require(code < UINT32_MAX);
        words += code & 1 ? 0 : static_cast<std::size_t>(code >> 1) + 1;
    }
    tokens_ = in.column(words);
    std::size_t total = 0;
    std::size_t sizes = 0;
    ColumnReader tokens = tokens_;
    for (std::size_t i = 0; i < words; ++i) {
        const std::uint64_t token = tokens.next();
        sizes += token == token_long;
        total += token <= token_long ? static_cast<std::size_t>(token) : 0;
    }
    sizes_ = in.column(sizes);
    ColumnReader longer = sizes_;
    for (std::size_t i = 0; i < sizes; ++i) {
        const std::uint64_t size = longer.next();
        in.require(size < UINT32_MAX);
        total += static_cast<std::size_t>(size);
    }
    bytes_ = in.text(total);
}

std::string_view TextReader::word()
{
    const std::uint64_t token = tokens_.next();
    if (token >= token_known) {
        in_.require(token - token_known < words_.size());
        return words_[static_cast<std::size_t>(token - token_known)];
    }
    const std::size_t size = static_cast<std::size_t>(token == token_long ? token_long + sizes_.next() : token);
    const std::string_view word = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    in_.require(word.find(' ') == word.npos);
    if (size < token_long) {
        in_.charge(48);
        in_.require(words_.add(word).second);
    }
    return word;
}

void TextReader::next(std::string& into)
{
    const std::uint64_t code = codes_.next();
    if (code & 1) {
        in_.require(code >> 1 < texts_.size());
        const std::string_view text = texts_[static_cast<std::size_t>(code >> 1)];
        in_.charge(heap_bytes(text.size()));
        into = text;
        return;
    }
    text_.clear();
    for (std::uint64_t blanks = code >> 1;; --blanks) {
        const std::string_view next = word();
        in_.charge(next.size() + 1);
        text_.append(next);
        if (blanks == 0) break;
        text_.push_back(' ');
    }
    in_.charge(17);
    into = text_;
    Uuid uuid{};
    in_.require(!parse_uuid(into, uuid));
    if (into.size() <= longest_repeated) {
        in_.charge(48);
        in_.require(texts_.add(into).second);
    }
}

}  // namespace ocop::sync
