// A tiny quantized model on disk and a folder for its packed weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "../tiny_models.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "support/python.h"

namespace sotto::model::packed {

class PackedModel {
 public:
  explicit PackedModel(int n_vocab = 131) : n_vocab_(n_vocab) { write(1); }

  // Another model of the same shape and length, by another seed, under the same name.
  void write(unsigned seed) const {
    TinyModel tiny;
    tiny.type = gguf::TensorType::kQ4_0;
    tiny.seed = seed;
    tiny.n_vocab = n_vocab_;
    std::filesystem::remove(path());
    if (!TinyModelWriter(tiny).write(path())) std::abort();
  }

  std::string path() const { return scratch_.file("tiny.gguf"); }
  std::string folder() const { return scratch_.file("cache/packed"); }

  // The names in the folder that end so.
  std::vector<std::string> files(const std::string& ending) const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(folder())) return names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      if (entry.path().filename().string().ends_with(ending)) names.push_back(entry.path().string());
    }
    return names;
  }

 private:
  int n_vocab_;
  support::ScratchFolder scratch_;
};

// What a start gives and does.
struct Start {
  std::vector<float> logits;  // after three tokens
  bool packed = false;
  std::string warning;
};

inline Start start(const std::string& path, Options options) {
  Start start;
  const auto then = options.progress;
  options.progress = [&](int percent) {
    start.packed = true;
    if (then) then(percent);
  };
  options.warn = [&](const std::string& problem) { start.warning = problem; };
  const auto file = gguf::File::open(path);
  if (!file) std::abort();
  auto model = Model::load(*file, {.threads = 2, .keep = options});
  if (!model) std::abort();
  const auto cache = (*model)->new_cache(8);
  start.logits.resize(static_cast<std::size_t>((*model)->spec().n_vocab));
  const std::int32_t tokens[] = {5, 7, 11};
  (*model)->forward(*cache, tokens, LogitsFor::kLast, start.logits);
  return start;
}

inline Start start(const PackedModel& model) { return start(model.path(), {.folder = model.folder()}); }

// What packing in memory gives: the weights never saw a disk.
inline std::vector<float> right_logits(const PackedModel& model) { return start(model.path(), {}).logits; }

}  // namespace sotto::model::packed
