#include "api/openai/completions.h"

#include <fmt/format.h>

#include "api/logprobs.h"
#include "api/messages.h"
#include "api/openai/choices.h"
#include "api/tools.h"

namespace sotto::api::openai {
namespace {

constexpr std::size_t kMostPrompts = 16;

// The answers to one prompt, from number `first` on.
Outcome run_all(Job& job, const Options& options, Choices& choices, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const bool seeded = options.seed && *options.seed >= 0;
    const std::uint64_t seed = seeded ? static_cast<std::uint64_t>(*options.seed + i) : fresh_seed();
    Answer answer;
    const auto listen = [&](const Event& event) { choices.piece(first + i, event); };
    if (auto wrong = job.run(seed, listen, answer)) return wrong;
    choices.end(first + i, answer);
  }
  return std::nullopt;
}

std::vector<std::string> read_prompts(Fields& fields) {
  const Json* prompt = fields.any("prompt");
  const bool tokens = prompt != nullptr && prompt->is_array() && !prompt->empty() && !prompt->front().is_string();
  if (tokens) {
    fields.complain("prompt", "texts are wanted, found lists of tokens");
    return {};
  }
  std::vector<std::string> prompts = fields.texts("prompt", kMostPrompts);
  if (prompts.empty()) fields.complain("prompt", "is missing");
  return prompts;
}

}  // namespace

Outcome chat_completions(Service& service, Call& call) {
  Ask ask;
  Delivery delivery = read_ask(call, ask);
  Fields& fields = call.fields();
  ask.n_top_logprobs = read_logprobs(fields);
  delivery.logprobs = ask.n_top_logprobs >= 0;
  ask.messages = read_messages(fields, "messages");
  if (ask.messages.empty()) fields.complain("messages", "at least one is wanted");
  ask.tools = read_tools(fields);
  ask.tool_choice = read_tool_choice(fields);
  fields.refuse("audio", "this version makes no sound; leave it out");
  fields.refuse("web_search_options", "this version searches nothing; leave it out");
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = prepare(service, call, ask, job)) return wrong;
  Choices choices(call, Kind::kChat, ask.model, delivery);
  if (auto wrong = run_all(*job, ask.options, choices, 0, delivery.n)) return wrong;
  choices.finish();
  return std::nullopt;
}

Outcome completions(Service& service, Call& call) {
  Ask ask;
  Delivery delivery = read_ask(call, ask);
  Fields& fields = call.fields();
  const std::vector<std::string> prompts = read_prompts(fields);
  const bool echo = fields.flag("echo").value_or(false);
  ask.n_top_logprobs = static_cast<int>(fields.whole("logprobs", 0, kMostTopLogprobs).value_or(-1));
  delivery.logprobs = ask.n_top_logprobs >= 0;
  if (echo && delivery.logprobs)
    fields.complain("echo", "log probabilities are of the answer alone, not of the prompt");
  const auto best_of = fields.whole("best_of", 1, kMostAnswers);
  if (best_of && *best_of != delivery.n) fields.complain("best_of", "as many as n, or none, are wanted");
  const std::string suffix = fields.text("suffix").value_or("");
  if (auto wrong = call.check()) return wrong;
  ask.raw = true;
  if (!suffix.empty()) ask.gap = Gap{.suffix = suffix};
  Choices choices(call, Kind::kCompletion, ask.model, delivery);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    ask.prompt = prompts[i];
    std::unique_ptr<Job> job;
    if (auto wrong = prepare(service, call, ask, job)) return wrong;
    const std::int64_t first = static_cast<std::int64_t>(i) * delivery.n;
    choices.begin(first, echo ? prompts[i] : "");
    if (auto wrong = run_all(*job, ask.options, choices, first, delivery.n)) return wrong;
  }
  choices.finish();
  return std::nullopt;
}

}  // namespace sotto::api::openai
