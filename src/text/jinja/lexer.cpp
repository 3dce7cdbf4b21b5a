#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "text/jinja/chars.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

bool ascii_digit(char c) { return c >= '0' && c <= '9'; }

// The length of digits in which single underscores may stand: 1_000.
template <class IsDigit>
std::size_t digits_length(std::string_view text, IsDigit is_digit) {
  std::size_t n = 0;
  while (n < text.size()) {
    if (is_digit(text[n])) {
      ++n;
    } else if (n > 0 && text[n] == '_' && n + 1 < text.size() && is_digit(text[n + 1])) {
      n += 2;
    } else {
      break;
    }
  }
  return n;
}

std::size_t spaces_length(std::string_view text) { return text.size() - strip_left(text).size(); }

// The length of "{%- name -%}" at the start of `text`, or 0. `trims`: whether a plain end takes one line end along.
// `sign` gets the sign after the opening.
std::size_t named_tag_length(std::string_view text, std::string_view name, bool trims, char& sign) {
  if (!text.starts_with("{%")) return 0;
  std::size_t n = 2;
  sign = ' ';
  if (n < text.size() && (text[n] == '-' || text[n] == '+')) sign = text[n++];
  n += spaces_length(text.substr(n));
  if (!text.substr(n).starts_with(name)) return 0;
  n += name.size();
  n += spaces_length(text.substr(n));
  if (text.substr(n).starts_with("-%}")) return n + 3 + spaces_length(text.substr(n + 3));
  if (trims && text.substr(n).starts_with("+%}")) return n + 3;
  if (!text.substr(n).starts_with("%}")) return 0;
  return n + 2 + (trims && text.substr(n + 2).starts_with("\n") ? 1 : 0);
}

}  // namespace

