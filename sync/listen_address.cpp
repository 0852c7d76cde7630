#include "sync/listen_address.h"

#include <charconv>
#include <optional>

namespace ocop::sync {
namespace {

std::optional<unsigned> parse_number(std::string_view text, unsigned limit)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || value > limit || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    return value;
}

/// First number of a dotted quad, nothing when the text is not one.
std::optional<unsigned> first_of_quad(std::string_view text)
{
    std::optional<unsigned> first;
    for (int i = 0; i < 4; ++i) {
        const std::size_t dot = i < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto part = parse_number(text.substr(0, dot), 255);
        if (!part) return std::nullopt;
        if (!first) first = part;
        text.remove_prefix(i < 3 ? dot + 1 : dot);
    }
    return first;
}

std::string_view without_brackets(std::string_view host)
{
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    const bool only_port = colon == std::string_view::npos;
    const auto port = parse_number(only_port ? text : text.substr(colon + 1), 65535);
    const std::string_view host = only_port ? std::string_view{} : text.substr(0, colon);
    const bool bracketed = host != without_brackets(host);
    const bool bare_v6 = !bracketed && host.find(':') != std::string_view::npos;
    if (!port || bare_v6 || without_brackets(host).find_first_of("[]") != std::string_view::npos || host == "[]")
        return Refusal{Errc::bad_value, std::string(text)};

    ListenAddress address;
    address.port = static_cast<std::uint16_t>(*port);
    if (!host.empty() && host != "localhost") address.host = std::string(without_brackets(host));
    return address;
}

std::string to_string(const ListenAddress& address)
{
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_loopback(std::string_view host)
{
    const std::string_view bare = without_brackets(host);
    return bare == "localhost" || bare == "::1" || first_of_quad(bare) == 127u;
}

Status plain_http_allowed(std::string_view host)
{
    if (is_loopback(host)) return Done{};
    return Refusal{Errc::insecure_address, std::string(host)};
}

}  // namespace ocop::sync
