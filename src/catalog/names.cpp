#include "catalog/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "gguf/split.h"

namespace sotto::catalog {
namespace {

constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxFileNameBytes = 200;
constexpr std::string_view kEnding = ".gguf";
constexpr std::string_view kLatest = ":latest";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_name_part(std::string_view part) {
  return !part.empty() && part.front() != '.' && std::ranges::all_of(part, is_name_character);
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string model_stem(std::string_view file) {
  if (const auto split = gguf::read_split_name(file)) return std::string(split->stem);
  if (to_lower(file).ends_with(kEnding)) file.remove_suffix(kEnding.size());
  return std::string(file);
}

Result<std::string> normalize_name(std::string_view name) {
  std::string lower = to_lower(name);
  std::size_t colon = lower.find(':');
  std::string_view base = std::string_view(lower).substr(0, colon);
  bool ok = lower.size() <= kMaxNameBytes && is_name_part(base);
  if (colon != std::string::npos) ok = ok && is_name_part(std::string_view(lower).substr(colon + 1));
  if (!ok) {
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("\"{}\" is no model name: expected letters, digits, \".\", \"_\" and "
                                  "\"-\", and a tag after one \":\", as in smollm2:135m",
                                  name.substr(0, kMaxNameBytes)));
  }
  if (lower.ends_with(kLatest)) lower.resize(lower.size() - kLatest.size());
  return lower;
}

bool is_safe_file_name(std::string_view name) {
  auto is_bad = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 32; };
  return name.size() > kEnding.size() && name.size() <= kMaxFileNameBytes && name.front() != '.' &&
         to_lower(name).ends_with(kEnding) && std::ranges::none_of(name, is_bad);
}

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of Damerau (1964), as restricted "optimal string alignment".
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates, int limit) {
  std::string wanted = to_lower(name);
  int far = static_cast<int>(wanted.size()) / 3;
  std::vector<std::pair<int, std::string>> near;
  for (const std::string& candidate : candidates) {
    // "smollm" and "llama3" are on the way to a name: a beginning counts as one change.
    bool begins = wanted.size() >= 3 && candidate.starts_with(wanted);
    int distance = begins ? 1 : edit_distance(wanted, candidate);
    if (distance <= far) near.emplace_back(distance, candidate);
  }
  std::ranges::stable_sort(near, {}, &std::pair<int, std::string>::first);
  std::vector<std::string> result;
  for (auto& [distance, candidate] : near) {
    if (static_cast<int>(result.size()) == limit) break;
    if (std::ranges::find(result, candidate) == result.end()) result.push_back(candidate);
  }
  return result;
}

}  // namespace sotto::catalog
