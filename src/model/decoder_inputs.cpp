// What each layer is told of a token besides the residual (per-layer embeddings).
#include <cmath>

#include "kernels/table.h"
#include "model/decoder.h"

namespace sotto::model {

// For every layer at once: the mean, times sqrt(2), of the token's row in the layers' own embedding and of what a
// projection, normed for each layer, makes of the residual.
void Decoder::make_layer_inputs(Lane& lane) {
  const int d = spec_.layer_input_dim, width = spec_.n_layers * d;
  const float embedding_scale = std::sqrt(static_cast<float>(d)), mean_scale = std::sqrt(0.5f);
  const float projection_scale = 1.0f / std::sqrt(static_cast<float>(spec_.model_dim));
  float* inputs = layer_inputs_.data() + std::int64_t{lane.first} * width;
  read_residual(lane, {}, {}, ops::Precision::kRefined);
  show(lane, {&weights_.layer_projection});
  ops::multiply(lane.x, weights_.layer_projection, inputs, lane.pool);
  for_tiles(lane, lane.n_tokens, [&](int first, int last) {
    thread_local std::vector<float> row;
    row.resize(static_cast<std::size_t>(width));
    for (int t = first; t < last; ++t) {
      float* out = inputs + std::int64_t{t} * width;
      weights_.layer_embedding.read_row(batch_.at(lane.first + t).token, row.data());
      for (int i = 0; i < width; ++i) out[i] *= projection_scale;
      for (int from = 0; from < width; from += d) {
        kernels::table().rms_norm(out + from, weights_.layer_projection_norm.data(), out + from, d, spec_.norm_epsilon);
      }
      for (int i = 0; i < width; ++i) {
        out[i] = (out[i] + row[static_cast<std::size_t>(i)] * embedding_scale) * mean_scale;
      }
    }
  });
}

void Decoder::add_layer_input(Lane& lane, int layer) {
  const LayerWeights& weights = weights_.layers[static_cast<std::size_t>(layer)];
  if (const int d = spec_.layer_input_dim; d > 0) {
    const std::int64_t width = std::int64_t{spec_.n_layers} * d;
    const float* inputs = layer_inputs_.data() + lane.first * width + std::int64_t{layer} * d;
    const auto activate = activation();
    read_residual(lane, {}, {}, ops::Precision::kRefined);
    grow(lane.gate, lane.n_tokens, d);
    show(lane, {&weights.input_gate});
    ops::multiply(lane.x, weights.input_gate, lane.gate.data(), lane.pool);
    for (int t = 0; t < lane.n_tokens; ++t) activate(lane.gate.data() + t * d, inputs + t * width, d);
    quantize(lane, lane.gate, lane.n_tokens, d);
    show(lane, {&weights.input_out});
    ops::multiply(lane.x, weights.input_out, lane.block.data(), lane.pool);
    add_to_residual(lane, weights.post_input_norm);
  }
  if (weights.output_scale.empty()) return;
  const float scale = weights.output_scale.front();
  float* rows = residual_.data() + lane.first * spec_.model_dim;
  for (int i = 0; i < lane.n_tokens * spec_.model_dim; ++i) rows[i] *= scale;
}

}  // namespace sotto::model
