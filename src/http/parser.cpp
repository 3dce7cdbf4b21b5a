#include "http/parser.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace sotto::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastView = beast::string_view;

// A line with the size of a chunk, or all fields behind the last chunk: more is nonsense.
constexpr std::size_t kMaxChunkLineBytes = 4096;

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

// Collects what Beast finds.
class BeastRequest final : public beast::http::basic_parser<true> {
 public:
  explicit BeastRequest(std::size_t max_head_bytes) {
    header_limit(static_cast<std::uint32_t>(max_head_bytes));
    body_limit(boost::none);  // counted here, with the limit of the route
  }

  Head head;
  std::string body;
  std::uint64_t body_room = 0;

 private:
  void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version, error_code&) override {
    head.method = view(method);
    head.target = view(target);
    head.http_1_0 = version == 10;
  }
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_field_impl(beast::http::field, BeastView name, BeastView value, error_code&) override {
    // Fields behind a chunked body come here too; by then the doors have looked at the head.
    if (!is_header_done()) head.headers.add(view(name), view(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView part, error_code& failure) override { return add(part, failure); }
  void on_chunk_header_impl(std::uint64_t size, BeastView, error_code& failure) override {
    if (size > body_room) failure = beast::http::error::body_limit;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView part, error_code& failure) override {
    return add(part, failure);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t add(BeastView part, error_code& failure) {
    if (part.size() > body_room) {
      failure = beast::http::error::body_limit;
      return 0;
    }
    body_room -= part.size();
    body.append(part.data(), part.size());
    return part.size();
  }
};

Refusal refusal_of(const error_code& failure) {
  using beast::http::error;
  if (failure == error::body_limit) return {413, "the body is larger than this route takes"};
  if (failure == error::header_limit) return {431, "the head of the request is too long"};
  return {400, "not valid HTTP: " + failure.message()};
}

}  // namespace

struct Parser::Impl {
  Impl(std::size_t head_bytes, std::size_t fields)
      : max_head_bytes(head_bytes), max_fields(fields), reader(head_bytes) {}

  const std::size_t max_head_bytes, max_fields;
  BeastRequest reader;
  std::string pending;      // came, and is not read yet
  std::size_t checked = 0;  // bytes of `pending` that check_bytes() has seen
  bool begun = false, has_head = false;

  std::optional<Refusal> read_head();
  std::optional<Refusal> read_body();
};

std::optional<Refusal> Parser::Impl::read_head() {
  // A server ignores empty lines before a request (RFC 9112, 2.2): old clients send one behind a body.
  if (!begun) {
    std::size_t empty = 0;
    while (pending.compare(empty, 2, "\r\n") == 0) empty += 2;
    pending.erase(0, empty);
    if (pending.empty() || pending == "\r") return std::nullopt;
    begun = true;
  }
  const std::size_t end = pending.find("\r\n\r\n", checked < 3 ? 0 : checked - 3);
  const std::size_t length = end == std::string::npos ? pending.size() : end + 4;
  if (length > max_head_bytes) {
    return Refusal{431, "the head of the request is longer than " + std::to_string(max_head_bytes) + " bytes"};
  }
  const std::string_view block(pending.data(), length);
  if (end == std::string::npos) {
    // The last CR is looked at again, with what follows it.
    const std::size_t from = checked > 0 ? checked - 1 : 0;
    checked = length;
    return check_bytes(block, from);
  }
  if (auto refusal = check_lines(block, max_fields)) return refusal;
  error_code failure;
  reader.put(boost::asio::const_buffer(block.data(), block.size()), failure);
  if (failure) return refusal_of(failure);
  has_head = reader.is_header_done();
  if (!has_head) return Refusal{400, "not valid HTTP: the head has no end"};
  pending.erase(0, length);
  return read_framing(reader.head);
}

std::optional<Refusal> Parser::Impl::read_body() {
  std::size_t used = 0;
  while (used < pending.size() && !reader.is_done()) {
    error_code failure;
    const std::size_t step =
        reader.put(boost::asio::const_buffer(pending.data() + used, pending.size() - used), failure);
    used += step;
    if (failure == beast::http::error::need_more) {
      if (pending.size() - used > kMaxChunkLineBytes) return Refusal{400, "not valid HTTP: a chunk's line has no end"};
      break;
    }
    if (failure) return refusal_of(failure);
  }
  pending.erase(0, used);
  return std::nullopt;
}

Parser::Parser(std::size_t max_head_bytes, std::size_t max_fields)
    : impl_(std::make_unique<Impl>(max_head_bytes, max_fields)) {}

Parser::~Parser() = default;

std::optional<Refusal> Parser::feed(std::string_view bytes) {
  impl_->pending += bytes;
  if (!impl_->has_head) return impl_->read_head();
  return impl_->reader.is_done() ? std::nullopt : impl_->read_body();
}

bool Parser::has_head() const { return impl_->has_head; }

bool Parser::is_done() const { return impl_->has_head && impl_->reader.is_done(); }

bool Parser::has_bytes() const { return impl_->begun; }

Head& Parser::head() { return impl_->reader.head; }

void Parser::limit_body(std::uint64_t max_bytes) { impl_->reader.body_room = max_bytes; }

std::string& Parser::body() { return impl_->reader.body; }

std::string Parser::take_rest() { return std::exchange(impl_->pending, {}); }

}  // namespace sotto::http
