// Hostile config.json: each case is a sound one with one thing wrong.
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "published/hostile.h"

namespace sotto::published::test {
namespace {

constexpr const char* kConfig = "config.json";

auto whole_config(std::string text) {
  return [text](const HostileFolder& f) { f.write(kConfig, text); };
}

// One field has this value, written as JSON.
HostileCase config_case(const std::string& name, const std::string& field, const std::string& value,
                        std::vector<std::string> said) {
  said.emplace_back(kConfig);
  return {"config: " + name, Parser::kConfiguration,
          [field, value](const HostileFolder& f) { f.config(field, Json::parse(value)); }, std::move(said)};
}

HostileCase number_case(const std::string& name, const std::string& field, const std::string& value) {
  return config_case(name, field, value, {field + ": found " + value, "expected a whole number from"});
}

std::vector<HostileCase> hostile_objects() {
  const auto parser = Parser::kConfiguration;
  return {
      {"config: empty", parser, whole_config(""), {kConfig, "no valid JSON at byte", "expected a JSON object"}},
      {"config: a list", parser, whole_config("[]"), {kConfig, "found array []", "expected a JSON object"}},
      {"config: null", parser, whole_config("null"), {kConfig, "found null", "expected a JSON object"}},
      {"config: cut", parser, whole_config("{\"model_type\": \"llama\", "), {kConfig, "no valid JSON at byte"}},
      {"config: two objects", parser, whole_config("{}{}"), {kConfig, "no valid JSON at byte 3 of 4"}},
      {"config: nested brackets",
       parser,
       whole_config("{\"a\":" + nested("{\"a\":", 500'000, "1", "}") + "}"),
       {kConfig, "500001 levels", "expected at most 64"}},
      {"config: 5 MiB",
       parser,
       whole_config("{\"a\": \"" + std::string(5 << 20, 'x') + "\"}"),
       {kConfig, "5242889 bytes long", "expected at most 4194304"}},
      {"config: a number beyond all",
       parser,
       whole_config("{\"hidden_size\": 1e999999}"),
       {kConfig, "no valid JSON", "expected"}},
      {"config: a field twice",
       parser,
       whole_config(R"({"model_type": "llama", "model_type": "qwen2"})"),
       {kConfig, "\"model_type\" stands twice", "expected once"}},
      {"config: a lone surrogate", parser, whole_config(R"({"model_type": "\ud800"})"), {kConfig, "no valid JSON"}},
      {"config: a null byte",
       parser,
       whole_config(std::string("{\"a\"\0: 1}", 10)),
       {kConfig, "no valid JSON at byte 5"}},
      {"config: a folder in its place",
       parser,
       [](const HostileFolder& f) { f.remove(kConfig), ::mkdir(f.file(kConfig).c_str(), 0755); },
       {kConfig, "not a regular file"}},
      {"config: a pipe in its place",
       parser,
       [](const HostileFolder& f) {
         f.remove(kConfig);
         SOTTO_CHECK(::mkfifo(f.file(kConfig).c_str(), 0644) == 0);
       },
       {kConfig, "not a regular file"}},
      {"config: a link to itself",
       parser,
       [](const HostileFolder& f) {
         f.remove(kConfig);
         SOTTO_CHECK(::symlink(kConfig, f.file(kConfig).c_str()) == 0);
       },
       {kConfig, "cannot open"}},
      {"config: missing", parser, [](const HostileFolder& f) { f.remove(kConfig); }, {kConfig, "cannot open"}},
  };
}

std::vector<HostileCase> hostile_fields() {
  return {
      number_case("no layers", "num_hidden_layers", "0"),
      number_case("a billion layers", "num_hidden_layers", "1000000000"),
      number_case("2^64 layers", "num_hidden_layers", "1.8446744073709552e+19"),
      number_case("layers as a text", "num_hidden_layers", "\"1\""),
      number_case("negative width", "hidden_size", "-4"),
      number_case("half a width", "hidden_size", "4.5"),
      number_case("a width of a trillion", "hidden_size", "1000000000000"),
      number_case("no heads", "num_attention_heads", "0"),
      number_case("a list of heads", "num_attention_heads", "[2,2]"),
      number_case("no key heads", "num_key_value_heads", "0"),
      number_case("a vocabulary of a billion", "vocab_size", "1000000000"),
      number_case("no vocabulary", "vocab_size", "0"),
      number_case("a vocabulary that is true", "vocab_size", "true"),
      number_case("an endless context", "max_position_embeddings", "9007199254740993"),
      number_case("no head", "head_dim", "0"),
      config_case("an odd head", "head_dim", "3", {"head_dim: found 3", "expected an even number"}),
      config_case("heads that do not divide", "num_attention_heads", "3", {"hidden_size: found 4", "a multiple of 3"}),
      config_case("key heads that do not divide", "num_key_value_heads", "7",
                  {"num_key_value_heads: found 7", "a divisor of 2"}),
      config_case("no family", "model_type", "null", {"model_type \"\"", "llama, mistral"}),
      config_case("an unknown family", "model_type", "\"mamba\"", {"model_type \"mamba\"", "llama, mistral"}),
      config_case("a wrapper around nothing", "model_type", "\"mistral3\"",
                  {"text_config: found nothing", "expected an object that describes the language model"}),
      {"config: a wrapper around a list",
       Parser::kConfiguration,
       whole_config(R"({"model_type": "mistral3", "text_config": []})"),
       {kConfig, "text_config: found []", "expected an object that describes the language model"}},
      {"config: a wrapper around itself",
       Parser::kConfiguration,
       whole_config(R"({"model_type": "mistral3", "text_config": {"model_type": "mistral3"}})"),
       {kConfig, "text_config: found {\"model_type\":\"mistral3\"}",
        "expected an object that describes the language model"}},
      config_case("a family that is a number", "model_type", "7", {"model_type", "llama, mistral"}),
      config_case("a family that steers a terminal", "model_type", "\"\\u001b]0;x\\u0007\"",
                  {"\\x1b]0;x\\x07", "llama, mistral"}),
      config_case("a family of a megabyte", "model_type", "\"" + std::string(1 << 20, 'm') + "\"",
                  {"(1048576 bytes)", "llama, mistral"}),
      config_case("another activation", "hidden_act", "\"relu\"", {"hidden_act is \"relu\"", "they mean \"silu\""}),
      config_case("an activation that is an object", "hidden_act", "{\"a\":[1]}",
                  {"hidden_act is {\"a\":[1]}", "silu"}),
      config_case("a negative epsilon", "rms_norm_eps", "-1e-05", {"rms_norm_eps: found -1e-05", "a number above 0"}),
      config_case("an epsilon beyond f32", "rms_norm_eps", "1e+300", {"rms_norm_eps: found 1e+300", "a number"}),
      config_case("quantized weights", "quantization_config", "{\"quant_method\": \"gptq\"}",
                  {"quantization_config", "F32, F16 or BF16"}),
      config_case("tied that is a text", "tie_word_embeddings", "\"yes\"",
                  {"tie_word_embeddings: found \"yes\"", "true or false"}),
  };
}

std::vector<HostileCase> hostile_rotation() {
  return {
      config_case("theta of nothing", "rope_theta", "0", {"rope_theta: found 0", "a number above 0"}),
      config_case("theta as a list", "rope_theta", "[1]", {"rope_theta: found [1]", "a number"}),
      config_case("scaling that is a text", "rope_scaling", "\"linear\"",
                  {"rope_scaling: found \"linear\"", "expected an object"}),
      config_case("scaling of no kind", "rope_scaling", "{\"type\": \"\\u001bx\"}", {"\"\\x1bx\"", "no GGUF key"}),
      config_case("scaling without a factor", "rope_scaling", "{\"type\": \"linear\"}",
                  {"factor: found nothing", "a number above 0"}),
      config_case("scaling by nothing", "rope_scaling", "{\"type\": \"linear\", \"factor\": 0}",
                  {"factor: found 0", "a number above 0"}),
      config_case("yarn with a negative beta", "rope_scaling", "{\"type\": \"yarn\", \"factor\": 2, \"beta_fast\": -1}",
                  {"beta_fast: found -1", "a number above 0"}),
      config_case("yarn with a negative mscale", "rope_scaling",
                  R"({"type": "yarn", "factor": 2, "mscale": -9, "mscale_all_dim": 1})",
                  {"mscale: found -9, expected a number from 0 to 1000000"}),
      config_case("yarn with an endless mscale_all_dim", "rope_scaling",
                  R"({"type": "yarn", "factor": 2, "mscale": 1, "mscale_all_dim": 2e6})",
                  {"mscale_all_dim: found 2000000, expected a number from 0 to 1000000"}),
      config_case("llama3 factors that cross", "rope_scaling",
                  R"({"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1})",
                  {"high_freq_factor: found 1", "more than low_freq_factor"}),
      config_case("an original context of 2^60", "rope_scaling",
                  R"({"type": "yarn", "factor": 2, "original_max_position_embeddings": 1152921504606846976})",
                  {"original_max_position_embeddings: found 1152921504606846976", "a whole number from 1"}),
      config_case("a part of 10^30 heads rotates", "partial_rotary_factor", "1e+30",
                  {"partial_rotary_factor: found 1e+30", "at most 1"}),
      config_case("a negative part rotates", "partial_rotary_factor", "-0.5",
                  {"partial_rotary_factor: found -0.5", "more than 0"}),
      config_case("kinds of layers without the full ones", "rope_parameters", "{\"sliding_attention\": {}}",
                  {"rope_parameters: found", "full_attention and sliding_attention"}),
  };
}

}  // namespace

std::vector<HostileCase> hostile_configurations() {
  std::vector<HostileCase> all = hostile_objects();
  for (const auto& some : {hostile_fields(), hostile_rotation()}) all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace sotto::published::test
