// What is known of a family of published models, as data: which GGUF architecture it becomes, which metadata keys its
// config.json gives, and what its tensors are called on both sides. A new family is one table and one line in
// families.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "published/fields.h"

namespace sotto::gguf {
class Writer;
}

namespace sotto::published {

// Sizes of the model, from config.json; 0: the family has none.
struct Sizes {
  std::uint64_t layers = 0, hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0, vocab = 0, experts = 0,
                expert_ffn = 0, positions = 0, token_types = 0, layer_input = 0;
  bool keys = true, values = true;  // whether a layer has keys, and values, of its own
  std::uint64_t conv_tokens = 0, conv_width = 0, mix_in = 0, mix_width = 0;  // of a layer without attention
  std::uint64_t delta_key_heads = 0, delta_heads = 0, delta_value = 0;       // likewise: the delta rule's
};

// A field of config.json and the key that says the same; the key is written without the architecture's name.
struct KeyRule {
  enum class Kind { kWhole, kReal, kFlag };
  std::string_view field, key;
  Kind kind;
  bool required = false;
};

// What config.json's silence means for this family, as JSON.
struct Silence {
  std::string_view field, value;
};

// A field that has no key: any value but these (JSON, a list) is refused, and so is silence where null is not in it.
struct Demand {
  std::string_view field, values;
};

enum class Change : std::uint8_t {
  kNone,
  kPairs,   // rows of each head are reordered, so that those that rotate together are neighbours
  kAddOne,  // the file holds what is added to 1
  // Value heads stand by the key head that they share; those of equal number of all key heads become neighbours.
  kTileRows,      // the last rows, or all, in as many blocks as there are such heads
  kTileColumns,   // all columns
  kTileMinusExp,  // rows, and of each value -exp
};

// `from` is the published name without its prefix; "{}" stands for the layer's number, a second one for that of a part
// that becomes a slice of one tensor. An empty `to` leaves the tensor out. `shape` has a letter a dimension, the
// slowest first, of one part:
//   v vocabulary  d hidden  q all queries  k all keys  h one head  f feed-forward  g twice that  a queries, keys and
//   values together  e experts  m an expert's feed-forward  c positions  t kinds of tokens  z all values
//   j one head of keys  p a layer's input  P that of all layers  x hidden, where layers have an input  s one
//   Q queries and their gates
// and in layers without attention:
//   i what goes in  y what comes out  w channels of the convolution  l its tokens  1 one, not in the GGUF file
//   n heads of the delta rule  u values of one
// A layer in which one of these is 0 has no such tensor; one that is published all the same is left out.
// `parts` is the letter of how many parts there are ('e'), or 0.
struct TensorRule {
  std::string_view from, to, shape;
  Change change = Change::kNone;
  bool optional = false;
  char parts = 0;
};

// A published tensor that holds the same part of every expert, [experts, rows of all in `into`, columns]: each expert's
// rows are those of the tensors in `into`, one behind the other, which `from` of some TensorRule names ("{}": the
// layer, then the expert). In `from` itself "{}" is the layer.
struct FusedRule {
  std::string_view from;
  std::span<const std::string_view> into;
};

enum RopeScaling : unsigned {
  kLinear = 1,
  kDynamic = 2,
  kYarn = 4,
  kLlama3 = 8,
  kLongRope = 16,
  kSections = 32,
  kProportional = 64,
  kQueryGrowth = 128  // besides: queries that grow with their position
};
// In place of them: positions are learned.
inline constexpr unsigned kUnrotated = 1u << 31;

struct Family {
  std::string_view model_type;    // config.json's
  std::string_view architecture;  // general.architecture
  std::span<const KeyRule> keys;
  std::span<const Silence> silences;
  std::span<const Demand> demands;
  std::span<const std::span<const TensorRule>> tensors;  // in groups
  unsigned rope_scalings;                                // kinds of RopeScaling that the architecture has keys for
  // What a table cannot say, or nullptr: writes keys, refuses through `fields`.
  void (*more)(Fields& fields, const Sizes& sizes, gguf::Writer& writer) = nullptr;
  bool encoder = false;  // makes embeddings: pooling
  std::span<const FusedRule> fused = {};
  std::size_t most_dense = 0;  // matrices behind the pooling that the architecture's files may hold
  bool bidirectional = false;  // config.json says so in use_bidirectional_attention
  // tokenizer.ggml.model of a SentencePiece-like tokenizer.json whose merges go by their order in the list; empty: they
  // become scores.
  std::string_view ranked_vocabulary = {};
  // Sizes that differ between layers: fills `layers` [sizes.layers], or nullptr.
  void (*size_layers)(Fields& fields, Sizes& sizes, std::vector<Sizes>& layers) = nullptr;

  bool pairs_rows() const;  // whether some tensors' rows are reordered into pairs
};

std::span<const Family> families();

// nullptr when unknown. bidirectional: attention in both directions, where there is a family of its own for it.
const Family* find_family(std::string_view model_type, bool bidirectional = false);
std::string family_names();  // for messages

}  // namespace sotto::published
