// Reads calls of tools as models write them: each notation has a reader, which says whether a text begins with a call.
// Texts are a model's output, and hostile. Knows nothing of the marks around calls, of templates or of tokens.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text::tool_calls {

using Json = nlohmann::ordered_json;

// A tool that may be called: a call of any other is none.
struct Tool {
  std::string name;
  Json parameters;  // a JSON Schema; tells the types of arguments where a notation does not
};
using Tools = std::span<const Tool>;

struct Call {
  std::string name;
  std::string arguments;  // the JSON text of an object
};

// What a reader says of what it looks for in a text. It says the same of every longer text that begins with this one,
// once it does not say kMore: so it does not matter how a stream is cut.
struct Reading {
  enum class State {
    kFound,  // it stands in the first `n_bytes`
    kMore,   // it may, when more has come
    kNone,   // it does not begin here
  };
  State state = State::kNone;
  std::size_t n_bytes = 0;
  std::vector<Call> calls{};  // of kFound, where calls are looked for

  static Reading more() { return {State::kMore}; }
  static Reading none() { return {State::kNone}; }
};

inline constexpr int kMostNesting = 32;            // of values in arguments
inline constexpr std::size_t kMostMembers = 8192;  // of all values in a call, about

// Each reads from the first byte on.
Reading read_json_calls(std::string_view text, Tools tools);    // {"name": …, "arguments": {…}}, or a list of these
Reading read_python_calls(std::string_view text, Tools tools);  // [f(a=1), g()], or f(a=1)
Reading read_xml_call(std::string_view text, Tools tools);      // <function=f><parameter=a>1</parameter></function>
Reading read_brace_call(std::string_view text, Tools tools);    // call:f{a:1,b:<|"|>text<|"|>}
Reading read_named_call(std::string_view text, Tools tools);    // f[ARGS]{"a": 1}

// Whichever of them it is, after blanks.
Reading read_any_calls(std::string_view text, Tools tools);

// Whether the object, or the first one of the list, that a text begins with may be a call, by its first member: an
// answer in JSON, where no mark says what is one, must not be held back until its end. True of what is no such object.
bool may_be_json_calls(std::string_view text, Tools tools);

// The JSON object or list that a text begins with: where it ends, by brackets and quotes alone. Nested at most
// kMostNesting deep.
Reading find_json_end(std::string_view text);

// The JSON object that a text is, whole, blanks around it aside; nothing: it is none, or nested too deep.
std::optional<Json> parse_object(std::string_view text);

const Tool* find_tool(Tools tools, std::string_view name);  // nullptr: there is none
inline constexpr std::string_view kBlanks = " \t\r\n";
std::size_t skip_blanks(std::string_view text, std::size_t from = 0);  // to the first byte that is none
bool is_name_char(char c);                                             // of tools' names

// Whether `text` begins with `mark`.
Reading::State begins_with(std::string_view text, std::string_view mark);

std::string to_text(const Json& value);  // compact

}  // namespace sotto::text::tool_calls
