// Both ends of a loopback line for tests: a bare socket that may misbehave, a fake parent that follows a script, and a
// real Server on a thread. Every wait has a deadline; nothing sleeps.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "sync/server.h"

namespace ocop::sync::testing {

constexpr int patience_ms = 10'000;

class RawSocket {
public:
    explicit RawSocket(int fd) : fd_(fd) {}
    static RawSocket connect_to(std::uint16_t port)
    {
        RawSocket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address = loopback(port);
        if (::connect(made.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) made.close();
        return made;
    }
    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    ~RawSocket() { close(); }

    bool is_open() const { return fd_ >= 0; }
    void close()
    {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    void finish_sending() { ::shutdown(fd_, SHUT_WR); }

    bool ready(short what, int ms) const
    {
        pollfd poll_for{fd_, what, 0};
        return ::poll(&poll_for, 1, ms) == 1;
    }

    /// False when the other end is gone or does not read.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (!ready(POLLOUT, patience_ms)) return false;
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// Some bytes; empty at the end of the stream, or when the wait is over.
    std::string receive_some(int ms = patience_ms)
    {
        char buffer[16384];
        if (!ready(POLLIN, ms)) return {};
        const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
        return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string{};
    }

    /// Everything until the other end closes.
    std::string receive_all()
    {
        std::string all;
        for (std::string some = receive_some(); !some.empty(); some = receive_some()) all += some;
        return all;
    }

    /// One message with its Content-Length body; what follows it stays for the next call.
    std::string receive_message()
    {
        for (;;) {
            const std::size_t head = rest_.find("\r\n\r\n");
            if (head != std::string::npos && rest_.size() >= head + 4 + length_in(rest_.substr(0, head))) {
                const std::size_t whole = head + 4 + length_in(rest_.substr(0, head));
                std::string message = rest_.substr(0, whole);
                rest_.erase(0, whole);
                return message;
            }
            const std::string some = receive_some();
            if (some.empty()) return std::exchange(rest_, {});
            rest_ += some;
        }
    }

    /// True when the other end closes or resets within the patience of a test.
    bool closed_by_peer()
    {
        char byte = 0;
        while (ready(POLLIN, patience_ms)) {
            if (::recv(fd_, &byte, 1, 0) <= 0) return true;
        }
        return false;
    }

private:
    static std::size_t length_in(const std::string& head)
    {
        const std::size_t at = head.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    }

    int fd_;
    std::string rest_;
};

/// Listens on a free port and treats each connection as the script says, one after the other.
class FakeParent {
public:
    using Script = std::function<void(RawSocket&)>;

    explicit FakeParent(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address = RawSocket::loopback(0);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(listener_, 16);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~FakeParent()
    {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
        thread_.join();
        ::close(listener_);
    }
    FakeParent(const FakeParent&) = delete;
    FakeParent& operator=(const FakeParent&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/exchange"; }
    int connections() const { return connections_; }

private:
    void serve()
    {
        while (!stopping_) {
            RawSocket socket(::accept(listener_, nullptr, nullptr));
            if (!socket.is_open()) continue;
            ++connections_;
            script_(socket);
        }
    }

    Script script_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

/// A real server on a free port and a thread of its own.
class RunningServer {
public:
    explicit RunningServer(Handler handler, const ServerLimits& limits = {}, ErrorSink on_error = {})
        : server_(std::move(Server::open({}, std::move(handler), limits, std::move(on_error)).value())),
          port_(server_->port()), url_(server_->url()), thread_([this] { server_->run(); })
    {
    }
    ~RunningServer() { stop(); }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    void stop()
    {
        if (!thread_.joinable()) return;
        server_->stop();
        thread_.join();
    }
    std::uint16_t port() const { return port_; }
    const std::string& url() const { return url_; }
    RawSocket connect() const { return RawSocket::connect_to(port_); }

private:
    std::unique_ptr<Server> server_;
    std::uint16_t port_;
    std::string url_;
    std::thread thread_;
};

}  // namespace ocop::sync::testing
