#include "model/weights.h"

#include <fmt/format.h>

#include <unordered_set>

#include "kernels/dequantize.h"

namespace sotto::model {
namespace {

std::int64_t size_of(Dim dim, const DecoderSpec& spec) {
  switch (dim) {
    case Dim::kModel: return spec.model_dim;
    case Dim::kQuery: return std::int64_t{spec.n_heads} * spec.head_dim;
    case Dim::kKeyValue: return std::int64_t{spec.n_kv_heads} * spec.head_dim;
    case Dim::kHead: return spec.head_dim;
    case Dim::kFfn: return spec.ffn_dim;
  }
  return 0;
}

// Binds one file's tensors; the first failure is kept and what follows does nothing.
class Binder {
 public:
  Binder(const gguf::File& file, bool packed) : file_(file), packed_(packed) {}

  // layout: what becomes of it when matrices are packed.
  void matrix(const std::string& name, std::int64_t rows, std::int64_t cols, ops::Matrix& out,
              ops::Layout layout = ops::Layout::kPanels) {
    const gguf::Tensor* tensor = find(name, cols, rows);
    if (tensor == nullptr) return;
    out = ops::Matrix(file_, *tensor, packed_ ? layout : ops::Layout::kFile);
    if (out.packed_bytes() > 0) to_pack_.push_back(&out);
  }

  // The matrices must stand where they were bound.
  packed::Panels pack(const packed::Options& options, base::ThreadPool& pool) const {
    return packed::provide(file_, to_pack_, options, pool);
  }

  void vector(const std::string& name, std::int64_t size, std::vector<float>& out) {
    const gguf::Tensor* tensor = find(name, size, 1);
    if (tensor == nullptr) return;
    out.resize(static_cast<std::size_t>(size));
    kernels::dequantize_row(static_cast<std::uint32_t>(tensor->type), tensor->data.data(), out.data(), size);
    file_.drop(tensor->data);
  }

  // A tensor that nothing bound changes what the model computes: running without it would be silently wrong.
  void refuse_leftovers() {
    for (const gguf::Tensor& tensor : file_.tensors()) {
      if (failed() || bound_.contains(tensor.name)) continue;
      error_ = {ErrorCode::kUnsupported,
                fmt::format("{}: tensor {}: this version does not know what to do with it, and an answer "
                            "without it would be wrong",
                            file_.path(), tensor.name)};
    }
  }

  bool failed() const { return !error_.message.empty(); }
  Error take_error() { return std::move(error_); }

 private:
  const gguf::Tensor* find(const std::string& name, std::int64_t cols, std::int64_t rows) {
    if (failed()) return nullptr;
    const gguf::Tensor* tensor = file_.tensor(name);
    if (tensor == nullptr) {
      error_ = {ErrorCode::kBadFile,
                fmt::format("{}: tensor {}: missing, expected [{}, {}]; the file is incomplete or of "
                            "another architecture than it says",
                            file_.path(), name, cols, rows)};
      return nullptr;
    }
    bound_.insert(tensor->name);
    if (tensor->dims[0] == static_cast<std::uint64_t>(cols) && tensor->n_rows() == static_cast<std::uint64_t>(rows))
      return tensor;
    error_ = {ErrorCode::kBadFile,
              fmt::format("{}: tensor {}: shape [{}, {}], expected [{}, {}] from the file's metadata", file_.path(),
                          name, tensor->dims[0], tensor->n_rows(), cols, rows)};
    return nullptr;
  }

  const gguf::File& file_;
  bool packed_;
  std::vector<ops::Matrix*> to_pack_;
  std::unordered_set<std::string_view> bound_;
  Error error_{};
};

}  // namespace

WeightTable standard_weight_table() {
  using L = LayerWeights;
  return {
      {{"attn_q", &L::q, Dim::kQuery, Dim::kModel},
       {"attn_k", &L::k, Dim::kKeyValue, Dim::kModel},
       {"attn_v", &L::v, Dim::kKeyValue, Dim::kModel},
       {"attn_output", &L::attention_out, Dim::kModel, Dim::kQuery},
       {"ffn_gate", &L::gate, Dim::kFfn, Dim::kModel},
       {"ffn_up", &L::up, Dim::kFfn, Dim::kModel},
       {"ffn_down", &L::down, Dim::kModel, Dim::kFfn}},
      {{"attn_norm", &L::attention_norm, Dim::kModel}, {"ffn_norm", &L::ffn_norm, Dim::kModel}},
  };
}

Result<Weights> bind_weights(const gguf::File& file, const DecoderSpec& spec, const WeightTable& table,
                             const BindOptions& options, base::ThreadPool& pool) {
  Binder binder(file, options.packed);
  Weights weights;
  const bool tied = file.tensor("output.weight") == nullptr;
  binder.matrix("token_embd.weight", spec.n_vocab, spec.model_dim, weights.embedding,
                tied ? ops::Layout::kTwoPlanes : ops::Layout::kFile);
  binder.vector("output_norm.weight", spec.model_dim, weights.output_norm);
  if (!tied) {
    binder.matrix("output.weight", spec.n_vocab, spec.model_dim, weights.untied_head, ops::Layout::kTwoPlanes);
  }
  if (file.tensor("rope_freqs.weight") != nullptr)
    binder.vector("rope_freqs.weight", spec.rope_dim / 2, weights.rope_factors);
  weights.layers.resize(static_cast<std::size_t>(spec.n_layers));
  for (int l = 0; l < spec.n_layers; ++l) {
    LayerWeights& layer = weights.layers[static_cast<std::size_t>(l)];
    for (const MatrixEntry& entry : table.matrices) {
      binder.matrix(fmt::format("blk.{}.{}.weight", l, entry.name), size_of(entry.rows, spec),
                    size_of(entry.cols, spec), layer.*entry.member);
    }
    for (const VectorEntry& entry : table.vectors) {
      binder.vector(fmt::format("blk.{}.{}.weight", l, entry.name), size_of(entry.size, spec), layer.*entry.member);
    }
    if (binder.failed()) break;
  }
  binder.refuse_leftovers();
  if (binder.failed()) return Unexpected(binder.take_error());
  weights.panels = binder.pack(options.keep, pool);
  return weights;
}

}  // namespace sotto::model
