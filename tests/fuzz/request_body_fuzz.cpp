// Any bytes as the body of a request: it parses or ends in an error, every reader takes what parsed or names a problem,
// and what is written of it parses again to the same.
#include <cstdint>
#include <cstdlib>

#include "api/duration.h"
#include "api/messages.h"
#include "api/ollama/context.h"
#include "api/options.h"

namespace {

void need(bool condition) {
  if (!condition) std::abort();
}

void read_everything(const sotto::api::Json& body) {
  using namespace sotto::api;
  Findings findings;
  Fields fields(body, "", findings);
  Options options;
  if (const Json* object = fields.object("options")) read_ollama_options(*object, "options", findings, options);
  (void)read_messages(fields, "messages");
  (void)read_keep_alive(fields, "keep_alive");
  if (const Json* think = fields.any("think")) (void)parse_thinking(*think);
  read_stops(fields, "stop", options);
  if (const Json* context = fields.list("context")) {
    if (const auto said = ollama::unpack_context(*context))
      need(ollama::unpack_context(ollama::pack_context(*said)).has_value());
  }
  fields.finish();
  need(findings.problem.empty() || !findings.field.empty());
  // What was accepted is what the engine takes.
  sotto::Request request;
  apply(layered(options, {}), true, 1, request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::api;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_keep_alive(text);
  const auto parsed = parse_body(text);
  if (!parsed) {
    need(parsed.error().code == sotto::ErrorCode::kBadRequest);
    return 0;
  }
  const auto again = parse_body(dump(*parsed));
  need(again.has_value() && dump(*again) == dump(*parsed));
  read_everything(*parsed);
  return 0;
}
