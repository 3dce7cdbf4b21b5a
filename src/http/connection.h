// One connection: reads requests, hands them to handlers, writes what they answer, and keeps the clocks. Lives on the
// loop's thread; handlers reach it through Exchange and SocketExchange alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/admission.h"
#include "http/exchange.h"
#include "http/parser.h"
#include "http/site.h"
#include "http/socket_exchange.h"

namespace sotto::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Site& site, base::Descriptor socket, Visitor visitor);

  void start();
  void drain();  // closes it now if no request is under way, else behind the reply
  void cut();    // now; the handler sees that its client has gone

 private:
  enum class Phase {
    kHandshake,  // of TLS
    kIdle,       // no byte of a request yet
    kHead,
    kBody,    // with an exchange when it is an upload
    kReply,   // the request is whole, its handler works
    kSocket,  // the connection has become a WebSocket
    kAnswer,  // the server's own answer is being written
    kLinger,  // all is written; reads what the client still sends, so that it gets to see the answer
    kClosed,
  };

  void on_event();  // the socket may be read or written, or both may be tried again
  void on_wake();   // the exchange has output, or room for input
  void on_alarm();
  void post(void (Connection::*member)());
  void settle();  // waits for what comes next
  void wait_for(Io state);

  void shake_hands();
  void read_some();
  bool wants_bytes() const;
  void received(std::string_view bytes);
  void parse(std::string_view bytes);
  bool on_head();
  void on_body();
  void on_upload();
  void on_end_of_input();
  void dispatch();
  std::function<void()> waker();
  Workers& workers();
  void upgrade();
  void on_socket(std::string_view bytes);
  void run_socket();
  void on_silence();
  void refuse(const Refusal& refusal);
  void answer(const Answer& answer);

  void flush();
  bool next_output();
  void finish();
  void resume();  // with a request that came ahead
  void linger();
  void log_reply(bool cut_off);

  Site& site_;
  const Visitor visitor_;
  std::unique_ptr<Watch> watch_;  // null once closed
  std::unique_ptr<Transport> transport_;
  Phase phase_ = Phase::kIdle;
  Clock::time_point read_deadline_ = Clock::time_point::max();
  Clock::time_point write_deadline_ = Clock::time_point::max();

  // What is read. Nothing is held between requests.
  std::unique_ptr<Parser> parser_;
  std::string ahead_;             // came before the reply to the request in front of it was done
  Clock::time_point body_begin_;  // since when its speed counts
  std::uint64_t body_bytes_ = 0;  // since then
  std::size_t lingered_bytes_ = 0;
  bool input_ended_ = false;   // the client sends no more
  bool input_broken_ = false;  // what it sends is not read any more
  bool read_turn_over_ = false;

  // The request.
  Clock::time_point request_begin_;
  std::string label_;  // method and path, for the log
  const Route* route_ = nullptr;
  std::shared_ptr<Request> request_;
  std::shared_ptr<BodyRoom> body_room_;
  std::vector<Header> reply_fields_;
  bool keep_alive_ = false;
  std::shared_ptr<Outlet> outlet_;  // one of the next two
  std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<SocketExchange> socket_;
  std::uint64_t message_number_ = 0;  // of the socket's message whose speed counts
  bool pinged_ = false;               // and nothing has come since

  // What is written.
  std::string out_;
  std::size_t out_sent_ = 0;
  Clock::time_point write_begin_;  // since when its speed counts
  std::size_t write_bytes_ = 0;    // since then
  bool output_ended_ = false;      // the exchange gives no more
  bool keep_after_ = false;
};

}  // namespace sotto::http
