#include "cli/settings.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace sotto::cli {

namespace {

constexpr std::string_view kDefault = "default";
constexpr int kMaxInt = std::numeric_limits<int>::max();

Unexpected bad_value(std::string_view expected) { return Unexpected(ErrorCode::kBadRequest, std::string(expected)); }

template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

Result<void> set_int(int& target, std::string_view text, int low, int high = kMaxInt) {
  const std::optional<int> value = parse<int>(text);
  if (!value || *value < low || *value > high) {
    return bad_value(fmt::format("a whole number from {} to {}", low, high));
  }
  target = *value;
  return {};
}

Result<void> set_float(float& target, std::string_view text, double low, double high) {
  const std::optional<double> value = parse<double>(text);
  if (!value || !std::isfinite(*value) || *value < low || *value > high) {
    return bad_value(fmt::format("a number from {} to {}", low, high));
  }
  target = static_cast<float>(*value);
  return {};
}

Result<void> set_seed(Settings& settings, std::string_view text) {
  const std::optional<std::uint64_t> value = parse<std::uint64_t>(text);
  if (value) {
    settings.seed = *value;
  } else if (text == "-1" || text == "random") {
    settings.seed.reset();
  } else {
    return bad_value("a whole number of at least 0, or \"random\"");
  }
  return {};
}

Result<void> set_kv(Settings& settings, std::string_view text) {
  if (text != "int8" && text != "f16") return bad_value("int8 or f16");
  settings.kv = text == "int8" ? KvType::kInt8 : KvType::kF16;
  return {};
}

Result<void> set_temperature(Settings& settings, std::string_view text) {
  float value = 0;
  if (text == kDefault) {
    settings.temperature.reset();
  } else if (Result<void> done = set_float(value, text, 0, 100); !done) {
    return done;
  } else {
    settings.temperature = value;
  }
  return {};
}

Result<void> set_repeat_penalty(Settings& settings, std::string_view text) {
  float value = 0;
  if (text == kDefault) {
    settings.repeat_penalty.reset();
  } else if (Result<void> done = set_float(value, text, 0.01, 100); !done) {
    return done;
  } else {
    settings.repeat_penalty = value;
  }
  return {};
}

Result<void> set_thinking(Settings& settings, std::string_view text) {
  using Mode = Thinking::Mode;
  const std::optional<int> tokens = parse<int>(text);
  for (const char* word : {"true", "low", "medium", "high"}) text = text == word ? "on" : text;  // as others spell it
  if (text == "false") text = "off";
  if (tokens ? *tokens < 0 : text != "on" && text != "off" && text != kDefault) {
    return bad_value("on, off, default, or a number of tokens of at least 0");
  }
  settings.thinking = {tokens || text == "on" ? Mode::kOn
                       : text == "off"        ? Mode::kOff
                                              : Mode::kTemplate,
                       tokens.value_or(-1)};
  return {};
}

std::string show_thinking(const Settings& settings) {
  const Thinking& thinking = settings.thinking;
  if (thinking.max_tokens >= 0) return fmt::format("{}", thinking.max_tokens);
  if (thinking.mode == Thinking::Mode::kTemplate) return std::string(kDefault);
  return thinking.mode == Thinking::Mode::kOn ? "on" : "off";
}

std::string show_number(float value) { return fmt::format("{:g}", value); }
std::string show_number(int value) { return fmt::format("{}", value); }
std::string show_number(const std::optional<float>& value) {
  return value ? show_number(*value) : std::string(kDefault);
}

// The type of the captureless lambdas below.
using S = Settings;
using Text = std::string_view;

constexpr Parameter kParameters[] = {
    {"seed", "", "N", "the same seed gives the same answer", "", false, set_seed,
     [](const S& s) { return s.seed ? fmt::format("{}", *s.seed) : std::string("random"); }},
    {"temperature", "", "X", "0: always the likeliest token; higher: more varied", "", false, set_temperature,
     [](const S& s) { return show_number(s.temperature); }},
    {"top_k", "", "N", "choose among the N likeliest tokens; 0: off", "", false,
     [](S& s, Text t) { return set_int(s.sampling.top_k, t, 0); },
     [](const S& s) { return show_number(s.sampling.top_k); }},
    {"top_p", "", "X", "choose among the likeliest tokens that make up this share; 1: off", "", false,
     [](S& s, Text t) { return set_float(s.sampling.top_p, t, 0, 1); },
     [](const S& s) { return show_number(s.sampling.top_p); }},
    {"min_p", "", "X", "drop tokens less likely than this share of the likeliest; 0: off", "", false,
     [](S& s, Text t) { return set_float(s.sampling.min_p, t, 0, 1); },
     [](const S& s) { return show_number(s.sampling.min_p); }},
    {"typical_p", "", "X", "keep the tokens nearest to the expected surprise; 1: off", "", false,
     [](S& s, Text t) { return set_float(s.sampling.typical_p, t, 0, 1); },
     [](const S& s) { return show_number(s.sampling.typical_p); }},
    {"repeat_penalty", "", "X", "above 1: repeat less; 1: off", "", false, set_repeat_penalty,
     [](const S& s) { return show_number(s.repeat_penalty); }},
    {"repeat_last_n", "penalty_last_n", "N", "how many tokens the penalties look back; -1: all", "", false,
     [](S& s, Text t) { return set_int(s.sampling.penalty_last_n, t, -1); },
     [](const S& s) { return show_number(s.sampling.penalty_last_n); }},
    {"presence_penalty", "", "X", "subtracted from tokens that occurred; 0: off", "", false,
     [](S& s, Text t) { return set_float(s.sampling.presence_penalty, t, -100, 100); },
     [](const S& s) { return show_number(s.sampling.presence_penalty); }},
    {"frequency_penalty", "", "X", "subtracted each time a token occurred; 0: off", "", false,
     [](S& s, Text t) { return set_float(s.sampling.frequency_penalty, t, -100, 100); },
     [](const S& s) { return show_number(s.sampling.frequency_penalty); }},
    {"max_tokens", "num_predict", "N", "longest answer in tokens; -1: until the model ends", "", false,
     [](S& s, Text t) { return set_int(s.max_tokens, t, -1); }, [](const S& s) { return show_number(s.max_tokens); }},
    {"think", "", "X", "whether a model that can thinks before it answers: on, off, or on for at most so many tokens",
     "on", false, set_thinking, show_thinking},
    {"ctx", "num_ctx", "N", "tokens a conversation can hold; 0: the default, or what the model was trained for if less",
     "", true, [](S& s, Text t) { return set_int(s.ctx_tokens, t, 0); },
     [](const S& s) { return show_number(s.ctx_tokens); }},
    {"threads", "num_thread", "N", "processor threads to use; 0: one for each performance core", "", true,
     [](S& s, Text t) { return set_int(s.threads, t, 0, kMostThreads); },
     [](const S& s) { return show_number(s.threads); }},
    {"kv", "", "TYPE", "int8 or f16: how a conversation keeps keys and values", "", true, set_kv,
     [](const S& s) { return std::string(s.kv == KvType::kInt8 ? "int8" : "f16"); }},
};

}  // namespace

