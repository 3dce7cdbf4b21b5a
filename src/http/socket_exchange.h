// One WebSocket: what its handler reads and writes, and what the loop's thread gives and takes. Between them stand the
// messages that wait and the bytes that are not sent. Knows no connection.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/body_room.h"
#include "http/frames.h"
#include "http/outlet.h"
#include "http/socket.h"

namespace sotto::http {

struct SocketPlan {
  Request request;
  SocketHandler handler;
  std::vector<Header> fields;         // of the answer 101
  std::size_t max_message_bytes = 0;  // of one, and of those that wait together
  BodyBudget& bodies;                 // must outlive the exchange and its messages
};

class SocketExchange final : public Socket, public Outlet {
 public:
  // `wake`: as in Outlet. The answer 101 is the first output.
  SocketExchange(SocketPlan plan, std::function<void()> wake);

  // For the handler (socket.h).
  const Request& request() const override { return request_; }
  std::optional<SocketMessage> next() override;
  std::optional<SocketMessage> read() override;
  bool write_text(std::string_view text) override { return write(Opcode::kText, text); }
  bool write_binary(std::string_view bytes) override { return write(Opcode::kBinary, bytes); }
  void close(CloseCode code, std::string_view reason) override;
  void watch(SocketWatch see) override;

  // On a thread of a pool, after begin_handler().
  void run_handler() { handler_(*this); }
  void end_handler();

  // For the loop's thread.
  Output take() override;
  void cut() override;
  void close_after() override;        // with 1001, behind what its handler writes
  void give(std::string_view bytes);  // from the client
  void ping();
  bool begin_handler();  // true: the handler is to be run
  bool in_message() const { return reader_.in_message(); }
  std::uint64_t begun_messages() const { return reader_.begun_messages(); }

 private:
  void take_item(SocketItem item);
  void take_message(SocketMessage message);
  bool hold(std::size_t bytes);
  bool write(Opcode opcode, std::string_view payload);
  void end(const std::string& close_frame);
  void end_locked(const std::string& close_frame);
  std::optional<SocketMessage> next_locked();

  Request request_;
  const SocketHandler handler_;
  const std::size_t max_message_bytes_;
  BodyBudget& bodies_;

  // Of the loop's thread.
  FrameReader reader_;
  std::shared_ptr<BodyRoom> room_;  // of the message that is not whole

  // Of the lock.
  std::deque<SocketMessage> messages_;
  std::size_t waiting_bytes_ = 0;    // of them
  std::optional<std::string> pong_;  // to be sent; of several pings the last is answered (RFC 6455, 5.5.3)
  SocketWatch watch_;
  bool closed_ = false;    // nothing is read or written any more; gone_, for those without the lock
  bool running_ = false;   // the handler
  bool unread_ = false;    // the handler was begun for a message, and has read none yet
  bool draining_ = false;  // the server stops
};

}  // namespace sotto::http
