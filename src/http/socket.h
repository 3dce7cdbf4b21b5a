// What the handler of a WebSocket (RFC 6455) gets: messages, and where to write some. Knows nothing of frames or
// connections.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/frames.h"
#include "http/message.h"

namespace sotto::http {

struct SocketMessage {
  bool is_text = true;  // then `data` is valid UTF-8
  std::string data;
  std::shared_ptr<const void> room = {};  // what it takes of the server's memory for bodies; free when this goes
};

// Sees each message as it comes; true: it is taken, and nobody else gets it. null: there will be none any more.
using SocketWatch = std::function<bool(const SocketMessage*)>;

// Errors: none; what cannot be delivered is dropped, and write_text() and write_binary() say so.
class Socket {
 public:
  virtual ~Socket() = default;

  // What opened it. Its `gone` is set once it is closed, by whomever, or broken; it has no body. Thread-safe.
  virtual const Request& request() const = 0;

  // The next message; nothing when none is here now. For the handler's thread.
  virtual std::optional<SocketMessage> next() = 0;
  // Waits for it; nothing once the socket is closed, or the server stops. For the handler's thread.
  virtual std::optional<SocketMessage> read() = 0;

  // Sends a message, whole; `text` must be valid UTF-8. Waits while the client is slow; false when it has gone.
  // Thread-safe.
  virtual bool write_text(std::string_view text) = 0;
  virtual bool write_binary(std::string_view bytes) = 0;

  // Ends it, behind what was written; `reason` for people, valid UTF-8, cut to 123 bytes. Thread-safe.
  virtual void close(CloseCode code, std::string_view reason) = 0;

  // While it is set, `see` is called with the messages that wait now, then with each that comes, on threads of the
  // server and one at a time; it must be quick and must not call the socket. An empty one ends that, and is not called
  // any more when this returns. Thread-safe.
  virtual void watch(SocketWatch see) = 0;
};

// Called on a thread of the server's pools when messages wait, and may block. When it returns while the socket is open,
// it is called again for the next message: so a socket where nothing happens takes no thread. One that it does not read
// is dropped. Never twice at a time for one socket. An exception closes it with 1011.
using SocketHandler = std::function<void(Socket&)>;

// Makes the handler of one socket, with what belongs to it, when it is opened. Must not block or throw.
using SocketOpener = std::function<SocketHandler()>;

}  // namespace sotto::http
