// One call of any API: its body as JSON, what was found wrong or unknown in it, and the ways to answer. Whatever was
// ignored is told in the field X-Sotto-Ignored of every answer. Knows nothing of models.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/failure.h"
#include "api/fields.h"
#include "http/router.h"

namespace sotto::api {

// How the parts of a streamed answer are told apart.
enum class Parts {
  kFramed,    // within one body: by lines, or as server-sent events
  kMessages,  // each is a write() of its own, its JSON alone; for replies that keep them apart, and all are streamed
};

// Of the thread that handles the call.
class Call {
 public:
  Call(http::Request& request, http::Reply& reply, Parts parts = Parts::kFramed)
      : request_(request), reply_(reply), parts_(parts) {}

  http::Request& request() { return request_; }
  http::Reply& reply() { return reply_; }
  Parts parts() const { return parts_; }
  const std::atomic<bool>* gone() const { return request_.gone; }

  // The body's fields; the same ones each time. Before it parse() was called.
  Fields& fields() { return *fields_; }
  const Json& body() const { return body_; }
  Findings& findings() { return findings_; }
  void ignore(std::string what) { findings_.ignored.push_back(std::move(what)); }

  Outcome parse();  // the request's body
  Outcome check();  // notes what is unknown; gives the first problem of the fields

  void header(std::string_view name, std::string_view value) { reply_.header(name, value); }
  void send(const Json& json, int status = 200);
  void send_text(std::string_view text, std::string_view type = "text/plain; charset=utf-8");
  // A part of a streamed answer, which the first of them begins. False: nobody reads any more.
  bool write_line(const Json& json);                               // NDJSON
  bool write_event(const Json& json, std::string_view name = {});  // server-sent
  bool write_raw(std::string_view text, std::string_view type);
  void finish() { reply_.finish(); }
  void finish_events();  // of write_event(), with OpenAI's "[DONE]" where they are framed

 private:
  void tell_ignored();

  http::Request& request_;
  http::Reply& reply_;
  const Parts parts_;
  Json body_ = Json::object();
  Findings findings_;
  std::optional<Fields> fields_;
};

// How an API tells failures: as the whole answer, and in the middle of a stream.
struct Shape {
  std::function<Json(const Failure&)> body;
  std::function<void(Call&, const Failure&)> in_stream;
  int busy_status = 503;  // of a server that has no room now
};

using Handler = std::function<Outcome(Call&)>;
using Note = std::function<void(std::string_view)>;  // for the log

// The handler of a route: reads the body, calls `handler`, tells its failure in `shape`, and notes what was ignored.
http::Handler as_route(Shape shape, Handler handler, Note note, Parts parts = Parts::kFramed);

// For http::Router::set_errors(): the server's own errors in the same shape.
http::ErrorBody as_error_body(const Shape& shape);

}  // namespace sotto::api
