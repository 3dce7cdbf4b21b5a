#include "published/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "gguf/report.h"

namespace sotto::published {
namespace {

using gguf::quote;
using gguf::TensorType;

// What stands before the names of the tables, longest first.
constexpr std::string_view kPrefixes[] = {
    "model.language_model.", "language_model.model.", "language_model.", "model.", "bert.", ""};
// Parts of models that also see, or guess further tokens: the text part does without them.
constexpr std::string_view kOtherParts[] = {
    "model.vision_tower.", "model.multi_modal_projector.", "vision_tower.",      "multi_modal_projector.",
    "vision_model.",       "model.vision_model.",          "model.visual.",      "visual.",
    "model.embed_vision.", "model.audio_tower.",           "model.embed_audio.", "mtp."};
// Tables that older programs saved with the weights and that follow from config.json.
constexpr std::string_view kComputed[] = {".rotary_emb.inv_freq", ".attention.masked_bias", ".attention.bias",
                                          "embeddings.position_ids"};

// Numbers that stood for "{}" in a rule.
struct Match {
  std::uint64_t layer = 0, part = 0;
};

// Takes a number without needless zeros from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == 0 || (text[0] == '0' && length > 1)) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::optional<Match> match(std::string_view pattern, std::string_view name) {
  Match found;
  for (std::uint64_t* number : {&found.layer, &found.part}) {
    const std::size_t hole = pattern.find("{}");
    if (hole == std::string_view::npos) break;
    if (!name.starts_with(pattern.substr(0, hole))) return std::nullopt;
    name.remove_prefix(hole);
    pattern.remove_prefix(hole + 2);
    const auto taken = take_number(name);
    if (!taken) return std::nullopt;
    *number = *taken;
  }
  return name == pattern ? std::optional(found) : std::nullopt;
}

std::string fill(std::string_view pattern, std::uint64_t number) {
  std::string name(pattern);
  const std::size_t hole = name.find("{}");
  if (hole != std::string::npos) name.replace(hole, 2, std::to_string(number));
  return name;
}

// family.h says what they mean.
struct Letter {
  char letter;
  std::uint64_t (*size)(const Sizes& sizes);
};

constexpr Letter kLetters[] = {
    {'v', [](const Sizes& s) { return s.vocab; }},
    {'d', [](const Sizes& s) { return s.hidden; }},
    {'q', [](const Sizes& s) { return s.heads * s.head_dim; }},
    {'k', [](const Sizes& s) { return s.keys * s.kv_heads * s.head_dim; }},
    {'z', [](const Sizes& s) { return s.keys * s.values * s.kv_heads * s.head_dim; }},
    {'h', [](const Sizes& s) { return s.head_dim; }},
    {'j', [](const Sizes& s) { return s.keys * s.head_dim; }},
    {'f', [](const Sizes& s) { return s.ffn; }},
    {'g', [](const Sizes& s) { return 2 * s.ffn; }},
    {'a', [](const Sizes& s) { return (s.heads + 2 * s.kv_heads) * s.head_dim; }},
    {'e', [](const Sizes& s) { return s.experts; }},
    {'m', [](const Sizes& s) { return s.expert_ffn; }},
    {'c', [](const Sizes& s) { return s.positions; }},
    {'t', [](const Sizes& s) { return s.token_types; }},
    {'p', [](const Sizes& s) { return s.layer_input; }},
    {'P', [](const Sizes& s) { return s.layers * s.layer_input; }},
    {'x', [](const Sizes& s) { return s.layer_input > 0 ? s.hidden : 0; }},
    {'Q', [](const Sizes& s) { return 2 * s.heads * s.head_dim; }},
    {'i', [](const Sizes& s) { return s.mix_in; }},
    {'y', [](const Sizes& s) { return s.mix_width; }},
    {'w', [](const Sizes& s) { return s.conv_width; }},
    {'l', [](const Sizes& s) { return s.conv_tokens; }},
    {'n', [](const Sizes& s) { return s.delta_heads; }},
    {'u', [](const Sizes& s) { return s.delta_value; }},
};

std::uint64_t size_of(char letter, const Sizes& sizes) {
  const auto* found = std::ranges::find(kLetters, letter, &Letter::letter);
  return found == std::end(kLetters) ? 1 : found->size(sizes);
}

std::vector<std::uint64_t> shape_of(const TensorRule& rule, const Sizes& sizes) {
  std::vector<std::uint64_t> shape;
  for (const char letter : rule.shape) shape.push_back(size_of(letter, sizes));
  return shape;
}

// Whether a layer of these sizes has the tensor.
bool is_there(const TensorRule& rule, const Sizes& sizes) { return std::ranges::count(shape_of(rule, sizes), 0u) == 0; }

// As GGUF has them.
std::vector<std::uint64_t> dims_of(const TensorRule& rule, const Sizes& sizes) {
  std::vector<std::uint64_t> dims;
  for (const char letter : rule.shape) {
    if (letter != '1') dims.insert(dims.begin(), size_of(letter, sizes));
  }
  return dims;
}

class Planner {
 public:
  Planner(const Configuration& configuration, const WeightFiles& weights, std::string folder)
      : configuration_(configuration), weights_(weights), folder_(std::move(folder)) {}

