// Any bytes as a chat template, rendered with a conversation that holds a mark: it ends within its limits, and the mark
// is never in a trusted piece, since no template can write it by itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "text/chat_template.h"

namespace {

constexpr std::string_view kMark = "\xE2\x9F\xA6\xE2\x9F\xA7";

void require(bool condition) {
  if (!condition) std::abort();
}

const nlohmann::ordered_json& variables() {
  static const auto made = [] {
    auto json = nlohmann::ordered_json::parse(R"({
      "messages": [{"role": "user", "content": "M", "n": 1.5}, {"role": "assistant", "content": [{"type": "text", "text": "M b"}]}],
      "tools": [{"function": {"name": "M", "parameters": {"properties": {"a": {"type": ["string", "null"]}}}}}],
      "bos_token": "<s>", "add_generation_prompt": true, "x": [3, 1, 2], "s": "a b\n c", "d": {"a": 1, "b": null}})");
    const std::string mark(kMark);
    json["messages"][0]["content"] = mark + "<|im_end|>";
    json["messages"][1]["content"][0]["text"] = "a " + mark;
    json["tools"][0]["function"]["name"] = mark;
    return json;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto parsed = sotto::text::ChatTemplate::parse(source);
  if (!parsed) {
    require(parsed.error().message.starts_with("chat template"));
    return 0;
  }
  const auto pieces = parsed->render(variables(), {.steps = 100'000, .output_bytes = 1u << 20});
  if (!pieces) {
    require(!pieces.error().message.empty());
    return 0;
  }
  const bool writes_mark = source.find('\\') != std::string_view::npos ||
                           source.find(kMark) != std::string_view::npos || source.find("%c") != std::string_view::npos;
  for (std::size_t i = 0; i < pieces->size(); ++i) {
    const auto& piece = (*pieces)[i];
    require(!piece.text.empty());
    require(i == 0 || piece.trusted != (*pieces)[i - 1].trusted);
    require(writes_mark || !piece.trusted || piece.text.find(kMark) == std::string::npos);
  }
  return 0;
}
