#include "gguf/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace sotto::gguf {
namespace {

constexpr std::uint64_t kLengthBytes = sizeof(std::uint64_t);
constexpr std::string_view kTypeNumbers = "a type between 0 (u8) and 12 (f64)";

// Reads one pair after the other; `field` names the one in hand for errors.
class PairReader {
 public:
  PairReader(Cursor& cursor, const Report& report) : cursor_(cursor), report_(report) {}

  Result<std::pair<std::string_view, Value>> read_pair(std::uint64_t index) {
    field_ = fmt::format("metadata key {}", index);
    auto key = read_key();
    if (!key) return forward_error(key);
    field_ = fmt::format("metadata {}", quote(*key));
    std::uint32_t type = 0;
    if (!cursor_.read(type)) return cut_short("type");
    auto value = read_value(static_cast<ValueType>(type));
    if (!value) return forward_error(value);
    return std::pair{*key, *value};
  }

 private:
  Unexpected cut_short(std::string_view part) const {
    return report_.cut_short(fmt::format("{}: {}", field_, part), cursor_.position(), cursor_.left());
  }

  Unexpected damaged(std::string_view part, std::uint64_t found, std::string_view expected) const {
    return report_.damaged(fmt::format("{}: {}", field_, part), found, expected);
  }

  Result<std::string_view> read_key() {
    auto key = read_string("length of the name");
    if (!key) return key;
    if (key->empty() || key->size() > kMaxKeyBytes) {
      return damaged("length of the name", key->size(), fmt::format("1 to {} bytes", kMaxKeyBytes));
    }
    return key;
  }

  Result<std::string_view> read_string(std::string_view part) {
    std::string_view text;
    if (cursor_.read_string(text)) return text;
    std::uint64_t length = 0;
    if (!cursor_.read(length)) return cut_short(part);
    return damaged(part, length, fmt::format("at most the {} bytes that are left for metadata", cursor_.left()));
  }

  Result<Value> read_value(ValueType type) {
    if (type == ValueType::kString) {
      auto text = read_string("length");
      if (!text) return forward_error(text);
      return Value(*text);
    }
    if (type == ValueType::kArray) return read_array();
    const std::uint32_t n_bytes = element_bytes(type);
    if (n_bytes == 0) return damaged("type", static_cast<std::uint32_t>(type), kTypeNumbers);
    std::span<const std::byte> bytes;
    if (!cursor_.take(n_bytes, bytes)) return cut_short("value");
    if (type == ValueType::kBool) {
      if (auto checked = check_bools(bytes); !checked) return forward_error(checked);
    }
    return load_element(type, bytes.data());
  }

  Result<Value> read_array() {
    std::uint32_t number = 0;
    std::uint64_t count = 0;
    if (!cursor_.read(number)) return cut_short("type of the elements");
    const auto type = static_cast<ValueType>(number);
    if (type == ValueType::kArray) {
      return report_.unsupported(field_, "an array of arrays", "an array of numbers, bools or strings",
                                 "write the file without it");
    }
    if (name_of(type) == "unknown") return damaged("type of the elements", number, kTypeNumbers);
    if (!cursor_.read(count)) return cut_short("number of elements");

    const std::uint64_t at_least = type == ValueType::kString ? kLengthBytes : element_bytes(type);
    if (count > cursor_.left() / at_least) {
      return damaged("number of elements", count,
                     fmt::format("at most {}, which is what the {} bytes left for metadata can hold",
                                 cursor_.left() / at_least, cursor_.left()));
    }
    Array array{type, count, {}};
    if (type == ValueType::kString) {
      auto bytes = take_strings(count);
      if (!bytes) return forward_error(bytes);
      array.bytes = *bytes;
      return Value(array);
    }
    if (!cursor_.take(count * at_least, array.bytes)) return cut_short("elements");
    if (type == ValueType::kBool) {
      if (auto checked = check_bools(array.bytes); !checked) return forward_error(checked);
    }
    return Value(array);
  }

  Result<std::span<const std::byte>> take_strings(std::uint64_t count) {
    Cursor start = cursor_;
    std::string_view text;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (cursor_.read_string(text)) continue;
      auto failed = read_string(fmt::format("length of element {}", i));
      return forward_error(failed);
    }
    std::span<const std::byte> bytes;
    if (!start.take(cursor_.position() - start.position(), bytes)) return cut_short("elements");
    return bytes;
  }

  Result<void> check_bools(std::span<const std::byte> bytes) const {
    const auto wrong = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b > std::byte{1}; });
    if (wrong == bytes.end()) return {};
    return damaged("bool", std::to_integer<std::uint64_t>(*wrong), "0 or 1");
  }

  Cursor& cursor_;
  const Report& report_;
  std::string field_;
};

}  // namespace

Result<Metadata> read_metadata(Cursor& cursor, std::uint64_t n_pairs, const Report& report) {
  // The smallest pair: a name of one byte and a value of one byte.
  constexpr std::uint64_t kLeastBytes = kLengthBytes + 1 + sizeof(ValueType) + 1;
  const std::uint64_t most = std::min(kMaxKeys, cursor.left() / kLeastBytes);
  if (n_pairs > most) {
    return report.damaged("number of metadata keys", n_pairs, fmt::format("at most {} in a file of this size", most));
  }
  Metadata metadata;
  metadata.reserve(n_pairs);
  PairReader reader(cursor, report);
  for (std::uint64_t i = 0; i < n_pairs; ++i) {
    auto pair = reader.read_pair(i);
    if (!pair) return forward_error(pair);
    metadata.push_back(*pair);
  }
  return metadata;
}

}  // namespace sotto::gguf
