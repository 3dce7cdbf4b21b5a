#include "text/tool_calls/format.h"

#include <algorithm>

#include "text/tool_calls/held_text.h"

namespace sotto::text::tool_calls {
namespace {

using std::string_view;

constexpr string_view kAfterName = "\", \"arguments\": ", kName = "{\"name\": \"";

constexpr Framing kTagged{.open = "<tool_call>",
                          .before = "\n{\"name\": \"",
                          .after_name = kAfterName,
                          .after = "}\n</tool_call>",
                          .between = "\n<tool_call>",
                          .marked = true};
// Of formats whose own notation no grammar here holds.
constexpr Framing kTaggedInstead{.open = kTagged.open,
                                 .before = kTagged.before,
                                 .after_name = kAfterName,
                                 .after = kTagged.after,
                                 .between = kTagged.between};

constexpr Framing list_behind(string_view lead, string_view tail = {}) {
  return {.lead = lead,
          .open = "[",
          .before = kName,
          .after_name = kAfterName,
          .after = "}",
          .between = ", ",
          .close = "]",
          .tail = tail};
}

// Qwen 2.5 and 3, Hermes 2 Pro, SmolLM3.
constexpr string_view kTaggedShown[] = {"<tool_call>"}, kTaggedCloses[] = {"</tool_call>"};
constexpr Open kTaggedOpens[] = {{"<tool_call>"}};

// Qwen3-Coder, Qwen3.5. Now and then they leave out the outer mark.
constexpr string_view kXmlShown[] = {"<function="};
constexpr Open kXmlOpens[] = {{"<tool_call>"}, {.mark = "<function=", .kept = true}};

// Gemma 4, FunctionGemma.
constexpr string_view kBraceShown[] = {"<|tool_call>call:", "<start_function_call>"};
constexpr Open kBraceOpens[] = {{"<|tool_call>"}, {"<start_function_call>"}, {"<tool_call>"}};
constexpr string_view kBraceCloses[] = {"<tool_call|>", "<end_function_call>", "</tool_call>"};
constexpr string_view kBraceEnds[] = {"<|tool_response>", "<start_function_response>"};

// Mistral 7B v0.3 and later, Mistral Nemo, Small, Ministral.
constexpr string_view kBracketShown[] = {"[TOOL_CALLS]"};
constexpr Open kBracketOpens[] = {{"[TOOL_CALLS]"}};
constexpr Framing kBracketFraming = list_behind("[TOOL_CALLS]");

// LFM2.
constexpr string_view kStartShown[] = {"<|tool_call_start|>", "<|tool_list_start|>"};
constexpr Open kStartOpens[] = {{"<|tool_call_start|>"}};
constexpr string_view kStartCloses[] = {"<|tool_call_end|>"};
constexpr Framing kStartFraming = list_behind("<|tool_call_start|>", "<|tool_call_end|>");

// Command R7B.
constexpr string_view kActionShown[] = {"<|START_ACTION|>"};
constexpr Open kActionOpens[] = {{"<|START_ACTION|>"}};
constexpr string_view kActionCloses[] = {"<|END_ACTION|>"};
constexpr Framing kActionFraming{.lead = "<|START_ACTION|>",
                                 .open = "[",
                                 .before = "{\"tool_call_id\": \"0\", \"tool_name\": \"",
                                 .after_name = "\", \"parameters\": ",
                                 .after = "}",
                                 .close = "]",
                                 .tail = "<|END_ACTION|>",
                                 .several = false};

// Granite 3.3.
constexpr string_view kBarShown[] = {"<|tool_call|>"};
constexpr Open kBarOpens[] = {{"<|tool_call|>"}, {"<tool_call>"}};
constexpr Framing kBarFraming = list_behind("<|tool_call|>");

// Phi-4 mini.
constexpr string_view kToolShown[] = {"<|tool|>"}, kToolCloses[] = {"<|/tool_call|>"};
constexpr Open kToolOpens[] = {{"<|tool_call|>"}, {"functools"}};
constexpr Framing kToolFraming = list_behind("<|tool_call|>", "<|/tool_call|>");

// Llama 3.1 to 3.3: nothing but the call, as JSON or as Python.
constexpr string_view kBareShown[] = {"<|python_tag|>", "Environment: ipython"};
constexpr Open kBareOpens[] = {{"<|python_tag|>"},
                               {.mark = "{", .kept = true, .anywhere = false},
                               {.mark = "[", .kept = true, .anywhere = false},
                               {.mark = ";", .anywhere = false}};
constexpr Framing kBareFraming{.before = kName, .after_name = "\", \"parameters\": ", .after = "}", .several = false};

constexpr Format kTaggedFormat{kTaggedShown, kTaggedOpens, kTaggedCloses, {}, kTagged};

// The first that fits counts.
constexpr Format kFormats[] = {
    {kXmlShown, kXmlOpens, kTaggedCloses, {}, kTaggedInstead},
    {kBraceShown, kBraceOpens, kBraceCloses, kBraceEnds, kTaggedInstead},
    {kBracketShown, kBracketOpens, {}, {}, kBracketFraming},
    {kStartShown, kStartOpens, kStartCloses, {}, kStartFraming},
    {kActionShown, kActionOpens, kActionCloses, {}, kActionFraming},
    {kBarShown, kBarOpens, {}, {}, kBarFraming},
    {kToolShown, kToolOpens, kToolCloses, {}, kToolFraming},
    kTaggedFormat,
    {kBareShown, kBareOpens, {}, {}, kBareFraming},
};

// Marks within calls, whatever the format; a model may have them as control tokens.
constexpr string_view kInnerMarks[] = {"[ARGS]", "[CALL_ID]", "<|\"|>", "<escape>"};

}  // namespace

const Format* find_format(string_view chat_template) {
  if (chat_template.find("tools") == string_view::npos) return nullptr;
  for (const Format& format : kFormats)
    for (const string_view shown : format.shown)
      if (chat_template.find(shown) != string_view::npos) return &format;
  return nullptr;
}

const Format& generic_format() { return kTaggedFormat; }

Reading read_calls(const Format& format, const Open& open, string_view text, Tools tools) {
  const std::size_t begin = open.kept ? 0 : open.mark.size();
  if (open.kept && !may_be_json_calls(text, tools)) return Reading::none();
  Reading reading = read_any_calls(text.substr(begin), tools);
  if (reading.state != Reading::State::kFound) return reading;
  reading.n_bytes += begin;
  const std::size_t end = skip_blanks(text, reading.n_bytes);
  if (end - reading.n_bytes > kMostBlanks) return reading;
  for (const string_view close : format.closes) {
    const auto state = begins_with(text.substr(end), close);
    if (state == Reading::State::kMore) return Reading::more();
    if (state != Reading::State::kFound) continue;
    reading.n_bytes = end + close.size();
    break;
  }
  return reading;
}

std::string write_calls(const Framing& framing, std::span<const Call> calls) {
  if (calls.empty()) return {};
  std::string text(framing.lead);
  for (const Call& call : calls)
    for (const string_view part :
         {&call == &calls.front() ? framing.open : framing.between, framing.before, string_view(call.name),
          framing.after_name, string_view(call.arguments), framing.after})
      text += part;
  return (text += framing.close) += framing.tail;
}

bool is_mark(const Format& format, string_view name) {
  const auto is_name = [&](string_view mark) { return mark == name; };
  return std::ranges::any_of(format.opens, is_name, &Open::mark) || std::ranges::any_of(format.closes, is_name) ||
         std::ranges::any_of(kInnerMarks, is_name);
}

}  // namespace sotto::text::tool_calls
