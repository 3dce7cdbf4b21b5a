#include "published/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "gguf/report.h"
#include "gguf/writer.h"
#include "published/convert.h"
#include "published/model_card.h"
#include "published/sampling_advice.h"
#include "published/sentence_embedding.h"
#include "published/vocabulary.h"

namespace sotto::published {
namespace {

using gguf::TensorType;

constexpr std::size_t kPartBytes = 4u << 20;

TensorType stored_type(const StoredTensor& tensor) {
  return tensor.dtype == "F32" ? TensorType::kF32 : tensor.dtype == "F16" ? TensorType::kF16 : TensorType::kBF16;
}

// general.file_type, by the GGUF specification's table.
std::uint32_t file_type(TensorType matrices) {
  return matrices == TensorType::kF32 ? 0 : matrices == TensorType::kF16 ? 1 : 32;
}

// Hands the plan's tensors to the writer, a few rows at a time.
class Pump {
 public:
  Pump(const Plan& plan, const ConvertOptions& options) : plan_(plan), options_(options) {
    for (const PlannedTensor& tensor : plan.tensors) {
      for (const auto& part : tensor.parts) total_ += part.tensor->data.size();
    }
  }

  Result<void> fill(std::size_t index, const gguf::Writer::Sink& sink) {
    const PlannedTensor& tensor = plan_.tensors[index];
    if (tensor.parts.empty()) return sink(std::as_bytes(std::span(tensor.values)));
    for (const auto& part : tensor.parts) {
      if (auto copied = copy(tensor, part, sink); !copied) return copied;
    }
    return {};
  }

 private:
  // One part, its rows perhaps in another order.
  Result<void> copy(const PlannedTensor& tensor, const WeightFiles::Found& part, const gguf::Writer::Sink& sink) {
    const std::span<const std::byte> data = part.tensor->data;
    const std::uint64_t n_rows = part.tensor->shape.empty() ? 1 : part.tensor->shape[0];
    const std::size_t row_bytes = data.size() / n_rows;
    const std::uint64_t most_rows = std::max<std::uint64_t>(1, kPartBytes / row_bytes);
    const bool in_order = tensor.change == Change::kNone || tensor.change == Change::kAddOne;
    std::size_t dropped = 0;  // where the pages that are done end
    for (std::uint64_t row = 0; row < n_rows;) {
      if (options_.cancel && *options_.cancel) return Unexpected(ErrorCode::kCancelled, "importing: stopped");
      buffer_.clear();
      const std::uint64_t n = std::min(most_rows, n_rows - row);
      bool held = true;
      if (in_order) held = append(tensor, part, data.subspan(row * row_bytes, n * row_bytes));
      for (std::uint64_t i = row; !in_order && i < row + n && held; ++i) {
        held = append(tensor, part, data.subspan(source_row(tensor, i, n_rows) * row_bytes, row_bytes));
      }
      if (!held) return cannot_hold(tensor, part);
      if (auto written = sink(buffer_); !written) return written;
      row += n;
      done_ += n * row_bytes;
      if (options_.on_progress) options_.on_progress(done_, total_);
      const std::uint64_t rows_done = whole_before(tensor, row, n_rows);
      part.file->drop(data.subspan(dropped, rows_done * row_bytes - dropped));
      dropped = rows_done * row_bytes;
    }
    return {};
  }

  static std::uint64_t source_row(const PlannedTensor& tensor, std::uint64_t row, std::uint64_t n_rows) {
    if (tensor.change == Change::kPairs) return paired_row(row, tensor.head_rows);
    if (tensor.change == Change::kTileColumns) return row;
    const std::uint64_t block_rows = tensor.tiled_rows(n_rows), first = n_rows - block_rows * tensor.n_blocks;
    if (row < first) return row;
    const std::uint64_t block = tiled_block((row - first) / block_rows, tensor.n_groups, tensor.n_blocks);
    return first + block * block_rows + (row - first) % block_rows;
  }

  // So many rows are not read again: a head's are read in turns, those of tiles from all over the tensor.
  static std::uint64_t whole_before(const PlannedTensor& tensor, std::uint64_t row, std::uint64_t n_rows) {
    if (tensor.change == Change::kPairs) return row - row % tensor.head_rows;
    const bool tiles = tensor.change == Change::kTileRows || tensor.change == Change::kTileMinusExp;
    return tiles && row < n_rows ? 0 : row;
  }

