// Random calls, written by a writer for each notation that shares nothing with the readers, and cut anywhere: what
// comes back is what was written. Of every beginning of such an answer all text comes out, and only calls that the
// whole has too.
#include <functional>
#include <limits>

#include "text/tool_calls/support.h"

namespace sotto::text::tool_calls {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t n) { return random() % n; }

const std::vector<Tool>& tools() {
  static const std::vector<Tool> tools = {
      {"f", Json::parse(R"({"type": "object", "properties": {"s": {"type": "string"}}})")},
      {"get.weather-2/x_y", Json::parse(R"({"properties": {"s": {"type": ["string"]}}})")},
      {"now", Json::object()},
  };
  return tools;
}

// Text with all that a notation may stumble over.
std::string any_text(Random& random) {
  static const std::vector<std::string> pieces = {
      "a",  "Rome", " ",    "\n", "\t", "\"",  "'",  "\\",   "{",    "}",           "[",
      "]",  "(",    ")",    ",",  ":",  ";",   "=",  "\\",   "\\n",  "\\u",         "é",
      "日", "🙂",   "<",    ">",  "|",  "/",   "0",  "True", "null", "</function>", "# ",
      "\r", "\b",   "\x01", "}}", "]]", "\"}", "'}", "\"]",  "')",   "<tool_call>", "</tool_call>"};
  std::string text;
  for (std::size_t n = below(random, 6); n > 0; --n) text += pieces[below(random, pieces.size())];
  return text;
}

Json any_value(Random& random, int depth = 0) {
  switch (below(random, depth > 3 ? 6 : 8)) {
    case 0: return nullptr;
    case 1: return below(random, 2) == 0;
    case 2: return static_cast<std::int64_t>(below(random, 100'000)) - 50'000;
    case 3: return std::numeric_limits<std::uint64_t>::max() - below(random, 9);
    case 4: return static_cast<double>(below(random, 4096)) / 16 - 99.5;
    case 5: return any_text(random);
    case 6: {
      Json list = Json::array();
      for (std::size_t n = below(random, 4); n > 0; --n) list.push_back(any_value(random, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (std::size_t n = below(random, 4); n > 0; --n) object["k" + any_text(random)] = any_value(random, depth + 1);
      return object;
    }
  }
}

struct Written {
  std::string name;
  Json arguments;
};

Written any_call(Random& random) {
  Written call{tools()[below(random, tools().size())].name, Json::object()};
  if (below(random, 2) == 0) call.arguments["s"] = any_text(random);
  for (std::size_t n = below(random, 4); n > 0; --n)
    call.arguments["arg_" + std::to_string(below(random, 9))] = any_value(random);
  return call;
}

// JSON in one of the layouts that models write.
std::string json(const Json& value, Random& random) {
  const int indents[] = {-1, -1, 0, 2};
  return value.dump(indents[below(random, 4)], ' ', below(random, 2) == 0);
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (&part == &parts.front() ? "" : between) + part;
  return text;
}

// The items of a list or an object, each as `write` has it.
std::string items(const Json& value, const std::function<std::string(const std::string&, const Json&)>& write) {
  std::vector<std::string> parts;
  for (const auto& item : value.items()) parts.push_back(write(value.is_object() ? item.key() : "", item.value()));
  return joined(parts, ", ");
}

std::string python_text(const std::string& text, Random& random) {
  const char quote = "'\""[below(random, 2)];
  std::string written(1, quote);
  for (const char c : text) {
    if (c == '\n') written += below(random, 2) == 0 ? "\\n" : "\\x0a";
    else if (c == quote || c == '\\') (written += '\\') += c;
    else written += c;
  }
  return written += quote;
}

std::string python(const Json& value, Random& random) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_string()) return python_text(value, random);
  const auto item = [&](const std::string& key, const Json& within) {
    return (key.empty() ? "" : python_text(key, random) + ": ") + python(within, random);
  };
  if (value.is_object()) return "{" + items(value, item) + "}";
  if (value.is_array()) return "[" + items(value, item) + "]";
  return value.dump();
}

std::string python_call(const Written& call, Random& random) {
  return call.name + "(" +
         items(call.arguments,
               [&](const std::string& key, const Json& value) { return key + "=" + python(value, random); }) +
         ")";
}

std::string braces(const Json& value, const std::string& quotes) {
  if (value.is_string()) return quotes + value.get<std::string>() + quotes;
  if (value.is_array())
    return "[" + items(value, [&](const std::string&, const Json& within) { return braces(within, quotes); }) + "]";
  if (!value.is_object()) return value.dump();
  return "{" +
         items(value,
               [&](const std::string& key, const Json& within) {
                 const bool plain = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
                 return (plain ? key : quotes + key + quotes) + ":" + braces(within, quotes);
               }) +
         "}";
}

std::string xml_call(const Written& call, Random& random) {
  std::string text = "<function=" + call.name + ">\n";
  for (const auto& item : call.arguments.items()) {
    const Json& value = item.value();
    const bool plain = item.key() == "s" && call.name != "now";  // others stand in quotes, which mark them as text
    text += "<parameter=" + item.key() + ">\n" + (plain ? value.get<std::string>() : json(value, random)) +
            "\n</parameter>\n";
  }
  return text + "</function>";
}

struct Notation {
  const char* shown;
  bool marked;  // text may stand around the calls
  std::function<std::string(const std::vector<Written>&, Random&)> write;
};

std::string each(const std::vector<Written>& calls, const std::string& between,
                 const std::function<std::string(const Written&)>& write) {
  std::vector<std::string> parts;
  for (const Written& call : calls) parts.push_back(write(call));
  return joined(parts, between);
}

// {"name": …, "arguments": …}, the latter an object or a string that holds one.
std::string json_call(const Written& call, const char* name, const char* arguments, Random& random) {
  Json object{{name, call.name}, {arguments, call.arguments}};
  if (below(random, 4) == 0) object[arguments] = json(call.arguments, random);
  if (below(random, 4) == 0) object["id"] = "abcdefgh1";
  return json(object, random);
}

std::string list_of(const std::vector<Written>& calls, const char* name, const char* arguments, Random& random) {
  return "[" + each(calls, ", ", [&](const Written& c) { return json_call(c, name, arguments, random); }) + "]";
}

std::vector<Notation> notations() {
  using Calls = const std::vector<Written>&;
  // Call after call, each between two texts.
  const auto apart = [](const char* open, const char* close, const char* between, const auto& write) {
    return [=](Calls calls, Random& random) {
      return each(calls, between, [&](const Written& c) { return open + write(c, random) + close; });
    };
  };
  const auto object = [](const char* arguments) {
    return [=](const Written& c, Random& random) { return json_call(c, "name", arguments, random); };
  };
  const auto named = [](const Written& c, Random& random) { return c.name + "[ARGS]" + json(c.arguments, random); };
  const auto listed = [](const char* open, const char* name, const char* arguments, const char* close) {
    return [=](Calls calls, Random& random) { return open + list_of(calls, name, arguments, random) + close; };
  };
  const auto braced = [](const std::string& quotes) {
    return [=](const Written& c, Random&) { return "call:" + c.name + braces(c.arguments, quotes); };
  };
  const auto pythonic = [](const char* open, const char* close) {
    return [=](Calls calls, Random& random) {
      return std::string(open) + "[" + each(calls, ", ", [&](const Written& c) { return python_call(c, random); }) +
             "]" + close;
    };
  };
  return {
      {"<tool_call>", true, apart("<tool_call>\n", "\n</tool_call>", "\n", object("arguments"))},
      {"<function=", true, apart("<tool_call>\n", "\n</tool_call>", "\n", xml_call)},
      {"<function=", true, apart("", "", "\n", xml_call)},
      {"<|python_tag|>", false, apart("", "", "; ", object("parameters"))},
      {"<|python_tag|>", false, pythonic("", "")},
      {"<|python_tag|>", true, pythonic("<|python_tag|>", "")},
      {"[TOOL_CALLS]", true, listed("[TOOL_CALLS] ", "name", "arguments", "")},
      {"[TOOL_CALLS]", true, apart("[TOOL_CALLS]", "", "", named)},
      {"<|tool_call>call:", true, apart("<|tool_call>", "<tool_call|>", "", braced("<|\"|>"))},
      {"<start_function_call>", true, apart("<start_function_call>", "<end_function_call>", "", braced("<escape>"))},
      {"<|tool_call|>", true, listed("<|tool_call|>", "name", "arguments", "")},
      {"<|tool|>", true, listed("<|tool_call|>", "name", "arguments", "<|/tool_call|>")},
      {"<|tool|>", true, listed("functools", "name", "arguments", "")},
      {"<|tool_list_start|>", true, pythonic("<|tool_call_start|>", "<|tool_call_end|>")},
      {"<|START_ACTION|>", true, listed("<|START_ACTION|>", "tool_name", "parameters", "<|END_ACTION|>")},
  };
}

std::string told_in_pieces(const Format& format, const std::string& text, Random& random) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += pieces.back().size())
    pieces.push_back(text.substr(at, 1 + below(random, 9)));
  return told(*make_free_splitter(format, tools()), pieces);
}

