// Tools: functions that a model may ask its caller to run. docs/tools.md
#pragma once

#include <cstddef>
#include <string>

namespace sotto {

inline constexpr std::size_t kMostTools = 512;  // of a request, and calls of a message

// A function that the caller can run for the model.
struct Tool {
  std::string name;         // 1 to 128 letters, digits, "_", "-", ".", ":" and "/"; no two tools of a request share one
  std::string description;  // what it does, for the model
  std::string parameters;   // a JSON Schema of an object, as JSON text; empty: it takes none
};

// Which tools an answer may, or must, call.
struct ToolChoice {
  enum class Mode {
    kAuto,      // the model chooses: text, calls, or both
    kNone,      // as if there were no tools
    kRequired,  // the answer is at least one call, valid by its tool's schema
    kNamed,     // likewise one call, of the tool `name`
  } mode = Mode::kAuto;
  std::string name;
  bool parallel = true;  // several calls in one answer; otherwise it ends after the first
};

struct ToolCall {
  std::string id;         // of an Event: 9 letters and digits, new for each call; of a Message: any, or empty
  std::string name;       // the tool's
  std::string arguments;  // JSON text; of a complete call in an Event always an object
};

}  // namespace sotto
