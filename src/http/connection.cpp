#include "http/connection.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "http/handshake.h"
#include "http/target.h"

namespace sotto::http {
namespace {

constexpr auto kNever = Clock::time_point::max();
constexpr int kTurns = 8;  // reads or writes of one connection before others have their turn
constexpr std::chrono::seconds kLingerTime{5};
constexpr std::size_t kMaxLingerBytes = 64 << 20;

// Until when a transfer may go on that began then: a grace, and a second more for so many bytes; but never longer than
// the grace without one more byte.
Clock::time_point slowest(Clock::time_point begin, milliseconds grace, std::uint64_t bytes,
                          std::size_t bytes_per_second) {
  const milliseconds earned(bytes * 1000 / std::max<std::size_t>(bytes_per_second, 1));
  return std::min(begin + grace + earned, Clock::now() + grace);
}

// Runs `call`, which calls the handler of `request`. False: it threw, which is in the log.
bool call_handler(const Site& site, const Request& request, const std::function<void()>& call) {
  std::string thrown;
  try {
    call();
    return true;
  } catch (const std::exception& exception) {
    thrown = exception.what();
  } catch (...) {
    thrown = "it threw something unknown";
  }
  site.log(LogKind::kProblem,
           fmt::format("the handler of {} {} failed: {}", shown(request.method), shown(request.path), shown(thrown)));
  return false;
}

// Runs a handler; on a thread of the pool.
void run_handler(const Site& site, const Route& route, Request& request, Exchange& exchange) {
  const bool done = call_handler(site, request, [&] {
    route.handler(request, exchange);
    if (!exchange.begun() && !exchange.gone()) throw std::runtime_error("it gave no answer");
  });
  if (!done && !exchange.begun())
    send_error(site.router, request, exchange, 500, "the server failed to answer this request");
  exchange.end_handler();
}

void run_socket_handler(const Site& site, SocketExchange& socket) {
  if (!call_handler(site, socket.request(), [&] { socket.run_handler(); }))
    socket.close(CloseCode::kInternal, "the server failed to answer");
  socket.end_handler();
}

}  // namespace

Connection::Connection(Site& site, base::Descriptor socket, Visitor visitor)
    : site_(site), visitor_(std::move(visitor)) {
  const int number = socket.get();
  watch_ = std::make_unique<Watch>(site.loop, std::move(socket));
  transport_ = site.tls ? site.tls->transport(number) : plain_transport(number);
}

void Connection::start() {
  const Limits& limits = site_.options.limits;
  phase_ = site_.tls ? Phase::kHandshake : Phase::kIdle;
  read_deadline_ = Clock::now() + (site_.tls ? limits.head_timeout : limits.idle_timeout);
  settle();
}

void Connection::post(void (Connection::*member)()) {
  site_.loop.post([weak = weak_from_this(), member] {
    if (const auto self = weak.lock()) (self.get()->*member)();
  });
}

void Connection::on_event() {
  if (phase_ == Phase::kHandshake) shake_hands();
  if (phase_ != Phase::kHandshake) {
    read_some();
    flush();
  }
  settle();
}

void Connection::on_wake() {
  if (phase_ == Phase::kSocket) run_socket();
  flush();
  const bool upload = phase_ == Phase::kBody && exchange_ && !input_broken_;
  if (upload && read_deadline_ == kNever && exchange_->wants_bytes()) {  // it was full
    body_begin_ = Clock::now();
    body_bytes_ = 0;
    read_deadline_ = body_begin_ + site_.options.limits.body_timeout;
    read_some();
  }
  settle();
}

void Connection::wait_for(Io state) {
  if (!watch_) return;
  if (state == Io::kWantRead) watch_->when_readable([this] { on_event(); });
  if (state == Io::kWantWrite) watch_->when_writable([this] { on_event(); });
}

void Connection::settle() {
  if (!watch_) return;
  if (read_turn_over_) {
    read_turn_over_ = false;
    post(&Connection::on_event);
  } else if (wants_bytes()) {
    wait_for(Io::kWantRead);
  }
  watch_->set_alarm(std::min(read_deadline_, write_deadline_), [this] { on_alarm(); });
}

void Connection::shake_hands() {
  const IoStep step = transport_->handshake();
  if (step.state == Io::kClosed) return cut();
  if (step.state != Io::kDone) return wait_for(step.state);
  phase_ = Phase::kIdle;
  read_deadline_ = Clock::now() + site_.options.limits.idle_timeout;
}

bool Connection::wants_bytes() const {
  if (!watch_ || input_ended_ || input_broken_ || phase_ == Phase::kAnswer) return false;
  return phase_ != Phase::kBody || !exchange_ || exchange_->wants_bytes();
}

void Connection::read_some() {
  for (int turn = 0; wants_bytes(); ++turn) {
    if (turn == kTurns) {
      read_turn_over_ = true;
      return;
    }
    const IoStep step = transport_->read(site_.scratch);
    if (step.state == Io::kClosed) return on_end_of_input();
    if (step.state != Io::kDone) return wait_for(step.state);
    received({site_.scratch.data(), step.bytes});
  }
}

void Connection::received(std::string_view bytes) {
  if (phase_ == Phase::kLinger) {
    lingered_bytes_ += bytes.size();
    if (lingered_bytes_ > kMaxLingerBytes) cut();
  } else if (phase_ == Phase::kSocket) {
    on_socket(bytes);
  } else if (phase_ == Phase::kReply) {
    ahead_ += bytes;
    // Who sends so much ahead could not be seen leaving, since the end stands behind it.
    if (ahead_.size() > site_.options.limits.head_bytes) cut();
  } else if (ahead_.empty()) {
    parse(bytes);
  } else {
    const std::string all = std::exchange(ahead_, {}) + std::string(bytes);
    parse(all);
  }
}

void Connection::parse(std::string_view bytes) {
  const Limits& limits = site_.options.limits;
  if (!parser_) parser_ = std::make_unique<Parser>(limits.head_bytes, limits.fields);
  if (phase_ == Phase::kBody) body_bytes_ += bytes.size();
  auto refusal = parser_->feed(bytes);
  if (phase_ == Phase::kIdle && parser_->has_bytes()) {
    phase_ = Phase::kHead;
    request_begin_ = Clock::now();
    read_deadline_ = request_begin_ + limits.head_timeout;
  }
  if (!refusal && phase_ == Phase::kHead && parser_->has_head()) {
    if (!on_head()) return;
    refusal = parser_->feed({});
  }
  if (refusal) return refuse(*refusal);
  if (phase_ == Phase::kBody) exchange_ ? on_upload() : on_body();
}

bool Connection::on_head() {
  const Head& head = parser_->head();
  const auto tokens = site_.tokens();
  keep_alive_ = !head.http_1_0 && !head.headers.has_word("connection", "close");
  label_ = shown(head.method) + " " + shown(head.target.substr(0, head.target.find('?')));
  Admission admission = admit({site_.doors, site_.router, *tokens}, head, visitor_);
  if (admission.answer) {
    answer(*admission.answer);
    return false;
  }
  route_ = admission.route;
  request_ = std::make_shared<Request>(std::move(admission.request));
  reply_fields_ = std::move(admission.fields);
  if (route_->open_socket) {
    upgrade();
    return false;
  }
  body_room_ = std::make_shared<BodyRoom>(site_.bodies);
  parser_->limit_body(route_->options.max_body_bytes);
  phase_ = Phase::kBody;
  body_begin_ = Clock::now();
  body_bytes_ = 0;
  read_deadline_ = body_begin_ + site_.options.limits.body_timeout;
  if (head.has_body() && !head.http_1_0 && head.headers.find("expect")) {
    out_ += kContinue;
    flush();
  }
  if (route_->options.stream_body && phase_ == Phase::kBody) dispatch();
  return phase_ == Phase::kBody;
}

void Connection::on_body() {
  const Limits& limits = site_.options.limits;
  std::string& body = parser_->body();
  if (!body_room_->grow_to(body.size())) {
    return refuse({503, "the server holds too many large requests at this moment; try again"});
  }
  read_deadline_ = slowest(body_begin_, limits.body_timeout, body_bytes_, limits.bytes_per_second);
  if (!parser_->is_done()) return;
  request_->body = std::exchange(body, {});
  phase_ = Phase::kReply;
  read_deadline_ = kNever;
  dispatch();
}

void Connection::on_upload() {
  const Limits& limits = site_.options.limits;
  const std::string part = std::exchange(parser_->body(), {});
  const bool room = exchange_->give(part);
  read_deadline_ = room ? slowest(body_begin_, limits.body_timeout, body_bytes_, limits.bytes_per_second) : kNever;
  if (!parser_->is_done()) return;
  exchange_->end_upload();
  phase_ = Phase::kReply;
  read_deadline_ = kNever;
}

void Connection::on_end_of_input() {
  input_ended_ = true;
  if (!exchange_) return cut();
  exchange_->fail_upload({ErrorCode::kCancelled, "the client ended the connection before its body was whole"});
  exchange_->leave();
  read_deadline_ = kNever;
}

std::function<void()> Connection::waker() {
  return [&loop = site_.loop, weak = weak_from_this()] {
    loop.post([weak] {
      if (const auto self = weak.lock()) self->on_wake();
    });
  };
}

Workers& Connection::workers() { return route_->options.quick ? site_.quick_workers : site_.workers; }

void Connection::dispatch() {
  const bool upload = phase_ == Phase::kBody;
  const Head& head = parser_->head();
  ExchangePlan plan{head.method == "HEAD", head.http_1_0, keep_alive_ && !site_.draining, upload,
                    std::move(reply_fields_)};
  outlet_ = exchange_ = std::make_shared<Exchange>(std::move(plan), waker());
  request_->gone = &exchange_->gone();
  request_->upload = upload ? exchange_.get() : nullptr;
  const bool taken =
      workers().submit([&site = site_, route = route_, request = std::move(request_), exchange = exchange_,
                        room = std::move(body_room_)] { run_handler(site, *route, *request, *exchange); });
  if (taken) return;
  exchange_.reset();
  outlet_.reset();
  refuse({503, "the server has too many requests to answer at this moment; try again"});
}

void Connection::upgrade() {
  SocketPlan plan{std::move(*request_), route_->open_socket(), handshake_fields(parser_->head().headers, *route_),
                  route_->options.max_body_bytes, site_.bodies};
  plan.fields.insert(plan.fields.end(), reply_fields_.begin(), reply_fields_.end());
  outlet_ = socket_ = std::make_shared<SocketExchange>(std::move(plan), waker());
  phase_ = Phase::kSocket;
  const std::string rest = parser_->take_rest();
  parser_.reset();
  on_socket(rest);
  flush();
}

void Connection::on_socket(std::string_view bytes) {
  const Limits& limits = site_.options.limits;
  socket_->give(bytes);
  pinged_ = false;
  read_deadline_ = Clock::now() + limits.ping_interval;
  if (socket_->in_message()) {
    if (message_number_ != socket_->begun_messages()) {
      message_number_ = socket_->begun_messages();
      body_begin_ = Clock::now();
      body_bytes_ = 0;
    }
    body_bytes_ += bytes.size();
    read_deadline_ = slowest(body_begin_, limits.body_timeout, body_bytes_, limits.bytes_per_second);
  }
  run_socket();
}

void Connection::run_socket() {
  if (!socket_->begin_handler()) return;
  const bool taken = workers().submit([&site = site_, socket = socket_] { run_socket_handler(site, *socket); });
  if (taken) return;
  socket_->close(CloseCode::kTryAgain, "the server has too many requests to answer at this moment; try again");
  socket_->end_handler();
}

// Nothing came for as long as is waited.
void Connection::on_silence() {
  if (socket_->in_message()) {
    socket_->close(CloseCode::kPolicy, "a message came too slowly");
  } else if (pinged_ && write_deadline_ == kNever) {  // otherwise the ping may wait behind what it reads slowly
    site_.log(LogKind::kRefused, fmt::format("{} {}: cut: it does not answer a ping", visitor_.peer_address, label_));
    return cut();
  } else {
    socket_->ping();
    pinged_ = true;
  }
  read_deadline_ = Clock::now() + site_.options.limits.ping_interval;
  flush();
}

void Connection::refuse(const Refusal& refusal) {
  if (exchange_) {  // its handler answers
    const ErrorCode code = refusal.status == 413   ? ErrorCode::kBudget
                           : refusal.status == 408 ? ErrorCode::kCancelled
                                                   : ErrorCode::kBadRequest;
    exchange_->fail_upload({code, refusal.message});
    input_broken_ = true;
    read_deadline_ = kNever;
    return;
  }
  std::string_view path;
  if (parser_ && parser_->has_head()) path = parser_->head().target;
  if (!path.starts_with('/')) path = "";
  keep_alive_ = false;
  answer(error_answer(site_.router, path, refusal));
}

void Connection::answer(const Answer& answer) {
  const bool has_head = parser_ && parser_->has_head();
  // The body of a request that was refused is not read, so that nothing can follow it; nor can it where somebody else
  // may have understood the request otherwise.
  keep_after_ = keep_alive_ && has_head && !parser_->head().has_body() && answer.status != 400 && !site_.draining;
  ResponseHead head{answer.status,      answer.body.empty() ? "" : "application/json",
                    answer.fields,      Framing::kLength,
                    answer.body.size(), keep_after_};
  out_ += format_head(head);
  if (!has_head || parser_->head().method != "HEAD") out_ += answer.body;
  site_.log(LogKind::kRefused, fmt::format("{} {} {} {}", visitor_.peer_address, has_head ? label_ : "-", answer.status,
                                           shown(answer.reason)));
  phase_ = Phase::kAnswer;
  read_deadline_ = kNever;
  flush();
}

// False when there is nothing to write now.
bool Connection::next_output() {
  if (out_sent_ < out_.size()) return true;
  out_ = {};
  out_sent_ = 0;
  if (!outlet_ || output_ended_) return false;
  Outlet::Output output = outlet_->take();
  out_ = std::move(output.bytes);
  output_ended_ = output.ended;
  keep_after_ = output.keep;
  return !out_.empty();
}

void Connection::flush() {
  const Limits& limits = site_.options.limits;
  for (int turn = 0; watch_ && next_output(); ++turn) {
    if (turn == kTurns) return post(&Connection::on_wake);
    const IoStep step = transport_->write(std::string_view(out_).substr(out_sent_));
    if (step.state == Io::kClosed) return cut();
    const bool waited = write_deadline_ != kNever;
    if (step.state != Io::kDone && !waited) {
      write_begin_ = Clock::now();
      write_bytes_ = 0;
    }
    out_sent_ += step.bytes;
    write_bytes_ += step.bytes;
    if (step.state == Io::kDone && !waited) continue;
    write_deadline_ = slowest(write_begin_, limits.write_timeout, write_bytes_, limits.bytes_per_second);
    if (step.state != Io::kDone) return wait_for(step.state);
  }
  if (!watch_) return;
  write_deadline_ = kNever;
  if (phase_ == Phase::kAnswer || output_ended_) finish();
}

void Connection::finish() {
  if (outlet_) log_reply(false);
  if (exchange_)
    exchange_->fail_upload({ErrorCode::kCancelled, "the answer has ended, the rest of the body is not read"});
  const bool keep = keep_after_ && !site_.draining && !input_ended_ && !input_broken_;
  outlet_.reset();
  exchange_.reset();
  socket_.reset();
  request_.reset();
  body_room_.reset();
  reply_fields_.clear();
  output_ended_ = false;
  if (!keep) return linger();
  ahead_ = parser_->take_rest() + ahead_;
  parser_.reset();
  phase_ = Phase::kIdle;
  read_deadline_ = Clock::now() + site_.options.limits.idle_timeout;
  if (!ahead_.empty()) post(&Connection::resume);
}

void Connection::resume() {
  if (phase_ != Phase::kIdle || ahead_.empty()) return;
  received({});
  settle();
}

void Connection::linger() {
  transport_->end_writing();
  const bool read_all = parser_ && parser_->is_done() && ahead_.empty() && parser_->take_rest().empty();
  if (input_ended_ || read_all) return cut();
  parser_.reset();
  ahead_ = {};
  input_broken_ = false;
  phase_ = Phase::kLinger;
  read_deadline_ = Clock::now() + kLingerTime;
}

void Connection::on_alarm() {
  const auto now = Clock::now();
  if (write_deadline_ <= now) {
    site_.log(LogKind::kRefused, fmt::format("{} {}: cut: it reads too slowly", visitor_.peer_address, label_));
    return cut();
  }
  if (read_deadline_ <= now && phase_ == Phase::kSocket) {
    on_silence();
  } else if (read_deadline_ <= now) {
    if (phase_ != Phase::kHead && phase_ != Phase::kBody) return cut();
    refuse({408, "the request came too slowly"});
  }
  settle();
}

void Connection::drain() {
  if (outlet_) return outlet_->close_after();
  const bool whole_head = phase_ == Phase::kBody || phase_ == Phase::kAnswer;
  if (!whole_head) cut();
}

void Connection::cut() {
  if (!watch_) return;
  phase_ = Phase::kClosed;
  if (outlet_) {
    log_reply(true);
    outlet_->cut();
  }
  transport_.reset();
  watch_.reset();
  parser_.reset();
  site_.on_end(*this);
}

void Connection::log_reply(bool cut_off) {
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - request_begin_);
  const bool gone = cut_off || (exchange_ && exchange_->gone());
  site_.log(LogKind::kRequest,
            fmt::format("{} {} {} {} bytes {} ms{}", visitor_.peer_address, label_, outlet_->status(),
                        outlet_->body_bytes(), took.count(), gone ? " (the client had gone)" : ""));
}

}  // namespace sotto::http
