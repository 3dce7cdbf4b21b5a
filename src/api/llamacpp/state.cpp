#include "api/llamacpp/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

// Sampling and limits of a request that sets none.
Json usual_settings(const Recipe& recipe, int ctx_tokens) {
  Request request;
  apply(recipe.options, false, 0, request);
  Json settings = settings_json(request, ctx_tokens);
  if (!recipe.options.seed) settings["seed"] = -1;
  return settings;
}

// One that is loaded and made of the same file, or nothing.
std::optional<LoadedModel> find_loaded(Service& service, const std::string& path) {
  for (LoadedModel& model : service.models().list())
    if (model.path == path) return std::move(model);
  return std::nullopt;
}

// In the text form of Prometheus.
class Exposition {
 public:
  void add(std::string_view name, std::string_view type, std::string_view help, double value) {
    text_ +=
        fmt::format("# HELP llamacpp:{0} {1}\n# TYPE llamacpp:{0} {2}\nllamacpp:{0} {3}\n", name, help, type, value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

double per_second(std::uint64_t n, double seconds) { return seconds > 0 ? static_cast<double>(n) / seconds : 0; }

void add_totals(const Totals& totals, Exposition& out) {
  const auto count = [&](std::string_view name, std::string_view help, std::uint64_t n) {
    out.add(name, "counter", help, static_cast<double>(n));
  };
  count("prompt_tokens_total", "Tokens of prompts that were computed.", totals.read_tokens);
  count("prompt_tokens_cached_total", "Tokens of prompts that were there already.", totals.cached_tokens);
  out.add("prompt_seconds_total", "counter", "Time that prompts took.", totals.prefill_s);
  count("tokens_predicted_total", "Tokens of answers.", totals.completion_tokens);
  out.add("tokens_predicted_seconds_total", "counter", "Time that answers took.", totals.decode_s);
  count("requests_total", "Answers that were written, whole or in part.", totals.answers);
  count("n_tokens_max", "The most tokens of one prompt and its answer.", totals.most_tokens);
  count("spec_decode_num_draft_tokens_total", "Tokens that were guessed ahead.", totals.drafted_tokens);
  count("spec_decode_num_accepted_tokens_total", "Of those, the ones that turned out right.", totals.accepted_tokens);
  out.add("prompt_tokens_seconds", "gauge", "Tokens of prompts a second, on average.",
          per_second(totals.read_tokens, totals.prefill_s));
  out.add("predicted_tokens_seconds", "gauge", "Tokens of answers a second, on average.",
          per_second(totals.completion_tokens, totals.decode_s));
}

}  // namespace

Outcome health(Service&, Call& call) {
  call.send({{"status", "ok"}});
  return std::nullopt;
}

Outcome props(Service& service, Call& call) {
  const std::string model = read_or_choose_model(service, call);
  if (auto wrong = call.check()) return wrong;
  const auto recipe = find_recipe(service.store(), model);
  if (!recipe) return model_not_found(recipe.error());
  const auto details = service.store().show(recipe->engine.model_path);
  if (!details) return model_not_found(details.error());
  const auto loaded = find_loaded(service, recipe->engine.model_path);
  const std::uint64_t usual =
      std::min<std::uint64_t>(details->ctx_tokens > 0 ? details->ctx_tokens : kDefaultCtxTokens, kDefaultCtxTokens);
  const int ctx_tokens = loaded ? loaded->ctx_tokens : static_cast<int>(usual);
  const std::string& own = recipe->engine.chat_template;
  call.send(
      {{"default_generation_settings",
        {{"id", 0}, {"n_ctx", ctx_tokens}, {"speculative", true}, {"params", usual_settings(*recipe, ctx_tokens)}}},
       {"total_slots", service.options().limits.sessions.most},
       {"model_alias", recipe->name},
       {"model_path", std::filesystem::path(recipe->engine.model_path).filename().string()},
       {"chat_template", own.empty() ? details->chat_template : own},
       {"modalities", {{"vision", false}, {"audio", false}}},
       {"build_info", "sotto " SOTTO_VERSION},
       {"is_sleeping", !loaded}});
  return std::nullopt;
}

Outcome slots(Service& service, Call& call) {
  const std::string model = read_or_choose_model(service, call);
  if (auto wrong = call.check()) return wrong;
  const auto recipe = find_recipe(service.store(), model);
  if (!recipe) return model_not_found(recipe.error());
  const auto loaded = find_loaded(service, recipe->engine.model_path);
  std::vector<SessionState> states = loaded ? loaded->sessions : std::vector<SessionState>();
  const int ctx_tokens = loaded ? loaded->ctx_tokens : 0;
  states.resize(std::max(states.size(), service.options().limits.sessions.most), {ctx_tokens, false});
  const bool all_busy = std::ranges::all_of(states, [](const SessionState& state) { return state.busy; });
  if (all_busy && call.request().query["fail_on_no_slot"] == "1") return busy("no slot is free; try again later");
  Json list = Json::array();
  for (std::size_t i = 0; i < states.size(); ++i) {
    list.push_back(
        {{"id", i}, {"n_ctx", states[i].ctx_tokens}, {"speculative", true}, {"is_processing", states[i].busy}});
  }
  call.send(list);
  return std::nullopt;
}

Outcome metrics(Service& service, Call& call) {
  if (auto wrong = call.check()) return wrong;
  Exposition out;
  add_totals(service.metrics().totals(), out);
  std::size_t n_busy = 0, n_waiting = 0;
  for (const LoadedModel& model : service.models().list()) {
    n_busy += static_cast<std::size_t>(std::ranges::count_if(model.sessions, &SessionState::busy));
    n_waiting += model.n_waiting;
  }
  out.add("requests_processing", "gauge", "Requests that are being answered.", static_cast<double>(n_busy));
  out.add("requests_deferred", "gauge", "Requests that wait for a session.", static_cast<double>(n_waiting));
  call.send_text(out.text(), "text/plain; version=0.0.4; charset=utf-8");
  return std::nullopt;
}

}  // namespace sotto::api::llamacpp
