// The texts of one column.
//
// A text seen before in the column is a number. Another one is a sequence of words, and so is each of them: a number if the column has
// had it, else its bytes. Vietnamese is written in syllables with blanks between them, a few thousand in all and mostly the same few
// hundred, so this takes less than half of what a general compressor needs at the same speed, and gives it less to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sync/archive.h"
#include "sync/codec_ids.h"

namespace ocop::sync {

class TextWriter {
public:
    void add(std::string_view text);
    void write(CompactOutput& out) const;

private:
    void add_word(std::string_view word);

    Dictionary texts_, words_;
    std::vector<std::uint64_t> codes_, tokens_, sizes_;
    Bytes bytes_;
};

class TextReader {
public:
    TextReader(CompactInput& in, std::size_t count);
    /// Reads one text to the place where it is going to stay.
    void next(std::string& into);

private:
    std::string_view word();

    CompactInput& in_;
    Dictionary texts_, words_;
    ColumnReader codes_, tokens_, sizes_;
    std::string_view bytes_;
    Bytes text_;
};

}  // namespace ocop::sync
