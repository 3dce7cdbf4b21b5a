// Cuts a template into tokens as jinja2 does with trim_blocks and lstrip_blocks. Knows no grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::text::jinja {

enum class Token : std::uint8_t {
  kData,
  kBlockBegin,
  kBlockEnd,
  kVariableBegin,
  kVariableEnd,
  kName,
  kInteger,
  kFloat,
  kString,
  kOperator,
  kEnd,
};

struct Lexeme {
  Token token = Token::kEnd;
  int line = 1;
  std::string_view text;  // as written: of a string without its quotes
};

// Line ends become '\n', and one at the very end goes.
std::string normalize_source(std::string_view source);

// Hands out one token at a time. `source`: normalized, and outlives the lexer and its tokens.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  // kEnd for ever once the source is used up. Errors: kBadFile with the line.
  Result<Lexeme> next();

 private:
  enum class State : std::uint8_t { kText, kBlock, kVariable };

  bool at(std::string_view what) const { return source_.substr(pos_).starts_with(what); }
  Lexeme take(Token token, std::size_t length);
  void skip(std::size_t length);
  void skip_spaces();
  Unexpected fail(std::string what) const;

  // Text up to the next tag, which it enters. Empty text gives no token.
  Result<bool> read_text(Lexeme& out);
  Result<bool> enter_tag(std::string_view text, std::size_t tag, Lexeme& out);
  std::string_view strip_before_tag(std::string_view text, char sign, char tag) const;
  Result<bool> read_raw(std::size_t length, Lexeme& out);
  Result<bool> skip_comment();
  bool leave_tag(Lexeme& out);
  Result<Lexeme> read_expression_token();
  Result<Lexeme> read_string();
  Result<Lexeme> read_operator();
  std::size_t float_length() const;
  std::size_t integer_length() const;

  std::string_view source_;
  std::size_t pos_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  State state_ = State::kText;
  std::string open_;      // the closing brackets still expected
  bool entered_ = false;  // a tag was entered and its begin token not handed out yet
};

// The value of a string literal's inside: Python's escapes. Errors: kBadFile.
Result<std::string> unescape(std::string_view inside, int line);

}  // namespace sotto::text::jinja
