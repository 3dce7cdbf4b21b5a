#include "text/vocab_kind.h"

#include <algorithm>
#include <iterator>

namespace sotto::text {
namespace {

constexpr VocabKind kKinds[] = {
    {.name = "gpt2", .like = "gpt2"},
    {.name = "llama", .like = "llama", .bos = 1, .eos = 2, .unk = 0, .add_bos = true, .add_space_prefix = true},
    {.name = "gemma4", .like = "llama", .bos = 2, .eos = 1, .unk = 3, .pad = 0, .add_bos = true, .ranked_merges = true},
    {.name = "bert",
     .like = "bert",
     .bos = 101,
     .unk = 100,
     .sep = 102,
     .pad = 0,
     .cls = 101,
     .mask = 103,
     .add_bos = true,
     .add_eos = true},
};

}  // namespace

const VocabKind* find_vocab_kind(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &VocabKind::name);
  return found == std::end(kKinds) ? nullptr : found;
}

std::string vocab_kind_names() {
  std::string names;
  for (const VocabKind& kind : kKinds) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

}  // namespace sotto::text
