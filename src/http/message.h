// What a handler gets and answers with: Request and Reply. Knows nothing of sockets, routes or models.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/scope.h"
#include "sotto/result.h"

namespace sotto::http {

struct Header {
  std::string name;
  std::string value;  // without the white space around it
};

// Fields in the order in which they came. Not thread-safe.
class Headers {
 public:
  void add(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
  }
  // The first field of that name in any case, or null.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<Header>& all() const { return fields_; }
  // Of all fields of that name, whose values are lists with commas between: "keep-alive", "Upgrade". Views into the
  // fields: as long as they stay.
  std::vector<std::string_view> words(std::string_view name) const;
  bool has_word(std::string_view name, std::string_view word) const;  // in any case

 private:
  std::vector<Header> fields_;
};

// ASCII letters in any case are the same; so are names of fields, schemes and hosts.
bool same_word(std::string_view a, std::string_view b);

// Why the server itself answers with an error.
struct Refusal {
  int status = 400;
  std::string message;  // says what to do; plain ASCII
};

// The body of a route with `stream_body`, read as it arrives.
class Upload {
 public:
  virtual ~Upload() = default;
  // Waits for bytes and copies at most buffer.size() of them; 0 at the end of the body. To be called by the handler's
  // thread alone. Errors: kCancelled (the client is gone, too slow, or the server stops), kBudget (more than
  // max_body_bytes), kBadRequest (not valid HTTP).
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

struct Request {
  std::string method;                         // "GET", as sent; a handler of GET sees "HEAD" too
  std::string path;                           // decoded, valid UTF-8 without control characters, without the query
  std::map<std::string, std::string> params;  // ":name" of the route's pattern, decoded; "*" is what a trailing * took
  std::map<std::string, std::string> query;   // decoded; of a repeated key the last
  Headers headers;
  std::string body;            // whole, without framing; at most the route's max_body_bytes; empty with `upload`
  Upload* upload = nullptr;    // the body of a route with stream_body, else null
  std::string client;          // the name of the token that was shown, else the address of the peer: for fairness
  Scope scope = Scope::kOpen;  // what the token that was shown allows; kOpen without one
  // Set once the client has gone, or the server stops: what is still being made has nobody who reads it. Never null in
  // a handler; may be read from any thread until the handler returns.
  const std::atomic<bool>* gone = nullptr;
};

// The answer to one request: either send() once, or begin(), write() …, finish(). A handler that returns without an
// answer sends 500; one that returns between begin() and finish() cuts the connection, so that the client sees that
// something is missing. To be used by the handler's thread alone, until it returns.
// Errors: none; what cannot be delivered is dropped, and write() says so.
class Reply {
 public:
  virtual ~Reply() = default;

  // A field of the head; before send() or begin(). Control characters in it become spaces. Not for Content-Type,
  // Content-Length, Transfer-Encoding and Connection.
  virtual void header(std::string_view name, std::string_view value) = 0;

  // The whole answer. Does not wait for the client. An empty `content_type` sends none.
  virtual void send(int status, std::string_view content_type, std::string_view body) = 0;

  // The head of an answer of unknown length. It is on its way when this returns.
  virtual void begin(int status, std::string_view content_type) = 0;

  // The next part; it is on its way when this returns, each in a chunk of its own. Waits while the client is slow and
  // false when it has gone or was cut for being slow (or sent HEAD): stop then.
  virtual bool write(std::string_view part) = 0;

  // The end of what begin() began.
  virtual void finish() = 0;

  // Whether send() or begin() was called: then it is too late for another status.
  virtual bool begun() const = 0;
};

}  // namespace sotto::http
