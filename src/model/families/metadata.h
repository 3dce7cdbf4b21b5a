// Reads a family's metadata keys, checked, keeping the first failure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "model/encoder_spec.h"
#include "model/spec.h"
#include "sotto/result.h"

namespace sotto::model {

class Metadata {
 public:
  // Keys are given without the architecture: "block_count" is read as "<architecture>.block_count".
  Metadata(const gguf::File& file, std::string architecture);

  // An integer in [least, most]. The first form is required, the second has a fallback.
  int integer(std::string_view key, int least, int most);
  int integer(std::string_view key, int least, int most, int fallback);
  // A finite number above zero.
  float positive(std::string_view key);
  float positive(std::string_view key, float fallback);
  float not_negative(std::string_view key, float fallback);  // 0 too
  std::string text(std::string_view key, std::string_view fallback);
  // A number for each layer where the file has a list, each in [least, most]; empty where it has one number or none.
  std::vector<int> layer_integers(std::string_view key, int least, int most, int n_layers);

  // The keys that all decoders have: sizes, heads, context, norm epsilon, rotation, scales.
  DecoderSpec decoder_spec();

  // Which layers see only a window: as the file says, or else all but every `full_every`-th (0: all); of how many
  // positions: as the file says, or else `usual` (0: none does).
  template <class Spec>
  void read_window(Spec& spec, int full_every, int usual = 0);
  // Heads and rotation of window layers, where they differ from the others'.
  void read_window_heads(DecoderSpec& spec);
  // Which layers attend to another's keys and values.
  void read_sharing(DecoderSpec& spec);
  // What each layer is told of a token besides.
  void read_layer_inputs(DecoderSpec& spec);
  // Which layers are `other` instead of attention: those without key heads, where attention.head_count_kv is a list.
  void read_mixers(DecoderSpec& spec, Mixer other);
  // The sizes of the gated delta rule and the layers that have it: as a list of the file says, or all but every n-th, n
  // being what the file says or `attention_every`.
  void read_delta_rule(DecoderSpec& spec, int attention_every);
  // How queries grow with their position.
  void read_query_growth(DecoderSpec& spec);
  // How many experts there are, how many a token takes, and their width.
  void read_experts(DecoderSpec& spec);
  // kUnsupported with `reason` where the file sets this flag.
  void refuse_flag(std::string_view key, const std::string& reason);
  void refuse_uncausal();  // a model whose tokens see those after them
  bool has(std::string_view key) const { return file_.find(full(key)) != nullptr; }
  bool has_tensor(std::string_view name) const { return file_.tensor(name) != nullptr; }

  // The keys that all encoders have.
  EncoderSpec encoder_spec();
  // The matrices behind the pooling.
  void read_dense(EncoderSpec& spec);
  // Of a tensor that must be there.
  int rows(std::string_view tensor, std::string_view what = "missing; the file is incomplete");

  // The spec, or the first failure.
  Result<DecoderSpec> finish(DecoderSpec spec);
  Result<EncoderSpec> finish(EncoderSpec spec);

 private:
  static constexpr int kMostRows = 1 << 24;
  // The most values of a row of activations, so that a batch's offsets fit an int whatever a file says.
  static constexpr int kMostWidth = 1 << 20;

  // What all models have: layers, widths and heads.
  template <class Spec>
  void read_sizes(Spec& spec);
  Pooling pooling();
  // `ending`: of the key of the heads' width.
  void check_heads(std::string_view ending, int n_heads, int n_kv_heads, int head_dim);
  void check_head_dim(std::string_view ending, int head_dim, int rope_dim);
  ops::Rope rope(int train_ctx_tokens);
  ops::RopeScaling rope_scaling();
  float rope_factor(ops::RopeScaling scaling);
  void read_yarn(ops::Rope& rope);
  // kUnsupported where the key has another number: what is computed would not follow it.
  void expect_number(std::string_view key, std::initializer_list<float> known);
  std::vector<bool> layer_flags(std::string_view key, int n_layers);
  bool is_list(std::string_view key) const;
  std::string full(std::string_view key) const { return architecture_ + "." + std::string(key); }
  void fail(const std::string& key, const std::string& what, ErrorCode code = ErrorCode::kBadFile);

  const gguf::File& file_;
  std::string architecture_;
  Error error_{};
};

}  // namespace sotto::model
