#include "api/llamacpp/completion.h"

#include <fmt/format.h>

#include <limits>

#include "api/llamacpp/samplers.h"
#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMostFields = 256;
constexpr std::size_t kMostFiles = 1024;

constexpr WholeOption kWholes[] = {
    {"top_k", 0, kMostInt, &Options::top_k},        {"repeat_last_n", -1, kMostInt, &Options::repeat_last_n},
    {"seed", -1, kMostSeed, &Options::seed},        {"n_predict", -2, kMostInt, &Options::max_tokens},
    {"num_ctx", 0, kMostInt, &Options::ctx_tokens},
};

// How an answer is wanted.
struct Delivery {
  bool stream = false;
  std::optional<std::vector<std::string>> fields;  // of the answer, or of a stream's last part; nothing: all
};

void read_limits(Fields& fields, Ask& ask) {
  const auto read = [&](const char* name) { return fields.whole(name, 0, kMostInt).value_or(0); };
  const std::chrono::milliseconds prompt_time(read("t_max_prompt_ms")), answer_time(read("t_max_predict_ms"));
  // Who asks for no answer wants the prompt to be read for the next request, and waits for nothing.
  if (ask.options.max_tokens != 0) ask.limits.prompt_time = prompt_time;
  ask.limits.answer_time = answer_time;
  ask.limits.min_indent = static_cast<int>(read("n_indent"));
}

// Reads what /completion and /infill have in common.
Delivery read_ask(Service& service, Call& call, Ask& ask) {
  Fields& fields = call.fields();
  ask.model = read_or_choose_model(service, call);
  ask.raw = true;
  read_numbers(fields, number_options(), ask.options);
  read_wholes(fields, kWholes, ask.options);
  read_stops(fields, "stop", ask.options);
  read_samplers(fields, ask.options);
  read_limits(fields, ask);
  ask.ignore_eos = fields.flag("ignore_eos").value_or(false);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  ask.grammar = fields.text("grammar").value_or("");
  if (const Json* schema = fields.object("json_schema")) ask.json_schema = dump(*schema);
  fields.refuse("n_probs", "this version gives no probabilities; leave it out");
  fields.refuse("image_data", "the model has no eyes: it reads text alone");
  fields.allow({"cache_prompt"});  // what was read is always kept
  Delivery delivery;
  delivery.stream = fields.flag("stream").value_or(false);
  if (fields.any("response_fields") != nullptr) delivery.fields = fields.texts("response_fields", kMostFields);
  return delivery;
}

std::vector<Gap::File> read_files(Fields& fields, const char* name) {
  std::vector<Gap::File> files;
  const Json* list = fields.list(name);
  if (list == nullptr) return files;
  if (list->size() > kMostFiles)
    fields.complain(name, fmt::format("at most {} files are taken, found {}", kMostFiles, list->size()));
  fields.each_object(name, *list, [&](Fields& file) {
    files.push_back({file.text("filename").value_or("file"), file.text("text").value_or("")});
    file.allow({"time"});  // of llama.vim's own
  });
  return files;
}

Outcome run_and_send(Service& service, Call& call, const Ask& ask, const Delivery& delivery) {
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.caller(), job)) return wrong;
  const auto piece = [&](const Event& event) {
    if (delivery.stream) call.write_event({{"content", event.text}, {"stop", false}});
  };
  Answer answer;
  if (auto wrong = job->run(std::nullopt, piece, answer)) return wrong;
  Json object = answer_json(delivery.stream ? "" : answer.text, ask, *job, answer);
  if (delivery.fields) object = picked(object, *delivery.fields);
  if (!delivery.stream) {
    call.send(object);
  } else {
    call.write_event(object);
    call.finish();
  }
  return std::nullopt;
}

}  // namespace

Outcome completion(Service& service, Call& call) {
  Ask ask;
  const Delivery delivery = read_ask(service, call, ask);
  ask.prompt = call.fields().required_text("prompt");
  if (auto wrong = call.check()) return wrong;
  return run_and_send(service, call, ask, delivery);
}

Outcome infill(Service& service, Call& call) {
  Ask ask;
  const Delivery delivery = read_ask(service, call, ask);
  Fields& fields = call.fields();
  ask.prompt = fields.text("input_prefix").value_or("");
  Gap gap;
  gap.suffix = fields.text("input_suffix").value_or("");
  gap.begun = fields.text("prompt").value_or("");
  gap.files = read_files(fields, "input_extra");
  ask.gap = std::move(gap);
  if (auto wrong = call.check()) return wrong;
  return run_and_send(service, call, ask, delivery);
}

}  // namespace sotto::api::llamacpp