  Result<void> sort_in();
  Result<Plan> finish(WeightType type);

 private:
  using Slot = std::pair<const TensorRule*, std::uint64_t>;  // a rule and a layer

  Result<void> sort_in(const WeightFiles::Found& found);
  Result<bool> place(std::string_view name, const WeightFiles::Found& found);
  Result<bool> place_fused(std::string_view name, const WeightFiles::Found& found);
  const TensorRule* rule_from(std::string_view from) const;
  Result<void> check_shape(const std::vector<std::uint64_t>& expected, const WeightFiles::Found& found) const;
  Result<void> plan(const TensorRule& rule, std::uint64_t layer, Plan& plan) const;
  TensorType most_common() const;

  const Configuration& configuration_;
  const WeightFiles& weights_;
  std::string folder_;
  std::map<Slot, std::vector<WeightFiles::Found>> slots_;
  std::set<std::string> left_out_;
  std::deque<StoredTensor> slices_;
  std::string prefix_;
  bool prefix_known_ = false;
};

Result<void> Planner::check_shape(const std::vector<std::uint64_t>& expected, const WeightFiles::Found& found) const {
  const StoredTensor& tensor = *found.tensor;
  if (!weight_type(tensor.dtype)) {
    return unsupported(found.file->path(),
                       fmt::format("tensor {} is of type {}, which is not a type of weights that sotto imports (F32, "
                                   "F16, BF16)",
                                   quote(tensor.name), tensor.dtype));
  }
  if (tensor.shape == expected) return {};
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: tensor {} has the shape [{}], expected [{}] by {}/config.json; the files do not "
                                "belong together, or one is damaged: fetch them again",
                                found.file->path(), quote(tensor.name), fmt::join(tensor.shape, ", "),
                                fmt::join(expected, ", "), folder_));
}

// Whether a rule has this name (without its prefix).
Result<bool> Planner::place(std::string_view name, const WeightFiles::Found& found) {
  for (const auto group : configuration_.family->tensors) {
    for (const TensorRule& rule : group) {
      const auto matched = match(rule.from, name);
      if (!matched) continue;
      const std::uint64_t n_parts = rule.parts ? size_of(rule.parts, configuration_.sizes) : 1;
      if (matched->layer >= configuration_.sizes.layers || matched->part >= n_parts) {
        return damaged(found.file->path(),
                       fmt::format("tensor {} is of a layer or part that config.json does not have: expected {} layers",
                                   quote(found.tensor->name), configuration_.sizes.layers));
      }
      const Sizes& sizes = configuration_.of_layer(matched->layer);
      if (!is_there(rule, sizes)) return true;
      if (auto checked = check_shape(shape_of(rule, sizes), found); !checked) return forward_error(checked);
      auto& parts = slots_[{&rule, matched->layer}];
      parts.resize(n_parts, {nullptr, nullptr});
      if (const StoredTensor* other = parts[matched->part].tensor) {
        return damaged(found.file->path(), fmt::format("tensors {} and {} are the same one of the model, expected one",
                                                       quote(other->name), quote(found.tensor->name)));
      }
      parts[matched->part] = found;
      return true;
    }
  }
  return false;
}

