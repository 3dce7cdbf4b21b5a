#include "api/anthropic/messages.h"

#include <fmt/format.h>

#include <limits>

#include "api/anthropic/blocks.h"
#include "api/anthropic/conversation.h"
#include "api/messages.h"

namespace sotto::api::anthropic {
namespace {

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();

constexpr NumberOption kNumbers[] = {{"temperature", 0, 1, &Options::temperature}, {"top_p", 0, 1, &Options::top_p}};
constexpr WholeOption kWholes[] = {{"top_k", 0, kMostInt, &Options::top_k},
                                   {"num_ctx", 0, kMostInt, &Options::ctx_tokens}};

const char* error_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 503: return "overloaded_error";
    default: return status < 500 ? "invalid_request_error" : "api_error";
  }
}

Json error_object(const Failure& failure) {
  return {{"type", "error"}, {"error", {{"type", error_type(failure.status)}, {"message", failure.message}}}};
}

void read_thinking(Fields& fields, Options& options) {
  const Json* object = fields.object("thinking");
  if (object == nullptr) return;
  Fields within(*object, "thinking", fields.findings());
  const std::string type = within.required_text("type");
  const auto budget = within.whole("budget_tokens", 0, kMostInt);
  if (type == "enabled") options.thinking = Thinking{Thinking::Mode::kOn, static_cast<int>(budget.value_or(-1))};
  else if (type == "disabled") options.thinking = Thinking{Thinking::Mode::kOff};
  else if (!type.empty()) within.complain("type", "enabled or disabled is wanted, found " + type);
  within.finish();
}

void read_conversation(Call& call, Ask& ask) {
  Fields& fields = call.fields();
  ask.model = fields.required_text("model");
  ask.messages = read_turns(fields);
  if (ask.messages.empty()) fields.complain("messages", "at least one is wanted");
  ask.system = read_content(fields, "system");
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  read_thinking(fields, ask.options);
  read_wholes(fields, kWholes, ask.options);
  ask.tools = anthropic::read_tools(fields);
  ask.tool_choice = anthropic::read_tool_choice(fields);
}

}  // namespace

Shape shape() {
  return {error_object, [](Call& call, const Failure& failure) { call.write_event(error_object(failure), "error"); },
          429};
}

Outcome messages(Service& service, Call& call) {
  Ask ask;
  read_conversation(call, ask);
  Fields& fields = call.fields();
  ask.options.max_tokens = fields.whole("max_tokens", 1, kMostInt);
  if (!ask.options.max_tokens) fields.complain("max_tokens", "is missing");
  read_numbers(fields, kNumbers, ask.options);
  read_stops(fields, "stop_sequences", ask.options);
  const bool stream = fields.flag("stream").value_or(false);
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.gone(), job)) return wrong;
  Answer answer;
  Blocks blocks(call, ask.model, stream, answer);
  const auto listen = [&](const Event& event) { blocks.piece(event); };
  if (auto wrong = job->run(std::nullopt, listen, answer)) return wrong;
  blocks.finish();
  return std::nullopt;
}

Outcome count_tokens(Service& service, Call& call) {
  Ask ask;
  read_conversation(call, ask);
  ask.options.max_tokens = 0;
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.gone(), job)) return wrong;
  Answer answer;
  if (auto wrong = job->run(std::nullopt, [](const Event&) {}, answer)) return wrong;
  call.send({{"input_tokens", answer.usage.prompt_tokens}});
  return std::nullopt;
}

}  // namespace sotto::api::anthropic
