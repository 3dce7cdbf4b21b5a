#include "engine/tool_plan.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "engine/conversation.h"

namespace sotto::engine {
namespace {

using Json = text::tool_calls::Json;
namespace tool_calls = text::tool_calls;

constexpr std::size_t kMostNameBytes = 128;
// A model that is made to call may have no reason to stop.
constexpr int kMostGuidedCalls = 8;

Unexpected bad_tool(std::string_view name, std::string_view problem) {
  return Unexpected(ErrorCode::kBadRequest, fmt::format("tool \"{}\": {}", name, problem));
}

Result<Json> parameters_of(const Tool& tool) {
  Json schema = Json::object();
  if (!tool.parameters.empty()) {
    auto parsed = tool_calls::parse_object(tool.parameters);
    if (!parsed)
      return bad_tool(tool.name,
                      fmt::format("parameters: a JSON Schema is wanted, an object that is nested at most {} deep",
                                  tool_calls::kMostNesting));
    schema = std::move(*parsed);
  }
  if (!schema.contains("type")) schema["type"] = "object";
  if (schema["type"] != "object")
    return bad_tool(tool.name, "parameters: a schema of an object is wanted (\"type\": \"object\")");
  return schema;
}

Result<void> check_name(const Tool& tool) {
  const bool known = std::all_of(tool.name.begin(), tool.name.end(), tool_calls::is_name_char);
  if (known && !tool.name.empty() && tool.name.size() <= kMostNameBytes) return {};
  return bad_tool(tool.name, fmt::format("its name must be 1 to {} letters, digits, _, -, ., : or /", kMostNameBytes));
}

Result<void> check_numbers(const Request& request) {
  const auto fits = [](const Message& message) { return message.calls.size() <= kMostTools; };
  if (request.tools.size() <= kMostTools && std::ranges::all_of(request.messages, fits)) return {};
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("a request has at most {} tools, and a message as many calls", kMostTools));
}

Result<void> check_request(const Request& request) {
  if (request.raw || !request.prompt.empty() || request.gap)
    return Unexpected(ErrorCode::kBadRequest, "tools are for messages: a plain prompt is continued as it stands");
  if (request.json_schema.empty() && request.grammar.empty()) return {};
  return Unexpected(
      ErrorCode::kBadRequest,
      "a schema or grammar for the answer and tools exclude each other; leave one of them out, or set the "
      "tool choice to none");
}

// The texts around arguments as the model writes them, for each of the tools that can be called; up to `most` calls.
grammar::Frames frames_of(const tool_calls::Framing& framing, const std::vector<tool_calls::Tool>& tools, int most) {
  grammar::Frames frames{.frames = {},
                         .open = std::string(framing.open),
                         .between = std::string(framing.between),
                         .close = std::string(framing.close),
                         .most = most};
  for (const tool_calls::Tool& tool : tools) {
    Json schema = tool.parameters;
    const auto properties = schema.find("properties");
    const bool none = properties == schema.end() || (properties->is_object() && properties->empty());
    if (none && schema.size() == (properties == schema.end() ? 1u : 2u)) schema["additionalProperties"] = false;
    frames.frames.push_back({fmt::format("{}{}{}", framing.before, tool.name, framing.after_name),
                             tool_calls::to_text(schema), std::string(framing.after)});
  }
  return frames;
}

// The error of the first tool whose schema has one.
Error error_of_tool(const ToolPlan& plan, const grammar::Frames& frames, Error error) {
  for (std::size_t i = 0; i < frames.frames.size(); ++i) {
    const auto compiled = grammar::compile_json_schema(frames.frames[i].schema, {.named_properties_only = true});
    if (compiled) continue;
    error = compiled.error();
    error.message = fmt::format("tool \"{}\": {}", plan.tools[i].name, error.message);
    break;
  }
  return error;
}

}  // namespace

std::unique_ptr<tool_calls::Splitter> ToolPlan::splitter() const {
  return guided ? tool_calls::make_guided_splitter(format->framing) : tool_calls::make_free_splitter(*format, tools);
}

Result<ToolPlan> plan_tools(const Request& request, const tool_calls::Format& format) {
  using Mode = ToolChoice::Mode;
  const ToolChoice& choice = request.tool_choice;
  ToolPlan plan;
  if (auto few = check_numbers(request); !few) return forward_error(few);
  const bool forced = choice.mode == Mode::kRequired || choice.mode == Mode::kNamed;
  if (!offers_tools(request)) {
    if (forced) return Unexpected(ErrorCode::kBadRequest, "a call is required, and there are no tools; give some");
    return plan;
  }
  if (auto fits = check_request(request); !fits) return forward_error(fits);
  for (const Tool& tool : request.tools) {
    if (auto named = check_name(tool); !named) return forward_error(named);
    if (tool_calls::find_tool(plan.tools, tool.name) != nullptr)
      return bad_tool(tool.name, "there are two of this name");
    auto parameters = parameters_of(tool);
    if (!parameters) return forward_error(parameters);
    plan.tools.push_back({tool.name, std::move(*parameters)});
  }
  if (choice.mode == Mode::kNamed) {
    std::erase_if(plan.tools, [&](const tool_calls::Tool& tool) { return tool.name != choice.name; });
    if (plan.tools.empty()) return bad_tool(choice.name, "it must be called, and is not among the tools");
  }
  plan.format = &format;
  plan.forced = forced;
  plan.one_call = choice.mode == Mode::kNamed || !choice.parallel;
  return plan;
}

Result<std::shared_ptr<grammar::TokenGrammar>> guide_calls(ToolPlan& plan, const text::Tokenizer& tokenizer,
                                                           Grammars& grammars) {
  std::shared_ptr<grammar::TokenGrammar> none;
  const tool_calls::Framing& framing = plan.format->framing;
  if (!plan.forced) {
    const auto mark = tokenizer.encode(framing.open, true);
    const auto is_control = [&](Token token) { return tokenizer.is_control(token); };
    if (!framing.marked || std::any_of(mark.begin(), mark.end(), is_control)) return none;
  }
  const bool one = plan.one_call || !framing.several;
  const grammar::Frames frames = frames_of(framing, plan.tools, one ? 1 : kMostGuidedCalls);
  auto grammar = grammars.find_calls(frames, plan.forced ? std::string_view() : framing.open);
  if (!grammar && plan.forced) return Unexpected(error_of_tool(plan, frames, std::move(grammar.error())));
  if (!grammar) return none;
  plan.guided = true;
  return grammar;
}

}  // namespace sotto::engine
