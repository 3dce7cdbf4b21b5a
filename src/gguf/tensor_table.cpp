#include "gguf/tensor_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace sotto::gguf {
namespace {

constexpr std::uint64_t kNameLengthBytes = sizeof(std::uint64_t);
constexpr std::uint32_t kMaxDims = 4;

class EntryReader {
 public:
  EntryReader(Cursor& cursor, const Report& report) : cursor_(cursor), report_(report) {}

  Result<TensorEntry> read_entry(std::uint64_t index) {
    field_ = fmt::format("tensor {}", index);
    TensorEntry entry{};
    if (auto done = read_name(entry.tensor); !done) return forward_error(done);
    field_ = fmt::format("tensor {}", quote(entry.tensor.name));
    if (auto done = read_dims(entry.tensor); !done) return forward_error(done);
    if (auto done = read_type(entry); !done) return forward_error(done);
    if (!cursor_.read(entry.offset)) return cut_short("offset");
    return entry;
  }

 private:
  Unexpected cut_short(std::string_view part) const {
    return report_.cut_short(fmt::format("{}: {}", field_, part), cursor_.position(), cursor_.left());
  }

  Unexpected damaged(std::string_view part, std::uint64_t found, std::string_view expected) const {
    return report_.damaged(fmt::format("{}: {}", field_, part), found, expected);
  }

  Result<void> read_name(Tensor& tensor) {
    std::uint64_t length = 0;
    std::span<const std::byte> bytes;
    if (!cursor_.read(length)) return cut_short("length of the name");
    if (length == 0 || length > kMaxNameBytes) {
      return damaged("length of the name", length, fmt::format("1 to {} bytes", kMaxNameBytes));
    }
    if (!cursor_.take(length, bytes)) return cut_short("name");
    tensor.name = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return {};
  }

  Result<void> read_dims(Tensor& tensor) {
    std::uint32_t n_dims = 0;
    if (!cursor_.read(n_dims)) return cut_short("number of dimensions");
    if (n_dims > kMaxDims) return damaged("number of dimensions", n_dims, "at most 4");
    tensor.n_dims = static_cast<int>(n_dims);
    tensor.dims = {1, 1, 1, 1};
    for (std::uint32_t i = 0; i < n_dims; ++i) {
      if (!cursor_.read(tensor.dims[i])) return cut_short(fmt::format("dimension {}", i));
      if (tensor.dims[i] == 0) return damaged(fmt::format("dimension {}", i), 0, "at least 1");
    }
    return {};
  }

  Result<void> read_type(TensorEntry& entry) {
    std::uint32_t number = 0;
    if (!cursor_.read(number)) return cut_short("type");
    entry.tensor.type = static_cast<TensorType>(number);
    const auto info = type_info(entry.tensor.type);
    if (!info) return refuse_type(number);

    const auto& dims = entry.tensor.dims;
    if (dims[0] % info->block_values != 0) {
      return damaged("length of a row", dims[0],
                     fmt::format("a multiple of {}, the block of {}", info->block_values, info->name));
    }
    const auto n_bytes = data_bytes(entry.tensor.type, dims);
    if (!n_bytes) {
      return report_.damaged(fmt::format("{}: dimensions", field_), fmt::format("{}", fmt::join(dims, " x ")),
                             "a product below 2^64");
    }
    entry.n_bytes = *n_bytes;
    return {};
  }

  Unexpected refuse_type(std::uint32_t number) const {
    const std::string part = fmt::format("{}: type", field_);
    const TypeStanding standing = type_standing(number);
    const std::string found = fmt::format("{} ({})", number, standing.name);
    switch (standing.status) {
      case TypeStatus::kRemoved:
        return report_.damaged(part, found + ", a type that GGUF has removed", "a type in use, such as Q4_K");
      case TypeStatus::kUnsupported:
        return report_.unsupported(part, found, "a float type or a quantization that model files use, such as Q4_K",
                                   "fetch the model in another quantization");
      default: return report_.damaged(part, number, "a type that GGUF has");
    }
  }

  Cursor& cursor_;
  const Report& report_;
  std::string field_;
};

Result<void> check_no_overlap(const std::vector<TensorEntry>& entries, const Report& report) {
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return entries[a].offset < entries[b].offset; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const TensorEntry& before = entries[order[i - 1]];
    const TensorEntry& entry = entries[order[i]];
    const std::uint64_t end = before.offset + before.n_bytes;
    if (entry.offset < end) {
      return report.damaged(fmt::format("tensor {}: offset", quote(entry.tensor.name)), entry.offset,
                            fmt::format("at least {}, where {} ends", end, quote(before.tensor.name)));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<TensorEntry>> read_tensor_table(Cursor& cursor, std::uint64_t n_tensors, const Report& report) {
  // The smallest entry: a name of one byte, no dimensions, a type and an offset.
  constexpr std::uint64_t kLeastBytes = kNameLengthBytes + 1 + 4 + 4 + 8;
  const std::uint64_t most = std::min(kMaxTensors, cursor.left() / kLeastBytes);
  if (n_tensors > most) {
    return report.damaged("number of tensors", n_tensors, fmt::format("at most {} in a file of this size", most));
  }
  std::vector<TensorEntry> entries;
  entries.reserve(n_tensors);
  EntryReader reader(cursor, report);
  for (std::uint64_t i = 0; i < n_tensors; ++i) {
    auto entry = reader.read_entry(i);
    if (!entry) return forward_error(entry);
    entries.push_back(*entry);
  }
  return entries;
}

Result<std::vector<Tensor>> place_tensors(const std::vector<TensorEntry>& entries, std::span<const std::byte> file,
                                          std::uint64_t table_end, std::uint64_t alignment, const Report& report) {
  const std::uint64_t data_begin = align_up(table_end, alignment);
  const std::uint64_t data_bytes = file.size() > data_begin ? file.size() - data_begin : 0;
  std::vector<Tensor> tensors;
  tensors.reserve(entries.size());
  for (const TensorEntry& entry : entries) {
    const std::string field = fmt::format("tensor {}: ", quote(entry.tensor.name));
    if (entry.offset % alignment != 0) {
      return report.damaged(field + "offset", entry.offset, fmt::format("a multiple of the alignment {}", alignment));
    }
    if (entry.offset > data_bytes || entry.n_bytes > data_bytes - entry.offset) {
      return report.damaged(field + "data", fmt::format("{} bytes at offset {}", entry.n_bytes, entry.offset),
                            fmt::format("an end within the {} bytes of data that the file holds", data_bytes));
    }
    tensors.push_back(entry.tensor);
    tensors.back().data = file.subspan(data_begin + entry.offset, entry.n_bytes);
  }
  if (auto checked = check_no_overlap(entries, report); !checked) return forward_error(checked);
  return tensors;
}

}  // namespace sotto::gguf
