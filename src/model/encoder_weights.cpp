#include "model/encoder_weights.h"

#include <fmt/format.h>

#include "model/binder.h"

namespace sotto::model {
namespace {

std::int64_t encoder_size(Dim dim, const EncoderSpec& spec) {
  switch (dim) {
    case Dim::kHead: return spec.head_dim;
    case Dim::kFfn: return spec.ffn_dim;
    default: return spec.model_dim;
  }
}

}  // namespace

Result<EncoderWeights> bind_encoder_weights(const gguf::File& file, const EncoderSpec& spec,
                                            const EncoderWeightTable& table, const BindOptions& options,
                                            base::ThreadPool& pool) {
  Binder binder(file, options.packed);
  EncoderWeights weights;
  // Rows of these are looked up, never multiplied.
  binder.matrix("token_embd.weight", spec.n_vocab, spec.model_dim, weights.embedding, ops::Layout::kFile);
  binder.matrix("position_embd.weight", spec.ctx_tokens, spec.model_dim, weights.positions, ops::Layout::kFile);
  binder.matrix("token_types.weight", spec.n_token_types, spec.model_dim, weights.token_types, ops::Layout::kFile);
  binder.vector("token_embd_norm.weight", spec.model_dim, weights.embedding_norm);
  binder.vector("token_embd_norm.bias", spec.model_dim, weights.embedding_norm_bias);
  weights.layers.resize(static_cast<std::size_t>(spec.n_layers));
  for (int l = 0; l < spec.n_layers && !binder.failed(); ++l) {
    EncoderLayer& layer = weights.layers[static_cast<std::size_t>(l)];
    const std::string prefix = fmt::format("blk.{}.", l);
    for (const EncoderMatrixEntry& entry : table.matrices) {
      binder.matrix(prefix + std::string(entry.name), encoder_size(entry.rows, spec), encoder_size(entry.cols, spec),
                    layer.*entry.member);
    }
    for (const EncoderVectorEntry& entry : table.vectors) {
      binder.vector(prefix + std::string(entry.name), encoder_size(entry.size, spec), layer.*entry.member);
    }
  }
  binder.refuse_leftovers();
  if (binder.failed()) return Unexpected(binder.take_error());
  weights.panels = binder.pack(options.keep, pool);
  return weights;
}

}  // namespace sotto::model