void check_beginnings(const Format& format, const std::string& text, const std::string& whole) {
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string begun = text.substr(0, n), part = told(*make_free_splitter(format, tools()), {begun});
    const std::size_t end = part.rfind("⟧");
    if (end == std::string::npos) {
      ASSERT_EQ(part, begun);
      continue;
    }
    const std::size_t called = end + std::string_view("⟧").size();
    ASSERT_EQ(part.substr(0, called), whole.substr(0, called)) << begun;
    ASSERT_TRUE(begun.ends_with(part.substr(called))) << begun;
  }
}

TEST(RoundTrip, WhatIsWrittenComesBack) {
  Random random(20'261'128);
  for (const Notation& notation : notations()) {
    const Format* format = find_format(std::string("tools ") + notation.shown);
    ASSERT_NE(format, nullptr);
    for (int round = 0; round < 120; ++round) {
      std::vector<Written> calls;
      for (std::size_t n = 1 + below(random, 3); n > 0; --n) calls.push_back(any_call(random));
      const std::string before = notation.marked && round % 2 == 0 ? "I look, {x: [1]} < it up." : "";
      const std::string after = notation.marked && round % 3 == 0 ? "\nDone (I think).\n" : "";
      const std::string text = before + (before.empty() ? "" : "\n\n") + notation.write(calls, random) + after;
      std::string expected = before;
      for (const Written& call : calls) expected += "⟦" + call.name + " " + call.arguments.dump() + "⟧";
      expected += after;
      ASSERT_EQ(told(*make_free_splitter(*format, tools()), {text}), expected) << text;
      for (int cut = 0; cut < 4; ++cut) ASSERT_EQ(told_in_pieces(*format, text, random), expected) << text;
      if (round % 8 == 0) check_beginnings(*format, text, expected);
    }
  }
}

}  // namespace
}  // namespace sotto::text::tool_calls
