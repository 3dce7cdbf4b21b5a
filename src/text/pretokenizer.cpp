#include "text/pretokenizer.h"

#include <algorithm>

#include "text/pretokenizer_gpt2.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

constexpr Rule kGpt2[] = {rules::gpt2};
constexpr Rule kSmollm[] = {rules::digit, rules::gpt2};

constexpr Pretokenizer kMachines[] = {
    {"gpt-2", kGpt2, false},
    {"smollm", kSmollm, false},
};

// Names that stand for the state machine of another name.
struct Alias {
  std::string_view name, machine;
};

constexpr Alias kAliases[] = {
    {"default", "gpt-2"},
    {"gpt2", "gpt-2"},
};

const Pretokenizer* find_machine(std::string_view name) {
  const auto* found = std::ranges::find(kMachines, name, &Pretokenizer::name);
  return found == std::end(kMachines) ? nullptr : found;
}

}  // namespace

const Pretokenizer* find_pretokenizer(std::string_view name) {
  const auto* alias = std::ranges::find(kAliases, name, &Alias::name);
  return find_machine(alias == std::end(kAliases) ? name : alias->machine);
}

std::span<const Pretokenizer> pretokenizers() { return kMachines; }

std::vector<std::string_view> pretokenizer_names() {
  std::vector<std::string_view> names;
  for (const Pretokenizer& machine : kMachines) names.push_back(machine.name);
  for (const Alias& alias : kAliases) names.push_back(alias.name);
  std::ranges::sort(names);
  return names;
}

std::span<const std::size_t> WordSplitter::split(const Pretokenizer& pretokenizer,
                                                 std::string_view text) {
  glyphs_.clear();
  ends_.clear();
  end_ = 0;
  append_glyphs(text, glyphs_);
  cut(pretokenizer.rules, glyphs_);
  return ends_;
}

void WordSplitter::cut(std::span<const Rule> rules, std::span<const Glyph> part) {
  if (part.empty()) return;
  if (rules.empty()) return emit(part);
  const auto rest = rules.subspan(1);
  std::size_t gap_start = 0;
  for (std::size_t at = 0; at < part.size();) {
    const Found found = rules.front()(part.subspan(at));
    at += found.gap;
    if (found.length == 0) continue;
    cut(rest, part.subspan(gap_start, at - gap_start));
    cut(rest, part.subspan(at, found.length));
    at += found.length;
    gap_start = at;
  }
  cut(rest, part.subspan(gap_start));
}

void WordSplitter::emit(std::span<const Glyph> word) {
  for (const Glyph g : word) end_ += utf8_length(g.code());
  ends_.push_back(end_);
}

}  // namespace sotto::text