const TensorRule* Planner::rule_from(std::string_view from) const {
  for (const auto group : configuration_.family->tensors) {
    const auto rule = std::ranges::find(group, from, &TensorRule::from);
    if (rule != group.end()) return &*rule;
  }
  return nullptr;
}

// Whether it is a tensor of several, whose slices are then placed as if each stood in the file.
Result<bool> Planner::place_fused(std::string_view name, const WeightFiles::Found& found) {
  for (const FusedRule& fused : configuration_.family->fused) {
    const auto matched = match(fused.from, name);
    if (!matched) continue;
    const std::vector<std::uint64_t> shape = shape_of(*rule_from(fused.into.front()), configuration_.sizes);
    const std::uint64_t n_experts = configuration_.sizes.experts, n_each = fused.into.size();
    if (auto checked = check_shape({n_experts, n_each * shape[0], shape[1]}, found); !checked) {
      return forward_error(checked);
    }
    const StoredTensor& whole = *found.tensor;
    const std::size_t slice_bytes = whole.data.size() / (n_experts * n_each);
    for (std::uint64_t i = 0; i < n_experts * n_each; ++i) {
      const std::string part = fill(fill(fused.into[i % n_each], matched->layer), i / n_each);
      slices_.push_back({part, whole.dtype, shape, whole.data.subspan(i * slice_bytes, slice_bytes)});
      if (auto placed = place(part, {found.file, &slices_.back()}); !placed) return placed;
    }
    return true;
  }
  return false;
}

Result<void> Planner::sort_in(const WeightFiles::Found& found) {
  const std::string& name = found.tensor->name;
  for (const std::string_view part : kOtherParts) {
    if (!name.starts_with(part)) continue;
    left_out_.insert(std::string(part.substr(0, part.size() - 1)));
    return {};
  }
  if (std::ranges::any_of(kComputed, [&](std::string_view end) { return name.ends_with(end); })) return {};
  for (const std::string_view prefix : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view bare = std::string_view(name).substr(prefix.size());
    const bool head = bare.starts_with("lm_head.");  // stands outside of what the prefix names
    if (prefix_known_ && !head && prefix != prefix_) continue;
    auto placed = place(bare, found);
    if (placed && !*placed) placed = place_fused(bare, found);
    if (!placed) return forward_error(placed);
    if (!*placed) continue;
    if (!head) prefix_ = prefix, prefix_known_ = true;
    return {};
  }
  return unsupported(found.file->path(),
                     fmt::format("tensor {} of shape [{}] is none that a {} model has; importing the rest would give "
                                 "another model",
                                 quote(name), fmt::join(found.tensor->shape, ", "), configuration_.family->model_type));
}

Result<void> Planner::sort_in() {
  for (std::size_t i = 0; i < weights_.n_tensors(); ++i) {
    if (auto sorted = sort_in(weights_.at(i)); !sorted) return sorted;
  }
  return {};
}

TensorType Planner::most_common() const {
  std::map<TensorType, std::uint64_t> values;
  for (const auto& [slot, parts] : slots_) {
    for (const auto& part : parts) {
      if (part.tensor && part.tensor->shape.size() > 1) {
        values[*weight_type(part.tensor->dtype)] += part.tensor->n_values();
      }
    }
  }
  const auto most = std::ranges::max_element(values, {}, [](const auto& entry) { return entry.second; });
  return most == values.end() ? TensorType::kF32 : most->first;
}

