#include "model/packed/index.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/checksum.h"
#include "gguf/byte_writer.h"
#include "gguf/cursor.h"
#include "kernels/layout.h"

namespace sotto::model::packed {
namespace {

constexpr std::uint64_t kMagic = 0x31'4b'43'41'50'54'4f'53;  // "SOTPACK1"
constexpr std::uint32_t kLayoutId = 0;                       // the one layout that all instruction sets share
constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kMostHeadBytes = 64u << 20;
constexpr int kSamples = 16;
constexpr std::size_t kSampleBytes = 4096;

// Fixed, and followed by the index; the checksum is of everything behind it up to head_bytes.
struct Preamble {
  std::uint64_t magic = kMagic;
  std::uint32_t layout_version = kernels::kLayoutVersion;
  std::uint32_t layout_id = kLayoutId;
  std::uint64_t head_bytes = 0;  // where the first matrix begins
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Preamble) == 32);

constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// How long the head is: what encode() writes, to the end of its page.
std::uint64_t head_bytes(const Index& index) {
  std::uint64_t bytes = sizeof(Preamble) + sizeof(Key) + sizeof(base::FileId) + 8 + index.source_path.size() + 4;
  for (const Part& part : index.parts) bytes += 8 + part.name.size() + 4 + 6 * 8;
  return round_up(bytes, kPage);
}

bool read_part(gguf::Cursor& cursor, Part& part) {
  std::string_view name;
  if (!cursor.read_string(name)) return false;
  part.name = name;
  return cursor.read(part.packing) && cursor.read(part.rows) && cursor.read(part.cols) && cursor.read(part.offset) &&
         cursor.read(part.bytes) && cursor.read(part.checksum) && cursor.read(part.source_checksum);
}

bool read_index(gguf::Cursor& cursor, Index& index) {
  std::string_view path;
  std::uint32_t n_parts = 0;
  if (!cursor.read(index.key) || !cursor.read(index.source) || !cursor.read_string(path) || !cursor.read(n_parts))
    return false;
  index.source_path = path;
  for (std::uint32_t i = 0; i < n_parts; ++i) {
    if (!read_part(cursor, index.parts.emplace_back())) return false;
  }
  return true;
}

// Each part begins where the one before it ends, and the last ends with the file.
bool lies_in_order(const Index& index, std::uint64_t begin, std::uint64_t file_bytes) {
  std::uint64_t next = begin;
  for (const Part& part : index.parts) {
    if (part.packing >= kernels::kPackings || part.offset != next || part.bytes > file_bytes - next) return false;
    next = round_up(next + part.bytes, kPartAlignment);
    if (next > file_bytes) return false;
  }
  return next == file_bytes;
}

// Where in `whole` a part of it begins; nothing when it lies elsewhere.
std::optional<std::size_t> offset_in(std::span<const std::byte> whole, std::span<const std::byte> part) {
  const std::less<> before;
  if (before(part.data(), whole.data()) || !before(part.data(), whole.data() + whole.size())) return std::nullopt;
  return static_cast<std::size_t>(part.data() - whole.data());
}

}  // namespace

Key key_of(const gguf::File& file) {
  const std::span<const std::byte> bytes = file.bytes();
  std::size_t weights = bytes.size();
  for (const gguf::Tensor& tensor : file.tensors()) {
    if (const auto at = offset_in(bytes, tensor.data); at) weights = std::min(weights, *at);
  }
  XXH3_state_t* state = XXH3_createState();
  XXH3_128bits_reset(state);
  const std::uint64_t facts[] = {kernels::kLayoutVersion, kLayoutId, file.size_bytes()};
  XXH3_128bits_update(state, facts, sizeof facts);
  XXH3_128bits_update(state, bytes.data(), weights);
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t at = weights + (bytes.size() - weights) / kSamples * i;
    const std::span<const std::byte> sample = bytes.subspan(at, std::min(kSampleBytes, bytes.size() - at));
    XXH3_128bits_update(state, sample.data(), sample.size());
    file.drop(sample);
  }
  for (const base::MappedFile& part : file.others()) XXH3_128bits_update(state, &part.id(), sizeof(base::FileId));
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
  XXH3_freeState(state);
  Key key;
  std::memcpy(key.data(), canonical.digest, key.size());
  return key;
}

