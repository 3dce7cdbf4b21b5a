// Tools that tests offer, and what a splitter tells of a text, however that is cut.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "text/tool_calls/splitter.h"

namespace sotto::text::tool_calls {

inline const std::vector<Tool>& weather_tools() {
  static const std::vector<Tool> tools = {
      {"get_weather", Json::parse(R"({"type": "object", "properties": {"city": {"type": "string"},
        "days": {"type": "integer"}, "exact": {"type": "boolean"}, "tags": {"type": "array"}, "at": {}, "zip": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "unit": {"enum": ["C", "1"]}, "note": {"type": ["string", "null"]}}})")},
      {"plan_trip", Json::parse(R"({"type": "object", "properties": {"stops": {"type": "array"}}})")},
      {"now", Json::object()},
  };
  return tools;
}

// "get_weather{"city":"Rome"} now{}"; "more" and "none" where there are no calls.
inline std::string shown(const Reading& reading) {
  if (reading.state == Reading::State::kMore) return "more";
  if (reading.state == Reading::State::kNone) return "none";
  std::string text;
  for (const Call& call : reading.calls) text += (text.empty() ? "" : " ") + call.name + call.arguments;
  return text;
}

// Reads with `read`; what it says of the whole must not be contradicted by what it says of a beginning.
inline std::string read_whole(Reading (*read)(std::string_view, Tools), const std::string& text) {
  const Reading whole = read(text, weather_tools());
  for (std::size_t n = 0; n < text.size(); ++n) {
    const Reading part = read(std::string_view(text).substr(0, n), weather_tools());
    if (part.state == Reading::State::kMore) continue;
    EXPECT_EQ(shown(part), shown(whole)) << text.substr(0, n);
    EXPECT_EQ(part.n_bytes, whole.n_bytes) << text.substr(0, n);
  }
  return shown(whole);
}

// What is told: text as it stands, a call as "⟦name arguments⟧", one that was cut as "⟦name arguments".
inline std::string told(Splitter& splitter, const std::vector<std::string>& pieces) {
  std::string text;
  const auto add = [&](const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::kName) text += "⟦" + part.text + " ";
      else text += part.kind == Part::Kind::kEnd ? "⟧" : part.text;
    }
  };
  for (const std::string& piece : pieces) add(splitter.push(piece));
  add(splitter.finish());
  return text;
}

// Byte by byte, at once, and cut at random: the same each time.
template <class Make>
std::string told_however_cut(const Make& make, const std::string& text) {
  const std::string whole = told(*make(), {text});
  std::mt19937 random(1);
  for (int round = 0; round < 12; ++round) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = round == 0 ? 1 : 1 + random() % (1u << (round % 6));
      pieces.push_back(text.substr(at, n));
      at += n;
    }
    EXPECT_EQ(told(*make(), pieces), whole) << "round " << round;
  }
  return whole;
}

}  // namespace sotto::text::tool_calls
