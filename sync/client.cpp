#include "sync/client.h"

#include <curl/curl.h>

#include <new>
#include <optional>

#include "sync/http_status.h"
#include "sync/listen_address.h"

namespace ocop::sync {
namespace {

constexpr std::size_t head_bytes = 16u << 10;     // of an answer; ours has about 80
constexpr std::size_t refusal_bytes = 64u << 10;  // of another body that we sit through

struct UrlParts {
    std::string scheme;
    std::string host;
};

/// Read by curl's own parser, so that what is judged here is what curl will connect to.
std::optional<UrlParts> parts_of(const std::string& url)
{
    CURLU* parsed = curl_url();
    char* scheme = nullptr;
    char* host = nullptr;
    std::optional<UrlParts> parts;
    const bool good = parsed && curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
                      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    if (good) parts = UrlParts{scheme, host};
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parsed);
    return parts;
}

Status check_url(const std::string& url)
{
    const auto parts = parts_of(url);
    if (!parts) return Refusal{Errc::bad_value, wire_detail(url)};
    if (parts->scheme != "http") return Refusal{Errc::insecure_address, wire_detail(url)};
    return plain_http_allowed(parts->host);
}

Refusal unreachable(std::string_view detail)
{
    return Refusal{Errc::parent_unreachable, wire_detail(detail)};
}

/// What a peer named, as it concerns this node: that the parent's data are locked says nothing of ours.
Refusal named_by_peer(Errc cause, std::string_view body)
{
    if (cause == Errc::node_busy) return unreachable("busy");
    return Refusal{cause, wire_detail(body)};
}

void initialise_curl_once()
{
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) throw std::bad_alloc();
}

}  // namespace

LinkAccount& LinkAccount::operator+=(const LinkAccount& other)
{
    sent += other.sent;
    received += other.received;
    round_trips += other.round_trips;
    connects += other.connects;
    return *this;
}

/// One call under way; curl's callbacks write here.
struct HttpClient::Call {
    enum class Cut { none, head_too_long, not_ours, answer_too_long };

    CURL* easy;
    const std::atomic<bool>& stopped;
    const ClientLimits& limits;
    Bytes body = {};
    Cut cut = Cut::none;
    std::size_t head = 0;
    std::size_t seen = 0;  // bytes of the answer's body
    LinkAccount cost = {};

    long status() const
    {
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        return status;
    }
    std::string content_type() const
    {
        char* type = nullptr;
        curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
        return type ? type : "";
    }
    std::string error_header_value() const
    {
        curl_header* header = nullptr;
        const CURLHcode code = curl_easy_header(easy, error_header.data(), 0, CURLH_HEADER, -1, &header);
        return code == CURLHE_OK ? header->value : "";
    }
    bool take(std::string_view bytes);

    static std::size_t on_head(char* bytes, std::size_t size, std::size_t count, void* call);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* call);
    static int on_progress(void* call, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    static int on_wire(CURL* easy, curl_infotype type, char* bytes, std::size_t size, void* call);
};

/// False cuts the connection.
bool HttpClient::Call::take(std::string_view bytes)
{
    seen += bytes.size();
    if (status() != 200) {
        if (body.size() < detail_limit) body += bytes.substr(0, detail_limit - body.size());
        return seen <= refusal_bytes;
    }
    if (content_type() != exchange_content_type)
        cut = Cut::not_ours;
    else if (seen > limits.answer_bytes)
        cut = Cut::answer_too_long;
    else
        body += bytes;
    return cut == Cut::none;
}

std::size_t HttpClient::Call::on_head(char*, std::size_t size, std::size_t count, void* call)
{
    auto& self = *static_cast<Call*>(call);
    self.head += size * count;
    if (self.head <= head_bytes) return size * count;
    self.cut = Cut::head_too_long;
    return 0;
}

std::size_t HttpClient::Call::on_body(char* bytes, std::size_t size, std::size_t count, void* call)
{
    return static_cast<Call*>(call)->take({bytes, size * count}) ? size * count : 0;
}

int HttpClient::Call::on_progress(void* call, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return static_cast<Call*>(call)->stopped ? 1 : 0;
}