std::string to_hex(const Key& key) {
  std::string text;
  for (const std::uint8_t byte : key) text += fmt::format("{:02x}", byte);
  return text;
}

std::uint64_t Index::file_bytes() const {
  return parts.empty() ? head_bytes(*this) : round_up(parts.back().offset + parts.back().bytes, kPartAlignment);
}

Index index_for(const gguf::File& file, std::span<ops::Matrix* const> matrices) {
  Index index;
  index.key = key_of(file);
  index.source = file.id();
  std::error_code ignored;
  index.source_path = std::filesystem::absolute(file.path(), ignored).string();
  for (const ops::Matrix* matrix : matrices) {
    Part part;
    part.name = matrix->name();
    part.packing = static_cast<std::uint32_t>(*matrix->packing());
    part.rows = static_cast<std::uint64_t>(matrix->rows());
    part.cols = static_cast<std::uint64_t>(matrix->cols());
    part.bytes = matrix->packed_bytes();
    index.parts.push_back(std::move(part));
  }
  std::uint64_t next = head_bytes(index);
  for (Part& part : index.parts) {
    part.offset = next;
    next = round_up(next + part.bytes, kPartAlignment);
  }
  return index;
}

bool same_layout(const Index& a, const Index& b) {
  const auto same = [](const Part& x, const Part& y) {
    return x.name == y.name && x.packing == y.packing && x.rows == y.rows && x.cols == y.cols && x.bytes == y.bytes;
  };
  return a.key == b.key && std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same);
}

std::vector<std::byte> encode(const Index& index) {
  gguf::ByteWriter writer;
  writer.put(Preamble{.head_bytes = head_bytes(index)});
  writer.put(index.key);
  writer.put(index.source);
  writer.put_text(index.source_path);
  writer.put(static_cast<std::uint32_t>(index.parts.size()));
  for (const Part& part : index.parts) {
    writer.put_text(part.name);
    writer.put(part.packing);
    for (const std::uint64_t value :
         {part.rows, part.cols, part.offset, part.bytes, part.checksum, part.source_checksum})
      writer.put(value);
  }
  std::vector<std::byte> bytes = writer.take();
  bytes.resize(head_bytes(index));
  const std::uint64_t sum = base::Checksum::of(std::span(bytes).subspan(sizeof(Preamble)));
  std::memcpy(bytes.data() + offsetof(Preamble, checksum), &sum, sizeof sum);
  return bytes;
}

Result<Index> parse(std::span<const std::byte> bytes, const std::string& path) {
  const auto damaged = [&](std::string_view what) {
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: these packed weights are damaged ({}); delete the file, and they are made anew", path, what));
  };
  Preamble preamble;
  if (bytes.size() < sizeof preamble) return damaged("it ends in its head");
  std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (preamble.magic != kMagic) return damaged("it does not begin with SOTPACK1");
  if (preamble.layout_version != kernels::kLayoutVersion || preamble.layout_id != kLayoutId) {
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("{}: packed in layout {}.{}, and this version reads {}.{}", path,
                                  preamble.layout_version, preamble.layout_id, kernels::kLayoutVersion, kLayoutId));
  }
  if (preamble.head_bytes < kPage || preamble.head_bytes % kPage != 0 ||
      preamble.head_bytes > std::min<std::uint64_t>(kMostHeadBytes, bytes.size()))
    return damaged("the length of its head is wrong");
  const std::span<const std::byte> body = bytes.first(preamble.head_bytes).subspan(sizeof preamble);
  if (base::Checksum::of(body) != preamble.checksum) return damaged("the checksum of its index is wrong");
  Index index;
  gguf::Cursor cursor(body);
  if (!read_index(cursor, index)) return damaged("its index ends early");
  if (!lies_in_order(index, preamble.head_bytes, bytes.size())) return damaged("its index does not fit the file");
  return index;
}

std::vector<std::string> damaged_parts(const Index& index, std::span<const std::byte> bytes) {
  std::vector<std::string> names;
  for (const Part& part : index.parts) {
    if (base::Checksum::of(bytes.subspan(part.offset, part.bytes)) != part.checksum) names.push_back(part.name);
  }
  return names;
}

}  // namespace sotto::model::packed
