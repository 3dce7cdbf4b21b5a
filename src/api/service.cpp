#include "api/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "api/announce.h"
#include "api/gap_files.h"
#include "api/truncate.h"

namespace sotto::api {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Failure use_failure(const Error& error) {
  return error.code == ErrorCode::kBudget ? busy(error.message) : failure_of(error);
}

// What the model is asked, as the engine takes it.
void set_text(const Ask& ask, const Recipe& recipe, const ModelInfo& info, Request& request) {
  request.gap = ask.gap;
  if (ask.prompt && (ask.raw || ask.gap || recipe.raw || !info.has_chat_template)) {
    request.raw = true;
    for (const Message& message : ask.messages) request.prompt += message.content;
    request.prompt += *ask.prompt;
    return;
  }
  std::vector<Message> said = ask.messages;
  if (ask.prompt) said.push_back({Role::kUser, *ask.prompt});
  const bool has_system = !said.empty() && said.front().role == Role::kSystem;
  const std::string& system = ask.system.empty() ? recipe.system : ask.system;
  if (!system.empty() && !has_system) request.messages.push_back({Role::kSystem, system});
  auto message = said.begin();
  if (has_system) request.messages.push_back(*message++);
  request.messages.insert(request.messages.end(), recipe.examples.begin(), recipe.examples.end());
  request.messages.insert(request.messages.end(), message, said.end());
}

std::string text_of(Role role, const std::string& content, const std::vector<ToolCall>& calls) {
  std::string text = fmt::format("\x01{}\x02{}", static_cast<int>(role), content);
  for (const ToolCall& call : calls) text += fmt::format("\x05{}\x02{}", call.name, call.arguments);
  return text;
}

void note(const Event& event, Answer& answer) {
  if (event.kind == Event::Kind::kThought) answer.thought += event.text;
  if (event.kind == Event::Kind::kCall) answer.calls.push_back(event.call);
  if (event.kind == Event::Kind::kCallArguments) answer.calls.back().arguments += event.text;
}

Outcome check_kind(const Ask& ask, const std::string& name, const ModelInfo& info) {
  if (info.embedding_dim > 0) {
    return cannot("model", fmt::format("\"{}\" does not support chat or generate: it is an encoder, which makes "
                                       "embeddings and writes no text",
                                       name));
  }
  using Mode = ToolChoice::Mode;
  if (ask.tools.empty() && (ask.tool_choice.mode == Mode::kRequired || ask.tool_choice.mode == Mode::kNamed))
    return cannot("tool_choice", "a call is required, and there are no tools; give some");
  const bool wants_thoughts = ask.options.thinking && ask.options.thinking->mode == Thinking::Mode::kOn;
  if (wants_thoughts && !info.thinks) {
    return cannot("think", fmt::format("\"{}\" does not support thinking: its chat template has no thoughts", name));
  }
  if (ask.gap && !info.fills_gaps) {
    return cannot("suffix",
                  fmt::format("\"{}\" does not support insert: its vocabulary has no tokens for a gap in a text "
                              "(fill in the middle), and it writes only what follows; use a model that was "
                              "trained for it",
                              name));
  }
  if (!ask.prompt && !info.has_chat_template) {
    return cannot("messages", fmt::format("\"{}\" does not support chat: the model has no chat template and only "
                                          "continues text; give it a prompt",
                                          name));
  }
  return std::nullopt;
}

}  // namespace

const char* finish_word(FinishReason finish) {
  if (finish == FinishReason::kToolCalls) return "tool_calls";
  return finish == FinishReason::kStop ? "stop" : "length";
}

std::uint64_t fresh_seed() { return std::random_device{}(); }

Failure gone_failure() { return {499, "cancelled", "the client has gone"}; }

Job::Job(Recipe recipe, Models::Use use, Request request)
    : recipe_(std::move(recipe)), use_(std::move(use)), request_(std::move(request)), started_(Clock::now()) {}

