// Any bytes as what a client sends: the parser refuses or accepts them whatever the steps in which they arrive, and
// what reads targets, hosts, origins and tokens keeps what it promises.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/admission.h"
#include "http/parser.h"
#include "http/target.h"

namespace {

using namespace sotto::http;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  bool refused = false, done = false;
  std::string method, target, body, rest;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step) {
  Parser parser(4096, 20);
  Outcome outcome;
  bool limited = false;
  std::size_t at = 0;
  while (at < bytes.size() && !parser.is_done() && !outcome.refused) {
    const std::string_view part = bytes.substr(at, step);
    at += part.size();
    outcome.refused = parser.feed(part).has_value();
    if (!outcome.refused && parser.has_head() && !limited) {
      limited = true;
      parser.limit_body(10'000);
      outcome.refused = parser.feed({}).has_value();
    }
  }
  outcome.done = !outcome.refused && parser.is_done();
  if (!outcome.done) return outcome;
  outcome.method = parser.head().method;
  outcome.target = parser.head().target;
  outcome.body = parser.body();
  outcome.rest = parser.take_rest() + std::string(bytes.substr(at));
  require(outcome.body.size() <= 10'000);
  require(!parser.head().chunked || !parser.head().content_length);
  return outcome;
}

bool is_plain(const std::string& text) {
  for (const char byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) return false;
  }
  return is_utf8(text);
}

void check_target(std::string_view text) {
  const auto target = split_target(text);
  if (!target) return require(is_plain(target.error().message));
  require(is_plain(target->path) && target->query.size() <= kMaxQueryKeys);
  require(target->raw_path == "*" || target->raw_path.starts_with('/'));
  for (const auto& [key, value] : target->query) require(is_plain(key) && is_plain(value));
}

// A host that is not ours never comes in, however it is spelled; what is refused is told in plain words.
void check_doors(std::string_view host, std::string_view origin) {
  static const Doors doors = *make_doors("127.0.0.1", 11434, false, {}, {});
  Headers headers;
  headers.add("Host", host);
  headers.add("Origin", origin);
  const auto refusal = refuse(doors, {"GET", headers});
  if (refusal) return require(is_plain(refusal->message));
  const auto named = parse_authority(host);
  const auto page = parse_origin(origin);
  require(named && is_loopback_host(named->host) && page && page->authority.host == named->host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse(text, size);
  require(parse(text, 1) == whole || size > 4000);  // a limit may be seen earlier or later
  require(parse(text, 7) == whole || size > 4000);
  check_target(text);
  const std::size_t middle = text.find('\n');
  if (middle != std::string_view::npos) check_doors(text.substr(0, middle), text.substr(middle + 1));
  return 0;
}
