#include "engine/generation.h"

#include <fmt/format.h>
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/logprob_report.h"

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
                      fmt::format("the prompt has {} tokens and the context holds {}; shorten the prompt",
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
      constraint_(settings.grammar),
      logprobs_(settings.logprobs),
      detokenizer_(tokenizer),
      marks_(settings.marks),
      splitter_(settings.marks, settings.within_thought),
      tools_(settings.tools),
      answer_(std::move(stops), settings.tools, sink) {
  if (settings.gate != nullptr)
    speculation_.emplace(*settings.gate, text_, static_cast<std::size_t>(sequence.capacity()));
  if (request.ignore_eos) endings_ = tokens_that_end(tokenizer);
  for (Token row = tokenizer.size(); row < sequence.n_vocab(); ++row) padding_.push_back(row);
  usage_.load_ms = settings.load_ms;
  usage_.prompt_tokens = static_cast<int>(text_.size());
  hold_to_grammar();
}

Result<Usage> Generation::run() {
  started_ = prompt_read_ = Clock::now();
  Batcher::Member member(sequence_.batcher());
  member_ = &member;
  sequence_.keep_common(text_);
  usage_.cached_tokens = sequence_.size();
  emit_progress();
  while (!finish_)
    if (auto stepped = step(); !stepped) return forward_error(stepped);
  if (sink_) sink_({.kind = Event::Kind::kDone, .finish = *finish_, .usage = usage_, .stop = answer_.matched()});
  return usage_;
}

// The engine's heartbeat: what is unread goes through the model, and once all is read the next
// token is chosen.
Result<void> Generation::step() {
  if (must_end()) return {};
  const Result<bool> ready = read();
  if (!ready) return Unexpected(ready.error());
  if (!*ready) return {};
  if (usage_.completion_tokens == request_.max_tokens) {
    end(FinishReason::kLength);
    return {};
  }
  const Result<Token> token = choose();
  if (!token) return Unexpected(token.error());
  return emit(*token);
}

bool Generation::must_end() {
  if (request_.cancel && request_.cancel->load(std::memory_order_relaxed)) end(FinishReason::kCancelled);
  else if (usage_.completion_tokens == request_.max_tokens && usage_.completion_tokens > 0) end(FinishReason::kLength);
  else if (request_.enough && request_.enough()) end(FinishReason::kLength);
  return finish_.has_value();
}

// True when the last token's logits are there.
Result<bool> Generation::read() {
  if (static_cast<std::size_t>(sequence_.size()) >= text_.size()) return true;  // it was part of a draft
  if (usage_.completion_tokens == 0) return read_chunk();
  if (auto last = read_last(); !last) return forward_error(last);
  return true;
}

// A part of the prompt.
Result<bool> Generation::read_chunk() {
  const auto unread = std::span<const Token>(text_).subspan(static_cast<std::size_t>(sequence_.size()));
  const auto chunk = unread.first(std::min(unread.size(), pace_.tokens()));
  const bool last = chunk.size() == unread.size();
  const auto which = last ? logits_to_choose_from(model::LogitsFor::kLast) : model::LogitsFor(model::LogitsFor::kNone);
  if (!which) return Unexpected(which.error());
  const auto begun = Clock::now();
  sequence_.append(chunk, *which, last ? std::span(logits_) : std::span<float>(), member_);
  pace_.took(chunk.size(), Clock::now() - begun);
  emit_progress();
  prompt_read_ = Clock::now();
  return last;
}

// The answer's last token, and a draft of those that may follow it; none where others are read in the same pass, which
// has no room for what may be in vain.
Result<void> Generation::read_last() {
  batch_.assign(1, text_.back());
  const bool crowded = sequence_.batcher().crowded();
  if (auto drafted = append_draft(crowded); !drafted) return drafted;
  const auto which = logits_to_choose_from(model::LogitsFor::kAll);
  if (!which) return Unexpected(which.error());
  logits_.resize(std::max(logits_.size(), batch_.size() * n_vocab()));
  const auto begun = Clock::now();
  sequence_.append(batch_, *which, std::span(logits_).first(batch_.size() * n_vocab()), member_);
  if (speculation_ && !crowded) speculation_->took(Clock::now() - begun);
  row_ = 0;
  return {};
}

Result<void> Generation::append_draft(bool crowded) {
  if (!speculation_) return {};
  auto draft = speculation_->draft(crowded ? 0 : room_for_draft());
  const auto allowed = allowed_of(draft);
  if (!allowed) return Unexpected(allowed.error());
  speculation_->shorten(*allowed);
  draft = draft.first(*allowed);
  batch_.insert(batch_.end(), draft.begin(), draft.end());
  usage_.drafted_tokens += static_cast<int>(draft.size());
  return {};
}

// What the grammar forbids will not be chosen. A thought's end is not read within a draft: from there on, other logits
// are needed.
Result<std::size_t> Generation::allowed_of(std::span<const Token> draft) {
  if (!constraint_.has_grammar() || constraint_.active()) return constraint_.allowed_of(draft);
  text::ThoughtSplitter splitter = splitter_;
  text::Detokenizer detokenizer = detokenizer_;
  std::size_t n = 0;
  for (; n < draft.size() && splitter.thinking(); ++n) {
    splitter.push(shown(draft[n], detokenizer));
    if (!splitter.thinking()) break;
  }
  return n;
}

// A draft must fit the context, and no more of it than what may be emitted is of use.
std::size_t Generation::room_for_draft() const {
  const int room = sequence_.capacity() - static_cast<int>(text_.size());
  if (request_.max_tokens < 0) return static_cast<std::size_t>(room);
  return static_cast<std::size_t>(std::min(room, request_.max_tokens - usage_.completion_tokens - 1));
}

// With n logits to look at, these are enough: all that are forbidden, biased or penalized, and the n highest of the
// others. For of the n highest after the changes, each is either one that was changed, or still has the model's logit;
// then fewer than n others can stand above it, and it is among the n highest of the others. What is drafted is
// penalized as soon as it is chosen.
Result<model::LogitsFor> Generation::logits_to_choose_from(model::LogitsFor::Positions positions) {
  if (logprobs_ != nullptr) return model::LogitsFor(positions);  // whose sum takes all of them
  changed_ = endings_;
  changed_.insert(changed_.end(), padding_.begin(), padding_.end());
  sampler_.append_adjusted(changed_);
  if (positions == model::LogitsFor::kAll) changed_.insert(changed_.end(), batch_.begin() + 1, batch_.end());
  const auto draft = std::span<const Token>(batch_).subspan(positions == model::LogitsFor::kAll ? 1 : batch_.size());
  const auto n_best = constraint_.logits_needed(sampler_.n_best(), draft, changed_);
  if (!n_best) return Unexpected(n_best.error());
  return model::LogitsFor{positions, {*n_best, changed_}};
}

Result<Token> Generation::choose() {
  end_thought_in_time();
  if (logprobs_ != nullptr) logprobs_->see(next_logits());
  if (!given_.empty()) {
    const Token token = given_.front();
    given_.pop_front();
    return token;
  }
  const Result<Token> token = sample();
  // With a grammar, a thought is followed by an answer, which begins with a token of its own.
  if (!token || constraint_.active() || !constraint_.has_grammar() || !leaves_thought(*token)) return token;
  end_thought();
  const Token first = given_.front();
  given_.pop_front();
  return first;
}

// A model may have more rows than its tokenizer has tokens: padding, which nothing can spell.
std::span<float> Generation::next_logits() {
  const std::size_t n_known = std::min(n_vocab(), static_cast<std::size_t>(tokenizer_.size()));
  return std::span(logits_).subspan(row_ * n_vocab(), n_known);
}

Result<Token> Generation::sample() {
  const auto logits = next_logits();
  for (const Token token : endings_) logits[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
  if (auto held = constraint_.forbid(logits); !held) return forward_error(held);
  return sampler_.sample(logits);
}

// What is read beyond the text stays only as long as the sampler chooses the same.
void Generation::settle(Token token) {
  if (speculation_ && speculation_->chosen(token)) {
    ++row_;
    ++usage_.accepted_tokens;
  } else {
    sequence_.take_back(static_cast<int>(text_.size()));
  }
}

Result<void> Generation::emit(Token token) {
  sampler_.accept(token);
  settle(token);
  if (ends_answer(token)) {
    end(FinishReason::kStop);
    return {};
  }
  // It could be shown, but not be read any more: prompt and answer together never exceed the context.
  if (text_.size() == static_cast<std::size_t>(sequence_.capacity())) {
    end(FinishReason::kContextFull);
    return {};
  }
  text_.push_back(token);
  ++usage_.completion_tokens;
  if (logprobs_ != nullptr) logprobs_->choose(token);
  const bool thought = splitter_.thinking();
  emit_parts(splitter_.push(shown(token, detokenizer_)));
  if (thought || splitter_.thinking()) ++usage_.thought_tokens;
  if (logprobs_ != nullptr && splitter_.between()) logprobs_->forget();
  if (answer_.stopped()) {
    end(FinishReason::kStop);
    return {};
  }
  return follow(token);
}

// What the token adds to the text. A mark may be a control token, which has no text.
std::string Generation::shown(Token token, text::Detokenizer& detokenizer) const {
  std::string text = detokenizer.push(token);
  if ((marks_ == nullptr && tools_ == nullptr) || !tokenizer_.is_control(token)) return text;
  const std::string name = tokenizer_.decode(token, true);
  const bool of_thought = marks_ != nullptr && (name == marks_->open || name == marks_->close);
  const bool of_call = tools_ != nullptr && text::tool_calls::is_mark(*tools_->format, name);
  return of_thought || of_call ? detokenizer.finish() + name : text;
}

// Behind its calls a model may begin what only a caller can know: their results.
bool Generation::ends_answer(Token token) const {
  if (tokenizer_.ends_generation(token)) return true;
  if (tools_ == nullptr || !tokenizer_.is_control(token)) return false;
  return std::ranges::count(tools_->format->ends, tokenizer_.decode(token, true)) > 0;
}

// Takes the grammar along.
Result<void> Generation::follow(Token token) {
  if (!constraint_.has_grammar()) return {};
  const auto known = constraint_.accept(token);
  if (!known) return Unexpected(known.error());
  if (!*known) {  // the first token of the mark that a thought begins with
    const std::vector<Token> mark = tokenizer_.encode(marks_->open, true);
    given_.assign(mark.begin() + 1, mark.end());
  }
  hold_to_grammar();
  if (constraint_.finished()) end(FinishReason::kStop);
  return {};
}

// A thought is free, and what is given. At the beginning, a model that thinks may begin to.
void Generation::hold_to_grammar() {
  if (!constraint_.has_grammar()) return;
  constraint_.set_active(!splitter_.thinking() && given_.empty());
  const bool may_think = marks_ != nullptr && splitter_.undecided() && usage_.completion_tokens == 0 &&
                         request_.thinking.mode != Thinking::Mode::kOff;
  const std::vector<Token> mark = may_think ? tokenizer_.encode(marks_->open, true) : std::vector<Token>();
  constraint_.also_allow(mark.empty() ? Constraint::kNone : mark.front());
}

// Whether more than blanks would follow the thought within the token, or nothing at all.
bool Generation::leaves_thought(Token token) const {
  if (!splitter_.thinking()) return false;
  if (tokenizer_.ends_generation(token)) return true;
  text::ThoughtSplitter splitter = splitter_;
  text::Detokenizer detokenizer = detokenizer_;
  return !splitter.push(shown(token, detokenizer)).answer.empty();
}

void Generation::emit_parts(text::ThoughtSplitter::Parts parts) {
  emit_thought(std::move(parts.thought));
  answer_.push(std::move(parts.answer));
}

void Generation::emit_thought(std::string text) {
  if (!text.empty() && sink_) sink_({.kind = Event::Kind::kThought, .text = std::move(text)});
}

// Once a thought has had its tokens, the mark that ends it stands in for what the model would write.
void Generation::end_thought_in_time() {
  const Thinking& thinking = request_.thinking;
  const int most = thinking.mode == Thinking::Mode::kOff ? 0 : thinking.max_tokens;
  if (!splitter_.thinking() || !given_.empty() || most < 0 || usage_.thought_tokens < most) return;
  end_thought();
}

void Generation::end_thought() {
  const std::vector<Token> end = tokenizer_.encode("\n" + std::string(marks_->close) + "\n\n", true);
  given_.assign(end.begin(), end.end());
}

void Generation::emit_progress() {
  if (sink_)
    sink_({.kind = Event::Kind::kPrefill, .done_tokens = sequence_.size(), .total_tokens = usage_.prompt_tokens});
}

void Generation::end(FinishReason reason) {
  const auto cut = splitter_.push(detokenizer_.finish()), held = splitter_.finish();
  emit_thought(cut.thought + held.thought);
  answer_.push(cut.answer + held.answer);
  answer_.finish();
  sequence_.take_back(static_cast<int>(text_.size()));
  finish_ = reason == FinishReason::kStop && answer_.called() ? FinishReason::kToolCalls : reason;
  usage_.prefill_ms = ms_between(started_, prompt_read_);
  usage_.decode_ms = ms_between(prompt_read_, Clock::now());
}

}  // namespace sotto::engine
