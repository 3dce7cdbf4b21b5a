// What a person can set for an answer, by the names that Ollama and assistants have for it. Each API reads its own
// names into the same Options. Knows nothing of models.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/fields.h"
#include "sotto/engine.h"

namespace sotto::api {

inline constexpr std::size_t kMostStops = 64;

// What is not set is taken from what stands below: the assistant, then the defaults.
struct Options {
  std::optional<double> temperature, top_p, min_p, typical_p, repeat_penalty, presence_penalty, frequency_penalty;
  std::optional<std::int64_t> top_k, repeat_last_n, seed, max_tokens, ctx_tokens;
  std::optional<std::vector<std::string>> stop;
  std::optional<Thinking> thinking;
  std::vector<std::pair<Token, float>> logit_bias;
};

// The name of a number, its range, and where it is kept.
struct NumberOption {
  const char* name;
  double low, high;
  std::optional<double> Options::* place;
};
struct WholeOption {
  const char* name;
  std::int64_t low, high;
  std::optional<std::int64_t> Options::* place;
};

// The numbers that Ollama and llama.cpp call alike: temperature, top_p, repeat_penalty, …
std::span<const NumberOption> number_options();

// Reads those of the lists that are there.
void read_numbers(Fields& fields, std::span<const NumberOption> numbers, Options& options);
void read_wholes(Fields& fields, std::span<const WholeOption> wholes, Options& options);

// Strings at which the answer ends; an empty one is a problem.
void read_stops(Fields& fields, const char* name, Options& options);

// Ollama's "options", in an object of their own: top_k, num_predict, num_ctx, …  A bad one becomes a problem.
void read_ollama_options(const Json& object, const std::string& where, Findings& findings, Options& options);

// The parameters of an assistant: those above as texts, and "max_tokens", "ctx" and "think".
// Errors: kBadFile, naming `assistant`.
Result<Options> options_of_parameters(std::span<const std::pair<std::string, std::string>> parameters,
                                      const std::string& assistant);

// "on", "off", "low", "medium", "high", "default", or a number of tokens. Errors: kBadRequest.
Result<Thinking> parse_thinking(const Json& value);

// `over`, and where it says nothing, `under`.
Options layered(const Options& over, const Options& under);

// Puts them into a request, with the defaults of the terminal program where nothing is set (docs/cli.md#settings).
// chat: the model answers messages. seed: where none is set.
void apply(const Options& options, bool chat, std::uint64_t seed, Request& request);

}  // namespace sotto::api
