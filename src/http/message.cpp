#include "http/message.h"

#include <algorithm>

namespace sotto::http {
namespace {

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const Header& field : fields_) {
    if (same_word(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const Header& field) { return same_word(field.name, name); }));
}

std::vector<std::string_view> Headers::words(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const Header& field : fields_) {
    if (!same_word(field.name, name)) continue;
    std::string_view list = field.value;
    while (!list.empty()) {
      std::string_view word = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), word.size() + 1));
      while (word.starts_with(' ') || word.starts_with('\t')) word.remove_prefix(1);
      while (word.ends_with(' ') || word.ends_with('\t')) word.remove_suffix(1);
      if (!word.empty()) found.push_back(word);
    }
  }
  return found;
}

bool Headers::has_word(std::string_view name, std::string_view word) const {
  const auto all = words(name);
  return std::any_of(all.begin(), all.end(), [&](std::string_view one) { return same_word(one, word); });
}

}  // namespace sotto::http
