// Writes a GGUF file of random weights in the shape of a real model, to measure speed where the real file cannot be
// had: a gigabyte takes seconds. Its answers mean nothing.
//
//   sotto_random_model SHAPE TYPE FILE        SHAPE: see kShapes; TYPE: see kMixes
#include <cmath>
#include <cstring>
#include <iostream>
#include <optional>
#include <vector>

#include "gguf/writer.h"
#include "kernels/half.h"
#include "text/byte_alphabet.h"

namespace {

using sotto::Result;
using sotto::gguf::TensorType;

struct Shape {
  std::string_view name;
  std::string_view architecture;
  int n_layers, model_dim, ffn_dim, n_heads, n_kv_heads, head_dim, n_vocab;
  bool tied_head;
  int window;  // 0: none
};

// Of the models' published configurations. Phi-3's is written as a Llama's, with q, k and v apart.
constexpr Shape kShapes[] = {
    {"llama3.2-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, true, 0},
    {"gemma3-1b", "gemma3", 26, 1152, 6912, 4, 1, 256, 262144, true, 512},
    {"phi3-mini", "llama", 32, 3072, 8192, 32, 32, 96, 32064, false, 0},
    {"llama3.1-8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, false, 0},
};

// What a file's quantization is made of. Q4_K_M is mixed as llama.cpp mixes it; of the others all matrices but the
// vocabulary head are of one type. F16 is normally distributed, for quantizers to work on.
struct Mix {
  std::string_view name;
  TensorType most, better;
  std::uint32_t file_type;
  TensorType head = TensorType::kQ6_K;
};

constexpr Mix kMixes[] = {
    {"Q4_0", TensorType::kQ4_0, TensorType::kQ4_0, 2},
    {"Q4_K_M", TensorType::kQ4_K, TensorType::kQ6_K, 15},
    {"Q3_K_S", TensorType::kQ3_K, TensorType::kQ3_K, 11},
    {"IQ4_NL", TensorType::kIQ4_NL, TensorType::kIQ4_NL, 25},
    {"IQ4_XS", TensorType::kIQ4_XS, TensorType::kIQ4_XS, 30},
    {"MXFP4", TensorType::kMXFP4, TensorType::kMXFP4, 38},
    {"F16", TensorType::kF16, TensorType::kF16, 1, TensorType::kF16},
};

// Where the f16 scales of a block stand, and a scale that makes weights of about 1 / sqrt(cols).
struct ScaleField {
  std::size_t offset;
  float value;  // times 1 / sqrt(cols)
};

std::vector<ScaleField> scale_fields(TensorType type) {
  switch (type) {
    case TensorType::kQ4_0: return {{0, 1 / 4.6f}};
    case TensorType::kQ5_0: return {{0, 1 / 9.2f}};
    case TensorType::kQ8_0: return {{0, 1 / 74.0f}};
    case TensorType::kQ4_K: return {{0, 1 / 170.0f}, {2, 7.5f / 170.0f}};
    case TensorType::kQ6_K: return {{208, 1 / 1360.0f}};
    case TensorType::kQ3_K: return {{108, 1 / 42.0f}};
    case TensorType::kIQ4_NL: return {{0, 1 / 66.0f}};
    case TensorType::kIQ4_XS: return {{0, 1 / 1220.0f}};
    default: return {};
  }
}

struct Planned {
  std::string name;
  TensorType type;
  std::uint64_t cols, rows;  // rows 1: a vector
};

class RandomModel {
 public:
  RandomModel(const Shape& shape, const Mix& mix) : shape_(shape), mix_(mix) {
    set_metadata();
    set_vocabulary();
    plan_tensors();
  }

  Result<void> write(const std::string& path) {
    for (const Planned& tensor : tensors_) {
      const std::uint64_t dims[] = {tensor.cols, tensor.rows};
      writer_.add_tensor(tensor.name, tensor.type, std::span(dims, tensor.rows > 1 ? 2 : 1));
    }
    return writer_.write(
        path, [&](std::size_t index, const sotto::gguf::Writer::Sink& sink) { return fill(tensors_[index], sink); });
  }

 private:
  void set_metadata() {
    const auto set = [&](const char* name, auto value) {
      writer_.set(std::string(shape_.architecture) + "." + name, value);
    };
    writer_.set("general.architecture", shape_.architecture);
    writer_.set("general.name", std::string(shape_.name) + ", random weights");
    writer_.set("general.file_type", mix_.file_type);
    set("block_count", static_cast<std::uint32_t>(shape_.n_layers));
    set("context_length", std::uint32_t{131072});
    set("embedding_length", static_cast<std::uint32_t>(shape_.model_dim));
    set("feed_forward_length", static_cast<std::uint32_t>(shape_.ffn_dim));
    set("attention.head_count", static_cast<std::uint32_t>(shape_.n_heads));
    set("attention.head_count_kv", static_cast<std::uint32_t>(shape_.n_kv_heads));
    set("attention.key_length", static_cast<std::uint32_t>(shape_.head_dim));
    set("attention.value_length", static_cast<std::uint32_t>(shape_.head_dim));
    set("attention.layer_norm_rms_epsilon", 1e-5f);
    set("rope.dimension_count", static_cast<std::uint32_t>(shape_.head_dim));
    set("rope.freq_base", shape_.window > 0 ? 1e6f : 5e5f);
    set("vocab_size", static_cast<std::uint32_t>(shape_.n_vocab));
    if (shape_.window > 0) set("attention.sliding_window", static_cast<std::uint32_t>(shape_.window));
  }

  // The 256 bytes and what their one merge makes, then words that no text holds.
  void set_vocabulary() {
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte)
      tokens.push_back(sotto::text::spell_bytes(std::string(1, static_cast<char>(byte))));
    tokens.push_back("ab");
    while (tokens.size() + 1 < static_cast<std::size_t>(shape_.n_vocab)) {
      tokens.push_back("\xC2\xA4" + std::to_string(tokens.size()));
    }
    tokens.push_back("<|end|>");
    std::vector<std::int32_t> kinds(tokens.size(), 1);
    kinds.back() = 3;  // control
    const std::vector<std::string_view> views(tokens.begin(), tokens.end());
    const std::string_view merges[] = {"a b"};
    writer_.set("tokenizer.ggml.model", "gpt2");
    writer_.set("tokenizer.ggml.pre", "gpt-2");
    writer_.set_array("tokenizer.ggml.tokens", std::span<const std::string_view>(views));
    writer_.set_array("tokenizer.ggml.token_type", std::span<const std::int32_t>(kinds));
    writer_.set_array("tokenizer.ggml.merges", std::span<const std::string_view>(merges));
    writer_.set("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(tokens.size() - 1));
    writer_.set("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(tokens.size() - 1));
  }

  // K types need rows of 256 values; llama.cpp falls back to these where rows are shorter.
  TensorType fitting(TensorType type, int cols) const {
    if (cols % 256 == 0) return type;
    switch (type) {
      case TensorType::kQ6_K: return TensorType::kQ8_0;
      case TensorType::kQ4_K: return TensorType::kQ5_0;
      case TensorType::kQ3_K:
      case TensorType::kIQ4_XS: return TensorType::kIQ4_NL;
      default: return type;
    }
  }

  void matrix(const std::string& name, TensorType type, int rows, int cols) {
    tensors_.push_back({name, fitting(type, cols), static_cast<std::uint64_t>(cols), static_cast<std::uint64_t>(rows)});
  }
  void vector(const std::string& name, int n) {
    tensors_.push_back({name, TensorType::kF32, static_cast<std::uint64_t>(n), 1});
  }

  void plan_tensors() {
    const int d = shape_.model_dim;
    const TensorType most = mix_.most;
    matrix("token_embd.weight", shape_.tied_head ? mix_.head : most, shape_.n_vocab, d);
    if (!shape_.tied_head) matrix("output.weight", mix_.head, shape_.n_vocab, d);
    vector("output_norm.weight", d);
    if (shape_.window == 0 && shape_.tied_head) vector("rope_freqs.weight", shape_.head_dim / 2);
    for (int layer = 0; layer < shape_.n_layers; ++layer) plan_layer(layer, most);
  }

  void plan_layer(int layer, TensorType most) {
    const int d = shape_.model_dim, eighth = shape_.n_layers / 8;
    const bool more = layer < eighth || layer >= 7 * shape_.n_layers / 8 || (layer - eighth) % 3 == 2;
    const TensorType better = more ? mix_.better : most;
    const int q_rows = shape_.n_heads * shape_.head_dim, kv_rows = shape_.n_kv_heads * shape_.head_dim;
    const std::string block = "blk." + std::to_string(layer) + ".";
    vector(block + "attn_norm.weight", d);
    matrix(block + "attn_q.weight", most, q_rows, d);
    matrix(block + "attn_k.weight", most, kv_rows, d);
    matrix(block + "attn_v.weight", better, kv_rows, d);
    matrix(block + "attn_output.weight", most, d, q_rows);
    vector(block + "ffn_norm.weight", d);
    matrix(block + "ffn_gate.weight", most, shape_.ffn_dim, d);
    matrix(block + "ffn_up.weight", most, shape_.ffn_dim, d);
    matrix(block + "ffn_down.weight", better, d, shape_.ffn_dim);
    if (shape_.window == 0) return;
    vector(block + "attn_q_norm.weight", shape_.head_dim);
    vector(block + "attn_k_norm.weight", shape_.head_dim);
    vector(block + "post_attention_norm.weight", d);
    vector(block + "post_ffw_norm.weight", d);
  }

  // xorshift64* (Marsaglia; Vigna, 1402.6246).
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }

  Result<void> fill(const Planned& tensor, const sotto::gguf::Writer::Sink& sink) {
    if (tensor.type == TensorType::kF32) {
      const std::vector<float> ones(tensor.cols, 1.0f);
      return sink(std::as_bytes(std::span(ones)));
    }
    if (tensor.type == TensorType::kF16) return fill_normal(tensor, sink);
    const auto info = *sotto::gguf::type_info(tensor.type);
    const std::size_t row_bytes = tensor.cols / info.block_values * info.block_bytes;
    const std::vector<ScaleField> fields = scale_fields(tensor.type);
    std::vector<std::uint64_t> row((row_bytes + 7) / 8);
    auto* bytes = reinterpret_cast<std::byte*>(row.data());
    for (std::uint64_t r = 0; r < tensor.rows; ++r) {
      for (std::uint64_t& word : row) word = next();
      for (std::size_t block = 0; block < row_bytes; block += info.block_bytes) {
        for (const ScaleField& field : fields) {
          const std::uint16_t half =
              sotto::kernels::float_to_half(field.value / std::sqrt(static_cast<float>(tensor.cols)));
          std::memcpy(bytes + block + field.offset, &half, sizeof half);
        }
        if (tensor.type == TensorType::kMXFP4)
          bytes[block] = static_cast<std::byte>(126 - std::lround(std::log2(static_cast<float>(tensor.cols)) / 2));
      }
      if (auto done = sink({bytes, row_bytes}); !done) return done;
    }
    return {};
  }

  // Sums of four uniform numbers of 16 bits, which are nearly normal, of mean 0 and variance 1 / cols.
  Result<void> fill_normal(const Planned& tensor, const sotto::gguf::Writer::Sink& sink) {
    constexpr float kMean = 2 * 65535.0f, kDeviation = 65536.0f * 0.57735027f;
    const float scale = 1 / (kDeviation * std::sqrt(static_cast<float>(tensor.cols)));
    std::vector<std::uint16_t> row(tensor.cols);
    for (std::uint64_t r = 0; r < tensor.rows; ++r) {
      for (std::uint16_t& half : row) {
        const std::uint64_t bits = next();
        const std::uint64_t sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        half = sotto::kernels::float_to_half((static_cast<float>(sum) - kMean) * scale);
      }
      if (auto done = sink(std::as_bytes(std::span(row))); !done) return done;
    }
    return {};
  }

  const Shape& shape_;
  const Mix& mix_;
  sotto::gguf::Writer writer_;
  std::vector<Planned> tensors_;
  std::uint64_t state_ = 88172645463325252u;
};

int fail(const std::string& message) {
  std::cerr << "sotto_random_model: " << message << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string shapes, types;
  for (const Shape& shape : kShapes) shapes += " " + std::string(shape.name);
  for (const Mix& mix : kMixes) types += " " + std::string(mix.name);
  if (argc != 4) return fail("usage: SHAPE TYPE FILE; shapes:" + shapes + "; types:" + types);
  for (const Shape& shape : kShapes) {
    for (const Mix& mix : kMixes) {
      if (shape.name != argv[1] || mix.name != argv[2]) continue;
      const auto done = RandomModel(shape, mix).write(argv[3]);
      return done ? 0 : fail(done.error().message);
    }
  }
  return fail("no " + std::string(argv[1]) + " in " + argv[2] + "; shapes:" + shapes + "; types:" + types);
}
