#include "published/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "gguf/report.h"
#include "published/json.h"

namespace sotto::published {
namespace {

using gguf::quote;

// Far above what real files hold: an expert model with 18,000 tensors has 3 MB.
constexpr std::uint64_t kMaxHeaderBytes = 16u << 20;
constexpr std::size_t kMaxDimensions = 8;
constexpr std::size_t kLengthBytes = 8;

struct Dtype {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr Dtype kDtypes[] = {
    {"F32", 4},  {"F16", 2}, {"BF16", 2},    {"F64", 8},     {"I64", 8},     {"I32", 4},
    {"I16", 2},  {"I8", 1},  {"U64", 8},     {"U32", 4},     {"U16", 2},     {"U8", 1},
    {"BOOL", 1}, {"C64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
};

// The product, or nothing when it does not fit 64 bits.
std::optional<std::uint64_t> product(std::span<const std::uint64_t> factors, std::uint64_t first) {
  std::uint64_t result = first;
  bool zero = first == 0;
  for (const std::uint64_t factor : factors) zero = zero || factor == 0;
  if (zero) return 0;
  for (const std::uint64_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result)) return std::nullopt;
  }
  return result;
}

// A list of `n` whole numbers, or nothing.
std::optional<std::vector<std::uint64_t>> whole_numbers(const Json* list, std::size_t least, std::size_t most) {
  if (list == nullptr || !list->is_array() || list->size() < least || list->size() > most) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  for (const Json& item : *list) {
    if (!item.is_number_unsigned()) return std::nullopt;
    numbers.push_back(item.get<std::uint64_t>());
  }
  return numbers;
}

std::string found_in(const Json& entry, const char* name) {
  const Json* value = field(entry, name);
  return value == nullptr ? "nothing" : shown(*value);
}

struct Placed {
  StoredTensor tensor;
  std::uint64_t begin, end;  // in the data
};

// One entry of the header.
Result<Placed> read_entry(const std::string& path, const std::string& name, const Json& entry,
                          std::span<const std::byte> data) {
  const std::string where = "tensor " + quote(name) + ": ";
  Placed placed{{name, text_field(entry, "dtype"), {}, {}}, 0, 0};
  const std::uint64_t value_bytes = dtype_bytes(placed.tensor.dtype);
  if (value_bytes == 0) {
    return damaged(path, where + fmt::format("dtype is {}, expected one that safetensors files have, such as \"BF16\"",
                                             found_in(entry, "dtype")));
  }
  const auto shape = whole_numbers(field(entry, "shape"), 0, kMaxDimensions);
  if (!shape) {
    return damaged(path, where + fmt::format("shape is {}, expected a list of at most {} whole numbers",
                                             found_in(entry, "shape"), kMaxDimensions));
  }
  const auto offsets = whole_numbers(field(entry, "data_offsets"), 2, 2);
  if (!offsets || (*offsets)[0] > (*offsets)[1]) {
    return damaged(path, where + fmt::format("data_offsets is {}, expected two whole numbers that ascend",
                                             found_in(entry, "data_offsets")));
  }
  placed.begin = (*offsets)[0], placed.end = (*offsets)[1];
  if (placed.end > data.size()) {
    return damaged(path, where + fmt::format("data_offsets end at {}, expected at most {}, the bytes that are there",
                                             placed.end, data.size()));
  }
  const auto n_bytes = product(*shape, value_bytes);
  if (!n_bytes || *n_bytes != placed.end - placed.begin) {
    return damaged(path, where + fmt::format("{} of shape [{}] and {} bytes of data do not go together",
                                             placed.tensor.dtype, fmt::join(*shape, ", "), placed.end - placed.begin));
  }
  placed.tensor.shape = *shape;
  placed.tensor.data = data.subspan(placed.begin, placed.end - placed.begin);
  return placed;
}

// The header's text and what follows it.
struct Parts {
  std::string_view header;
  std::span<const std::byte> data;
};

Result<Parts> split(const std::string& path, std::span<const std::byte> bytes) {
  if (bytes.size() < kLengthBytes) {
    return damaged(path, fmt::format("{} bytes long, expected a safetensors file", bytes.size()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  const std::uint64_t left = bytes.size() - kLengthBytes;
  if (length > kMaxHeaderBytes || length > left) {
    return damaged(path, fmt::format("the header's length is {}, expected at most {}", length,
                                     std::min<std::uint64_t>(kMaxHeaderBytes, left)));
  }
  const auto header = bytes.subspan(kLengthBytes, length);
  return Parts{{reinterpret_cast<const char*>(header.data()), header.size()}, bytes.subspan(kLengthBytes + length)};
}

Result<void> check_notes(const std::string& path, const Json& notes) {
  if (!notes.is_object()) return damaged(path, "__metadata__ is " + shown(notes) + ", expected an object of texts");
  for (const auto& [name, note] : notes.items()) {
    if (!note.is_string()) {
      return damaged(path, fmt::format("__metadata__ {} is {}, expected a text", quote(name), shown(note)));
    }
  }
  return {};
}

// The data lie behind each other and fill the file.
Result<void> check_order(const std::string& path, const std::vector<Placed>& placed, std::uint64_t data_bytes) {
  std::uint64_t at = 0;
  for (const Placed& next : placed) {
    if (next.begin != at) {
      return damaged(path, fmt::format("tensor {}: its data begin at {}, expected {}: {}", quote(next.tensor.name),
                                       next.begin, at, next.begin < at ? "tensors overlap" : "bytes of no tensor"));
    }
    at = next.end;
  }
  if (at == data_bytes) return {};
  return damaged(path, fmt::format("{} bytes behind the last tensor's data, expected none", data_bytes - at));
}

}  // namespace

std::uint64_t StoredTensor::n_values() const { return product(shape, 1).value_or(0); }

std::uint64_t dtype_bytes(std::string_view dtype) {
  const auto* found = std::ranges::find(kDtypes, dtype, &Dtype::name);
  return found == std::end(kDtypes) ? 0 : found->bytes;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  auto mapping = map_file(path);
  if (!mapping) return forward_error(mapping);
  auto file = parse(mapping->bytes(), path);
  if (file) file->mapping_ = std::move(*mapping);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, std::string name) {
  SafetensorsFile file;
  file.path_ = std::move(name);
  auto parts = split(file.path_, bytes);
  if (!parts) return forward_error(parts);
  auto header = parse_object(parts->header, file.path_);
  if (!header) return forward_error(header);
  std::vector<Placed> placed;
  for (const auto& [key, entry] : header->items()) {
    if (key == "__metadata__") {
      if (auto checked = check_notes(file.path_, entry); !checked) return forward_error(checked);
      continue;
    }
    auto read = read_entry(file.path_, key, entry, parts->data);
    if (!read) return forward_error(read);
    placed.push_back(std::move(*read));
  }
  // Tensors without values stand before the one that begins where they do.
  std::ranges::sort(placed, {}, [](const Placed& p) { return std::pair(p.begin, p.end); });
  if (auto checked = check_order(file.path_, placed, parts->data.size()); !checked) return forward_error(checked);
  for (Placed& next : placed) file.tensors_.push_back(std::move(next.tensor));
  return file;
}

}  // namespace sotto::published
