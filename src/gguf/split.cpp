#include "gguf/split.h"

#include <fmt/format.h>

#include <charconv>

namespace sotto::gguf {
namespace {

constexpr std::size_t kDigits = 5;

// Five digits, or 0.
unsigned read_digits(std::string_view text) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string SplitName::path_of(unsigned other) const {
  return fmt::format("{}-{:05}-of-{:05}.gguf", stem, other, count);
}

std::optional<SplitName> read_split_name(std::string_view path) {
  constexpr std::string_view kOf = "-of-", kEnding = ".gguf";
  constexpr std::size_t kTail = 1 + kDigits + kOf.size() + kDigits + kEnding.size();
  if (path.size() <= kTail || path[path.size() - kTail - 1] == '/') return std::nullopt;
  const std::string_view tail = path.substr(path.size() - kTail);
  const SplitName name{path.substr(0, path.size() - kTail), read_digits(tail.substr(1, kDigits)),
                       read_digits(tail.substr(1 + kDigits + kOf.size(), kDigits))};
  if (tail.front() != '-' || tail.substr(1 + kDigits, kOf.size()) != kOf || !tail.ends_with(kEnding))
    return std::nullopt;
  if (name.part == 0 || name.part > name.count || name.count > kMaxParts) return std::nullopt;
  return name;
}

}  // namespace sotto::gguf