std::span<const Parameter> parameters() { return kParameters; }

Result<AdapterOption> parse_adapter(std::string_view text) {
  AdapterOption adapter{std::string(text), 1};
  const std::size_t equals = text.rfind('=');
  const std::optional<float> scale =
      equals == std::string_view::npos ? std::nullopt : parse<float>(text.substr(equals + 1));
  if (scale) adapter = {std::string(text.substr(0, equals)), *scale};
  if (adapter.path.empty() || !std::isfinite(adapter.scale)) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("the adapter \"{}\": expected a path, or a path and a scale as in style.gguf=0.5", text));
  }
  return adapter;
}

std::string describe_adapter(const AdapterOption& adapter) {
  // A path that itself ends like that would be read as a scale.
  const std::size_t equals = adapter.path.rfind('=');
  const bool ends_so = equals != std::string::npos && parse<float>(std::string_view(adapter.path).substr(equals + 1));
  if (adapter.scale == 1 && !ends_so) return adapter.path;
  return fmt::format("{}={}", adapter.path, adapter.scale);
}

const Parameter* find_parameter(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    if (c == '-') c = '_';
  }
  for (const Parameter& parameter : kParameters) {
    if (key == parameter.name || (*parameter.alias != '\0' && key == parameter.alias)) {
      return &parameter;
    }
  }
  return nullptr;
}

