// The server's command line.
#pragma once

#include <string>
#include <vector>

#include "api/service.h"
#include "http/server.h"
#include "server/address.h"

namespace sotto::server {

struct Settings {
  Address address;
  std::vector<std::string> origins, hosts;
  std::string certificate, key;
  std::size_t models_max = 3;
  std::uint64_t memory_mib = 0;  // 0: four fifths of the machine's
  std::size_t parallel = 4, queue = 32;
  api::KeepAlive keep_alive = api::kDefaultKeepAlive;
  int ctx_tokens = 0, threads = 0;
  bool packed_cache = true;
  bool verbose = false;
  bool systemd = false;  // write a unit with these settings instead of serving
};

// What to do next: go on with the settings, or end with this exit code (help, a mistake), which was explained.
struct ParsedLine {
  bool done = false;
  int exit = 0;
};

// Reads the line, and SOTTO_HOST, SOTTO_ORIGINS and SOTTO_KEEP_ALIVE where it says nothing.
ParsedLine parse_line(int argc, const char* const* argv, Settings& settings);

api::ServiceOptions service_options(const Settings& settings, const catalog::Paths& paths);
http::ServerOptions server_options(const Settings& settings);

}  // namespace sotto::server