// In a form in which the texts of two requests begin alike where their prompts do.
std::string Job::text() const {
  std::string text;
  for (const Tool& tool : request_.tools) text += fmt::format("\x08{}\x02{}", tool.name, tool.parameters);
  for (const Message& message : request_.messages) text += text_of(message.role, message.content, message.calls);
  if (!request_.gap) return request_.messages.empty() ? "\x03" + request_.prompt : text;
  for (const Gap::File& file : request_.gap->files) text += fmt::format("\x04{}\n{}", file.name, file.text);
  return text + "\x05" + request_.prompt + "\x06" + request_.gap->suffix + "\x07" + request_.gap->begun;
}

bool Job::drop_oldest_message() {
  const std::size_t first = !request_.messages.empty() && request_.messages.front().role == Role::kSystem ? 1 : 0;
  if (request_.messages.size() < first + 2) return false;  // the last one is what is asked
  const auto begin = request_.messages.begin() + static_cast<std::ptrdiff_t>(first);
  // Results of tools go with the message that called them.
  const auto end = std::find_if(begin + 1, request_.messages.end() - 1,
                                [](const Message& message) { return message.role != Role::kTool; });
  request_.messages.erase(begin, end);
  return true;
}

Outcome Job::run_once(const Listener& listen, Answer& answer) {
  const std::string asked = text();
  auto lease = use_.sessions().take(asked, ctx_tokens_, request_.cancel);
  if (!lease) return use_failure(lease.error());
  AnswerWatch watch(limits_, Clock::now());
  const auto write = [&](std::string piece, const std::vector<ChosenToken>& tokens) {
    answer.tokens.insert(answer.tokens.end(), tokens.begin(), tokens.end());
    if (piece.empty()) return;
    answer.text += piece;
    listen({.kind = Event::Kind::kText, .text = std::move(piece), .tokens = tokens});
  };
  int unread_tokens = 0;
  const auto hear = [&](const Event& event) {
    if (event.kind == Event::Kind::kPrefill) {
      answer.usage.prompt_tokens = event.total_tokens;
      unread_tokens = event.total_tokens - event.done_tokens;
      if (unread_tokens == 0) watch.prompt_is_read(Clock::now());
    } else if (event.kind == Event::Kind::kText) {
      write(watch.push(event.text), event.tokens);
    } else if (event.kind != Event::Kind::kDone) {
      note(event, answer);
      listen(event);
    } else {
      answer.finish = event.finish;
      answer.stop = event.stop;
      write(watch.finish(), {});
    }
  };
  request_.enough = [&watch] { return watch.enough(Clock::now()); };
  auto usage = lease->session().run(request_, hear);
  request_.enough = nullptr;
  lease->remember(asked + text_of(Role::kAssistant, answer.text, answer.calls));
  if (!usage) return failure_of(usage.error());
  answer.usage = *usage;
  answer.read_tokens = usage->prompt_tokens - usage->cached_tokens - unread_tokens;
  answer.dropped_files = dropped_files_;
  if (metrics_ != nullptr) metrics_->add(*usage, answer.read_tokens);
  if (answer.finish == FinishReason::kCancelled) return gone_failure();
  return std::nullopt;
}

Outcome Job::run(std::optional<std::uint64_t> seed, const Listener& listen, Answer& answer) {
  answer = {};
  if (seed) request_.sampling.seed = *seed;
  Outcome outcome = run_once(listen, answer);
  while (outcome && outcome->code == "context_length_exceeded" && truncate_ && drop_oldest_message()) {
    ++answer.dropped_messages;
    outcome = run_once(listen, answer);
  }
  answer.load_ms = use_.load_ms();
  answer.total_ms = ms_since(started_) + answer.load_ms;
  started_ = Clock::now();
  return outcome;
}

Service::Service(ServiceOptions options, Models::Opener open)
    : options_(std::move(options)),
      models_(options_.limits, options_.keep_alive, std::move(open), Announcer(options_.paths.running, options_.note)) {
}

