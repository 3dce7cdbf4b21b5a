// The words that a pre-tokenizer cuts a text into.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/pretokenizer.h"

namespace sotto::text {

inline std::vector<std::string> cut_words(std::string_view pretokenizer, std::string_view text) {
  const Pretokenizer* machine = find_pretokenizer(pretokenizer);
  if (machine == nullptr) return {"no such pre-tokenizer"};
  WordSplitter splitter;
  std::vector<std::string> words;
  std::size_t begin = 0;
  for (const std::size_t end : splitter.split(*machine, text)) {
    words.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  EXPECT_EQ(begin, text.size()) << "the words are the text";
  return words;
}

using Words = std::vector<std::string>;

}  // namespace sotto::text