  // False when the type cannot hold a value.
  bool append(const PlannedTensor& tensor, const WeightFiles::Found& part, std::span<const std::byte> rows) {
    const TensorType from = stored_type(*part.tensor);
    const float add = tensor.change == Change::kAddOne ? 1.0f : 0.0f;
    if (tensor.change == Change::kTileMinusExp) return append_minus_exp(rows, from, buffer_);
    if (tensor.change != Change::kTileColumns) return append_converted(rows, from, tensor.type, add, buffer_) < 0;
    const std::size_t block_bytes = rows.size() / tensor.n_blocks;
    for (std::uint64_t block = 0; block < tensor.n_blocks; ++block) {
      const auto source = rows.subspan(tiled_block(block, tensor.n_groups, tensor.n_blocks) * block_bytes, block_bytes);
      if (append_converted(source, from, tensor.type, add, buffer_) >= 0) return false;
    }
    return true;
  }

  static Unexpected cannot_hold(const PlannedTensor& tensor, const WeightFiles::Found& part) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("{}: tensor {} has a value beyond what {} can hold; import it as bf16 or f32", part.file->path(),
                    gguf::quote(part.tensor->name), gguf::type_info(tensor.type)->name));
  }

  const Plan& plan_;
  const ConvertOptions& options_;
  std::vector<std::byte> buffer_;
  std::uint64_t done_ = 0, total_ = 0;
};

void write_general(const ModelCard& card, TensorType matrices, gguf::Writer& writer) {
  writer.set("general.type", "model");
  writer.set("general.name", card.name);
  if (!card.license.empty()) writer.set("general.license", card.license);
  if (!card.license_name.empty()) writer.set("general.license.name", card.license_name);
  if (!card.license_link.empty()) writer.set("general.license.link", card.license_link);
  writer.set("general.file_type", file_type(matrices));
  writer.set("general.quantization_version", std::uint32_t{2});
}

// Names that a file brings, the first of them.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20, kLongest = 60;
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; };
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    const bool as_it_is = names[i].size() <= kLongest && std::ranges::all_of(names[i], plain);
    list += (i == 0 ? "" : ", ") + (as_it_is ? names[i] : gguf::quote(names[i]));
  }
  return names.size() <= kMost ? list : list + fmt::format(" and {} more", names.size() - kMost);
}

std::vector<std::string> notes_of(const Configuration& configuration, const Plan& plan, const std::string& folder) {
  std::vector<std::string> notes;
  if (!plan.left_out.empty()) {
    notes.push_back(fmt::format("only the text model is imported; left out: {}", fmt::join(plan.left_out, ", ")));
  }
  if (!configuration.unread.empty()) {
    notes.push_back(
        fmt::format("{}/config.json has fields that nothing was made of: {}", folder, listed(configuration.unread)));
  }
  return notes;
}

}  // namespace

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<Converted> convert_folder(const std::string& folder, const std::string& out, const ConvertOptions& options) {
  gguf::Writer writer;
  const auto configuration = read_configuration(folder, writer);
  if (!configuration) return Unexpected(configuration.error());
  const auto weights = WeightFiles::open(folder);
  if (!weights) return Unexpected(weights.error());
  auto plan = make_plan(*configuration, *weights, options.type, folder);
  if (!plan) return Unexpected(plan.error());

  ModelCard card = read_model_card(folder);
  if (!options.name.empty()) card.name = options.name;
  if (!options.license.empty()) card.license = options.license;
  write_general(card, plan->matrices, writer);
  Converted converted{std::string(configuration->family->architecture),
                      std::string(gguf::type_info(plan->matrices)->name), card.name, card.license};
  converted.notes = notes_of(*configuration, *plan, folder);
  DenseModules dense;
  if (configuration->family->encoder) {
    auto folders = write_pooling(folder, *configuration, writer, converted.notes);
    if (!folders) return forward_error(folders);
    auto added = dense.add(*folders, *configuration, *plan, writer);
    if (!added) return forward_error(added);
  }
  auto vocabulary = write_vocabulary(folder, configuration->object, configuration->sizes.vocab,
                                     configuration->family->ranked_vocabulary, writer, converted.notes);
  if (!vocabulary) return forward_error(vocabulary);
  if (!configuration->family->encoder) {
    auto advised = write_sampling_advice(folder, writer, converted.notes);
    if (!advised) return forward_error(advised);
  }

  for (const PlannedTensor& tensor : plan->tensors) writer.add_tensor(tensor.name, tensor.type, tensor.dims);
  Pump pump(*plan, options);
  auto written =
      writer.write(out, [&](std::size_t index, const gguf::Writer::Sink& sink) { return pump.fill(index, sink); });
  if (!written) return forward_error(written);
  converted.n_tensors = plan->tensors.size();
  std::error_code ignored;
  converted.bytes = std::filesystem::file_size(out, ignored);
  return converted;
}

}  // namespace sotto::published
