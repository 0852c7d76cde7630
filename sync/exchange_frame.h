// What both sides of an exchange need to make a message: fill it from the log until it fits a frame, and write tokens as the wire has them.
#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "node/change_log.h"
#include "node/outbox.h"
#include "sync/codec.h"

namespace ocop::sync {

/// Where the changes of a message take more, it neither asks nor answers what is compared (node/compare.h).
constexpr std::size_t room_beside_a_question = 128u << 10;

/// All zeros if `bytes` are none.
Token token_of(const std::string& bytes);
std::string bytes_of(const Token& token);

/// A row so long that no frame holds it waits here: then digests are not to be compared.
bool anything_held(Replica& replica);

/// Reads less and less until the message fits a frame. A row that fits none is held back, so that the others go on.
template <class Message>
Bytes encode_within(ChangeLog& log, Message& message, Reading reading, const std::function<void(Batch)>& fill)
{
    for (;;) {
        Batch batch = read_log(log, reading);
        const std::vector<Change> first(batch.changes.begin(), batch.changes.begin() + (batch.changes.empty() ? 0 : 1));
        const bool divisible = batch.changes.size() > 1;
        const bool small = batch.bytes <= DecodeLimits{}.raw_bytes / 2;
        fill(std::move(batch));
        Bytes bytes = encode(message);
        if (first.empty() || (small && bytes.size() <= DecodeLimits{}.frame_bytes)) return bytes;
        if (divisible)
            reading.bytes /= 2;
        else
            hold_back(log, first.front());
    }
}

}  // namespace ocop::sync
