#include "adapter/peft_config.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "published/fields.h"

namespace sotto::adapter {
namespace {

using published::Fields;
using published::Json;

// Fields that say how it was trained, or which modules: the tensors say that themselves.
constexpr const char* kHarmless[] = {"auto_mapping",
                                     "base_model_name_or_path",
                                     "revision",
                                     "task_type",
                                     "inference_mode",
                                     "lora_dropout",
                                     "target_modules",
                                     "exclude_modules",
                                     "layers_to_transform",
                                     "layers_pattern",
                                     "peft_version",
                                     "loftq_config",
                                     "eva_config",
                                     "corda_config",
                                     "runtime_config",
                                     "megatron_core",
                                     "qalora_group_size",
                                     "lora_ga_config"};

// What is wrong with a model where one of these is set and ignored.
struct Refusal {
  const char* field;
  const char* why;
};
constexpr Refusal kRefusals[] = {
    {"use_dora", "it also changes the length of each column (DoRA)"},
    {"modules_to_save", "it replaces whole modules"},
    {"fan_in_fan_out", "its matrices are stored the other way round"},
    {"lora_bias", "it also adds biases"},
    {"layer_replication", "it repeats layers of the model"},
    {"trainable_token_indices", "it also changes the embedding of single tokens"},
    {"target_parameters", "it changes parameters that are no matrices of modules, such as experts"},
    {"alora_invocation_tokens", "it is switched on by certain words (aLoRA)"},
    {"use_qalora", "it reads averaged inputs (QALoRA)"},
    {"megatron_config", "its matrices are split for several machines"},
    {"arrow_config", "it chooses among several adapters for each token"},
};

// Keeps the first.
void refuse(Fields& fields, const std::string& what,
            const std::string& advice = "merge it where it was trained, and import the whole model") {
  fields.adopt(published::unsupported(fields.path(), what, advice));
}

bool is_unset(const Json& value) {
  return value.is_null() || value == false || value == 0 ||
         ((value.is_array() || value.is_object() || value.is_string()) && value.empty()) || value == "";
}

// Ways of beginning that leave the model's own weights as they are.
bool keeps_the_model(const Json& init) {
  if (init.is_boolean()) return true;
  return init.is_string() && (init == "gaussian" || init == "eva" || init == "orthogonal" || init == "lora_ga");
}

// Names as they are: PEFT reads them as regular expressions, and a dot in one is meant as a dot.
bool is_plain_pattern(std::string_view key) {
  if (key.starts_with('^')) key.remove_prefix(1);
  return !key.empty() && key.find_first_of("\\^$*+?()[]{}|") == std::string_view::npos;
}

template <class T, class Read>
void read_patterns(Fields& fields, const char* name, std::map<std::string, T>& out, Read&& read) {
  const Json* patterns = fields.find(name);
  if (patterns == nullptr || is_unset(*patterns)) return;
  if (!patterns->is_object()) return fields.fail(name, published::shown(*patterns), "an object of modules");
  for (const auto& [key, value] : patterns->items()) {
    if (!is_plain_pattern(key))
      return refuse(fields, fmt::format("{}: the pattern {} is a regular expression; names of modules are understood",
                                        name, published::shown(key)));
    const auto number = read(value);
    if (!number) return fields.fail(name, published::shown(value), "a number above 0 for each module");
    out[key] = *number;
  }
}

std::optional<std::uint64_t> rank_in(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto rank = value.get<std::uint64_t>();
  return rank >= 1 && rank <= kMaxRank ? std::optional(rank) : std::nullopt;
}

std::optional<double> alpha_in(const Json& value) {
  if (!value.is_number() || !std::isfinite(static_cast<float>(value.get<double>()))) return std::nullopt;
  return value.get<double>();
}

// Whether a pattern means this module: as a whole, or behind a dot.
bool means(std::string_view pattern, std::string_view module) {
  if (pattern.starts_with('^')) return module == pattern.substr(1);
  if (!module.ends_with(pattern)) return false;
  const std::size_t rest = module.size() - pattern.size();
  return rest == 0 || module[rest - 1] == '.';
}

// PEFT takes the first pattern of the file that means the module, and JSON has no first: two have to agree.
template <class T>
std::optional<T> value_for(const std::map<std::string, T>& patterns, std::string_view module, T otherwise) {
  std::optional<T> found;
  for (const auto& [pattern, value] : patterns) {
    if (!means(pattern, module)) continue;
    if (found && *found != value) return std::nullopt;
    found = value;
  }
  return found ? found : otherwise;
}

void refuse_unknown(Fields& fields) {
  for (const std::string& name : fields.never_asked()) {
    const Json* value = published::field(fields.object(), name.c_str());
    if (value == nullptr || is_unset(*value)) continue;
    refuse(fields, fmt::format("{} is {}, which this version does not know; what it changes would be lost", name,
                               published::shown(*value)));
  }
}

}  // namespace

std::optional<std::uint64_t> PeftConfig::rank_of(std::string_view module) const {
  return value_for(ranks, module, rank);
}
std::optional<double> PeftConfig::alpha_of(std::string_view module) const { return value_for(alphas, module, alpha); }

Result<PeftConfig> read_peft_config(Json json, const std::string& path) {
  Fields fields(std::move(json), path);
  PeftConfig config;
  if (const std::string type = fields.text("peft_type"); type != "LORA" && !fields.failed())
    refuse(fields, fmt::format("peft_type is {}, expected \"LORA\"", published::shown(type)));
  for (const auto& [field, why] : kRefusals) {
    const Json* value = fields.find(field);
    if (value == nullptr || is_unset(*value)) continue;
    refuse(fields, fmt::format("{} is {}: {}", field, published::shown(*value), why));
  }
  if (const std::string bias = fields.text("bias"); bias != "none" && !bias.empty())
    refuse(fields, fmt::format("bias is {}: it also changes biases; expected \"none\"", published::shown(bias)));
  if (const Json* init = fields.find("init_lora_weights"); init != nullptr && !keeps_the_model(*init))
    refuse(fields,
           fmt::format("init_lora_weights is {}: such training changes the model as well", published::shown(*init)),
           "convert it to a plain LoRA where it was trained (path_initial_model_for_weight_conversion)");
  config.rank = fields.need_whole("r", 1, kMaxRank);
  const auto alpha = fields.real("lora_alpha");
  if (!alpha) fields.fail("lora_alpha", "nothing", "a number");
  config.alpha = alpha.value_or(0);
  config.by_root = fields.flag("use_rslora", false);
  read_patterns(fields, "rank_pattern", config.ranks, rank_in);
  read_patterns(fields, "alpha_pattern", config.alphas, alpha_in);
  for (const char* name : kHarmless) fields.ignore(name);
  refuse_unknown(fields);
  if (fields.failed()) return fields.error();
  return config;
}

}  // namespace sotto::adapter
