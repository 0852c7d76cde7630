// What a file holds, in pages that copies share until one of them writes: a crash point copies every file several times and changes little.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ocop::test {

class Content {
public:
    Content() = default;
    Content(std::string_view bytes) { write(0, bytes); }
    Content(const std::string& bytes) : Content(std::string_view{bytes}) {}
    Content(const char* bytes) : Content(std::string_view{bytes}) {}

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// Copies what there is from `at`, `count` bytes at most; says how many.
    std::size_t read(std::uint64_t at, char* bytes, std::size_t count) const;
    void write(std::uint64_t at, std::string_view bytes);
    void resize(std::uint64_t size);
    std::string str() const;
    /// Equal for equal contents; what a page adds is counted once for all that share it.
    std::uint64_t hash() const;
    bool operator==(const Content& other) const { return size_ == other.size_ && str() == other.str(); }

private:
    static constexpr std::size_t page_size = 4096;
    struct Page {
        std::array<char, page_size> bytes{};  // zero after the file's end
        std::uint64_t hash = 0;               // 0: to be counted
    };
    Page& page_to_write(std::size_t number);

    std::size_t size_ = 0;
    std::vector<std::shared_ptr<Page>> pages_;
};

}  // namespace ocop::test
