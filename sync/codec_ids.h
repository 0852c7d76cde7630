// Ids on the wire: row keys, units, and references between rows.
//
// A canonical UUID takes 16 bytes instead of 36, and a version 7 one 9 bytes of noise and the way from the previous one's time. An id
// that was in the message before is a number. Other keys are text, front-coded.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/archive.h"

namespace ocop::sync {

using Uuid = std::array<std::uint8_t, 16>;

/// Canonical text only: 36 characters, lower case.
bool parse_uuid(std::string_view text, Uuid& uuid);
std::string format_uuid(const Uuid& uuid);
/// UTF-8 in shortest form, without surrogates and NUL.
bool is_clean_utf8(std::string_view text);

/// Bytes of a string that do not fit into the object itself, with the allocator's share.
inline std::size_t heap_bytes(std::size_t size)
{
    return size > 15 ? size + 17 : 0;
}

/// Texts in order of first use. Keeps views: the texts must outlive it and stay where they are.
class Dictionary {
public:
    /// The place of `text`, and whether it is new there.
    std::pair<std::uint32_t, bool> add(std::string_view text);
    std::string_view operator[](std::size_t index) const { return items_[index]; }
    std::size_t size() const { return items_.size(); }

private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t place = 0;  // 0: free, else place + 1
    };
    void grow();

    std::vector<std::string_view> items_;
    std::vector<Slot> slots_;  // power of two, at most half full
};

/// Collects one column of ids, then writes it.
class IdWriter {
public:
    explicit IdWriter(Dictionary& known) : known_(known) {}
    void add(std::string_view id);
    void write(CompactOutput& out) const;

private:
    void add_v7(const Uuid& uuid);
    void add_text(std::string_view id);

    Dictionary& known_;
    std::vector<std::uint64_t> codes_, times_, shared_, sizes_;
    Bytes texts_, noise_;
    std::uint64_t last_time_ = 0;
    std::string_view last_text_;
};

class IdReader {
public:
    IdReader(CompactInput& in, Dictionary& known, std::size_t count);
    /// Reads one id to the place where it is going to stay.
    void next(std::string& into);

private:
    void new_v7(std::string& into);
    void new_uuid(std::string& into);
    void new_text(std::string& into);

    CompactInput& in_;
    Dictionary& known_;
    ColumnReader codes_, times_, shared_, sizes_;
    std::string_view texts_;
    std::uint64_t last_time_ = 0;
    std::string_view last_text_;
};

}  // namespace ocop::sync
