// What a person can set for an answer, by flag (--top-k 20) or in a chat (/set top_k 20): one table for both.
// Knows nothing of terminals.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/engine.h"

namespace sotto::cli {

struct Settings {
  // The temperature of a chat unless one is set. Small models wander off at the 0.8 that suits large ones
  // (docs/cli.md has the figures); text that is merely continued keeps 0.8, or it soon repeats itself.
  static constexpr float kChatTemperature = 0.2f;

  // The repeat penalty unless one is set, Ollama's: small models write the same lines without end otherwise.
  static constexpr float kRepeatPenalty = 1.1f;

  SamplingOptions sampling;             // but seed, temperature and repeat penalty
  std::optional<float> temperature;     // none: what suits the kind of request
  std::optional<float> repeat_penalty;  // none: kRepeatPenalty
  std::optional<std::uint64_t> seed;    // none: a new one for each answer
  Thinking thinking;
  int max_tokens = -1;
  std::vector<std::string> stop;
  int ctx_tokens = 0;  // 0: the engine's choice
  int threads = 0;     // 0: the engine's choice
  KvType kv = KvType::kInt8;
  bool packed_cache = true;  // keep packed weights on disk
  std::string system;
  double eco_tokens_per_s = 0;  // above 0: one efficient core, and answers no faster than this
  std::vector<AdapterOption> adapters;
  std::string chat_template;      // Jinja, in place of the model's own; empty: that
  std::vector<Message> examples;  // stand before what is said
  std::string greeting;           // what a person reads when a chat begins; the model does not
  bool raw = false;
  bool ignore_eos = false;
  bool speculate = true;
  std::string json_schema, grammar;  // what answers must follow: a schema, or GBNF; empty: nothing
};

struct Parameter {
  const char* name;   // as typed after /set, "top_k"; the flag is "--top-k"
  const char* alias;  // another accepted name, or ""
  const char* value;  // what the help calls the value
  const char* help;
  const char* bare;                                  // the value of the flag alone, or "": it needs one
  bool reopens;                                      // changes how the model is opened, not only the next answer
  Result<void> (*set)(Settings&, std::string_view);  // kBadRequest: says which values are valid
  std::string (*show)(const Settings&);              // a text that set() takes
};

std::span<const Parameter> parameters();

// "PATH", or "PATH=SCALE": an adapter and how strongly it is added. Errors: kBadRequest.
Result<AdapterOption> parse_adapter(std::string_view text);
std::string describe_adapter(const AdapterOption& adapter);  // a text that parse_adapter() takes

// By name or alias; "-" counts as "_". nullptr when there is none.
const Parameter* find_parameter(std::string_view name);

// Sets it. Errors: kBadRequest, naming the parameter, the value found and the values that are valid.
Result<void> set_parameter(Settings& settings, const Parameter& parameter, std::string_view value);

// The same with the values that stand in where none is set. `chat`: the model answers, by its chat template.
Settings with_defaults(Settings settings, bool chat);

// What is taken where nothing is set, for the help: "40", or "0.2 (0.8 with --raw)" where continued text has another.
std::string describe_default(const Parameter& parameter);

// What the next answer takes, marked where it was not set: "0.2 (default)".
std::string describe_value(const Parameter& parameter, const Settings& settings, bool chat);

// What of the second differs from the first, as in "temperature to 0.5, ctx to 512"; empty when nothing does.
std::string describe_changes(const Settings& before, const Settings& after);

// "--top-k" for "top_k".
std::string flag_name(const Parameter& parameter);

// The seed of the next answer: the one set, or a fresh one of 32 bits.
std::uint64_t next_seed(const Settings& settings);

// Everything of a request but its text.
Request request_for(const Settings& settings, bool chat);

}  // namespace sotto::cli
