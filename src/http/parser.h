// One request from bytes as they arrive: its head, held to head.h, then its body without framing. Boost.Beast reads
// what passed those checks. Knows no socket. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/head.h"

namespace sotto::http {

class Parser {
 public:
  Parser(std::size_t max_head_bytes, std::size_t max_fields);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Takes `bytes` and reads on. Stops behind the head, so that its reader can set a limit for the body; feed({}) goes
  // on. After a Refusal (400, 413, 431) the parser is of no further use.
  std::optional<Refusal> feed(std::string_view bytes);

  bool has_head() const;   // head() is there
  bool is_done() const;    // the body is whole; what came behind it waits in take_rest()
  bool has_bytes() const;  // anything of this request came

  Head& head();
  void limit_body(std::uint64_t max_bytes);  // to be called once, when has_head() first says so

  std::string& body();      // what came of the body so far; may be taken away while more arrives
  std::string take_rest();  // bytes of the next request

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::http