Result<void> Planner::plan(const TensorRule& rule, std::uint64_t layer, Plan& plan) const {
  const auto slot = slots_.find({&rule, layer});
  const bool head = rule.to == "output.weight";
  const Sizes& sizes = configuration_.of_layer(layer);
  if ((head && configuration_.tied) || rule.to.empty() || !is_there(rule, sizes)) return {};
  if (slot == slots_.end()) {
    if (rule.optional) return {};
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: no tensor {} in the weights, which a {} model has; a file "
                                  "is missing or damaged: fetch it again",
                                  folder_, quote(prefix_ + fill(rule.from, layer)), configuration_.family->model_type));
  }
  const auto& parts = slot->second;
  const auto missing = std::ranges::find(parts, nullptr, &WeightFiles::Found::tensor);
  if (missing != parts.end()) {
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: part {} of tensor {} is not in the weights; a file is missing or damaged: fetch it again",
                    folder_, missing - parts.begin(), quote(prefix_ + fill(rule.from, layer))));
  }
  const Sizes& of_all = configuration_.sizes;
  PlannedTensor tensor{.name = fill(rule.to, layer),
                       .type = plan.matrices,
                       .dims = dims_of(rule, sizes),
                       .parts = parts,
                       .change = rule.change,
                       .head_rows = of_all.head_dim,
                       .n_blocks = of_all.delta_heads,
                       .n_groups = of_all.delta_key_heads,
                       .value_rows = of_all.delta_value,
                       .values = {}};
  const bool vector = tensor.dims.size() == 1 || rule.to.ends_with("_norm.weight");
  if (rule.parts) tensor.dims.push_back(parts.size());
  // The router of experts stays exact: a near tie decides which of them are asked. Of encoders' small tables and of
  // convolutions readers expect it.
  const bool exact = rule.to.ends_with("ffn_gate_inp.weight") || rule.to == "position_embd.weight" ||
                     rule.to == "token_types.weight" || rule.shape.ends_with("1l");
  if (vector || exact) tensor.type = TensorType::kF32;
  plan.tensors.push_back(std::move(tensor));
  return {};
}

Result<Plan> Planner::finish(WeightType type) {
  Plan plan;
  switch (type) {
    case WeightType::kAsPublished: plan.matrices = most_common(); break;
    case WeightType::kF32: plan.matrices = TensorType::kF32; break;
    case WeightType::kF16: plan.matrices = TensorType::kF16; break;
    case WeightType::kBF16: plan.matrices = TensorType::kBF16; break;
  }
  for (const MadeTensor& made : configuration_.tensors) {
    plan.tensors.push_back({.name = made.name,
                            .type = TensorType::kF32,
                            .dims = {made.values.size()},
                            .parts = {},
                            .values = made.values});
  }
  for (const auto group : configuration_.family->tensors) {
    for (std::uint64_t layer = 0; layer < configuration_.sizes.layers; ++layer) {
      for (const TensorRule& rule : group) {
        if (layer > 0 && rule.from.find("{}") == std::string_view::npos) continue;
        if (auto planned = this->plan(rule, layer, plan); !planned) return forward_error(planned);
      }
    }
  }
  plan.left_out.assign(left_out_.begin(), left_out_.end());
  plan.slices = std::move(slices_);  // the elements stay where they are
  return plan;
}

}  // namespace

std::optional<Target> find_target(std::string_view architecture, std::string_view published_name) {
  for (const Family& family : families()) {
    if (family.architecture != architecture) continue;
    for (const std::string_view prefix : kPrefixes) {
      if (!published_name.starts_with(prefix)) continue;
      for (const auto group : family.tensors) {
        for (const TensorRule& rule : group) {
          const auto matched = match(rule.from, published_name.substr(prefix.size()));
          if (matched && !rule.to.empty()) return Target{fill(rule.to, matched->layer), rule.change, rule.parts != 0};
        }
      }
    }
  }
  return std::nullopt;
}

std::optional<TensorType> weight_type(std::string_view dtype) {
  if (dtype == "F32") return TensorType::kF32;
  if (dtype == "F16") return TensorType::kF16;
  if (dtype == "BF16") return TensorType::kBF16;
  return std::nullopt;
}

Result<Plan> make_plan(const Configuration& configuration, const WeightFiles& weights, WeightType type,
                       const std::string& folder) {
  Planner planner(configuration, weights, folder);
  if (auto sorted = planner.sort_in(); !sorted) return forward_error(sorted);
  return planner.finish(type);
}

}  // namespace sotto::published
