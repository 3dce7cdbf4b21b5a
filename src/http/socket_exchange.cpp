#include "http/socket_exchange.h"

#include <utility>

#include "http/response.h"

namespace sotto::http {
namespace {

constexpr std::size_t kMaxWaitingMessages = 256;
constexpr std::size_t kMessageOverhead = 128;  // bytes that a message takes besides its own

}  // namespace

SocketExchange::SocketExchange(SocketPlan plan, std::function<void()> wake)
    : Outlet(std::move(wake)),
      request_(std::move(plan.request)),
      handler_(std::move(plan.handler)),
      max_message_bytes_(plan.max_message_bytes),
      bodies_(plan.bodies),
      reader_(plan.max_message_bytes) {
  request_.gone = &gone_;
  status_ = 101;
  out_ = format_head({101, "", std::move(plan.fields), Framing::kLength, 0, true});
}

std::optional<SocketMessage> SocketExchange::next_locked() {
  // When the server stops, the handler still gets the message for which it was begun.
  if (messages_.empty() || (draining_ && !unread_)) return std::nullopt;
  unread_ = false;
  SocketMessage message = std::move(messages_.front());
  messages_.pop_front();
  waiting_bytes_ -= message.data.size();
  return message;
}

std::optional<SocketMessage> SocketExchange::next() {
  const std::lock_guard lock(mutex_);
  return next_locked();
}

std::optional<SocketMessage> SocketExchange::read() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !messages_.empty() || closed_ || draining_; });
  return next_locked();
}

bool SocketExchange::write(Opcode opcode, std::string_view payload) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return out_.size() <= kMaxWaitingOutput || closed_; });
    if (closed_) return false;
    out_ += format_frame(opcode, payload);
    body_bytes_ += payload.size();
  }
  wake_once();
  return true;
}

void SocketExchange::end_locked(const std::string& close_frame) {
  if (closed_) return;
  closed_ = gone_ = true;
  out_ += close_frame;
  messages_.clear();
  waiting_bytes_ = 0;
  changed_.notify_all();
  if (const SocketWatch see = std::exchange(watch_, nullptr)) see(nullptr);
}

void SocketExchange::end(const std::string& close_frame) {
  {
    const std::lock_guard lock(mutex_);
    end_locked(close_frame);
  }
  wake_once();
}

void SocketExchange::close(CloseCode code, std::string_view reason) { end(format_close(code, reason)); }

void SocketExchange::watch(SocketWatch see) {
  const std::lock_guard lock(mutex_);
  watch_ = nullptr;
  if (!see) return;
  if (closed_) {
    see(nullptr);
    return;
  }
  std::deque<SocketMessage> kept;
  for (SocketMessage& message : messages_) {
    if (see(&message)) waiting_bytes_ -= message.data.size();
    else kept.push_back(std::move(message));
  }
  messages_ = std::move(kept);
  watch_ = std::move(see);
}

bool SocketExchange::begin_handler() {
  const std::lock_guard lock(mutex_);
  if (running_ || closed_ || draining_ || messages_.empty()) return false;
  running_ = unread_ = true;
  return true;
}

void SocketExchange::end_handler() {
  {
    const std::lock_guard lock(mutex_);
    watch_ = nullptr;
    if (unread_) next_locked();  // dropped: the handler would be called for the same message for ever
    running_ = unread_ = false;
    if (draining_) end_locked(format_close(CloseCode::kGoingAway, "the server stops"));
  }
  wake_once();  // messages may have come meanwhile
}

void SocketExchange::close_after() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    changed_.notify_all();
    if (!running_) end_locked(format_close(CloseCode::kGoingAway, "the server stops"));
  }
  wake_once();
}

Outlet::Output SocketExchange::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  if (const auto pong = std::exchange(pong_, std::nullopt); pong && !closed_)
    out_ += format_frame(Opcode::kPong, *pong);
  Output output{std::exchange(out_, {}), closed_, false};
  changed_.notify_all();
  return output;
}

void SocketExchange::cut() {
  const std::lock_guard lock(mutex_);
  end_locked("");
  out_.clear();
}

void SocketExchange::ping() {
  const std::lock_guard lock(mutex_);
  if (!closed_) out_ += format_frame(Opcode::kPing, "");
}

void SocketExchange::give(std::string_view bytes) {
  while (!gone_) {
    SocketItem item = reader_.next(bytes);
    if (item.kind == SocketItem::Kind::kNone) break;
    take_item(std::move(item));
  }
  if (!gone_ && reader_.in_message()) hold(reader_.held_bytes());
}

// False: there is no memory for it, and the socket is closed.
bool SocketExchange::hold(std::size_t bytes) {
  if (!room_) room_ = std::make_shared<BodyRoom>(bodies_);
  if (room_->grow_to(bytes + kMessageOverhead)) return true;
  room_.reset();
  close(CloseCode::kTryAgain, "the server holds too many large messages at this moment; try again");
  return false;
}

void SocketExchange::take_item(SocketItem item) {
  switch (item.kind) {
    case SocketItem::Kind::kNone:
    case SocketItem::Kind::kPong: return;
    case SocketItem::Kind::kText:
    case SocketItem::Kind::kBinary:
      if (!hold(item.data.size())) return;
      return take_message({item.kind == SocketItem::Kind::kText, std::move(item.data), std::exchange(room_, nullptr)});
    case SocketItem::Kind::kPing: {
      const std::lock_guard lock(mutex_);
      pong_ = std::move(item.data);
      return;
    }
    // Its own code comes back to it (RFC 6455, 5.5.1).
    case SocketItem::Kind::kClose: return end(format_close(item.code, ""));
    case SocketItem::Kind::kFault: return close(item.code, item.data);
  }
}

void SocketExchange::take_message(SocketMessage message) {
  const std::size_t bytes = message.data.size();
  {
    const std::lock_guard lock(mutex_);
    if (watch_ && watch_(&message)) return;
    const bool fits = waiting_bytes_ + bytes <= max_message_bytes_ && messages_.size() < kMaxWaitingMessages;
    if (fits || messages_.empty()) {
      messages_.push_back(std::move(message));
      waiting_bytes_ += bytes;
      changed_.notify_all();
      return;
    }
  }
  close(CloseCode::kPolicy, "too many messages wait to be read");
}

}  // namespace sotto::http
