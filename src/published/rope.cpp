#include "published/rope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gguf/report.h"
#include "gguf/writer.h"

namespace sotto::published {
namespace {

constexpr std::uint64_t kMostTokens = 1u << 30;
constexpr int kMostWeight = 1'000'000;  // far beyond what any model has

struct Rope {
  Fields fields;  // of the object that describes the scaling; may be empty
  std::string prefix;
  std::string type;
  std::uint64_t dims = 0;          // of a head that rotate
  std::uint64_t original_ctx = 0;  // the context before scaling
  std::uint64_t ctx = 0;
  double share = 1;             // of kProportional: of the pairs that turn
  bool log_multiplier = false;  // whether the architecture's files have that key of YaRN's

  float positive(const std::string& name) { return fields.need_positive(name); }

  // From 0 to kMostWeight; 0 when absent or the failure.
  double weight(const std::string& name) {
    const double found = fields.real(name).value_or(0);
    if (found >= 0 && found <= kMostWeight) return found;
    fields.fail(name, fmt::format("{}", found), fmt::format("a number from 0 to {}", kMostWeight));
    return 0;
  }
};

struct Kind {
  std::string_view type;
  unsigned scaling;
  std::vector<MadeTensor> (*write)(Rope& rope, gguf::Writer& writer);
};

void write_scaling(Rope& rope, gguf::Writer& writer, const char* type) {
  writer.set(rope.prefix + "scaling.type", type);
  writer.set(rope.prefix + "scaling.factor", rope.positive("factor"));
}

void write_original(Rope& rope, gguf::Writer& writer) {
  writer.set(rope.prefix + "scaling.original_context_length", static_cast<std::uint32_t>(rope.original_ctx));
}

std::vector<MadeTensor> write_linear(Rope& rope, gguf::Writer& writer) {
  write_scaling(rope, writer, "linear");
  return {};
}

// Grows with the text: bloc97's dynamic NTK-aware scaling.
std::vector<MadeTensor> write_dynamic(Rope& rope, gguf::Writer& writer) {
  write_scaling(rope, writer, "dynamic");
  write_original(rope, writer);
  return {};
}

// YaRN's section 3.4: what is rotated is multiplied by this, with a weight of 1 unless said otherwise.
double usual_magnitude(double factor, double weight) { return factor > 1 ? 0.1 * weight * std::log(factor) + 1 : 1; }

// A reader computes the usual magnitude by itself: the file says how many times as much the model's is.
void write_yarn_magnitude(Rope& rope, gguf::Writer& writer) {
  constexpr double kRounding = 1e-6;
  const double factor = rope.positive("factor"), usual = usual_magnitude(factor, 1);
  const double own = rope.weight("mscale"), all = rope.weight("mscale_all_dim");
  const bool said = rope.fields.find("attention_factor") != nullptr, weighted = !said && own != 0 && all != 0;
  double times = (said ? rope.positive("attention_factor") : weighted ? usual_magnitude(factor, own) : usual) / usual;
  const double divisor = weighted ? usual_magnitude(factor, all) : 1;
  if (weighted && rope.log_multiplier) {
    writer.set(rope.prefix + "scaling.yarn_log_multiplier", static_cast<float>(all));
  } else {
    times /= divisor;
  }
  if (std::abs(times - 1) > kRounding) writer.set(rope.prefix + "scaling.attn_factor", static_cast<float>(times));
}

// YaRN (2309.00071).
std::vector<MadeTensor> write_yarn(Rope& rope, gguf::Writer& writer) {
  write_scaling(rope, writer, "yarn");
  write_original(rope, writer);
  for (const char* name : {"beta_fast", "beta_slow"}) {
    if (rope.fields.find(name) != nullptr) writer.set(rope.prefix + "scaling.yarn_" + name, rope.positive(name));
  }
  write_yarn_magnitude(rope, writer);
  if (!rope.fields.flag("truncate", true)) rope.fields.refuse("truncate: false has no GGUF key");
  return {};
}

// Llama 3.1's: low frequencies are divided by a factor, high ones are not, between them it changes smoothly.
std::vector<MadeTensor> write_llama3(Rope& rope, gguf::Writer&) {
  const double factor = rope.positive("factor"), theta = rope.positive("rope_theta");
  const double low = rope.positive("low_freq_factor"), high = rope.positive("high_freq_factor");
  if (!(low < high)) rope.fields.fail("high_freq_factor", fmt::format("{}", high), "more than low_freq_factor");
  const auto original = static_cast<double>(rope.original_ctx);
  MadeTensor made{"rope_freqs.weight", {}};
  for (std::uint64_t i = 0; i < rope.dims; i += 2) {
    const double exponent = static_cast<double>(i) / static_cast<double>(rope.dims);
    const double wavelength = 2 * std::numbers::pi * std::pow(theta, exponent);
    double divisor = 1;
    if (wavelength > original / low) {
      divisor = factor;
    } else if (wavelength >= original / high) {
      const double smooth = (original / wavelength - low) / (high - low);
      divisor = 1 / ((1 - smooth) / factor + smooth);
    }
    made.values.push_back(static_cast<float>(divisor));
  }
  return {std::move(made)};
}

std::vector<float> factors(Rope& rope, const char* name) {
  std::vector<float> values;
  const Json* list = rope.fields.find(name);
  if (list != nullptr && list->is_array() && list->size() == rope.dims / 2) {
    for (const Json& item : *list) {
      const auto value = item.is_number() ? static_cast<float>(item.get<double>()) : 0.0f;
      if (value > 0 && std::isfinite(value)) values.push_back(value);
    }
  }
  if (values.size() != rope.dims / 2) {
    rope.fields.fail(name, list == nullptr ? "nothing" : shown(*list),
                     fmt::format("a list of {} numbers above 0, one for each pair that rotates", rope.dims / 2));
  }
  return values;
}

// LongRoPE (2402.13753): a factor for each frequency, one list for short texts and one for long ones.
std::vector<MadeTensor> write_longrope(Rope& rope, gguf::Writer& writer) {
  const double scale = static_cast<double>(rope.ctx) / static_cast<double>(rope.original_ctx);
  double attention = scale <= 1 ? 1 : std::sqrt(1 + std::log(scale) / std::log(static_cast<double>(rope.original_ctx)));
  if (rope.fields.find("attention_factor") != nullptr) attention = rope.positive("attention_factor");
  if (!std::isfinite(attention)) {
    rope.fields.fail("original_max_position_embeddings", std::to_string(rope.original_ctx), "a number above 1");
  }
  if (rope.fields.find("short_mscale") != nullptr || rope.fields.find("long_mscale") != nullptr) {
    rope.fields.refuse("short_mscale and long_mscale have no GGUF key");
  }
  writer.set(rope.prefix + "scaling.attn_factor", static_cast<float>(attention));
  return {{"rope_factors_long.weight", factors(rope, "long_factor")},
          {"rope_factors_short.weight", factors(rope, "short_factor")}};
}

// The first pairs turn, the others do not: their angles are divided by more than any position reaches.
std::vector<MadeTensor> write_proportional(Rope& rope, gguf::Writer&) {
  constexpr float kNever = 1e30f;
  const auto n_pairs = static_cast<std::size_t>(rope.dims / 2);
  const auto n_turned = static_cast<std::size_t>(rope.share * static_cast<double>(n_pairs));
  const float factor = rope.fields.find("factor") == nullptr ? 1.0f : rope.positive("factor");
  MadeTensor made{"rope_freqs.weight", std::vector<float>(n_pairs, kNever)};
  std::fill_n(made.values.begin(), n_turned, factor);
  return {std::move(made)};
}

constexpr Kind kKinds[] = {
    {"linear", kLinear, write_linear},
    {"dynamic", kDynamic, write_dynamic},
    {"yarn", kYarn, write_yarn},
    {"llama3", kLlama3, write_llama3},
    {"longrope", kLongRope, write_longrope},
    {"su", kLongRope, write_longrope},
    {"proportional", kProportional, write_proportional},
};

// The object that describes the scaling of the layers that see everything, and what sliding layers turn by.
struct Spelling {
  Json full = Json::object();
  std::string where;
  double sliding_theta = 0;  // 0: as the others
};

// What the layers with a window turn by, or `otherwise`.
double theta_of_sliding(Fields& fields, const Json& sliding, double otherwise) {
  Fields of_sliding(sliding, fields.path() + ": rope_parameters: sliding_attention");
  const std::string type = of_sliding.text("rope_type");
  if (!type.empty() && type != "default") {
    of_sliding.refuse("rope_type is " + gguf::quote(type) + "; only default is supported");
  }
  if (of_sliding.real("partial_rotary_factor").value_or(1) != 1) {
    of_sliding.refuse("partial_rotary_factor is not 1; only heads that are turned as a whole are supported");
  }
  const double theta = of_sliding.find("rope_theta") == nullptr ? otherwise : of_sliding.need_positive("rope_theta");
  if (of_sliding.failed()) fields.adopt(of_sliding.error());
  return theta;
}

Spelling find_spelling(Fields& fields) {
  Spelling spelling;
  if (fields.find("rope_local_base_freq") != nullptr) {
    spelling.sliding_theta = fields.need_positive("rope_local_base_freq");
  }
  const Json* scaling = fields.find("rope_scaling");
  const Json* parameters = fields.find("rope_parameters");
  spelling.where = parameters != nullptr ? "rope_parameters" : "rope_scaling";
  const Json* object = parameters != nullptr ? parameters : scaling;
  if (object == nullptr) return spelling;
  if (!object->is_object()) {
    fields.fail(spelling.where, shown(*object), "an object");
    return spelling;
  }
  const Json* full = field(*object, "full_attention");
  const Json* sliding = field(*object, "sliding_attention");
  if (full == nullptr && sliding == nullptr) {
    spelling.full = *object;
    return spelling;
  }
  if (full == nullptr || sliding == nullptr || !full->is_object() || !sliding->is_object()) {
    fields.fail(spelling.where, shown(*object), "objects full_attention and sliding_attention");
    return spelling;
  }
  spelling.full = *full;
  spelling.sliding_theta = theta_of_sliding(fields, *sliding, spelling.sliding_theta);
  return spelling;
}

// How many frequencies turn by time, height and width (2409.12191): in a text the three are equal.
void write_sections(Rope& rope, gguf::Writer& writer) {
  std::vector<std::int32_t> sections = {11, 11, 10};
  if (const Json* said = rope.fields.find("mrope_section")) {
    sections.clear();
    for (const Json& n : said->is_array() ? *said : Json::array()) {
      if (n.is_number_unsigned() && n.get<std::uint64_t>() < 4096) sections.push_back(n.get<std::int32_t>());
    }
    if (sections.size() != 3) rope.fields.fail("mrope_section", shown(*said), "a list of 3 whole numbers below 4096");
  }
  sections.resize(4);
  writer.set_array(rope.prefix + "dimension_sections", std::span<const std::int32_t>(sections));
}

// Queries grow with their position, a step for each original context.
void write_query_growth(Rope& rope, const Family& family, gguf::Writer& writer) {
  if ((family.rope_scalings & kQueryGrowth) == 0) {
    rope.fields.refuse(
        fmt::format("llama_4_scaling_beta has no GGUF key in files of the architecture {}", family.architecture));
  }
  const double beta = rope.weight("llama_4_scaling_beta");
  if (rope.type != "yarn") write_original(rope, writer);
  writer.set(std::string(family.architecture) + ".attention.temperature_scale", static_cast<float>(beta));
}

std::uint64_t rotating_dims(Fields& fields, Rope& rope, const Family& family, const Sizes& sizes) {
  const auto outer = fields.real("partial_rotary_factor");
  const double share = rope.fields.real("partial_rotary_factor").value_or(outer.value_or(1));
  if (!(share > 0) || share > 1) {
    fields.fail("partial_rotary_factor", fmt::format("{}", share), "more than 0, at most 1");
    return sizes.head_dim;
  }
  if (rope.type == "proportional") {
    rope.share = share;
    return sizes.head_dim;
  }
  if (share != 1 && family.pairs_rows()) {
    fields.refuse(fmt::format("partial_rotary_factor is {}; GGUF files of this architecture mean 1", share));
  }
  const auto dims = static_cast<std::uint64_t>(static_cast<double>(sizes.head_dim) * share);
  if (dims == 0 || dims % 2 != 0) {
    fields.fail("partial_rotary_factor", fmt::format("{}, {} of {} values", share, dims, sizes.head_dim),
                "an even number of values above 0");
  }
  return dims;
}

}  // namespace

std::vector<MadeTensor> write_rope(Fields& fields, const Family& family, const Sizes& sizes, gguf::Writer& writer) {
  Spelling spelling = find_spelling(fields);
  Rope rope{Fields(spelling.full, fields.path() + ": " + spelling.where), std::string(family.architecture) + ".rope."};
  if (const auto theta = fields.real("rope_theta")) rope.fields.set_missing("rope_theta", *theta);
  rope.type = rope.fields.text("rope_type");
  if (rope.type.empty()) rope.type = rope.fields.text("type");
  rope.dims = rotating_dims(fields, rope, family, sizes);
  rope.ctx = fields.need_whole("max_position_embeddings", 1, kMostTokens);
  const auto outer = fields.whole("original_max_position_embeddings", 1, kMostTokens);
  rope.original_ctx =
      rope.fields.whole("original_max_position_embeddings", 1, kMostTokens).value_or(outer.value_or(rope.ctx));

  writer.set(rope.prefix + "dimension_count", static_cast<std::uint32_t>(rope.dims));
  writer.set(rope.prefix + "freq_base", rope.positive("rope_theta"));
  if (spelling.sliding_theta > 0) {
    writer.set(rope.prefix + "freq_base_swa", static_cast<float>(spelling.sliding_theta));
  }
  if (family.rope_scalings & kLongRope) write_original(rope, writer);
  rope.log_multiplier = (family.rope_scalings & kQueryGrowth) != 0;
  std::vector<MadeTensor> made;
  if (!rope.type.empty() && rope.type != "default") {
    const auto* kind = std::ranges::find(kKinds, rope.type, &Kind::type);
    if (kind == std::end(kKinds) || (kind->scaling & family.rope_scalings) == 0) {
      rope.fields.refuse(fmt::format("type {} has no GGUF key in files of the architecture {}", gguf::quote(rope.type),
                                     family.architecture));
    } else {
      made = kind->write(rope, writer);
    }
  }
  if (family.rope_scalings & kSections) write_sections(rope, writer);
  else if (rope.fields.find("mrope_section") != nullptr) rope.fields.refuse("mrope_section is not supported");
  if (rope.fields.find("llama_4_scaling_beta") != nullptr) write_query_growth(rope, family, writer);
  if (rope.fields.failed()) fields.adopt(rope.fields.error());
  return made;
}

}  // namespace sotto::published