Result<void> set_parameter(Settings& settings, const Parameter& parameter, std::string_view value) {
  if (Result<void> done = parameter.set(settings, value); !done) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("{} cannot be \"{}\": it takes {}", parameter.name, value, done.error().message));
  }
  return {};
}

Settings with_defaults(Settings settings, bool chat) {
  const float temperature = chat ? Settings::kChatTemperature : SamplingOptions().temperature;
  settings.temperature = settings.temperature.value_or(temperature);
  settings.repeat_penalty = settings.repeat_penalty.value_or(Settings::kRepeatPenalty);
  return settings;
}

std::string describe_default(const Parameter& parameter) {
  if (parameter.name == std::string_view("ctx")) return fmt::format("{}", kDefaultCtxTokens);
  const std::string answer = parameter.show(with_defaults(Settings(), true));
  const std::string continued = parameter.show(with_defaults(Settings(), false));
  return answer == continued ? answer : fmt::format("{} ({} with --raw)", answer, continued);
}

std::string describe_value(const Parameter& parameter, const Settings& settings, bool chat) {
  const bool is_default = parameter.show(settings) == parameter.show(Settings());
  return parameter.show(with_defaults(settings, chat)) + (is_default ? " (default)" : "");
}

std::string describe_changes(const Settings& before, const Settings& after) {
  std::vector<std::string> changes;
  for (const Parameter& parameter : kParameters) {
    const std::string value = parameter.show(after);
    if (value != parameter.show(before)) changes.push_back(fmt::format("{} to {}", parameter.name, value));
  }
  if (before.system != after.system) {
    changes.push_back(after.system.empty() ? "system to none" : fmt::format("system to \"{}\"", after.system));
  }
  if (before.stop != after.stop) {
    changes.push_back(after.stop.empty() ? "stop to none"
                                         : fmt::format("stop to \"{}\"", fmt::join(after.stop, "\", \"")));
  }
  if (before.adapters != after.adapters) {
    std::vector<std::string> names;
    for (const AdapterOption& adapter : after.adapters) names.push_back(describe_adapter(adapter));
    changes.push_back(names.empty() ? "adapters to none" : fmt::format("adapters to {}", fmt::join(names, ", ")));
  }
  if (before.chat_template != after.chat_template) {
    changes.push_back(after.chat_template.empty() ? "template to the model's own" : "template to one of its own");
  }
  if (before.examples.size() != after.examples.size()) {
    changes.push_back(fmt::format("examples to {} messages", after.examples.size()));
  }
  if (before.raw != after.raw) changes.push_back(after.raw ? "raw to on" : "raw to off");
  return fmt::format("{}", fmt::join(changes, ", "));
}

std::string flag_name(const Parameter& parameter) {
  std::string flag = std::string("--") + parameter.name;
  for (char& c : flag) {
    if (c == '_') c = '-';
  }
  return flag;
}

std::uint64_t next_seed(const Settings& settings) { return settings.seed ? *settings.seed : std::random_device{}(); }

Request request_for(const Settings& settings, bool chat) {
  const Settings whole = with_defaults(settings, chat);
  Request request;
  request.sampling = settings.sampling;
  request.sampling.temperature = *whole.temperature;
  request.sampling.repeat_penalty = *whole.repeat_penalty;
  request.sampling.seed = next_seed(settings);
  request.thinking = settings.thinking;
  request.max_tokens = settings.max_tokens;
  request.stop = settings.stop;
  request.ignore_eos = settings.ignore_eos;
  request.speculate = settings.speculate;
  request.json_schema = settings.json_schema;
  request.grammar = settings.grammar;
  return request;
}

}  // namespace sotto::cli
