#include "engine/generation.h"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <utility>

namespace sotto::engine {
namespace {

double ms_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::vector<Token> tokens_that_end(const text::Tokenizer& tokenizer) {
  std::vector<Token> endings;
  for (Token token = 0; token < tokenizer.size(); ++token)
    if (tokenizer.ends_generation(token)) endings.push_back(token);
  return endings;
}

}  // namespace

Result<Generation> Generation::prepare(const Request& request, std::vector<Token> prompt, Sequence& sequence,
                                       const text::Tokenizer& tokenizer, const EventSink& sink,
                                       const RunSettings& settings) {
  if (request.max_tokens < -1)
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("max_tokens is {}; it must be 0 or more, or -1 for no limit", request.max_tokens));
  if (prompt.size() > static_cast<std::size_t>(sequence.capacity()))
    return Unexpected(ErrorCode::kContextFull,
                      fmt::format("the prompt has {} tokens and the context holds {}; shorten the prompt or open the "
                                  "model with a larger context (--ctx)",
                                  prompt.size(), sequence.capacity()));
  auto sampler = Sampler::create(request.sampling, std::min(sequence.n_vocab(), tokenizer.size()));
  if (!sampler) return forward_error(sampler);
  auto stops = StopMatcher::create(request.stop);
  if (!stops) return forward_error(stops);
  return Generation(request, std::move(prompt), sequence, tokenizer, sink, settings, std::move(*sampler),
                    std::move(*stops));
}

Generation::Generation(const Request& request, std::vector<Token> prompt, Sequence& sequence,
                       const text::Tokenizer& tokenizer, const EventSink& sink, const RunSettings& settings,
                       Sampler sampler, StopMatcher stops)
    : request_(request),
      sequence_(sequence),
      tokenizer_(tokenizer),
      sink_(sink),
      pace_(static_cast<std::size_t>(settings.chunk_tokens)),
      text_(std::move(prompt)),
      logits_(static_cast<std::size_t>(sequence.n_vocab())),
      sampler_(std::move(sampler)),
      detokenizer_(tokenizer),
      stops_(std::move(stops)) {
  if (request.ignore_eos) endings_ = tokens_that_end(tokenizer);
  for (Token row = tokenizer.size(); row < sequence.n_vocab(); ++row) padding_.push_back(row);
  usage_.load_ms = settings.load_ms;
  usage_.prompt_tokens = static_cast<int>(text_.size());
}

Result<Usage> Generation::run() {
  started_ = prompt_read_ = Clock::now();
  sequence_.keep_common(text_);
  usage_.cached_tokens = sequence_.size();
  emit_progress();
  while (!finish_)
    if (auto stepped = step(); !stepped) return forward_error(stepped);
  if (sink_) sink_({.kind = Event::Kind::kDone, .finish = *finish_, .usage = usage_});
  return usage_;
}

// The engine's heartbeat: what is unread goes through the model, and once all is read the next
// token is chosen.
Result<void> Generation::step() {
  if (must_end() || !read_chunk()) return {};
  if (usage_.completion_tokens == request_.max_tokens) {
    end(FinishReason::kLength);
    return {};
  }
  const Result<Token> token = choose();
  if (!token) return Unexpected(token.error());
  emit(*token);
  return {};
}

bool Generation::must_end() {
  if (request_.cancel && request_.cancel->load(std::memory_order_relaxed)) end(FinishReason::kCancelled);
  else if (usage_.completion_tokens == request_.max_tokens && usage_.completion_tokens > 0) end(FinishReason::kLength);
  return finish_.has_value();
}

// True when the last token's logits are there.
bool Generation::read_chunk() {
  const auto unread = std::span<const Token>(text_).subspan(static_cast<std::size_t>(sequence_.size()));
  const auto chunk = unread.first(std::min(unread.size(), pace_.tokens()));
  const bool last = chunk.size() == unread.size();
  const auto begun = Clock::now();
  sequence_.append(chunk, last ? logits_to_choose_from() : model::LogitsFor(model::LogitsFor::kNone),
                   last ? std::span(logits_) : std::span<float>());
  if (usage_.completion_tokens == 0) {
    pace_.took(chunk.size(), Clock::now() - begun);
    emit_progress();
    prompt_read_ = Clock::now();
  }
  return last;
}

// With n logits to look at, these are enough: all that are forbidden, biased or penalized, and the n highest of the
// others. For of the n highest after the changes, each is either one that was changed, or still has the model's logit;
// then fewer than n others can stand above it, and it is among the n highest of the others.
model::LogitsFor Generation::logits_to_choose_from() {
  changed_ = endings_;
  changed_.insert(changed_.end(), padding_.begin(), padding_.end());
  sampler_.append_adjusted(changed_);
  return {model::LogitsFor::kLast, {sampler_.n_best(), changed_}};
}

Result<Token> Generation::choose() {
  for (const Token token : endings_) logits_[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
  // A model may have more rows than its tokenizer has tokens: padding, which nothing can spell.
  const std::size_t n_known = std::min(logits_.size(), static_cast<std::size_t>(tokenizer_.size()));
  return sampler_.sample(std::span(logits_).first(n_known));
}

void Generation::emit(Token token) {
  sampler_.accept(token);
  if (tokenizer_.ends_generation(token)) return end(FinishReason::kStop);
  // It could be shown, but not be read any more: prompt and answer together never exceed the context.
  if (text_.size() == static_cast<std::size_t>(sequence_.capacity())) return end(FinishReason::kContextFull);
  text_.push_back(token);
  ++usage_.completion_tokens;
  emit_text(stops_.push(detokenizer_.push(token)));
  if (stops_.stopped()) end(FinishReason::kStop);
}

void Generation::emit_text(std::string text) {
  if (!text.empty() && sink_) sink_({.kind = Event::Kind::kText, .text = std::move(text)});
}

void Generation::emit_progress() {
  if (sink_)
    sink_({.kind = Event::Kind::kPrefill, .done_tokens = sequence_.size(), .total_tokens = usage_.prompt_tokens});
}

void Generation::end(FinishReason reason) {
  std::string rest = stops_.push(detokenizer_.finish());
  rest += stops_.finish();
  emit_text(std::move(rest));
  finish_ = reason;
  usage_.prefill_ms = ms_between(started_, prompt_read_);
  usage_.decode_ms = ms_between(prompt_read_, Clock::now());
}

}  // namespace sotto::engine
