#include "gguf/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "gguf/cursor.h"
#include "gguf/metadata.h"
#include "gguf/other_formats.h"
#include "gguf/report.h"
#include "gguf/tensor_table.h"

namespace sotto::gguf {
namespace {

struct Header {
  std::uint32_t version = 0;
  std::uint64_t n_tensors = 0;
  std::uint64_t n_pairs = 0;
};

Unexpected refuse_magic(std::string_view magic, std::string_view advice, const Report& report) {
  if (advice.empty()) return report.damaged("magic", quote(magic), "\"GGUF\"");
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: magic: found {}, expected \"GGUF\"; {}", report.path(), quote(magic), advice));
}

Result<void> check_version(std::uint32_t version, const Report& report) {
  if (version == 2 || version == 3) return {};
  if (version == 1) {
    return report.unsupported("version", "1", "2 or 3", "fetch the model again or convert it with a newer tool");
  }
  const std::uint32_t swapped = __builtin_bswap32(version);
  if (swapped >= 1 && swapped <= 0xffff) {
    return report.unsupported("byte order", fmt::format("big-endian (version {})", swapped), "little-endian",
                              "fetch the little-endian file or convert it with gguf's gguf_convert_endian");
  }
  if (version == 0) return report.damaged("version", version, "2 or 3");
  return report.unsupported("version", std::to_string(version), "2 or 3", "a newer Sotto may read it");
}

Result<Header> read_header(Cursor& cursor, std::span<const std::byte> bytes, const Report& report) {
  Header header;
  std::span<const std::byte> magic;
  if (!cursor.take(4, magic)) return report.cut_short("magic", cursor.position(), cursor.left());
  const std::string_view text(reinterpret_cast<const char*>(magic.data()), magic.size());
  if (text != "GGUF") return refuse_magic(text, advice_for_other_format(bytes), report);
  if (!cursor.read(header.version)) return report.cut_short("version", cursor.position(), cursor.left());
  if (auto checked = check_version(header.version, report); !checked) return forward_error(checked);
  if (!cursor.read(header.n_tensors)) return report.cut_short("number of tensors", cursor.position(), cursor.left());
  if (!cursor.read(header.n_pairs)) {
    return report.cut_short("number of metadata keys", cursor.position(), cursor.left());
  }
  return header;
}

// The indices of `names`, sorted; an error when two are equal.
template <class Items, class NameOf>
Result<std::vector<std::uint32_t>> sort_names(const Items& items, NameOf name_of_item, std::string_view kind,
                                              const Report& report) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto name = [&](std::uint32_t i) { return name_of_item(items[i]); };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return name(a) < name(b); });
  const auto twin = std::adjacent_find(order.begin(), order.end(),
                                       [&](std::uint32_t a, std::uint32_t b) { return name(a) == name(b); });
  if (twin != order.end()) return report.damaged(kind, quote(name(*twin)) + " twice", "each name once");
  return order;
}

// The index in `order` of the item with this name, or nothing.
template <class Items, class NameOf>
const typename Items::value_type* find_name(const Items& items, const std::vector<std::uint32_t>& order,
                                            NameOf name_of_item, std::string_view name) {
  const auto at = std::lower_bound(order.begin(), order.end(), name, [&](std::uint32_t i, std::string_view wanted) {
    return name_of_item(items[i]) < wanted;
  });
  return at != order.end() && name_of_item(items[*at]) == name ? &items[*at] : nullptr;
}

constexpr auto kKeyOf = [](const auto& pair) { return pair.first; };
constexpr auto kTensorName = [](const Tensor& tensor) { return tensor.name; };

Result<std::uint64_t> alignment_of(const File& file, const Report& report) {
  const auto given = file.integer("general.alignment");
  if (!given) return Unexpected(given.error());
  const std::int64_t alignment = given->value_or(kDefaultAlignment);
  if (alignment < 0 || !is_alignment(static_cast<std::uint64_t>(alignment))) {
    return report.damaged("metadata \"general.alignment\"", std::to_string(alignment),
                          fmt::format("a power of two from {} to {}", kLeastAlignment, kMostAlignment));
  }
  return static_cast<std::uint64_t>(alignment);
}

}  // namespace

