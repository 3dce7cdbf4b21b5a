#include "api/call.h"

#include <fmt/format.h>

namespace sotto::api {
namespace {

constexpr std::size_t kMostShownBytes = 1000;

// For fields and the log: what a client made up must not end a line, steer a terminal, or grow without bounds.
std::string printable(std::string_view text) {
  std::string shown(text.substr(0, kMostShownBytes));
  for (char& c : shown) c = c >= ' ' && c < 0x7f ? c : '?';
  return shown;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    all += (all.empty() ? "" : ", ") + name;
    if (all.size() > kMostShownBytes) break;
  }
  return printable(all);
}

void fail(Call& call, const Shape& shape, Failure failure) {
  if (is_busy(failure)) failure.status = shape.busy_status;
  if (call.reply().begun()) {
    shape.in_stream(call, failure);
    call.finish();
    return;
  }
  if (failure.retry_after_s > 0) call.header("Retry-After", fmt::format("{}", failure.retry_after_s));
  call.send(shape.body(failure), failure.status);
}

}  // namespace

Outcome Call::parse() {
  auto parsed = request_.upload == nullptr ? parse_body(request_.body) : Result<Json>(Json::object());
  if (parsed) body_ = std::move(*parsed);
  fields_.emplace(body_, "", findings_);
  if (!parsed) return failure_of(parsed.error());
  return std::nullopt;
}

Outcome Call::check() {
  fields_->finish();
  if (findings_.problem.empty()) return std::nullopt;
  return bad_request(findings_.problem, findings_.field);
}

void Call::tell_ignored() {
  if (!findings_.ignored.empty()) reply_.header("X-Sotto-Ignored", joined(findings_.ignored));
}

void Call::send(const Json& json, int status) {
  tell_ignored();
  reply_.send(status, "application/json; charset=utf-8", dump(json));
}

void Call::send_text(std::string_view text, std::string_view type) {
  tell_ignored();
  reply_.send(200, type, text);
}

bool Call::write_raw(std::string_view text, std::string_view type) {
  if (!reply_.begun()) {
    tell_ignored();
    reply_.begin(200, type);
  }
  return reply_.write(text);
}

bool Call::write_line(const Json& json) {
  if (parts_ == Parts::kMessages) return write_raw(dump(json), "application/json");
  return write_raw(dump(json) + "\n", "application/x-ndjson");
}

bool Call::write_event(const Json& json, std::string_view name) {
  if (parts_ == Parts::kMessages) return write_raw(dump(json), "application/json");
  const std::string data = fmt::format("data: {}\n\n", dump(json));
  return write_raw(name.empty() ? data : fmt::format("event: {}\n{}", name, data), "text/event-stream");
}

void Call::finish_events() {
  if (parts_ == Parts::kFramed) write_raw("data: [DONE]\n\n", "text/event-stream");
  finish();
}

http::Handler as_route(Shape shape, Handler handler, Note note, Parts parts) {
  return [shape = std::move(shape), handler = std::move(handler), note = std::move(note), parts](http::Request& request,
                                                                                                 http::Reply& reply) {
    Call call(request, reply, parts);
    Outcome outcome = call.parse();
    if (!outcome) outcome = handler(call);
    if (const auto& ignored = call.findings().ignored; !ignored.empty())
      note(fmt::format("{} {}: ignored {}", request.method, printable(request.path), joined(ignored)));
    if (!outcome) return;
    note(fmt::format("{} {}: {} {}", request.method, printable(request.path), outcome->status,
                     printable(outcome->message)));
    if (request.gone == nullptr || !*request.gone) fail(call, shape, *outcome);
  };
}

http::ErrorBody as_error_body(const Shape& shape) {
  return [body = shape.body](int status, std::string_view message) {
    return dump(body({status, "", std::string(message)}));
  };
}

}  // namespace sotto::api