std::string normalize_source(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool carriage = source[i] == '\r';
    if (carriage && i + 1 < source.size() && source[i + 1] == '\n') continue;
    out += carriage ? '\n' : source[i];
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

Unexpected Lexer::fail(std::string what) const {
  return {ErrorCode::kBadFile, fmt::format("chat template, line {}: {}", line_, what)};
}

void Lexer::skip(std::size_t length) {
  const std::string_view taken = source_.substr(pos_, length);
  line_ += static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
  if (!taken.empty()) line_starting_ = taken.back() == '\n';
  pos_ += taken.size();
}

void Lexer::skip_spaces() { skip(spaces_length(source_.substr(pos_))); }

Lexeme Lexer::take(Token token, std::size_t length) {
  const Lexeme lexeme{token, line_, source_.substr(pos_, length)};
  skip(length);
  return lexeme;
}

Result<Lexeme> Lexer::next() {
  Lexeme out;
  while (state_ == State::kText && !entered_ && pos_ < source_.size()) {
    auto found = read_text(out);
    if (!found) return forward_error(found);
    if (*found) return out;
  }
  if (entered_) {
    entered_ = false;
    out.token = state_ == State::kBlock ? Token::kBlockBegin : Token::kVariableBegin;
    out.line = line_;
    return out;
  }
  if (state_ == State::kText) return Lexeme{Token::kEnd, line_, {}};
  return read_expression_token();
}

Result<bool> Lexer::read_text(Lexeme& out) {
  std::size_t tag = pos_;
  do {
    tag = source_.find('{', tag);
    if (tag == std::string_view::npos || tag + 1 >= source_.size()) {
      out = take(Token::kData, source_.size() - pos_);
      return true;
    }
    ++tag;
  } while (source_[tag] != '{' && source_[tag] != '%' && source_[tag] != '#');
  return enter_tag(source_.substr(pos_, tag - 1 - pos_), tag - 1, out);
}

std::string_view Lexer::strip_before_tag(std::string_view text, char sign, char tag) const {
  if (sign == '-') return strip_right(text);
  if (sign == '+' || tag == '{') return text;
  const std::size_t line_end = text.rfind('\n');
  const std::size_t line_begin = line_end == std::string_view::npos ? 0 : line_end + 1;
  const bool blank = strip_left(text.substr(line_begin)).empty();
  return (line_begin > 0 || line_starting_) && blank ? text.substr(0, line_begin) : text;
}

Result<bool> Lexer::enter_tag(std::string_view text, std::size_t tag, Lexeme& out) {
  const char kind = source_[tag + 1];
  char sign = ' ';
  if (tag + 2 < source_.size() && (source_[tag + 2] == '-' || source_[tag + 2] == '+')) {
    sign = source_[tag + 2];
  }
  out = {Token::kData, line_, strip_before_tag(text, sign, kind)};
  skip(text.size());
  char raw_sign = ' ';
  const std::size_t raw = named_tag_length(source_.substr(pos_), "raw", false, raw_sign);
  if (raw > 0) {
    // The text before and the text inside are one stretch of data for the caller: hand out the first now.
    if (!out.text.empty()) return true;
    return read_raw(raw, out);
  }
  skip(sign == ' ' ? 2 : 3);
  if (kind == '#') {
    auto skipped = skip_comment();
    if (!skipped) return skipped;
  } else {
    state_ = kind == '%' ? State::kBlock : State::kVariable;
    entered_ = true;
  }
  return !out.text.empty();
}

Result<bool> Lexer::read_raw(std::size_t length, Lexeme& out) {
  skip(length);
  if (pos_ == source_.size()) return false;
  std::size_t end = pos_;
  std::size_t tag_length = 0;
  char sign = ' ';
  for (;; ++end) {
    end = source_.find("{%", end);
    if (end == std::string_view::npos) return fail("raw block without endraw");
    tag_length = named_tag_length(source_.substr(end), "endraw", true, sign);
    if (tag_length > 0) break;
  }
  const std::string_view inside = source_.substr(pos_, end - pos_);
  out = {Token::kData, line_, strip_before_tag(inside, sign, '%')};
  skip(inside.size());
  skip(tag_length);
  return !out.text.empty();
}

Result<bool> Lexer::skip_comment() {
  if (pos_ == source_.size()) return true;
  const std::size_t end = source_.find("#}", pos_);
  if (end == std::string_view::npos) return fail("comment without its end '#}'");
  const char before = end > pos_ ? source_[end - 1] : ' ';
  skip(end + 2 - pos_);
  if (before == '-') {
    skip_spaces();
  } else if (before != '+' && at("\n")) {
    skip(1);
  }
  return true;
}

bool Lexer::leave_tag(Lexeme& out) {
  if (!open_.empty()) return false;
  const bool block = state_ == State::kBlock;
  const std::string_view end = block ? "%}" : "}}";
  const bool strips = at("-") && source_.substr(pos_ + 1).starts_with(end);
  const bool keeps = block && at("+") && source_.substr(pos_ + 1).starts_with(end);
  const bool signed_end = strips || keeps;
  if (!signed_end && !at(end)) return false;
  out = take(block ? Token::kBlockEnd : Token::kVariableEnd, end.size() + signed_end);
  state_ = State::kText;
  if (strips) skip_spaces();
  if (block && !signed_end && at("\n")) skip(1);
  return true;
}

Result<Lexeme> Lexer::read_expression_token() {
  Lexeme out;
  if (leave_tag(out)) return out;
  const std::size_t before = pos_;
  skip_spaces();
  if (pos_ != before && leave_tag(out)) return out;
  if (pos_ == source_.size()) return Lexeme{Token::kEnd, line_, {}};
  const char c = source_[pos_];
  if (ascii_digit(c)) {
    if (const std::size_t n = float_length()) return take(Token::kFloat, n);
    return take(Token::kInteger, integer_length());
  }
  if (c == '\'' || c == '"') return read_string();
  std::size_t name = 0;
  for (CharReader r(source_.substr(pos_)); r.more() && is_word(r.get().code); r.advance()) {
    name += r.get().bytes.size();
  }
  if (name > 0) return take(Token::kName, name);
  return read_operator();
}

std::size_t Lexer::float_length() const {
  if (pos_ > 0 && source_[pos_ - 1] == '.') return 0;
  const std::string_view text = source_.substr(pos_);
  const std::size_t whole = digits_length(text, ascii_digit);
  if (whole == 0) return 0;
  std::size_t n = whole;
  if (n < text.size() && text[n] == '.') {
    const std::size_t fraction = digits_length(text.substr(n + 1), ascii_digit);
    if (fraction > 0) n += 1 + fraction;
  }
  if (n < text.size() && (text[n] == 'e' || text[n] == 'E')) {
    std::size_t exponent = n + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const std::size_t digits = digits_length(text.substr(std::min(exponent, text.size())), ascii_digit);
    if (digits > 0) return exponent + digits;
  }
  return n > whole ? n : 0;
}

std::size_t Lexer::integer_length() const {
  const std::string_view text = source_.substr(pos_);
  if (text.empty() || !ascii_digit(text[0])) return 0;
  if (text[0] != '0') return digits_length(text, ascii_digit);
  const char base = text.size() > 2 ? static_cast<char>(text[1] | 0x20) : ' ';
  const auto in_base = [base](char c) {
    if (base == 'x') return ascii_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    return c >= '0' && c <= (base == 'b' ? '1' : '7');
  };
  if (base == 'x' || base == 'o' || base == 'b') {
    const std::size_t underscore = text[2] == '_' ? 1 : 0;
    const std::size_t n = digits_length(text.substr(2 + underscore), in_base);
    if (n > 0) return 2 + underscore + n;
  }
  return digits_length(text, [](char c) { return c == '0'; });
}

Result<Lexeme> Lexer::read_string() {
  const char quote = source_[pos_];
  std::size_t end = pos_ + 1;
  while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
  if (end >= source_.size()) return fail("string without its closing quote");
  Lexeme lexeme = take(Token::kString, end + 1 - pos_);
  lexeme.text = lexeme.text.substr(1, lexeme.text.size() - 2);
  return lexeme;
}

Result<Lexeme> Lexer::read_operator() {
  static constexpr std::array<std::string_view, 6> kTwo = {"**", "//", "==", "!=", ">=", "<="};
  for (const std::string_view op : kTwo) {
    if (at(op)) return take(Token::kOperator, 2);
  }
  static constexpr std::string_view kOne = "+-/*%~[](){}><=.:|,;";
  static constexpr std::string_view kOpen = "{([", kClose = "})]";
  const char c = source_[pos_];
  if (kOne.find(c) == std::string_view::npos) {
    return fail(
        fmt::format("unexpected character '{}'", source_.substr(pos_, decode_utf8(source_.substr(pos_)).length)));
  }
  if (const std::size_t i = kOpen.find(c); i != std::string_view::npos) {
    open_ += kClose[i];
  } else if (kClose.find(c) != std::string_view::npos) {
    if (open_.empty()) return fail(fmt::format("unexpected '{}'", c));
    if (open_.back() != c) return fail(fmt::format("unexpected '{}', expected '{}'", c, open_.back()));
    open_.pop_back();
  }
  return take(Token::kOperator, 1);
}

namespace {

int hex_value(char c) {
  if (ascii_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads exactly `n` hexadecimal digits; false when there are not that many.
bool read_hex(std::string_view text, std::size_t n, char32_t& value) {
  if (text.size() < n) return false;
  value = 0;
  for (const char c : text.substr(0, n)) {
    const int digit = hex_value(c);
    if (digit < 0) return false;
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value <= 0x10FFFF;
}

// One escape after its backslash. Returns the bytes read, or 0 for a malformed one.
std::size_t read_escape(std::string_view text, std::string& out) {
  static constexpr std::string_view kNames = "\\'\"abfnrtv", kValues = "\\'\"\a\b\f\n\r\t\v";
  const char c = text[0];
  if (const std::size_t i = kNames.find(c); i != std::string_view::npos) {
    out += kValues[i];
    return 1;
  }
  if (c == '\n') return 1;
  char32_t value = 0;
  if (c >= '0' && c <= '7') {
    std::size_t n = 0;
    for (; n < 3 && n < text.size() && text[n] >= '0' && text[n] <= '7'; ++n) {
      value = value * 8 + static_cast<char32_t>(text[n] - '0');
    }
    append_utf8(out, value);
    return n;
  }
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits > 0) {
    if (!read_hex(text.substr(1), digits, value)) return 0;
    append_utf8(out, value);
    return 1 + digits;
  }
  if (c == 'N') return 0;
  out += '\\';  // an unknown escape stays as it is written
  out += c;
  return 1;
}

}  // namespace

Result<std::string> unescape(std::string_view inside, int line) {
  std::string out;
  while (!inside.empty()) {
    const std::size_t slash = std::min(inside.find('\\'), inside.size());
    out.append(inside.substr(0, slash));
    inside.remove_prefix(slash);
    if (inside.empty()) break;
    inside.remove_prefix(1);
    const std::size_t used = inside.empty() ? 0 : read_escape(inside, out);
    if (used == 0) {
      return Unexpected(ErrorCode::kBadFile, fmt::format("chat template, line {}: malformed escape in a string", line));
    }
    inside.remove_prefix(used);
  }
  return out;
}

}  // namespace sotto::text::jinja
