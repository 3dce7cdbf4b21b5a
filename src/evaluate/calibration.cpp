#include "evaluate/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/border.h"
#include "gguf/writer.h"

namespace sotto::evaluate {
namespace {

std::vector<float> to_floats(const std::vector<double>& values) { return {values.begin(), values.end()}; }

}  // namespace

void Activity::add(const ops::Matrix& weights, const float* x, std::int64_t n_tokens) {
  const gguf::Tensor& tensor = weights.tensor();
  const bool stacked = tensor.dims[2] * tensor.dims[3] > 1;
  const auto first_row = static_cast<std::uint64_t>(weights.first_row());
  if (stacked ? first_row % tensor.dims[1] != 0 : first_row != 0) return;
  const auto cols = static_cast<std::size_t>(weights.cols());
  std::vector<double> sums(cols);
  for (std::int64_t t = 0; t < n_tokens; ++t) {
    const float* row = x + t * weights.cols();
    for (std::size_t i = 0; i < cols; ++i) sums[i] += static_cast<double>(row[i]) * static_cast<double>(row[i]);
  }
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[std::string(tensor.name)];
  if (entry.cols == 0) {
    const auto n_parts = static_cast<std::size_t>(tensor.dims[2] * tensor.dims[3]);
    entry = {cols, std::vector<double>(n_parts * cols), std::vector<double>(n_parts)};
  }
  const std::size_t part = stacked ? first_row / tensor.dims[1] : 0;
  for (std::size_t i = 0; i < cols; ++i) entry.sums[part * cols + i] += sums[i];
  entry.counts[part] += static_cast<double>(n_tokens);
}

bool Activity::finite() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& pair) {
    return std::all_of(pair.second.sums.begin(), pair.second.sums.end(),
                       [](double sum) { return std::isfinite(static_cast<float>(sum)); });
  });
}

quantize::Importance Activity::importance() const {
  quantize::Importance importance;
  for (const auto& [name, entry] : entries_) importance.add(name, entry.cols, entry.sums, entry.counts);
  return importance;
}

Result<void> Activity::write(const std::string& path, const gguf::File& model, const Source& source) const {
  gguf::Writer writer;
  writer.set("general.type", "imatrix");
  const std::array<std::string_view, 1> datasets = {source.text};
  writer.set_array("imatrix.datasets", std::span<const std::string_view>(datasets));
  writer.set("imatrix.chunk_count", source.n_chunks);
  writer.set("imatrix.chunk_size", source.chunk_tokens);
  std::vector<std::vector<float>> data;
  for (const gguf::Tensor& tensor : model.tensors()) {
    const auto found = entries_.find(tensor.name);
    if (found == entries_.end()) continue;
    const Entry& entry = found->second;
    const std::array<std::uint64_t, 2> sums = {entry.cols, entry.counts.size()}, counts = {1, entry.counts.size()};
    writer.add_tensor(found->first + ".in_sum2", gguf::TensorType::kF32, sums);
    writer.add_tensor(found->first + ".counts", gguf::TensorType::kF32, counts);
    data.push_back(to_floats(entry.sums));
    data.push_back(to_floats(entry.counts));
  }
  return writer.write(path, [&](std::size_t index, const gguf::Writer::Sink& sink) {
    return sink(std::as_bytes(std::span(data[index])));
  });
}

Result<void> watch(Subject& subject, const Chunks& chunks, const EvalOptions& options, Activity& activity) {
  const bool watched = subject.model().observe(
      [&](const ops::Matrix& weights, const float* x, std::int64_t n_tokens) { activity.add(weights, x, n_tokens); });
  const std::string& path = subject.file().path();
  if (!watched) {
    return Unexpected(ErrorCode::kUnsupported, fmt::format("{}: this version cannot watch the activations of {} models",
                                                           path, subject.model().spec().architecture));
  }
  std::uint64_t done = 0;
  for (const std::vector<Token>& chunk : chunks) {
    if (options.cancel != nullptr && *options.cancel) {
      subject.model().observe({});
      return Unexpected(ErrorCode::kCancelled, "measuring: stopped");
    }
    subject.begin_chunk(chunk.size());
    subject.pass(chunk);
    done += chunk.size();
    if (options.on_progress) options.on_progress(done, std::max<std::uint64_t>(done, count_tokens(chunks)));
  }
  subject.model().observe({});
  if (activity.finite()) return {};
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: found activations that are NaN or infinite, expected numbers; the weights are "
                                "damaged, or of another architecture than the file says",
                                path));
}

Result<ImportanceFile> write_importance(const std::string& in, const std::string& out, std::string_view text,
                                        const std::string& text_name, const EvalOptions& options) {
  return engine::at_border([&]() -> Result<ImportanceFile> {
    auto subject = Subject::open(in, options.threads, true);
    if (!subject) return forward_error(subject);
    const Chunks chunks = chunks_of((*subject)->language(), text, options.n_tokens, (*subject)->chunk_tokens());
    if (chunks.empty()) {
      return Unexpected(ErrorCode::kBadRequest,
                        "the text to calibrate with has less than two tokens; give a longer one");
    }
    Activity activity;
    if (auto watched = watch(**subject, chunks, options, activity); !watched) return forward_error(watched);
    const Activity::Source source{text_name, static_cast<std::uint32_t>(chunks.size()),
                                  static_cast<std::uint32_t>(chunks.front().size())};
    if (auto written = activity.write(out, (*subject)->file(), source); !written) return forward_error(written);
    return ImportanceFile{count_tokens(chunks), activity.importance().size()};
  });
}

}  // namespace sotto::evaluate
