#include "api/llamacpp/samplers.h"

#include <algorithm>

namespace sotto::api::llamacpp {
namespace {

constexpr std::size_t kMostSamplers = 64;
constexpr double kInfillMinP = 0.2;  // what a gap is filled with has to be rather certain

struct Sampler {
  const char* name;
  std::optional<double> Options::* place;  // null: nothing here is changed by it
  double off;
};

constexpr Sampler kSamplers[] = {
    {"top_p", &Options::top_p, 1},
    {"min_p", &Options::min_p, 0},
    {"typ_p", &Options::typical_p, 1},
    {"typical_p", &Options::typical_p, 1},
    {"temperature", &Options::temperature, 1},
    {"penalties", &Options::repeat_penalty, 1},
    {"penalties", &Options::presence_penalty, 0},
    {"penalties", &Options::frequency_penalty, 0},
    {"top_k", nullptr, 0},
    {"infill", nullptr, 0},
    // Off by llama.cpp's own defaults; the fields that would turn them on are reported by themselves.
    {"dry", nullptr, 0},
    {"xtc", nullptr, 0},
    {"top_n_sigma", nullptr, 0},
};

}  // namespace

void read_samplers(Fields& fields, Options& options) {
  if (fields.any("samplers") == nullptr) return;
  const std::vector<std::string> names = fields.texts("samplers", kMostSamplers);
  const auto named = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  const bool typical = named("typ_p") || named("typical_p");
  for (const Sampler& sampler : kSamplers) {
    if (sampler.place == nullptr || named(sampler.name)) continue;
    const bool greedy = sampler.place == &Options::temperature && options.temperature == 0.0;
    if (!greedy && !(typical && sampler.place == &Options::typical_p)) options.*sampler.place = sampler.off;
  }
  if (!named("top_k")) options.top_k = 0;
  if (named("infill")) options.min_p = std::max(options.min_p.value_or(0), kInfillMinP);
  for (const std::string& name : names) {
    const bool known = std::ranges::any_of(kSamplers, [&](const Sampler& sampler) { return name == sampler.name; });
    if (!known) fields.findings().ignored.push_back(fields.path("samplers." + name));
  }
}

}  // namespace sotto::api::llamacpp
