// The names of a model that is split over several files: NAME-00001-of-00003.gguf and on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::gguf {

// More than models have (a part is usually some gigabytes); it bounds what a hostile file can have opened.
inline constexpr unsigned kMaxParts = 1024;

struct SplitName {
  std::string_view stem;  // all before "-00001-of-00003.gguf"
  unsigned part, count;   // 1 <= part <= count <= kMaxParts

  std::string path_of(unsigned other) const;  // of another part
};

// What a path says; nothing when it is not named so. The stem is a view of `path`.
std::optional<SplitName> read_split_name(std::string_view path);

}  // namespace sotto::gguf
