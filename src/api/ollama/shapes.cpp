#include "api/ollama/shapes.h"

#include "api/logprobs.h"
#include "api/text_forms.h"

namespace sotto::api::ollama {
namespace {

// "json", or a schema.
std::string read_format(Fields& fields) {
  const Json* format = fields.any("format");
  if (format == nullptr || is_nothing(*format)) return "";
  if (format->is_object()) return dump(*format);
  if (format->is_string() && format->get_ref<const std::string&>() == "json") return R"({"type":"object"})";
  fields.complain("format", "\"json\" or a JSON schema is wanted, found " + dump(*format));
  return "";
}

}  // namespace

Shape shape() {
  return {[](const Failure& failure) { return Json{{"error", failure.message}}; },
          [](Call& call, const Failure& failure) { call.write_line({{"error", failure.message}}); }};
}

std::string tagged(const std::string& name) { return name.find(':') == std::string::npos ? name + ":latest" : name; }

std::string read_model(Fields& fields) {
  const auto older = fields.text("name");
  const auto model = fields.text("model");
  std::string name = model.value_or(older.value_or(""));
  if (name.empty()) fields.complain("model", "is missing: the name of a model");
  return name;
}

bool read_ask(Call& call, Ask& ask) {
  Fields& fields = call.fields();
  const auto model = fields.text("model");
  ask.model = model.value_or("");
  if (ask.model.empty()) fields.complain("model", "is missing: the name of a model");
  if (const Json* options = fields.object("options"))
    read_ollama_options(*options, "options", call.findings(), ask.options);
  if (const Json* think = fields.any("think")) {
    auto thinking = parse_thinking(*think);
    if (thinking) ask.options.thinking = *thinking;
    else fields.complain("think", thinking.error().message);
  }
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  ask.json_schema = read_format(fields);
  ask.truncate = fields.flag("truncate").value_or(false);
  ask.n_top_logprobs = read_logprobs(fields);
  return fields.flag("stream").value_or(true);
}

Json head(const std::string& model) { return {{"model", model}, {"created_at", time_text_now()}}; }

void add_figures(Json& object, const Answer& answer) {
  object["done"] = true;
  object["done_reason"] = answer.finish == FinishReason::kToolCalls ? "stop" : finish_word(answer.finish);
  object["total_duration"] = nanoseconds(answer.total_ms);
  object["load_duration"] = nanoseconds(answer.load_ms);
  object["prompt_eval_count"] = answer.usage.prompt_tokens;
  object["prompt_eval_duration"] = nanoseconds(answer.usage.prefill_ms);
  object["eval_count"] = answer.usage.completion_tokens;
  object["eval_duration"] = nanoseconds(answer.usage.decode_ms);
  if (answer.dropped_messages > 0) object["truncated_messages"] = answer.dropped_messages;
}

Outcome load_only(Service& service, Call& call, const Ask& ask, Json object) {
  Answer answer;
  if (auto wrong = service.preload(ask.model, ask.keep_alive, call.gone(), answer.load_ms)) return wrong;
  object["done"] = true;
  object["done_reason"] = ask.keep_alive == KeepAlive(0) ? "unload" : "load";
  object["load_duration"] = nanoseconds(answer.load_ms);
  call.send(object);
  return std::nullopt;
}

}  // namespace sotto::api::ollama
