// Any bytes as an assistant's file, TOML or Modelfile: it reads or ends in an error that names the file, and what was
// read can be written.
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
  (void)to_toml(parsed->assistant);
  return 0;
}
