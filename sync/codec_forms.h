// Forms: what a change says, without the saying. See columns.h.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "node/change.h"
#include "sync/archive.h"

namespace ocop::sync {

struct Shape {  // of an entry
    std::uint64_t mask = 0;
    bool gone = false;
    bool echo = false;
    bool again = false;
    bool away = false;
    bool back = false;
    friend auto operator<=>(const Shape&, const Shape&) = default;
};

struct Form {
    using Key = std::pair<std::uint8_t, std::uint8_t>;  // bit, part

    std::uint32_t table = 0;
    std::vector<Shape> shapes;                   // one an entry
    std::vector<Key> keys;                       // one a cell
    mutable std::vector<std::uint32_t> columns;  // where the message keeps that cell's values; no part of the order

    /// Stops the process if the change is not well-formed: nobody but ourselves made it.
    explicit Form(const Change& change);
    explicit Form(CompactInput& in);
    void write(CompactOutput& out) const;
    bool fits(const Change& change) const;
    /// Gives a fresh change its entries and cells, without values.
    void unfold(Change& change) const;
    friend bool operator<(const Form& a, const Form& b);
};

/// The forms of one message, in order of first use.
class Forms {
public:
    /// Writing: the form of each change.
    std::vector<std::uint32_t> collect(const std::vector<Change>& changes);
    void write(CompactOutput& out, const std::vector<std::uint32_t>& codes) const;
    std::vector<std::uint32_t> read(CompactInput& in, std::size_t changes);

    const Form& operator[](std::uint32_t code) const { return *forms_[code]; }
    std::size_t column_count() const { return columns_.size(); }

private:
    /// The form's code, and whether it is new.
    std::pair<std::uint32_t, bool> add(Form form);

    std::map<Form, std::uint32_t> codes_;
    std::vector<const Form*> forms_;
    std::map<std::pair<std::uint32_t, Form::Key>, std::uint32_t> columns_;
};

}  // namespace ocop::sync
