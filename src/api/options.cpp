#include "api/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace sotto::api {
namespace {

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kAnySeed = std::numeric_limits<std::int64_t>::max();

// The temperature of answers: small models wander off at the 0.8 that suits large ones.
constexpr double kChatTemperature = 0.2;
constexpr double kRepeatPenalty = 1.1;

constexpr NumberOption kNumbers[] = {
    {"temperature", 0, 100, &Options::temperature},
    {"top_p", 0, 1, &Options::top_p},
    {"min_p", 0, 1, &Options::min_p},
    {"typical_p", 0, 1, &Options::typical_p},
    {"repeat_penalty", 0.01, 100, &Options::repeat_penalty},
    {"presence_penalty", -100, 100, &Options::presence_penalty},
    {"frequency_penalty", -100, 100, &Options::frequency_penalty},
};

constexpr WholeOption kWholes[] = {
    {"top_k", 0, kMostInt, &Options::top_k},
    {"repeat_last_n", -1, kMostInt, &Options::repeat_last_n},
    {"seed", -kAnySeed, kAnySeed, &Options::seed},
    {"num_predict", -2, kMostInt, &Options::max_tokens},  // -2: until the context is full, which ends every answer
    {"num_ctx", 0, kMostInt, &Options::ctx_tokens},
};

// As assistants spell what has another name in Ollama's options.
constexpr std::pair<const char*, const char*> kSpellings[] = {{"max_tokens", "num_predict"}, {"ctx", "num_ctx"}};

// A text as the JSON that it stands for: a number where it is one.
Json value_of(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, number); error != std::errc() || stop != end)
    return text;
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc() && stop == end)
    return whole;
  return number;
}

template <class T>
void fall_back(std::optional<T>& over, const std::optional<T>& under) {
  if (!over) over = under;
}

float as_float(const std::optional<double>& value, double otherwise) {
  return static_cast<float>(value.value_or(otherwise));
}
int as_int(const std::optional<std::int64_t>& value, int otherwise) {
  return static_cast<int>(value.value_or(otherwise));
}

}  // namespace

std::span<const NumberOption> number_options() { return kNumbers; }

void read_numbers(Fields& fields, std::span<const NumberOption> numbers, Options& options) {
  for (const NumberOption& number : numbers) {
    if (const auto found = fields.number(number.name, number.low, number.high)) options.*number.place = found;
  }
}

void read_wholes(Fields& fields, std::span<const WholeOption> wholes, Options& options) {
  for (const WholeOption& whole : wholes) {
    if (const auto found = fields.whole(whole.name, whole.low, whole.high)) options.*whole.place = found;
  }
}

void read_stops(Fields& fields, const char* name, Options& options) {
  const Json* value = fields.any(name);
  if (value == nullptr) return;
  options.stop = fields.texts(name, kMostStops);
  for (const std::string& stop : *options.stop) {
    if (stop.empty()) fields.complain(name, "an empty string would end every answer");
  }
}

void read_ollama_options(const Json& object, const std::string& where, Findings& findings, Options& options) {
  Fields fields(object, where, findings);
  read_numbers(fields, kNumbers, options);
  read_wholes(fields, kWholes, options);
  read_stops(fields, "stop", options);
  fields.finish();
}

Result<Thinking> parse_thinking(const Json& value) {
  using Mode = Thinking::Mode;
  if (value.is_boolean()) return Thinking{value.get<bool>() ? Mode::kOn : Mode::kOff};
  if (value.is_number_integer()) {
    if (const auto n = value.get<std::int64_t>(); n >= 0 && n <= kMostInt)
      return Thinking{Mode::kOn, static_cast<int>(n)};
  }
  const std::string word = value.is_string() ? value.get<std::string>() : "";
  for (const char* on : {"on", "true", "minimal", "low", "medium", "high", "xhigh"}) {
    if (word == on) return Thinking{Mode::kOn};
  }
  for (const char* off : {"off", "false", "none"}) {
    if (word == off) return Thinking{Mode::kOff};
  }
  if (word == "default") return Thinking{};
  return Unexpected(
      ErrorCode::kBadRequest,
      fmt::format("true, false, \"low\", \"medium\", \"high\" or a number of tokens is wanted, found {}", dump(value)));
}

Result<Options> options_of_parameters(std::span<const std::pair<std::string, std::string>> parameters,
                                      const std::string& assistant) {
  Options options;
  Findings findings;
  Json object = Json::object(), stops = Json::array();
  for (const auto& [name, text] : parameters) {
    std::string spelling = name;
    for (const auto& [other, ours] : kSpellings) {
      if (name == other) spelling = ours;
    }
    if (text == "default" || text == "random") continue;
    if (name == "stop") {
      stops.push_back(text);
    } else if (name == "think") {
      auto thinking = parse_thinking(value_of(text));
      if (!thinking) findings.problem = "think: " + thinking.error().message;
      else options.thinking = *thinking;
    } else if (name != "threads" && name != "kv") {  // of the engine, not of an answer
      object[spelling] = value_of(text);
    }
  }
  if (!stops.empty()) object["stop"] = std::move(stops);
  read_ollama_options(object, "", findings, options);
  if (findings.problem.empty()) return options;
  return Unexpected(ErrorCode::kBadFile, fmt::format("the assistant {}: {}", assistant, findings.problem));
}

Options layered(const Options& over, const Options& under) {
  Options options = over;
  for (const NumberOption& number : kNumbers) fall_back(options.*number.place, under.*number.place);
  for (const WholeOption& whole : kWholes) fall_back(options.*whole.place, under.*whole.place);
  fall_back(options.stop, under.stop);
  fall_back(options.thinking, under.thinking);
  return options;
}

void apply(const Options& options, bool chat, std::uint64_t seed, Request& request) {
  const SamplingOptions defaults;
  SamplingOptions& sampling = request.sampling;
  sampling.temperature = as_float(options.temperature, chat ? kChatTemperature : defaults.temperature);
  sampling.repeat_penalty = as_float(options.repeat_penalty, kRepeatPenalty);
  sampling.top_p = as_float(options.top_p, defaults.top_p);
  sampling.min_p = as_float(options.min_p, defaults.min_p);
  sampling.typical_p = as_float(options.typical_p, defaults.typical_p);
  sampling.presence_penalty = as_float(options.presence_penalty, 0);
  sampling.frequency_penalty = as_float(options.frequency_penalty, 0);
  sampling.top_k = as_int(options.top_k, defaults.top_k);
  sampling.penalty_last_n = as_int(options.repeat_last_n, defaults.penalty_last_n);
  sampling.seed = options.seed && *options.seed >= 0 ? static_cast<std::uint64_t>(*options.seed) : seed;
  sampling.logit_bias = options.logit_bias;
  request.max_tokens = std::max(-1, as_int(options.max_tokens, -1));
  request.stop = options.stop.value_or(std::vector<std::string>());
  request.thinking = options.thinking.value_or(Thinking());
}

}  // namespace sotto::api
