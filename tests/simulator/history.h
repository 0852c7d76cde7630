// The history: one line an event, fields parted by tabs, written by the workload and by reads of domain tables, never from the change log.
// The checkers (tests/simulator/checkers) read nothing else, so they judge a history of real daemons as well; this comment is all they share
// with us. Times are virtual milliseconds. A value is `~` (NULL), i5, r0.5, tTEXT or xHEX; tab, newline and backslash in it are \t \n \\.
//
//   run SEED WHOLE DEPTH          WHOLE 1: every message carries all its sender had to say
//   unit ID PARENT LEVEL          the administrative tree; PARENT `-`: the root
//   node N UNIT PARENT ORIGIN     an office; PARENT `-`: the root; ORIGIN orders equal versions
//   invoke T N TXN                a person's transaction begins
//   cell TXN TABLE ROW UNIT COLUMN BEFORE AFTER    what it did; COLUMN `id` is the row itself; an insertion and a deletion name all columns
//   ok T N TXN | fail T N TXN | info T N TXN       committed; surely not; nobody knows (the power went)
//   make T N MSG CLOCK            a child wrote a request; CLOCK: what its clock said
//   serve T N MSG ANSWER CLOCK TAKEN               its parent took it (TAKEN 1) and answered
//   finish T N ANSWER CLOCK MORE  the child took the answer; MORE 1: it is to call again at once
//   seal T N CLOCK                another transaction of the engine
//   refused T N STEP CAUSE        a step was refused or broke
//   restart T N                   power cut and reboot
//   snapshot T N S | restore T N S                 a backup is taken; it comes back to life
//   clone T N OF                  node N, just named, is a second machine with the disk of OF
//   read T N READ WHY             a person reads all tables; rows follow: row READ TABLE ROW UNIT COLUMN VALUE ... (NULLs left out)
//   quiet T                       from here no faults and no writes
//   proof T N SOUND COMPARED EQUAL WITHHELD        what the node says of itself
//   size T N BYTES                of its database
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "node/value.h"

namespace ocop::sim {

/// A value as the history writes it.
std::string shown(const Value& value);

class History {
public:
    template <class... Fields>
    void line(std::string_view kind, const Fields&... fields)
    {
        text_ += kind;
        (field(fields), ...);
        text_ += '\n';
    }
    /// A line in parts: open(), field() for each, close().
    void open(std::string_view kind) { text_ += kind; }
    void field(std::string_view text)
    {
        text_ += '\t';
        text_ += text;
    }
    void field(const char* text) { field(std::string_view{text}); }
    void field(const std::string& text) { field(std::string_view{text}); }
    void field(std::int64_t number) { field(std::string_view{std::to_string(number)}); }
    void field(int number) { field(std::int64_t{number}); }
    void field(std::uint64_t number) { field(std::string_view{std::to_string(number)}); }
    void field(bool yes) { field(std::string_view{yes ? "1" : "0"}); }
    void close() { text_ += '\n'; }

    const std::string& text() const { return text_; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace ocop::sim
