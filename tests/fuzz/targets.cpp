#include "tests/fuzz/targets.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "cli/csv.h"
#include "cli/mapping.h"
#include "node/enrolment.h"
#include "node/history_bytes.h"
#include "node/line.h"
#include "node/row_key.h"
#include "node/text.h"
#include "schema/model.h"
#include "sync/codec.h"
#include "sync/codec_frame.h"
#include "sync/http_status.h"
#include "sync/listen_address.h"
#include "tests/support/world.h"

namespace ocop::test {

namespace {

void must(bool holds)
{
    if (!holds) std::abort();
}

/// Accepted bytes have one form only: encoding gives them back (F62).
template <class Message>
void same_bytes(sync::FrameKind kind, const Result<Message>& message, std::string_view main, std::string_view noise)
{
    if (!message) return;
    const Bytes again = sync::encode(*message);
    const Result<sync::Frame> frame = sync::read_frame(kind, again, {1u << 24, 1u << 24});
    must(frame.ok() && frame->main == main && frame->noise == noise);
}

// The payload is framed here, because no fuzzer guesses a checksum.
void codec(std::string_view bytes)
{
    if (bytes.size() < 3) return;
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const auto kind = (byte(0) & 1) != 0 ? sync::FrameKind::request : sync::FrameKind::answer;
    const std::size_t noise_size = (byte(1) << 8 | byte(2)) % (bytes.size() - 2);
    const std::string_view main = bytes.substr(3, bytes.size() - 3 - noise_size);
    const std::string_view noise = bytes.substr(3 + main.size());
    sync::CompactOutput payload;
    payload.text(main);
    payload.noise(noise);
    const Bytes frame = sync::write_frame(kind, payload);
    if (kind == sync::FrameKind::request)
        same_bytes(kind, sync::decode_request(frame), main, noise);
    else
        same_bytes(kind, sync::decode_answer(frame), main, noise);
}

void frame(std::string_view bytes)
{
    const auto request = sync::decode_request(bytes);
    if (request) must(sync::encode(*request) == bytes);
    const auto answer = sync::decode_answer(bytes);
    if (answer) must(sync::encode(*answer) == bytes);
}

void invite(std::string_view bytes)
{
    const auto read = invite_from_toml(bytes);
    if (!read) return;
    const auto again = invite_from_toml(invite_to_toml(*read));
    must(again.ok() && again->secret == read->secret && again->unit == read->unit && again->url == read->url &&
         again->unit_name == read->unit_name && again->parent == read->parent);
}

void address(std::string_view bytes)
{
    const auto read = sync::parse_listen_address(bytes);
    if (!read) return;
    (void)sync::plain_http_allowed(read->host);
    const auto again = sync::parse_listen_address(sync::to_string(*read));
    must(again.ok() && again->port == read->port);
}

/// What a parent says in a header and in the body of a refusal.
void http(std::string_view bytes)
{
    const std::string detail = sync::wire_detail(bytes);
    must(detail.size() <= sync::detail_limit && !bad_utf8(detail));
    must(sync::wire_detail(detail) == detail);
    if (const auto code = sync::error_from_wire(bytes)) must(sync::error_name(*code) == bytes);
}

void model(std::string_view bytes)
{
    (void)load_model(bytes);
}

void table_sql(std::string_view bytes)
{
    (void)check_table_sql(ocop_model().tables.front(), bytes);
}

Replica& any_replica()
{
    static World world;
    static Office& office = world.root();
    return *office.replica;
}

void mapping(std::string_view bytes)
{
    (void)cli::parse_mapping(bytes, any_replica().catalog());
}

void csv(std::string_view bytes)
{
    const auto file = cli::parse_csv(bytes, {1u << 20, 1u << 16, 100});
    if (!file) return;
    must(file->header.size() <= 100);
    for (const auto& record : file->records)
        for (const auto& field : record.fields) must(!bad_utf8(field));
}

/// The literals of a journal that any program may have written.
void literals(std::string_view bytes)
{
    must(parse_literals(bytes).size() <= bytes.size() + 1);
}

void row_key(std::string_view bytes)
{
    const std::string row{bytes};
    if (bytes.empty() || bad_utf8(bytes) || bytes.find('\0') != std::string_view::npos) return;
    must(row_of(log_key(row)) == row);
    if (is_canonical_uuid(bytes)) must(uuid_from_bytes(uuid_to_bytes(bytes)) == bytes);
}

void text(std::string_view bytes)
{
    const auto clean = clean_text(bytes);
    must(clean.ok() == !bad_utf8(bytes));
    if (!clean) return;
    must(!bad_utf8(*clean));
    must(to_nfc(*clean) == *clean);
    must(trimmed(*clean) == *clean);
}

/// All that a chunk of history says, written again.
std::string rewritten(std::string_view body)
{
    std::string again;
    std::vector<std::string> names;
    PastReader reader{body};
    for (Past past; reader.next(past);)
        if (reader.sound()) append_past(again, names, past);
    return again;
}

/// A chunk of history as a failing disk may give it back.
void history(std::string_view bytes)
{
    const std::string once = rewritten(bytes);
    must(rewritten(once) == once);
}

/// The ended lives of a node, of which a disk may have lost a part.
void lives(std::string_view bytes)
{
    const std::vector<EndedLife> ended = ended_lives(bytes);
    must(to_bytes(ended) == bytes.substr(0, to_bytes(ended).size()));
    const Line line{ended, 7};
    must(common(line, line).places == common(line, line).places && !parted(line, line));
}

}  // namespace

const std::vector<FuzzTarget>& fuzz_targets()
{
    static const std::vector<FuzzTarget> targets = {
        {"codec", codec, 4096},         {"frame", frame, 4096},     {"invite", invite, 1024},
        {"address", address, 128},      {"http", http, 512},        {"model", model, 4096},
        {"table_sql", table_sql, 2048}, {"mapping", mapping, 2048}, {"csv", csv, 2048},
        {"literals", literals, 1024},   {"row_key", row_key, 128},  {"text", text, 512},
        {"history", history, 1024},     {"lives", lives, 512},      {"exchange", fuzz_exchange, 4096},
    };
    return targets;
}

}  // namespace ocop::test
