// What all connections of a server share. Nothing in it changes after the start but what says so.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "http/body_room.h"
#include "http/doors.h"
#include "http/loop.h"
#include "http/server.h"
#include "http/transport.h"
#include "http/workers.h"

namespace sotto::http {

class Connection;

struct Site {
  Site(ServerOptions given, Router routes)
      : options(std::move(given)),
        router(std::move(routes)),
        bodies(options.limits.buffered_body_bytes),
        workers(options.limits.handler_threads, options.limits.waiting_requests),
        quick_workers(2, options.limits.waiting_requests) {}

  ServerOptions options;  // but its tokens, which tokens() gives
  Router router;
  Doors doors;
  std::shared_ptr<TlsContext> tls;  // null without TLS

  Loop loop;
  bool draining = false;                                    // of the loop's thread
  std::vector<char> scratch = std::vector<char>(64 << 10);  // of the loop's thread: what a read fills
  std::function<void(Connection&)> on_end;                  // called on the loop's thread when a connection is closed

  BodyBudget bodies;  // those that wait for handlers or are with them

  void log(LogKind kind, std::string_view line) const {  // thread-safe
    if (options.log) options.log(kind, line);
  }
  std::shared_ptr<const std::vector<Token>> tokens() {  // thread-safe
    const std::lock_guard lock(tokens_mutex);
    return current_tokens;
  }
  void set_tokens(std::vector<Token> tokens) {  // thread-safe
    const std::lock_guard lock(tokens_mutex);
    current_tokens = std::make_shared<const std::vector<Token>>(std::move(tokens));
  }

  std::mutex tokens_mutex;
  std::shared_ptr<const std::vector<Token>> current_tokens = std::make_shared<const std::vector<Token>>();

  // Last, so that their threads end before what handlers use goes.
  Workers workers, quick_workers;
};

}  // namespace sotto::http
