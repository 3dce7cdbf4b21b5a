#include "http/exchange.h"

#include <algorithm>
#include <utility>

namespace sotto::http {
namespace {

constexpr std::size_t kMaxWaitingInput = 256 << 10;  // the socket is not read while more than this is not read

bool is_reserved(std::string_view name) {
  for (const std::string_view reserved : {"content-type", "content-length", "transfer-encoding", "connection"}) {
    if (same_word(name, reserved)) return true;
  }
  return false;
}

}  // namespace

Exchange::Exchange(ExchangePlan plan, std::function<void()> wake) : Outlet(std::move(wake)), plan_(std::move(plan)) {
  in_ended_ = !plan_.has_upload;
}

void Exchange::header(std::string_view name, std::string_view value) {
  if (!begun_ && !is_reserved(name)) plan_.fields.push_back({field_value(name), field_value(value)});
}

void Exchange::put_head(int status, std::string_view content_type, std::optional<std::size_t> bytes) {
  begun_ = true;
  status_ = status;
  framing_ = bytes ? Framing::kLength : plan_.http_1_0 ? Framing::kClose : Framing::kChunked;
  ResponseHead head{status, field_value(content_type), std::move(plan_.fields), framing_, bytes.value_or(0), false};
  const std::lock_guard lock(mutex_);
  // The rest of a body that nobody reads would be taken for the next request.
  plan_.keep_alive = plan_.keep_alive && in_ended_ && framing_ != Framing::kClose;
  head.keep_alive = plan_.keep_alive;
  out_ += format_head(head);
}

void Exchange::put(std::string_view bytes) {
  if (plan_.head_only) return;
  const std::lock_guard lock(mutex_);
  body_bytes_ += bytes.size();
  if (cut_) return;
  if (framing_ == Framing::kChunked) {
    out_ += format_chunk(bytes);
  } else {
    out_ += bytes;
  }
}

void Exchange::send(int status, std::string_view content_type, std::string_view body) {
  if (begun_) return;
  put_head(status, content_type, body.size());
  put(body);
  finish();
}

void Exchange::begin(int status, std::string_view content_type) {
  if (begun_) return;
  put_head(status, content_type, std::nullopt);
  wake_once();
}

bool Exchange::write(std::string_view part) {
  if (!begun_ || plan_.head_only || gone_) return false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return out_.size() <= kMaxWaitingOutput || cut_ || gone_; });
    if (ended_ || cut_ || gone_) return false;
  }
  put(part);
  wake_once();
  return true;
}

void Exchange::finish() {
  if (!begun_) return;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    if (framing_ == Framing::kChunked && !plan_.head_only && !cut_) out_ += kLastChunk;
    ended_ = whole_ = true;
  }
  wake_once();
}

void Exchange::end_handler() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
  }
  wake_once();
}

Result<std::size_t> Exchange::read(std::span<char> buffer) {
  std::size_t count = 0;
  bool room = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_read_ < in_.size() || in_ended_ || in_error_ || cut_; });
    if (in_error_) return Unexpected(*in_error_);
    if (cut_) return Unexpected(ErrorCode::kCancelled, "the connection ended before the body was whole");
    count = std::min(buffer.size(), in_.size() - in_read_);
    std::copy_n(in_.data() + in_read_, count, buffer.data());
    in_read_ += count;
    if (in_read_ == in_.size()) {
      in_.clear();
      in_read_ = 0;
      room = std::exchange(in_full_, false);
    }
  }
  if (room) wake_once();
  return count;
}

Exchange::Output Exchange::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  Output output{std::exchange(out_, {}), ended_, ended_ && whole_ && plan_.keep_alive};
  changed_.notify_all();
  return output;
}

bool Exchange::give(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  in_ += bytes;
  in_full_ = in_.size() - in_read_ > kMaxWaitingInput;
  changed_.notify_all();
  return !in_full_;
}

bool Exchange::wants_bytes() {
  const std::lock_guard lock(mutex_);
  return !in_full_ && !in_ended_ && !in_error_;
}

void Exchange::end_upload() {
  const std::lock_guard lock(mutex_);
  in_ended_ = true;
  changed_.notify_all();
}

void Exchange::fail_upload(Error error) {
  const std::lock_guard lock(mutex_);
  if (!in_ended_ && !in_error_) in_error_ = std::move(error);
  changed_.notify_all();
}

void Exchange::leave() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
  plan_.keep_alive = false;
  changed_.notify_all();
}

void Exchange::cut() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
  cut_ = true;
  out_.clear();
  changed_.notify_all();
}

void Exchange::close_after() {
  const std::lock_guard lock(mutex_);
  plan_.keep_alive = false;
}

}  // namespace sotto::http
