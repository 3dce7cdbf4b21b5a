#include "api/llamacpp/completion.h"

#include <algorithm>
#include <limits>

#include "api/text_forms.h"
#include "catalog/catalog.h"
#include "text/utf8.h"

namespace sotto::api::llamacpp {
namespace {

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();

constexpr WholeOption kWholes[] = {
    {"top_k", 0, kMostInt, &Options::top_k},        {"repeat_last_n", -1, kMostInt, &Options::repeat_last_n},
    {"seed", -1, kMostSeed, &Options::seed},        {"n_predict", -2, kMostInt, &Options::max_tokens},
    {"num_ctx", 0, kMostInt, &Options::ctx_tokens},
};

Json error_of(const Failure& failure) {
  const char* type = failure.status == 404   ? "not_found_error"
                     : failure.status < 500  ? "invalid_request_error"
                     : failure.status == 503 ? "unavailable_error"
                                             : "server_error";
  return {{"error", {{"code", failure.status}, {"message", failure.message}, {"type", type}}}};
}

std::string read_or_choose_model(Service& service, Fields& fields) {
  const std::string named = fields.text("model").value_or("");
  if (!named.empty()) return named;
  const std::vector<LoadedModel> loaded = service.models().list();
  const auto writes =
      std::ranges::find_if(loaded.rbegin(), loaded.rend(), [](const auto& model) { return !model.encoder; });
  return writes == loaded.rend() ? std::string(catalog::kDefaultModel) : writes->name;
}

const char* stop_type(const Answer& answer) {
  if (answer.finish != FinishReason::kStop) return "limit";
  return answer.stop.empty() ? "eos" : "word";
}

Json timings(const Usage& usage) {
  const int prompt_n = usage.prompt_tokens - usage.cached_tokens;
  const auto per_second = [](int n, double ms) { return ms > 0 ? 1000 * n / ms : 0.0; };
  const auto per_token = [](int n, double ms) { return n > 0 ? ms / n : 0.0; };
  return {{"prompt_n", prompt_n},
          {"prompt_ms", usage.prefill_ms},
          {"prompt_per_token_ms", per_token(prompt_n, usage.prefill_ms)},
          {"prompt_per_second", per_second(prompt_n, usage.prefill_ms)},
          {"predicted_n", usage.completion_tokens},
          {"predicted_ms", usage.decode_ms},
          {"predicted_per_token_ms", per_token(usage.completion_tokens, usage.decode_ms)},
          {"predicted_per_second", per_second(usage.completion_tokens, usage.decode_ms)}};
}

void add_end(Json& object, const Ask& ask, const Answer& answer) {
  object["stop"] = true;
  object["model"] = ask.model;
  object["prompt"] = *ask.prompt;
  object["tokens_predicted"] = answer.usage.completion_tokens;
  object["tokens_evaluated"] = answer.usage.prompt_tokens;
  object["tokens_cached"] = answer.usage.cached_tokens;
  object["truncated"] = false;
  object["stop_type"] = stop_type(answer);
  object["stopping_word"] = answer.stop;
  object["timings"] = timings(answer.usage);
}

bool read_completion(Service& service, Call& call, Ask& ask) {
  Fields& fields = call.fields();
  ask.model = read_or_choose_model(service, fields);
  ask.raw = true;
  ask.prompt = fields.required_text("prompt");
  read_numbers(fields, number_options(), ask.options);
  read_wholes(fields, kWholes, ask.options);
  read_stops(fields, "stop", ask.options);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  ask.grammar = fields.text("grammar").value_or("");
  if (const Json* schema = fields.object("json_schema")) ask.json_schema = dump(*schema);
  fields.refuse("n_probs", "this version gives no probabilities; leave it out");
  fields.refuse("image_data", "the model has no eyes: it reads text alone");
  fields.allow({"cache_prompt"});  // what was read is always kept
  return fields.flag("stream").value_or(false);
}

}  // namespace

Shape shape() {
  return {error_of, [](Call& call, const Failure& failure) { call.write_event(error_of(failure)); }};
}

Outcome completion(Service& service, Call& call) {
  Ask ask;
  const bool stream = read_completion(service, call, ask);
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.gone(), job)) return wrong;
  const auto piece = [&](const Event& event) {
    if (stream) call.write_event({{"content", event.text}, {"stop", false}});
  };
  Answer answer;
  if (auto wrong = job->run(std::nullopt, piece, answer)) return wrong;
  Json object = {{"content", stream ? "" : answer.text}};
  add_end(object, ask, answer);
  if (!stream) {
    call.send(object);
  } else {
    call.write_event(object);
    call.finish();
  }
  return std::nullopt;
}

Outcome tokenize(Service& service, Call& call) {
  Fields& fields = call.fields();
  const std::string model = read_or_choose_model(service, fields);
  const std::string content = fields.text("content").value_or("");
  const bool begin = fields.flag("add_special").value_or(false);
  const bool pieces = fields.flag("with_pieces").value_or(false);
  fields.refuse("parse_special", "texts are texts throughout: control tokens are never read in them");
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Models::Use> use;
  if (auto wrong = service.use(model, std::nullopt, call.gone(), use)) return wrong;
  const auto tokens = use->engine().tokenize(content, begin);
  if (!tokens) return failure_of(tokens.error());
  Json list = Json::array();
  for (const Token token : *tokens) {
    if (pieces) list.push_back({{"id", token}, {"piece", use->engine().token_text(token)}});
    else list.push_back(token);
  }
  call.send({{"tokens", std::move(list)}});
  return std::nullopt;
}

Outcome detokenize(Service& service, Call& call) {
  Fields& fields = call.fields();
  const std::string model = read_or_choose_model(service, fields);
  const Json* tokens = fields.list("tokens");
  for (std::size_t i = 0; tokens != nullptr && i < tokens->size(); ++i) {
    const Json& token = (*tokens)[i];
    if (!token.is_number_unsigned() || token.get<std::uint64_t>() > kMostInt)
      fields.complain("tokens", "a list of numbers of tokens is wanted");
  }
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Models::Use> use;
  if (auto wrong = service.use(model, std::nullopt, call.gone(), use)) return wrong;
  std::string text;
  for (std::size_t i = 0; tokens != nullptr && i < tokens->size(); ++i)
    text += use->engine().token_text((*tokens)[i].get<Token>());
  call.send({{"content", text::replace_invalid_utf8(text)}});
  return std::nullopt;
}

Outcome props(Service& service, Call& call) {
  const std::string model = read_or_choose_model(service, call.fields());
  if (auto wrong = call.check()) return wrong;
  const auto clean = clean_name(model);
  if (!clean) return model_not_found(clean.error());
  const auto details = service.store().show(*clean);
  if (!details) return model_not_found(details.error());
  const std::uint64_t trained = details->ctx_tokens;
  const auto usual = static_cast<std::uint64_t>(kDefaultCtxTokens);
  call.send({{"default_generation_settings", {{"n_ctx", trained > 0 ? std::min(trained, usual) : usual}}},
             {"total_slots", service.options().limits.sessions.most},
             {"model_alias", details->model.name},
             {"chat_template", details->chat_template},
             {"modalities", {{"vision", false}, {"audio", false}}},
             {"build_info", "sotto " SOTTO_VERSION}});
  return std::nullopt;
}

Outcome health(Service&, Call& call) {
  call.send({{"status", "ok"}});
  return std::nullopt;
}

}  // namespace sotto::api::llamacpp
