#include "tests/crash/content.h"

#include <algorithm>
#include <cstring>

namespace ocop::test {

Content::Page& Content::page_to_write(std::size_t number)
{
    std::shared_ptr<Page>& page = pages_[number];
    if (page.use_count() != 1) page = std::make_shared<Page>(*page);
    page->hash = 0;
    return *page;
}

std::size_t Content::read(std::uint64_t at, char* bytes, std::size_t count) const
{
    if (at >= size_) return 0;
    const std::size_t have = std::min<std::size_t>(count, size_ - at);
    for (std::size_t done = 0; done < have;) {
        const std::size_t place = (at + done) % page_size;
        const std::size_t part = std::min(have - done, page_size - place);
        std::memcpy(bytes + done, pages_[(at + done) / page_size]->bytes.data() + place, part);
        done += part;
    }
    return have;
}

void Content::write(std::uint64_t at, std::string_view bytes)
{
    if (bytes.empty()) return;
    if (size_ < at + bytes.size()) resize(at + bytes.size());
    for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t place = (at + done) % page_size;
        const std::size_t part = std::min(bytes.size() - done, page_size - place);
        std::memcpy(page_to_write((at + done) / page_size).bytes.data() + place, bytes.data() + done, part);
        done += part;
    }
}

void Content::resize(std::uint64_t size)
{
    static const auto zeros = std::make_shared<Page>();
    pages_.resize((size + page_size - 1) / page_size, zeros);
    if (size < size_ && size % page_size != 0) {
        Page& last = page_to_write(size / page_size);
        std::fill(last.bytes.begin() + static_cast<std::ptrdiff_t>(size % page_size), last.bytes.end(), '\0');
    }
    size_ = size;
}

std::string Content::str() const
{
    std::string all(size_, '\0');
    read(0, all.data(), size_);
    return all;
}

std::uint64_t Content::hash() const
{
    std::uint64_t sum = size_ + 1;
    for (const auto& page : pages_) {
        if (page->hash == 0) {
            std::uint64_t hash = 0x9e3779b97f4a7c15;
            for (std::size_t i = 0; i < page_size; i += sizeof hash) {
                std::uint64_t word = 0;
                std::memcpy(&word, page->bytes.data() + i, sizeof word);
                hash = (hash ^ word) * 0xff51afd7ed558ccd;
                hash ^= hash >> 32;
            }
            page->hash = hash | 1;
        }
        sum = (sum ^ page->hash) * 0xc4ceb9fe1a85ec53;
        sum ^= sum >> 29;
    }
    return sum;
}

}  // namespace ocop::test