Result<File> File::open(const std::string& path) {
  auto file = open_one(path);
  if (!file) return file;
  if (auto joined = file->join_parts(); !joined) return forward_error(joined);
  return file;
}

Result<File> File::open_one(const std::string& path) {
  auto mapping = base::MappedFile::open(path);
  if (!mapping) return forward_error(mapping);
  auto file = parse(mapping->bytes(), path);
  if (!file) return file;
  file->mapping_ = std::move(*mapping);
  return file;
}

Result<File> File::parse(std::span<const std::byte> bytes, std::string name) {
  const Report report(std::move(name));
  Cursor cursor(bytes.first(std::min<std::size_t>(bytes.size(), kMaxHeaderBytes)));
  const auto header = read_header(cursor, bytes, report);
  if (!header) return Unexpected(header.error());

  File file;
  file.path_ = report.path();
  file.bytes_ = bytes;
  file.version_ = header->version;
  auto metadata = read_metadata(cursor, header->n_pairs, report);
  if (!metadata) return forward_error(metadata);
  file.metadata_ = std::move(*metadata);
  file.metadata_end_ = cursor.position();
  auto key_order = sort_names(file.metadata_, kKeyOf, "metadata key", report);
  if (!key_order) return forward_error(key_order);
  file.key_order_ = std::move(*key_order);

  const auto alignment = alignment_of(file, report);
  if (!alignment) return Unexpected(alignment.error());
  auto entries = read_tensor_table(cursor, header->n_tensors, report);
  if (!entries) return forward_error(entries);
  file.head_bytes_ = cursor.position();
  auto tensors = place_tensors(*entries, bytes, cursor.position(), *alignment, report);
  if (!tensors) return forward_error(tensors);
  file.tensors_ = std::move(*tensors);
  if (auto sorted = file.sort_tensors(); !sorted) return forward_error(sorted);
  return file;
}

Result<void> File::sort_tensors() {
  auto order = sort_names(tensors_, kTensorName, "tensor", Report(path_));
  if (!order) return forward_error(order);
  tensor_order_ = std::move(*order);
  return {};
}

std::uint64_t File::size_bytes() const {
  std::uint64_t bytes = bytes_.size();
  for (const base::MappedFile& part : others_) bytes += part.bytes().size();
  return bytes;
}

std::span<const std::byte> File::stored(std::size_t index) const {
  // Pairs stand one behind the other, and the next begins with the 64-bit length of its name.
  const auto offset_of = [this](const char* at) {
    return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(at) - bytes_.data());
  };
  const std::string_view key = metadata_[index].first;
  const std::size_t begin = offset_of(key.data() + key.size());
  const bool last = index + 1 == metadata_.size();
  const std::size_t end = last ? metadata_end_ : offset_of(metadata_[index + 1].first.data()) - sizeof(std::uint64_t);
  return bytes_.subspan(begin, end - begin);
}

const Value* File::find(std::string_view key) const {
  const auto* pair = find_name(metadata_, key_order_, kKeyOf, key);
  return pair != nullptr ? &pair->second : nullptr;
}

const Tensor* File::tensor(std::string_view name) const {
  return find_name(tensors_, tensor_order_, kTensorName, name);
}

void File::drop(std::span<const std::byte> part) const {
  // Bytes that the caller gave are no mapping of ours: dropping their pages could lose them.
  const auto drop_from = [&](const base::MappedFile& mapping) {
    const std::less_equal<> before;
    const std::span<const std::byte> whole = mapping.bytes();
    if (!whole.empty() && before(whole.data(), part.data()) &&
        before(part.data() + part.size(), whole.data() + whole.size()))
      mapping.drop(part);
  };
  drop_from(mapping_);
  for (const base::MappedFile& mapping : others_) drop_from(mapping);
}

}  // namespace sotto::gguf
