#include "api/openai/shapes.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace sotto::api::openai {
namespace {

constexpr std::int64_t kMostTokens = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();

constexpr NumberOption kNumbers[] = {
    {"temperature", 0, 2, &Options::temperature},
    {"top_p", 0, 1, &Options::top_p},
    {"presence_penalty", -2, 2, &Options::presence_penalty},
    {"frequency_penalty", -2, 2, &Options::frequency_penalty},
    {"min_p", 0, 1, &Options::min_p},
    {"repeat_penalty", 0.01, 100, &Options::repeat_penalty},
};

// Of max_tokens and max_completion_tokens the newer one counts.
constexpr WholeOption kWholes[] = {
    {"n_predict", -1, kMostTokens, &Options::max_tokens},  // of llama.cpp's clients
    {"max_tokens", 0, kMostTokens, &Options::max_tokens},
    {"max_completion_tokens", 0, kMostTokens, &Options::max_tokens},
    {"seed", -kMostSeed, kMostSeed, &Options::seed},
    {"top_k", 0, kMostTokens, &Options::top_k},
    {"num_ctx", 0, kMostTokens, &Options::ctx_tokens},
};

const char* type_of(int status) {
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  if (status == 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

Json error_json(const Failure& failure) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  return {{"error",
           {{"message", failure.message},
            {"type", type_of(failure.status)},
            {"param", text_or_null(failure.field)},
            {"code", text_or_null(failure.code)}}}};
}

void read_bias(Fields& fields, Options& options) {
  const Json* bias = fields.object("logit_bias");
  if (bias == nullptr) return;
  for (const auto& [name, value] : bias->items()) {
    Token token = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), token);
    const bool is_token = error == std::errc() && end == name.data() + name.size() && token >= 0;
    const double number = value.is_number() ? value.get<double>() : 1000;
    if (!is_token || !(number >= -100 && number <= 100)) {
      fields.complain("logit_bias",
                      "numbers of tokens with numbers from -100 to 100 are wanted, found " + dump({{name, value}}));
      return;
    }
    // -100 bans a token, as the API says.
    options.logit_bias.emplace_back(
        token, number <= -100 ? -std::numeric_limits<float>::infinity() : static_cast<float>(number));
  }
}

void read_format(Fields& fields, Ask& ask) {
  const Json* format = fields.object("response_format");
  if (format == nullptr) return;
  Fields within(*format, "response_format", fields.findings());
  const std::string type = within.required_text("type");
  if (type == "json_object") {
    ask.json_schema = R"({"type":"object"})";
  } else if (type == "json_schema") {
    const Json* named = within.object("json_schema");
    const Json* schema = named != nullptr && named->contains("schema") ? &(*named)["schema"] : nullptr;
    if (schema != nullptr && schema->is_object()) ask.json_schema = dump(*schema);
    else within.complain("json_schema", "an object with a schema is wanted");
  } else if (type != "text") {
    within.complain("type", "text, json_object or json_schema is wanted, found " + type);
  }
  within.finish();
}

Delivery read_delivery(Call& call) {
  Fields& fields = call.fields();
  Delivery delivery;
  const bool implied = call.parts() == Parts::kMessages;
  delivery.stream = fields.flag("stream").value_or(implied);
  if (implied && !delivery.stream) fields.complain("stream", "answers are streamed here; leave it out");
  delivery.n = fields.whole("n", 1, kMostAnswers).value_or(1);
  if (const Json* options = fields.object("stream_options")) {
    Fields within(*options, "stream_options", fields.findings());
    delivery.include_usage = within.flag("include_usage").value_or(false);
    within.finish();
  }
  return delivery;
}

}  // namespace

Shape shape() {
  return {error_json, [](Call& call, const Failure& failure) { call.write_event(error_json(failure)); }, 429};
}

void read_settings(Fields& fields, Ask& ask) {
  ask.model = fields.required_text("model");
  read_numbers(fields, kNumbers, ask.options);
  read_wholes(fields, kWholes, ask.options);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
}

bool read_effort(Fields& fields, const char* name, Ask& ask) {
  const Json* effort = fields.any(name);
  if (effort == nullptr) return false;
  auto thinking = parse_thinking(*effort);
  if (thinking) ask.options.thinking = *thinking;
  else fields.complain(name, thinking.error().message);
  return true;
}

Delivery read_ask(Call& call, Ask& ask) {
  Fields& fields = call.fields();
  read_settings(fields, ask);
  read_stops(fields, "stop", ask.options);
  read_bias(fields, ask.options);
  read_format(fields, ask);
  read_effort(fields, "reasoning_effort", ask);
  return read_delivery(call);
}

Json usage_json(const Answer& total) {
  const Usage& usage = total.usage;
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached_tokens}}},
          {"completion_tokens_details", {{"reasoning_tokens", usage.thought_tokens}}}};
}

Outcome prepare(Service& service, Call& call, Ask& ask, std::unique_ptr<Job>& job, const char* effort) {
  Outcome outcome = service.prepare(ask, call.gone(), job);
  if (!outcome || outcome->field != "think") return outcome;
  ask.options.thinking.reset();
  call.ignore(effort);
  return service.prepare(ask, call.gone(), job);
}

}  // namespace sotto::api::openai