Result<Recipe> Service::recipe(const std::string& model) const {
  auto recipe = find_recipe(store(), model);
  if (!recipe) return recipe;
  recipe->engine.packed_dir = options_.packed_dir;
  recipe->engine.threads = options_.threads;
  return recipe;
}

Outcome Service::prepare(const Ask& ask, const std::atomic<bool>* gone, std::unique_ptr<Job>& job) {
  auto found = recipe(ask.model);
  if (!found) return model_not_found(found.error());
  auto use = models_.use(*found, ask.keep_alive, gone);
  if (!use) return use_failure(use.error());
  const ModelInfo& info = use->engine().info();
  if (auto wrong = check_kind(ask, found->name, info)) return wrong;
  Request request;
  set_text(ask, *found, info, request);
  Options options = layered(ask.options, found->options);
  if (ask.gap && !options.repeat_penalty) options.repeat_penalty = 1;  // code repeats itself
  apply(options, !request.messages.empty(), fresh_seed(), request);
  request.json_schema = ask.json_schema;
  request.grammar = ask.grammar;
  request.ignore_eos = ask.ignore_eos;
  request.tools = ask.tools;
  request.tool_choice = ask.tool_choice;
  request.n_top_logprobs = ask.n_top_logprobs;
  request.cancel = gone;
  job = std::make_unique<Job>(std::move(*found), std::move(*use), std::move(request));
  job->ctx_tokens_ = static_cast<int>(options.ctx_tokens.value_or(0));
  if (job->ctx_tokens_ == 0 && options_.ctx_tokens > 0)
    job->ctx_tokens_ = std::min(options_.ctx_tokens, std::max(job->info().train_ctx_tokens, job->info().ctx_tokens));
  job->truncate_ = ask.truncate;
  job->limits_ = ask.limits;
  job->metrics_ = &metrics_;
  if (!ask.gap) return std::nullopt;
  const auto dropped = drop_files_that_do_not_fit(job->engine(), job->ctx_tokens(), job->request_);
  if (!dropped) return failure_of(dropped.error());
  job->dropped_files_ = *dropped;
  return std::nullopt;
}

Outcome Service::use(const std::string& model, std::optional<KeepAlive> keep_alive, const std::atomic<bool>* gone,
                     std::unique_ptr<Models::Use>& use) {
  const auto found = recipe(model);
  if (!found) return model_not_found(found.error());
  auto used = models_.use(*found, keep_alive, gone);
  if (!used) return use_failure(used.error());
  use = std::make_unique<Models::Use>(std::move(*used));
  return std::nullopt;
}

Outcome Service::preload(const std::string& model, std::optional<KeepAlive> keep_alive, const std::atomic<bool>* gone,
                         double& load_ms) {
  load_ms = 0;
  if (keep_alive == KeepAlive(0)) {
    const auto found = recipe(model);
    if (!found) return model_not_found(found.error());
    models_.unload(*found);
    return std::nullopt;
  }
  std::unique_ptr<Models::Use> loaded;
  if (auto wrong = use(model, keep_alive, gone, loaded)) return wrong;
  load_ms = loaded->load_ms();
  return std::nullopt;
}

Outcome Service::embed(const EmbedAsk& ask, const std::atomic<bool>* gone, Embedded& embedded) {
  const auto started = Clock::now();
  std::unique_ptr<Models::Use> used;
  if (auto wrong = use(ask.model, ask.keep_alive, gone, used)) return wrong;
  Engine& engine = used->engine();
  std::vector<std::string> texts = ask.texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto cut = fit_text(engine, texts[i], ask.truncate);
    if (!cut) return failure_of(cut.error());
    embedded.n_tokens += cut->n_tokens;
    if (cut->cut) embedded.truncated.push_back(i);
  }
  auto vectors = engine.embed(texts);
  if (!vectors) return failure_of(vectors.error());
  embedded.model = ask.model;
  embedded.vectors = std::move(*vectors);
  embedded.load_ms = used->load_ms();
  embedded.total_ms = ms_since(started);
  return std::nullopt;
}

}  // namespace sotto::api
