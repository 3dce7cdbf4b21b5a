#include "cli/answer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/format.h"
#include "cli/pacer.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A prompt that is read at once needs no status line; a line that flashes up is only noise.
constexpr double kQuietMs = 400;

std::string prompt_count(const Usage& usage) {
  if (usage.cached_tokens == 0) return fmt::format("{} tokens", usage.prompt_tokens);
  return fmt::format("{} tokens ({} of them known already)", usage.prompt_tokens, usage.cached_tokens);
}

// What a terminal shows in place of a thought.
void fold(double ms, Output& out) {
  if (!out.is_terminal()) return;
  out.trusted(Style(STDOUT_FILENO).paint(Style::kDim, fmt::format("(thought for {})\n", format_ms(ms))));
}

double tokens_per_s(double tokens, double ms) { return ms > 0 ? tokens * 1000 / ms : 0; }

}  // namespace

Result<Answer> stream_answer(Session& session, Request request, InterruptGuard& interrupt, Output* out,
                             double tokens_per_s) {
  Answer answer;
  Pacer pacer(tokens_per_s);
  answer.seed = request.sampling.seed;
  request.cancel = interrupt.flag();
  StatusLine status;
  double thought_ms = 0;  // when the thought began
  bool folded = true;
  const auto start = Clock::now();
  const auto fold_thought = [&] {
    if (!std::exchange(folded, true) && out != nullptr) fold(ms_since(start) - thought_ms, *out);
  };
  const auto sink = [&](const Event& event) {
    switch (event.kind) {
      case Event::Kind::kPrefill:
        if (ms_since(start) > kQuietMs && event.done_tokens < event.total_tokens) {
          status.show(fmt::format("reading the prompt: {} of {} tokens", event.done_tokens, event.total_tokens));
        }
        break;
      case Event::Kind::kThought:
        if (answer.thought.empty()) thought_ms = ms_since(start);
        folded = false;
        answer.thought += event.text;
        status.show("thinking");
        pacer.wait();
        break;
      case Event::Kind::kText:
        status.clear();
        fold_thought();
        answer.text += event.text;
        if (out != nullptr) out->untrusted(event.text);
        if (out != nullptr && !out->ok()) interrupt.stop();
        pacer.wait();
        break;
      case Event::Kind::kDone: answer.finish = event.finish; break;
      default: break;  // calls: no tools are offered
    }
  };
  Result<Usage> usage = session.run(request, sink);
  status.clear();
  fold_thought();
  if (out != nullptr) out->end_line();
  if (!usage) return forward_error(usage);
  answer.usage = *usage;
  answer.total_ms = ms_since(start);
  return answer;
}

std::string how_to_enlarge(const ModelInfo& info, Place place) {
  const bool chat = place == Place::kChat;
  const char* anew = chat ? "; /clear starts anew" : "";
  if (info.train_ctx_tokens > 0 && info.ctx_tokens >= info.train_ctx_tokens)
    return fmt::format("the model was trained for no more than {} tokens{}", info.train_ctx_tokens, anew);
  const std::string most = info.train_ctx_tokens > 0
                               ? fmt::format(" up to {} tokens, for which the model was trained", info.train_ctx_tokens)
                               : "";
  return fmt::format("{} enlarges the context{}{}", chat ? "/set ctx N" : "--ctx N", most, anew);
}

std::string cut_notice(const Answer& answer, const ModelInfo& info, Place place) {
  const Usage& usage = answer.usage;
  if (answer.finish == FinishReason::kLength) {
    return fmt::format("the answer was cut after {} tokens, as asked for; {} allows more", usage.completion_tokens,
                       place == Place::kChat ? "/set max_tokens N" : "--max-tokens N");
  }
  if (answer.finish != FinishReason::kContextFull) return "";
  return fmt::format("the answer was cut: the context of {} tokens is full ({} of the prompt, {} of the answer); {}",
                     info.ctx_tokens, usage.prompt_tokens, usage.completion_tokens, how_to_enlarge(info, place));
}

std::string describe_timings(const Answer& answer) {
  const Usage& usage = answer.usage;
  const int read = usage.prompt_tokens - usage.cached_tokens;
  std::vector<std::vector<std::string>> rows = {
      {"total duration:", format_ms(answer.total_ms + usage.load_ms)},
      {"load duration:", format_ms(usage.load_ms)},
      {"prompt eval count:", prompt_count(usage)},
      {"prompt eval duration:", format_ms(usage.prefill_ms)},
      {"prompt eval rate:", format_rate(read, usage.prefill_ms)},
      {"eval count:", fmt::format("{} tokens", usage.completion_tokens)},
      {"eval duration:", format_ms(usage.decode_ms)},
      {"eval rate:", format_rate(usage.completion_tokens, usage.decode_ms)},
      {"thought:", fmt::format("{} tokens", usage.thought_tokens)},
      {"guessed ahead:", fmt::format("{} tokens, {} of them right", usage.drafted_tokens, usage.accepted_tokens)},
      {"finish reason:", finish_name(answer.finish)},
      {"seed:", fmt::format("{}", answer.seed)},
  };
  return format_table(rows);
}

std::string answer_json(const Answer& answer, std::string_view model_name) {
  const Usage& usage = answer.usage;
  const int read = usage.prompt_tokens - usage.cached_tokens;
  const nlohmann::ordered_json object = {
      {"model", std::string(model_name)},
      {"thought", answer.thought},
      {"text", answer.text},
      {"finish_reason", finish_name(answer.finish)},
      {"seed", answer.seed},
      {"usage",
       {{"prompt_tokens", usage.prompt_tokens},
        {"cached_tokens", usage.cached_tokens},
        {"completion_tokens", usage.completion_tokens},
        {"thought_tokens", usage.thought_tokens},
        {"drafted_tokens", usage.drafted_tokens},
        {"accepted_tokens", usage.accepted_tokens}}},
      {"timings",
       {{"total_ms", answer.total_ms + usage.load_ms},
        {"load_ms", usage.load_ms},
        {"prefill_ms", usage.prefill_ms},
        {"prefill_tokens_per_s", tokens_per_s(read, usage.prefill_ms)},
        {"decode_ms", usage.decode_ms},
        {"decode_tokens_per_s", tokens_per_s(usage.completion_tokens, usage.decode_ms)}}},
  };
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

const char* finish_name(FinishReason finish) {
  switch (finish) {
    case FinishReason::kStop: return "stop";
    case FinishReason::kLength: return "length";
    case FinishReason::kContextFull: return "context_full";
    case FinishReason::kCancelled: return "cancelled";
    case FinishReason::kToolCalls: return "tool_calls";
  }
  return "stop";
}

}  // namespace sotto::cli
