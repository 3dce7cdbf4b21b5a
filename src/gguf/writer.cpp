#include "gguf/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "gguf/atomic_file.h"
#include "gguf/metadata.h"
#include "gguf/report.h"
#include "gguf/tensor_table.h"

namespace sotto::gguf {
namespace {

constexpr std::uint32_t kVersion = 3;
constexpr std::string_view kAlignmentKey = "general.alignment";

template <class T>
void put_number(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_string(std::string& out, std::string_view text) {
  put_number<std::uint64_t>(out, text.size());
  out += text;
}

Unexpected refused(const std::string& path, const std::string& why) {
  return Unexpected(ErrorCode::kBadRequest, fmt::format("{}: cannot be written as GGUF: {}", path, why));
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// The first name that stands twice in `items`, or an empty one.
template <class Items>
std::string_view repeated_name(const Items& items) {
  std::vector<std::string_view> names;
  names.reserve(items.size());
  for (const auto& item : items) names.push_back(item.name);
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  return twin == names.end() ? std::string_view() : *twin;
}

}  // namespace

struct Writer::Layout {
  struct Place {
    std::uint64_t offset, n_bytes;
  };
  std::uint64_t alignment;
  std::vector<Place> places;  // [n_tensors]
};

void Writer::put(std::string_view key, std::string stored) {
  const auto [at, is_new] = index_.try_emplace(std::string(key), metadata_.size());
  if (is_new) {
    metadata_.push_back({std::string(key), std::move(stored)});
  } else {
    metadata_[at->second].stored = std::move(stored);
  }
}

void Writer::set_stored(std::string_view key, ValueType type, std::span<const std::byte> value) {
  std::string stored;
  put_number(stored, type);
  stored.append(reinterpret_cast<const char*>(value.data()), value.size());
  put(key, std::move(stored));
}

void Writer::set_stored_array(std::string_view key, ValueType type, std::uint64_t count,
                              std::span<const std::byte> values) {
  std::string stored;
  put_number(stored, ValueType::kArray);
  put_number(stored, type);
  put_number(stored, count);
  stored.append(reinterpret_cast<const char*>(values.data()), values.size());
  put(key, std::move(stored));
}

void Writer::set(std::string_view key, std::string_view text) {
  std::string value;
  put_string(value, text);
  set_stored(key, ValueType::kString, bytes_of(value));
}

void Writer::set_array(std::string_view key, std::span<const std::string_view> texts) {
  std::string values;
  for (const std::string_view text : texts) put_string(values, text);
  set_stored_array(key, ValueType::kString, texts.size(), bytes_of(values));
}

void Writer::copy_metadata(const File& file) {
  for (std::size_t i = 0; i < file.metadata().size(); ++i) {
    const auto stored = file.stored(i);
    put(file.metadata()[i].first, std::string(reinterpret_cast<const char*>(stored.data()), stored.size()));
  }
}

void Writer::remove(std::string_view key) {
  const auto found = index_.find(std::string(key));
  if (found == index_.end()) return;
  const std::size_t place = found->second;
  index_.erase(found);
  metadata_.erase(metadata_.begin() + static_cast<std::ptrdiff_t>(place));
  for (auto& [name, at] : index_) at -= at > place ? 1 : 0;
}

void Writer::add_tensor(std::string name, TensorType type, std::span<const std::uint64_t> dims) {
  Announced tensor{std::move(name), type, dims.size(), {1, 1, 1, 1}};
  std::copy_n(dims.begin(), std::min(dims.size(), tensor.dims.size()), tensor.dims.begin());
  tensors_.push_back(std::move(tensor));
}

Result<std::uint64_t> Writer::check_metadata(const std::string& path) const {
  if (metadata_.size() > kMaxKeys) return refused(path, fmt::format("more than {} metadata keys", kMaxKeys));
  std::uint64_t alignment = kDefaultAlignment;
  for (const auto& [key, stored] : metadata_) {
    if (key.empty() || key.size() > kMaxKeyBytes) {
      return refused(path, fmt::format("key {} has {} bytes, not 1 to {}", quote(key), key.size(), kMaxKeyBytes));
    }
    if (key != kAlignmentKey) continue;
    std::array<std::uint32_t, 2> type_and_number{};
    if (stored.size() == sizeof type_and_number) std::memcpy(&type_and_number, stored.data(), stored.size());
    alignment = type_and_number[1];
    if (ValueType(type_and_number[0]) != ValueType::kU32 || !is_alignment(alignment)) {
      return refused(path, fmt::format("general.alignment is no u32 that is a power of two from {} to {}",
                                       kLeastAlignment, kMostAlignment));
    }
  }
  return alignment;
}

Result<Writer::Layout> Writer::lay_out(const std::string& path) const {
  const auto alignment = check_metadata(path);
  if (!alignment) return Unexpected(alignment.error());
  if (tensors_.size() > kMaxTensors) return refused(path, fmt::format("more than {} tensors", kMaxTensors));
  Layout layout{*alignment, {}};
  std::uint64_t end = 0;
  for (const Announced& tensor : tensors_) {
    const std::string name = quote(tensor.name);
    if (tensor.name.empty() || tensor.name.size() > kMaxNameBytes) {
      return refused(path, fmt::format("tensor {}: the name is not 1 to {} bytes long", name, kMaxNameBytes));
    }
    const bool has_dims = tensor.n_dims >= 1 && tensor.n_dims <= tensor.dims.size() &&
                          std::count(tensor.dims.begin(), tensor.dims.end(), 0u) == 0;
    const auto n_bytes = has_dims ? data_bytes(tensor.type, tensor.dims) : std::nullopt;
    if (!n_bytes || *n_bytes > INT64_MAX - kMostAlignment - end) {
      return refused(path, fmt::format("tensor {}: {} dimensions, {}, make no tensor of type {}", name, tensor.n_dims,
                                       fmt::join(tensor.dims, " x "), type_standing(std::uint32_t(tensor.type)).name));
    }
    layout.places.push_back({end, *n_bytes});
    end = align_up(end + *n_bytes, layout.alignment);
  }
  const std::string_view twice = repeated_name(tensors_);
  if (!twice.empty()) return refused(path, fmt::format("tensor {} stands twice", quote(twice)));
  return layout;
}

std::string Writer::header(const Layout& layout) const {
  std::string out = "GGUF";
  put_number(out, kVersion);
  put_number<std::uint64_t>(out, tensors_.size());
  put_number<std::uint64_t>(out, metadata_.size());
  for (const auto& [key, stored] : metadata_) {
    put_string(out, key);
    out += stored;
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Announced& tensor = tensors_[i];
    put_string(out, tensor.name);
    put_number(out, static_cast<std::uint32_t>(tensor.n_dims));
    for (std::size_t d = 0; d < tensor.n_dims; ++d) put_number(out, tensor.dims[d]);
    put_number(out, tensor.type);
    put_number(out, layout.places[i].offset);
  }
  return out;
}

Result<void> Writer::write(const std::string& path, const Fill& fill) const {
  const auto layout = lay_out(path);
  if (!layout) return Unexpected(layout.error());
  std::string head = header(*layout);
  if (head.size() > kMaxHeaderBytes) {
    return refused(path, fmt::format("{} bytes of metadata, more than {}", head.size(), kMaxHeaderBytes));
  }
  head.resize(align_up(head.size(), layout->alignment));

  auto file = AtomicFile::create(path);
  if (!file) return forward_error(file);
  if (auto done = file->write(bytes_of(head)); !done) return done;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const std::uint64_t wanted = layout->places[i].n_bytes;
    std::uint64_t given = 0;
    const Sink sink = [&](std::span<const std::byte> part) -> Result<void> {
      given += part.size();
      if (given > wanted) return {};  // reported below, when it is known how many there are
      return file->write(part);
    };
    if (auto filled = fill(i, sink); !filled) return filled;
    if (given != wanted) {
      return refused(
          path, fmt::format("tensor {}: found {} bytes of data, expected {}", quote(tensors_[i].name), given, wanted));
    }
    const std::string padding(align_up(given, layout->alignment) - given, '\0');
    if (auto done = file->write(bytes_of(padding)); !done) return done;
  }
  return file->commit();
}

}  // namespace sotto::gguf
