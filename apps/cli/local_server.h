// A short question to the server of this machine, over HTTP without TLS. Knows nothing of what is asked.
#pragma once

#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::cli {

struct LocalAnswer {
  int status = 0;
  std::string body;
  std::string message() const;  // the text of {"error": …}, or the status
};

// Asks the server at SOTTO_HOST (127.0.0.1:11434 where that is not set), with the token in SOTTO_TOKEN if there is one.
// Errors: kNotFound (no server there: says how to start one), kIo, kBadRequest (the address).
Result<LocalAnswer> ask_local_server(std::string_view method, std::string_view path, std::string_view body);

// What a server has sent until it closed the connection. Errors: kIo (no HTTP).
Result<LocalAnswer> parse_answer(std::string_view text);

}  // namespace sotto::cli
