// Any bytes as an answer in which tools may be called, in each format: however the stream is cut, the same is told;
// calls are of tools that there are, and their arguments JSON objects; where none is called, all of the text comes out.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "grammar_walk.h"
#include "text/tool_calls/splitter.h"

namespace {

using sotto::text::tool_calls::Part;
using sotto::text::tool_calls::Splitter;

struct Told {
  std::string text, all;
  int n_calls = 0;

  void add(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      all += static_cast<char>('0' + static_cast<int>(part.kind)) + part.text;
      if (part.kind == Part::Kind::kText) text += part.text;
      if (part.kind == Part::Kind::kName) ++n_calls;
      if (part.kind == Part::Kind::kName) sotto::fuzz::require(part.text == "f" || part.text == "g");
      if (part.kind == Part::Kind::kArguments) sotto::fuzz::require(nlohmann::json::parse(part.text).is_object());
    }
  }
};

// Pieces of text that follow each other are one.
std::string joined(const std::string& text, std::size_t piece, const sotto::text::tool_calls::Format& format,
                   sotto::text::tool_calls::Tools tools, Told& told) {
  const auto splitter = make_free_splitter(format, tools);
  std::vector<Part> parts;
  const auto take = [&](std::vector<Part> more) {
    for (Part& part : more) {
      const bool joins = !parts.empty() && part.kind == Part::Kind::kText && parts.back().kind == part.kind;
      if (joins) parts.back().text += part.text;
      else parts.push_back(std::move(part));
    }
  };
  for (std::size_t at = 0; at < text.size(); at += piece)
    take(splitter->push(std::string_view(text).substr(at, piece)));
  take(splitter->finish());
  told.add(parts);
  return told.all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace calls = sotto::text::tool_calls;
  constexpr const char* kShown[] = {"<tool_call>",         "<function=",       "<|tool_call>call:", "[TOOL_CALLS]",
                                    "<|tool_call_start|>", "<|START_ACTION|>", "<|tool_call|>",     "<|tool|>",
                                    "<|python_tag|>"};
  static const std::vector<calls::Tool> tools = {
      {"f", calls::Json::parse(R"({"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})")},
      {"g", calls::Json::object()}};
  if (size < 2 || size > 20'000) return 0;
  const calls::Format* format = calls::find_format(std::string("tools ") + kShown[data[0] % std::size(kShown)]);
  sotto::fuzz::require(format != nullptr);
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  Told whole, cut;
  joined(text, std::max<std::size_t>(text.size(), 1), *format, tools, whole);
  joined(text, 1 + data[1] % 32, *format, tools, cut);
  sotto::fuzz::require(whole.all == cut.all);
  sotto::fuzz::require(whole.n_calls > 0 || whole.text == text);
  return 0;
}
