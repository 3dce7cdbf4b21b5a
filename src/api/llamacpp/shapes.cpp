#include "api/llamacpp/shapes.h"

#include <algorithm>
#include <ranges>

#include "catalog/catalog.h"

namespace sotto::api::llamacpp {
namespace {

Json error_of(const Failure& failure) {
  const char* type = failure.status == 404           ? "not_found_error"
                     : failure.code == "unsupported" ? "not_supported_error"
                     : failure.status == 401         ? "authentication_error"
                     : failure.status == 403         ? "permission_error"
                     : failure.status < 500          ? "invalid_request_error"
                     : failure.status == 503         ? "unavailable_error"
                                                     : "server_error";
  return {{"error", {{"code", failure.status}, {"message", failure.message}, {"type", type}}}};
}

const char* stop_type(const Answer& answer) {
  if (answer.finish != FinishReason::kStop) return "limit";
  return answer.stop.empty() ? "eos" : "word";
}

Json timings(const Answer& answer) {
  const Usage& usage = answer.usage;
  const auto per_second = [](int n, double ms) { return ms > 0 ? 1000 * n / ms : 0.0; };
  const auto per_token = [](int n, double ms) { return n > 0 ? ms / n : 0.0; };
  return {{"cache_n", usage.cached_tokens},
          {"prompt_n", answer.read_tokens},
          {"prompt_ms", usage.prefill_ms},
          {"prompt_per_token_ms", per_token(answer.read_tokens, usage.prefill_ms)},
          {"prompt_per_second", per_second(answer.read_tokens, usage.prefill_ms)},
          {"predicted_n", usage.completion_tokens},
          {"predicted_ms", usage.decode_ms},
          {"predicted_per_token_ms", per_token(usage.completion_tokens, usage.decode_ms)},
          {"predicted_per_second", per_second(usage.completion_tokens, usage.decode_ms)}};
}

}  // namespace

Shape shape() {
  return {error_of, [](Call& call, const Failure& failure) { call.write_event(error_of(failure)); }};
}

std::string read_or_choose_model(Service& service, Call& call) {
  std::string named = call.fields().text("model").value_or("");
  if (named.empty()) named = call.request().query["model"];
  if (!named.empty()) return named;
  const std::vector<LoadedModel> loaded = service.models().list();
  const auto writes =
      std::ranges::find_if(loaded.rbegin(), loaded.rend(), [](const auto& model) { return !model.encoder; });
  return writes == loaded.rend() ? std::string(catalog::kDefaultModel) : writes->name;
}

Json settings_json(const Request& request, int ctx_tokens) {
  const SamplingOptions& sampling = request.sampling;
  return {{"n_ctx", ctx_tokens},
          {"n_predict", request.max_tokens},
          {"max_tokens", request.max_tokens},
          {"seed", sampling.seed},
          {"temperature", sampling.temperature},
          {"top_k", sampling.top_k},
          {"top_p", sampling.top_p},
          {"min_p", sampling.min_p},
          {"typical_p", sampling.typical_p},
          {"repeat_last_n", sampling.penalty_last_n},
          {"repeat_penalty", sampling.repeat_penalty},
          {"presence_penalty", sampling.presence_penalty},
          {"frequency_penalty", sampling.frequency_penalty},
          {"stop", request.stop},
          {"ignore_eos", request.ignore_eos},
          {"grammar", request.grammar},
          {"samplers", {"penalties", "top_k", "typ_p", "top_p", "min_p", "temperature"}}};
}

Json answer_json(const std::string& content, const Ask& ask, const Job& job, const Answer& answer) {
  return {{"index", 0},
          {"content", content},
          {"stop", true},
          {"model", ask.model},
          {"prompt", *ask.prompt},
          {"tokens_predicted", answer.usage.completion_tokens},
          {"tokens_evaluated", answer.usage.prompt_tokens},
          {"tokens_cached", answer.usage.cached_tokens},
          {"generation_settings", settings_json(job.request(), job.ctx_tokens())},
          {"has_new_line", answer.text.find('\n') != std::string::npos},
          {"truncated", answer.dropped_files > 0},
          {"stop_type", stop_type(answer)},
          {"stopping_word", answer.stop},
          {"timings", timings(answer)}};
}

Json picked(const Json& object, const std::vector<std::string>& fields) {
  Json result = Json::object();
  for (const std::string& field : fields) {
    const Json* at = &object;
    for (const auto part : std::views::split(field, '/')) {
      const std::string name(part.begin(), part.end());
      at = at->is_object() && at->contains(name) ? &(*at)[name] : nullptr;
      if (at == nullptr) break;
    }
    if (at != nullptr && at != &object) result[field] = *at;
  }
  return result;
}

}  // namespace sotto::api::llamacpp
