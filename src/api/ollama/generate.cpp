#include "api/ollama/generate.h"

#include "api/logprobs.h"
#include "api/messages.h"
#include "api/ollama/context.h"
#include "api/ollama/shapes.h"
#include "api/tools.h"

namespace sotto::api::ollama {
namespace {

// Where the pieces of an answer stand in an object.
using Place = std::function<void(Json& object, const std::string& text, const std::string& thought)>;
// What the last object has beside the figures.
using Last = std::function<void(Json& object, const Answer& answer)>;

// A whole call; what of one a limit cut is text.
void add_call(Json& message, const ToolCall& call) {
  if (auto arguments = arguments_object(call)) {
    const Json function = {{"name", call.name}, {"arguments", std::move(*arguments)}};
    message["tool_calls"].push_back({{"id", "call_" + call.id}, {"function", function}});
  } else {
    message["content"] = message["content"].get<std::string>() + call.name + call.arguments;
  }
}

// Calls are told whole.
void write_piece(Call& call, const std::string& model, const Place& place, const Event& event) {
  if (event.kind == Event::Kind::kCall || event.kind == Event::Kind::kCallArguments) return;
  const bool thought = event.kind == Event::Kind::kThought, called = event.kind == Event::Kind::kCallEnd;
  Json object = head(model);
  place(object, thought || called ? "" : event.text, thought ? event.text : "");
  if (called) add_call(object["message"], event.call);
  if (!thought && !event.tokens.empty()) object["logprobs"] = logprobs_json(event.tokens);
  object["done"] = false;
  call.write_line(object);
}

// Runs the job: object after object, or one with everything.
Outcome answer_ask(Service& service, Call& call, const Ask& ask, bool stream, const Place& place, const Last& last) {
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.gone(), job)) return wrong;
  const auto piece = [&](const Event& event) {
    if (stream) write_piece(call, ask.model, place, event);
  };
  Answer answer;
  if (auto wrong = job->run(std::nullopt, piece, answer)) return wrong;
  Json object = head(ask.model);
  place(object, stream ? "" : answer.text, stream ? "" : answer.thought);
  if (!stream && ask.n_top_logprobs >= 0) object["logprobs"] = logprobs_json(answer.tokens);
  add_figures(object, answer);
  if (last) last(object, answer);
  if (!stream) {
    call.send(object);
  } else {
    call.write_line(object);
    call.finish();
  }
  return std::nullopt;
}

void place_response(Json& object, const std::string& text, const std::string& thought) {
  object["response"] = text;
  if (!thought.empty()) object["thinking"] = thought;
}

void place_message(Json& object, const std::string& text, const std::string& thought) {
  object["message"] = {{"role", "assistant"}, {"content", text}};
  if (!thought.empty()) object["message"]["thinking"] = thought;
}

std::vector<Message> read_context(Fields& fields) {
  const Json* numbers = fields.list("context");
  if (numbers == nullptr) return {};
  auto said = unpack_context(*numbers);
  if (said) return std::move(*said);
  fields.complain("context", said.error().message);
  return {};
}

bool read_generate(Call& call, Ask& ask) {
  const bool stream = read_ask(call, ask);
  Fields& fields = call.fields();
  ask.prompt = fields.text("prompt").value_or("");
  ask.system = fields.text("system").value_or("");
  ask.raw = fields.flag("raw").value_or(false);
  ask.messages = read_context(fields);
  if (std::string suffix = fields.text("suffix").value_or(""); !suffix.empty())
    ask.gap = Gap{.suffix = std::move(suffix)};
  fields.refuse("images", "the model has no eyes: it reads text alone");
  fields.refuse("template",
                "a template of Go is not understood here; create an assistant with a template of Jinja instead");
  if (ask.raw && !(ask.messages.empty() && ask.system.empty()))
    fields.complain("raw", "a raw prompt is continued as it stands: leave out system and context");
  if (ask.gap && !(ask.messages.empty() && ask.system.empty()))
    fields.complain("suffix", "what fills a gap follows no instructions: leave out system and context");
  return stream;
}

}  // namespace

Outcome generate(Service& service, Call& call) {
  Ask ask;
  const bool stream = read_generate(call, ask);
  if (auto wrong = call.check()) return wrong;
  if (ask.prompt->empty() && !ask.gap) {
    Json object = head(ask.model);
    object["response"] = "";
    return load_only(service, call, ask, std::move(object));
  }
  const Last last = [&](Json& object, const Answer& answer) {
    if (ask.raw || ask.gap) return;
    std::vector<Message> said = ask.messages;
    if (said.empty() && !ask.system.empty()) said.push_back({Role::kSystem, ask.system});
    said.push_back({Role::kUser, *ask.prompt});
    said.push_back({Role::kAssistant, answer.text});
    object["context"] = pack_context(said);
  };
  return answer_ask(service, call, ask, stream, place_response, last);
}

Outcome chat(Service& service, Call& call) {
  Ask ask;
  const bool stream = read_ask(call, ask);
  ask.messages = read_messages(call.fields(), "messages");
  ask.tools = read_tools(call.fields());
  ask.tool_choice = read_tool_choice(call.fields());
  if (auto wrong = call.check()) return wrong;
  if (ask.messages.empty()) {
    Json object = head(ask.model);
    place_message(object, "", "");
    return load_only(service, call, ask, std::move(object));
  }
  const Last last = [&](Json& object, const Answer& answer) {
    for (const ToolCall& made : answer.calls)
      if (!stream || !arguments_object(made)) add_call(object["message"], made);
  };
  return answer_ask(service, call, ask, stream, place_message, last);
}

}  // namespace sotto::api::ollama