/// Counts what passes: curl's own figures leave out requests that curl repeats and, in some releases, count bodies twice.
int HttpClient::Call::on_wire(CURL*, curl_infotype type, char*, std::size_t size, void* call)
{
    if (!call) return 0;  // an idle connection being closed
    auto& cost = static_cast<Call*>(call)->cost;
    if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT) cost.sent += size;
    if (type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN) cost.received += size;
    return 0;
}

/// The handle and what stays the same from call to call.
struct HttpClient::Curl {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;

    Curl()
    {
        initialise_curl_once();
        easy = curl_easy_init();
        add("Content-Type: " + std::string(exchange_content_type));
        add("Accept:");  // an empty value means: do not send it
        add("User-Agent:");
        add("Expect:");
        if (!easy || !headers) throw std::bad_alloc();
        set_up();
    }
    ~Curl()
    {
        curl_slist_free_all(headers);
        curl_easy_cleanup(easy);
    }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    void add(const std::string& header)
    {
        if (curl_slist* longer = curl_slist_append(headers, header.c_str())) headers = longer;
    }
    void set_up()
    {
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");  // also keeps http_proxy of the environment out
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
        curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Call::on_head);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Call::on_body);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Call::on_progress);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &Call::on_wire);
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);  // or on_wire is not called
    }
    void aim(const std::string& url, std::string_view body, Call& call)
    {
        const ClientLimits& limits = call.limits;
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.slow_bytes));
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.slow_for.count()));
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, &call);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &call);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &call);
    }
    /// Nothing of a call that is over may be called back.
    void release()
    {
        for (const CURLoption option : {CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_XFERINFODATA, CURLOPT_DEBUGDATA})
            curl_easy_setopt(easy, option, static_cast<void*>(nullptr));
    }
};

HttpClient::HttpClient() : curl_(std::make_unique<Curl>()) {}
HttpClient::~HttpClient() = default;

Result<Bytes> HttpClient::post(const std::string& url, std::string_view body, const ClientLimits& limits)
{
    last_ = {};
    if (const Status good = check_url(url); !good) return good.refusal();
    if (stopped_) return unreachable("stopped");
    Call call{curl_->easy, stopped_, limits};
    curl_->aim(url, body, call);
    const CURLcode code = curl_easy_perform(curl_->easy);
    account(call);
    Result<Bytes> answer = judge(static_cast<int>(code), call);
    curl_->release();
    return answer;
}

Result<Bytes> HttpClient::judge(int code, Call& call) const
{
    switch (call.cut) {
    case Call::Cut::head_too_long: return unreachable("header");
    case Call::Cut::not_ours: return unreachable("content type " + call.content_type());
    case Call::Cut::answer_too_long: return Refusal{Errc::too_large, "answer"};
    case Call::Cut::none: break;
    }
    // A parent that refuses in the middle of our sending has said why, even where the sending then failed.
    const long status = call.status();
    if (status >= 400) {
        const std::string name = call.error_header_value();
        if (const auto cause = error_from_wire(name)) return named_by_peer(*cause, call.body);
        return unreachable("HTTP " + std::to_string(status) + (name.empty() ? "" : " " + name));
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) return unreachable("stopped");
    if (code != CURLE_OK) return unreachable(curl_easy_strerror(static_cast<CURLcode>(code)));
    if (status != 200) return unreachable("HTTP " + std::to_string(status));
    if (call.content_type() != exchange_content_type) return unreachable("content type " + call.content_type());
    curl_off_t length = -1;
    curl_easy_getinfo(curl_->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length < 0) return unreachable("no length");  // an answer cut short would look whole
    return std::move(call.body);
}

void HttpClient::account(const Call& call)
{
    long connects = 0;
    curl_easy_getinfo(curl_->easy, CURLINFO_NUM_CONNECTS, &connects);
    last_ = call.cost;
    last_.connects = static_cast<std::uint64_t>(connects);
    last_.round_trips = call.head > 0 ? 1 : 0;
    total_ += last_;
}

}  // namespace ocop::sync
