// The data of one tensor as another type, in parts of bounded size, on all threads. Knows nothing of files' layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "gguf/tensor.h"
#include "gguf/writer.h"
#include "quantize/importance.h"
#include "sotto/result.h"

namespace sotto::quantize {

// What is read between two calls of `done`, at most.
inline constexpr std::size_t kPartValues = std::size_t{4} << 20;

class Stream {
 public:
  // Called after each part of a tensor's data; an error ends the stream.
  using Done = std::function<Result<void>(std::span<const std::byte> part)>;

  // `path` stands in errors.
  Stream(std::string path, int threads);

  // Hands all of `tensor`, as `type`, to the sink. Errors: kBadFile (a value that is no finite number), kBadRequest (a
  // value beyond what `type` holds), both naming the tensor; what sink and done give.
  // weights: of its columns in the search, or nullptr. change: when not empty, called with the values from `first` on
  // before they are written, on any thread, at once for different values.
  using Change = std::function<void(std::uint64_t first, std::span<float> values)>;
  Result<void> convert(const gguf::Tensor& tensor, gguf::TensorType type, const ColumnWeights* weights,
                       const gguf::Writer::Sink& sink, const Done& done, const Change& change = {});
  // The same with its bytes as they are.
  Result<void> copy(const gguf::Tensor& tensor, const gguf::Writer::Sink& sink, const Done& done) const;

 private:
  std::string path_;
  base::ThreadPool pool_;
  std::vector<std::vector<float>> values_, weights_;  // a segment for each thread
  std::vector<std::byte> out_;
};

}  // namespace sotto::quantize
