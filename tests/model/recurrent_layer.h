// One layer with a state in place of attention, of a tiny random model, run by itself on given inputs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "model/families/registry.h"
#include "model/recurrence.h"
#include "support/python.h"
#include "tiny_models.h"

namespace sotto::model {

class RecurrentLayer {
 public:
  explicit RecurrentLayer(const TinyModel& tiny, int threads = 2) : pool(threads) {
    const std::string path = folder.file("tiny.gguf");
    EXPECT_TRUE(TinyModelWriter(tiny).write(path));
    auto opened = gguf::File::open(path);
    EXPECT_TRUE(opened) << opened.error().message;
    file = std::make_unique<gguf::File>(std::move(*opened));
    const Family* family = *find_family(*file);
    auto read = family->read_spec(*file);
    EXPECT_TRUE(read) << read.error().message;
    spec = *read;
    auto bound = bind_weights(*file, spec, family->weight_table(), {.packed = false}, pool);
    EXPECT_TRUE(bound) << bound.error().message;
    weights = std::move(*bound);
    cache = std::make_unique<RecurrentCache>(spec);
    recurrence = make_recurrence(spec);
  }

  const LayerWeights& layer() const { return weights.layers.front(); }

  // Inputs [n_tokens, model_dim] in batches of these sizes (the last one repeats) -> what the layer puts out.
  std::vector<float> run(const std::vector<float>& x, const std::vector<int>& batches, bool may_return = false) {
    const auto d = static_cast<std::size_t>(spec.model_dim);
    std::vector<float> out;
    Lane lane(pool);
    const int n_tokens = static_cast<int>(x.size() / d);
    for (int done = 0, i = 0; done < n_tokens; ++i) {
      const int n =
          std::min(batches[std::min<std::size_t>(static_cast<std::size_t>(i), batches.size() - 1)], n_tokens - done);
      const auto plan = cache->plan(size, n, may_return);
      lane.first = 0;
      lane.n_tokens = n;
      lane.x.set(x.data() + static_cast<std::size_t>(done) * d, n, spec.model_dim, ops::Precision::kRefined);
      recurrence->begin(plan);
      recurrence->enter(lane, layer(), cache->layer(0));
      recurrence->mix(layer(), cache->layer(0), pool);
      recurrence->leave(lane, layer());
      cache->finish(plan);
      const std::size_t filled = out.size();
      out.resize(filled + static_cast<std::size_t>(n) * d);
      ops::multiply(lane.x, layer().mix_out, out.data() + filled, pool);
      size += n;
      done += n;
    }
    return out;
  }

  void truncate(int n_tokens) {
    ASSERT_EQ(cache->reachable(n_tokens, size), n_tokens);
    cache->truncate(n_tokens);
    size = n_tokens;
  }

  std::vector<float> inputs(int n_tokens) const {
    std::mt19937 engine{7};
    std::normal_distribution<float> normal;
    std::vector<float> x(static_cast<std::size_t>(n_tokens * spec.model_dim));
    for (float& value : x) value = normal(engine);
    return x;
  }

  // In double precision: x [n_tokens, cols] times a matrix's transpose.
  static std::vector<double> product(const std::vector<double>& x, const ops::Matrix& matrix) {
    const auto cols = static_cast<std::size_t>(matrix.cols()), rows = static_cast<std::size_t>(matrix.rows());
    std::vector<double> out(x.size() / cols * rows);
    std::vector<float> row(cols);
    for (std::size_t r = 0; r < rows; ++r) {
      matrix.read_row(static_cast<std::int64_t>(r), row.data());
      for (std::size_t t = 0; t < x.size() / cols; ++t)
        for (std::size_t i = 0; i < cols; ++i) out[t * rows + r] += x[t * cols + i] * row[i];
    }
    return out;
  }

  // The causal convolution of x [n_tokens, width], by its definition.
  std::vector<double> convolution(const std::vector<double>& x) const {
    const auto width = static_cast<std::size_t>(spec.conv_width()), taps = static_cast<std::size_t>(spec.conv_tokens);
    std::vector<double> out(x.size());
    for (std::size_t t = 0; t < x.size() / width; ++t)
      for (std::size_t j = 0; j < taps; ++j) {
        if (t + j + 1 < taps) continue;
        for (std::size_t c = 0; c < width; ++c)
          out[t * width + c] += layer().conv[j * width + c] * x[(t + j + 1 - taps) * width + c];
      }
    return out;
  }

  support::ScratchFolder folder;
  base::ThreadPool pool;
  std::unique_ptr<gguf::File> file;
  DecoderSpec spec;
  Weights weights;
  std::unique_ptr<RecurrentCache> cache;
  std::unique_ptr<Recurrence> recurrence;
  int size = 0;
};

inline void expect_close(const std::vector<float>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], 1e-4 * (1 + std::fabs(expected[i]))) << i;
}

}  // namespace sotto::model
