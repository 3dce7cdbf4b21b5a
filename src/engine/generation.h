// One request on its way: reads the prompt, chooses token after token, emits their text. Owns the
// state of one run; knows nothing of files or templates.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/answer_events.h"
#include "engine/constraint.h"
#include "engine/pace.h"
#include "engine/sampler.h"
#include "engine/sequence.h"
#include "engine/speculation.h"
#include "sotto/engine.h"
#include "text/thought.h"
#include "text/tokenizer.h"

namespace sotto::engine {

class LogprobReport;

inline constexpr int kChunkTokens = 512;

struct RunSettings {
  int chunk_tokens = kChunkTokens;                           // the most of a prompt between two looks at `cancel`
  double load_ms = 0;                                        // for Usage
  DraftGate* gate = nullptr;                                 // null: no speculation
  const text::ThoughtMarks* marks = nullptr;                 // what a thought stands between; null: all is the answer
  bool within_thought = false;                               // where the prompt ends
  std::shared_ptr<grammar::TokenGrammar> grammar = nullptr;  // what the answer must follow; null: nothing
  const ToolPlan* tools = nullptr;                           // what it may call, an active plan; null: nothing
  LogprobReport* logprobs = nullptr;                         // is told of every choice; may be null
};

// Lives as long as one Session::run(); everything it is given outlives it. Not thread-safe.
class Generation {
 public:
  // Errors: kContextFull when `prompt` does not fit; kBadRequest.
  static Result<Generation> prepare(const Request& request, std::vector<Token> prompt, Sequence& sequence,
                                    const text::Tokenizer& tokenizer, const EventSink& sink,
                                    const RunSettings& settings);

  // Steps until the answer ends, the last event included.
  Result<Usage> run();

 private:
  Generation(const Request& request, std::vector<Token> prompt, Sequence& sequence, const text::Tokenizer& tokenizer,
             const EventSink& sink, const RunSettings& settings, Sampler sampler, StopMatcher stops);

  Result<void> step();
  bool must_end();
  Result<bool> read();
  Result<bool> read_chunk();
  Result<void> read_last();
  Result<void> append_draft(bool crowded);
  std::size_t room_for_draft() const;
  Result<std::size_t> allowed_of(std::span<const Token> draft);
  Result<model::LogitsFor> logits_to_choose_from(model::LogitsFor::Positions positions);
  Result<Token> choose();
  Result<Token> sample();
  std::span<float> next_logits();
  void settle(Token token);
  Result<void> emit(Token token);
  std::string shown(Token token, text::Detokenizer& detokenizer) const;
  Result<void> follow(Token token);
  void hold_to_grammar();
  bool leaves_thought(Token token) const;
  void emit_parts(text::ThoughtSplitter::Parts parts);
  void emit_thought(std::string text);
  bool ends_answer(Token token) const;
  void end_thought_in_time();
  void end_thought();
  void emit_progress();
  void end(FinishReason reason);

  std::size_t n_vocab() const { return static_cast<std::size_t>(sequence_.n_vocab()); }

  using Clock = std::chrono::steady_clock;

  const Request& request_;
  Sequence& sequence_;
  Batcher::Member* member_ = nullptr;  // during run()
  const text::Tokenizer& tokenizer_;
  const EventSink& sink_;
  Pace pace_;
  std::vector<Token> text_;     // prompt and answer; sequence_ holds a beginning of it, or all of it and a draft
  std::vector<Token> batch_;    // what goes through the model: the answer's last token and a draft
  std::vector<Token> endings_;  // what ignore_eos forbids
  std::vector<Token> padding_;  // rows of the model that no token stands for
  std::vector<Token> changed_;  // those whose logits are not compared as the model gives them
  std::vector<float> logits_;   // [at least 1 + the draft's length, n_vocab] f32, row-major
  std::size_t row_ = 0;         // of logits_: what follows the last token of text_, once it is read
  std::optional<Speculation> speculation_;
  Sampler sampler_;
  Constraint constraint_;
  LogprobReport* logprobs_;
  text::Detokenizer detokenizer_;
  const text::ThoughtMarks* marks_;
  text::ThoughtSplitter splitter_;
  std::deque<Token> given_;  // come next, whatever the model would choose
  const ToolPlan* tools_;
  AnswerEvents answer_;
  Usage usage_;
  Clock::time_point started_, prompt_read_;
  std::optional<FinishReason> finish_;
};

}  // namespace sotto::engine
