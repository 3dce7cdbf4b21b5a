// Small vocabularies made by hand, and the text that tests put in.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/byte_alphabet.h"
#include "text/tokenizer.h"

namespace sotto::text {

// Keeps the strings that a Vocab's views point to.
class VocabBuilder {
 public:
  VocabBuilder(std::string model, std::string pre) {
    vocab_.model = std::move(model);
    vocab_.pre = std::move(pre);
  }

  TokenId add(std::string spelling, TokenKind kind = TokenKind::kNormal, float score = 0) {
    tokens_.push_back(std::move(spelling));
    vocab_.kinds.push_back(kind);
    vocab_.scores.push_back(score);
    return static_cast<TokenId>(tokens_.size() - 1);
  }
  // The 256 letters of byte-level vocabularies.
  VocabBuilder& add_byte_letters() {
    for (unsigned byte = 0; byte < 256; ++byte) add(spell_bytes(std::string(1, static_cast<char>(byte))));
    return *this;
  }
  // SentencePiece's 256 byte tokens.
  VocabBuilder& add_byte_tokens() {
    char spelling[8];
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::snprintf(spelling, sizeof spelling, "<0x%02X>", byte);
      add(spelling, TokenKind::kByte);
    }
    return *this;
  }
  // The merged token is added as well.
  TokenId merge(const std::string& left, const std::string& right) {
    merges_.push_back(left + " " + right);
    return add(left + right);
  }
  void add_merge_line(std::string line) { merges_.push_back(std::move(line)); }

  Vocab& fields() { return vocab_; }
  Vocab vocab() const {
    Vocab made = vocab_;
    made.tokens.assign(tokens_.begin(), tokens_.end());
    made.merges.assign(merges_.begin(), merges_.end());
    return made;
  }
  std::unique_ptr<Tokenizer> tokenizer() const {
    auto made = Tokenizer::create(vocab());
    if (made) return std::move(*made);
    ADD_FAILURE() << made.error().message;
    return nullptr;
  }
  // The error that a tokenizer of this vocabulary is refused with.
  Error error() const {
    auto made = Tokenizer::create(vocab());
    if (!made) return made.error();
    ADD_FAILURE() << "expected an error";
    return {ErrorCode::kBadFile, ""};
  }

 private:
  std::vector<std::string> tokens_, merges_;
  Vocab vocab_;
};

using Ids = std::vector<TokenId>;

}  // namespace sotto::text
