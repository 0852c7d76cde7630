// The child's mouth: one POST to the parent over libcurl, bytes out, bytes in. It knows nothing about replicas.
//
// An HttpClient keeps its connection open between calls, counts every byte, and believes nothing that does not look
// like an answer of ours: status 200, our content type, a length (a captive portal answers 200 with HTML, F45).
// Plain HTTP and loopback only (see sync/listen_address.h); no redirect, no proxy, no cookie, no netrc.
//
// Everything that a later try may mend is Errc::parent_unreachable with the cause in the detail. A request may have
// arrived although the answer did not: the exchange is made for that.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "node/value.h"
#include "schema/base/result.h"

namespace ocop::sync {

struct ClientLimits {
    std::chrono::milliseconds connect{15'000};
    std::chrono::milliseconds total{10 * 60'000};
    std::size_t slow_bytes = 1;         // fewer bytes a second than this, both ways together ...
    std::chrono::seconds slow_for{60};  // ... for so long: give up. A 2G line stalls for 30 s and goes on
    std::size_t answer_bytes = (1u << 20) + 4096;
};

/// What calls cost, HTTP headers included, TCP and IP not.
struct LinkAccount {
    std::uint64_t sent = 0;         // bytes
    std::uint64_t received = 0;     // bytes
    std::uint64_t round_trips = 0;  // requests sent that got at least the head of an answer
    std::uint64_t connects = 0;     // new TCP connections
    LinkAccount& operator+=(const LinkAccount& other);
    friend bool operator==(const LinkAccount&, const LinkAccount&) = default;
};

class HttpClient {
public:
    HttpClient();
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Refusals: insecure_address, bad_value (not a URL), parent_unreachable, too_large, and whatever cause the parent
    /// names (sync/http_status.h). Text from the parent is cut and cleaned.
    Result<Bytes> post(const std::string& url, std::string_view body, const ClientLimits& limits = {});

    /// Ends the call under way, within about a second, and refuses those to come. From any thread.
    void stop() { stopped_ = true; }

    const LinkAccount& last() const { return last_; }    // the last call, also one that failed
    const LinkAccount& total() const { return total_; }  // all calls

private:
    struct Curl;
    struct Call;
    Result<Bytes> judge(int code, Call& call) const;
    void account(const Call& call);

    std::unique_ptr<Curl> curl_;
    std::atomic<bool> stopped_{false};
    LinkAccount last_;
    LinkAccount total_;
};

}  // namespace ocop::sync
