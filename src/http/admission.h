// What happens with a request once its head is there: which handler gets it, or what the server answers itself. Pure:
// sees no socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/doors.h"
#include "http/head.h"
#include "http/router.h"
#include "http/tokens.h"

namespace sotto::http {

struct Gate {
  const Doors& doors;
  const Router& router;
  const std::vector<Token>& tokens;
};

// Both in the form of plain_address().
struct Visitor {
  std::string peer_address;
  std::string local_address;
};

// An answer of the server itself.
struct Answer {
  int status = 400;
  std::vector<Header> fields;
  std::string body;    // JSON; empty for none
  std::string reason;  // for the log
};

// One of `route` and `answer` is set. `request` has everything but its body.
struct Admission {
  const Route* route = nullptr;
  Request request;
  std::optional<Answer> answer;
  std::vector<Header> fields;  // that the handler's answer gets
};

// The order of its checks: Host, Origin and kind of body (on every path, known or not), the address, the route, the
// token, the length of the body, Expect, the handshake of a socket.
Admission admit(const Gate& gate, const Head& head, const Visitor& visitor);

// An error in the form of the path's API. `raw_path` may be empty.
Answer error_answer(const Router& router, std::string_view raw_path, const Refusal& refusal);

}  // namespace sotto::http
