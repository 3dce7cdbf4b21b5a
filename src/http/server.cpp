#include "http/server.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "http/connection.h"
#include "http/listener.h"

namespace sotto::http {
namespace {

constexpr int kAcceptTurns = 64;  // accepted connections before others have their turn
constexpr milliseconds kNoRoomPause{100};

// Each connection is a descriptor; the usual soft limit, 1,024, is below what the limits promise.
void raise_descriptor_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, connections + 512);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A write to a connection that the other side closed would end the process. Blocked for this thread alone: what the
// rest of the process does with the signal is its own affair.
void block_broken_pipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Result<void> check_options(const ServerOptions& options) {
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto plain = plain_address(address);
  if (plain && !is_loopback_address(*plain) && options.tokens.empty()) {
    return Unexpected(ErrorCode::kBadRequest,
                      "listening on " + options.address +
                          " lets other machines connect, and no token protects the server; make one with "
                          "`sotto token add NAME --scope chat`, or listen on 127.0.0.1");
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return Unexpected(ErrorCode::kBadRequest, "TLS needs both a certificate and its key; one of the two is not given");
  }
  return {};
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options, Router router) : site(std::move(options), std::move(router)) {}

  Site site;
  Listener listener;                                                         // its socket is in `watch`
  std::unique_ptr<Watch> watch;                                              // of the listener; null once draining
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;  // of the loop's thread
  std::thread thread;

  std::mutex mutex;
  std::condition_variable all_closed;
  bool closed = false;  // draining, and the last connection has ended

  void accept_some();
  void receive(Guest guest);
  void remove(Connection& connection);
  void wait_for_guests() {
    watch->when_readable([this] { accept_some(); });
  }
  // Runs `call` on the loop's thread and waits for its end.
  void on_loop(const std::function<void()>& call);
  void stop_accepting();
  void cut_all();
  void note_closed();
};

void Server::Impl::accept_some() {
  for (int turn = 0; turn < kAcceptTurns; ++turn) {
    Guest guest;
    const Accepted accepted = accept_from(watch->descriptor(), guest);
    if (accepted == Accepted::kNone) return wait_for_guests();
    if (accepted == Accepted::kNoRoom) {
      site.log(LogKind::kProblem, "no connection can be accepted: the system gives no more descriptors or memory");
      watch->set_alarm(Clock::now() + kNoRoomPause, [this] { accept_some(); });
      return;
    }
    receive(std::move(guest));
  }
  site.loop.post([this] {
    if (watch) accept_some();
  });
}

void Server::Impl::receive(Guest guest) {
  if (connections.size() >= site.options.limits.connections) {
    constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    if (!site.tls) ::send(guest.socket.get(), kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    site.log(LogKind::kRefused, guest.peer_address + " - 503 too many connections");
    return;
  }
  auto connection =
      std::make_shared<Connection>(site, std::move(guest.socket), Visitor{guest.peer_address, guest.local_address});
  connections.emplace(connection.get(), connection);
  connection->start();
}

void Server::Impl::remove(Connection& connection) {
  // Later, because one of its functions is running.
  site.loop.post([this, gone = &connection] {
    connections.erase(gone);
    note_closed();
  });
}

void Server::Impl::note_closed() {
  if (!site.draining || !connections.empty()) return;
  const std::lock_guard lock(mutex);
  closed = true;
  all_closed.notify_all();
}

void Server::Impl::on_loop(const std::function<void()>& call) {
  std::promise<void> done;
  site.loop.post([&] {
    call();
    done.set_value();
  });
  done.get_future().wait();
}

void Server::Impl::stop_accepting() {
  site.draining = true;
  watch.reset();
  for (const auto& [key, connection] : connections) connection->drain();
  note_closed();
}

void Server::Impl::cut_all() {
  for (const auto& [key, connection] : connections) connection->cut();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  drain(Clock::now());
  // Handlers that still run see that their clients have gone; ~Site waits for them.
  impl_->site.loop.stop();
  impl_->thread.join();
  impl_->connections.clear();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  if (auto checked = check_options(options); !checked) return forward_error(checked);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router));
  Site& site = impl->site;
  const bool tls = !site.options.certificate_file.empty();
  if (tls) {
    auto loaded = TlsContext::load(site.options.certificate_file, site.options.key_file);
    if (!loaded) return forward_error(loaded);
    site.tls = std::move(*loaded);
  }
  auto listener = listen_on(site.options.address, site.options.port);
  if (!listener) return forward_error(listener);
  impl->listener = std::move(*listener);
  auto doors = make_doors(impl->listener.address, impl->listener.port, tls, site.options.allowed_hosts,
                          site.options.allowed_origins);
  if (!doors) return forward_error(doors);
  site.doors = std::move(*doors);
  site.set_tokens(std::exchange(site.options.tokens, {}));
  raise_descriptor_limit(site.options.limits.connections);
  Impl* const self = impl.get();
  site.on_end = [self](Connection& connection) { self->remove(connection); };
  impl->watch = std::make_unique<Watch>(site.loop, std::move(impl->listener.socket));
  impl->wait_for_guests();
  impl->thread = std::thread([self] {
    block_broken_pipe();
    self->site.loop.run();
  });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->listener.port; }

bool Server::drain(std::chrono::steady_clock::time_point deadline) {
  impl_->on_loop([&] { impl_->stop_accepting(); });
  std::unique_lock lock(impl_->mutex);
  const bool all = impl_->all_closed.wait_until(lock, deadline, [&] { return impl_->closed; });
  lock.unlock();
  if (!all) impl_->on_loop([&] { impl_->cut_all(); });
  return all;
}

void Server::set_tokens(std::vector<Token> tokens) { impl_->site.set_tokens(std::move(tokens)); }

}  // namespace sotto::http
