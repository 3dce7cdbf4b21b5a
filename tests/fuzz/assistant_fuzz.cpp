// Any bytes as an assistant's file, TOML or Modelfile: it reads or ends in an error that names the file, and what was
// read is written and read again as the same assistant.
#include <cstdint>
#include <cstdlib>

#include "catalog/assistants/assistant.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto::catalog;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_assistant(text, "fuzz");
  if (!parsed) {
    require(parsed.error().message.starts_with("fuzz:"));
    return 0;
  }
  for (const std::string& note : parsed->notes) require(note.starts_with("fuzz:"));
  const std::string written = to_toml(parsed->assistant);
  const auto again = parse_assistant_toml(written, "again");
  require(again.has_value() || written.size() > kMaxAssistantBytes);
  if (again) require(again->assistant == parsed->assistant && to_toml(again->assistant) == written);
  return 0;
}
