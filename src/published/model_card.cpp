#include "published/model_card.h"

#include <algorithm>
#include <filesystem>

#include "base/mapped_file.h"
#include "text/utf8.h"

namespace sotto::published {
namespace {

constexpr std::size_t kMaxHeadBytes = 64u << 10;
constexpr std::size_t kMaxValueBytes = 500;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// A scalar of YAML on one line, without quotation marks and comment; empty for anything else.
std::string scalar(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && (text[0] == '"' || text[0] == '\'')) {
    const auto end = text.find(text[0], 1);
    text = end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  } else {
    if (const auto comment = text.find(" #"); comment != std::string_view::npos)
      text = trimmed(text.substr(0, comment));
    if (!text.empty() && std::string_view("[{|>&*!%@").find(text[0]) != std::string_view::npos) text = {};
  }
  if (text.size() > kMaxValueBytes || text::find_invalid_utf8(text) != text.size()) return {};
  return std::string(text);
}

// "models--<owner>--<name>/snapshots/<revision>" is how download caches keep a repository.
std::string folder_name(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(folder, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::filesystem::path repository = path.parent_path().parent_path();
  const std::string cached = repository.filename();
  if (path.parent_path().filename() == "snapshots" && cached.starts_with("models--")) {
    return cached.substr(cached.rfind("--") + 2);
  }
  return path.filename();
}

// The name of a file that holds the licence; empty: none.
std::string license_file(const std::string& folder) {
  std::error_code ignored;
  for (const char* name : {"LICENSE", "LICENSE.txt", "LICENSE.md"}) {
    if (std::filesystem::is_regular_file(folder + "/" + name, ignored)) return name;
  }
  return {};
}

}  // namespace

ModelCard parse_front_matter(std::string_view readme) {
  ModelCard card;
  constexpr std::string_view kFence = "---";
  bool inside = false;
  while (!readme.empty()) {
    const std::size_t end = readme.find('\n');
    const std::string_view line = readme.substr(0, end);
    readme.remove_prefix(end == std::string_view::npos ? readme.size() : end + 1);
    if (trimmed(line) == kFence) {
      if (inside) return card;
      inside = true;
      continue;
    }
    if (!inside) return card;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (key == "license") card.license = scalar(value);
    if (key == "license_name") card.license_name = scalar(value);
    if (key == "license_link") card.license_link = scalar(value);
  }
  return {};  // no second fence: not front matter
}

ModelCard read_model_card(const std::string& folder) {
  ModelCard card;
  if (auto readme = base::MappedFile::open(folder + "/README.md")) {
    const auto head = readme->bytes().first(std::min(readme->bytes().size(), kMaxHeadBytes));
    card = parse_front_matter({reinterpret_cast<const char*>(head.data()), head.size()});
  }
  if (card.license_link.empty()) card.license_link = license_file(folder);
  card.name = folder_name(folder);
  return card;
}

}  // namespace sotto::published
