// [f(city="Rome", days=2), g()], as Llama 3.2 and LFM2 write calls, and f.call(city="Rome"), as Llama 3.1 writes those
// of tools that it knows by itself.
#include <algorithm>
#include <charconv>

#include "text/tool_calls/reading.h"
#include "text/utf8.h"

namespace sotto::text::tool_calls {
namespace {

// Literals and calls of Python. When a step fails, state() says whether more text could have helped.
class PythonReader {
 public:
  explicit PythonReader(std::string_view text) : text_(text) {}

  Reading::State state() const { return state_; }
  std::size_t at() const { return at_; }

  bool fail(Reading::State state = Reading::State::kNone) {
    state_ = state;
    return false;
  }

  // The next character behind blanks.
  bool peek(char& c) {
    at_ = skip_blanks(text_, at_);
    if (at_ == text_.size()) return fail(Reading::State::kMore);
    c = text_[at_];
    return true;
  }

  bool take(char wanted) {
    char c = 0;
    if (!peek(c)) return false;
    if (c != wanted) return fail();
    ++at_;
    return true;
  }

  // A comma, or `close`, which ends a list; `first`: nothing has come yet.
  bool next(char close, bool first, bool& ended) {
    char c = 0;
    if (!peek(c)) return false;
    if (!first && c != close) {
      if (!take(',') || !peek(c)) return false;  // one may stand before the end
    }
    ended = c == close;
    if (ended) ++at_;
    return true;
  }

  bool word(std::string& word) {
    char c = 0;
    if (!peek(c)) return false;
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    if (at_ == text_.size()) return fail(Reading::State::kMore);
    if (at_ == begin) return fail();
    word = text_.substr(begin, at_ - begin);
    return true;
  }

  bool value(Json& value, int nesting = 0) {
    char c = 0;
    if (nesting > kMostNesting || ++n_values_ > kMostMembers) return fail();
    if (!peek(c)) return false;
    if (c == '"' || c == '\'') return string(value);
    if (c == '[' || c == '(') return list(c == '[' ? ']' : ')', value, nesting);
    if (c == '{') return dictionary(value, nesting);
    return number_or_name(value);
  }

 private:
  bool list(char close, Json& value, int nesting) {
    ++at_;
    value = Json::array();
    for (bool ended = false;;) {
      if (!next(close, value.empty(), ended)) return false;
      if (ended) return true;
      Json item;
      char c = 0;
      if (!this->value(item, nesting + 1) || !peek(c)) return false;
      if (close == ')' && c == ')' && value.empty()) {  // (1) is 1, and (1,) a list
        ++at_;
        value = std::move(item);
        return true;
      }
      value.push_back(std::move(item));
    }
  }

  bool dictionary(Json& value, int nesting) {
    ++at_;
    value = Json::object();
    for (bool ended = false;;) {
      if (!next('}', value.empty(), ended)) return false;
      if (ended) return true;
      Json name, item;
      char c = 0;
      if (!peek(c)) return false;
      if (c != '"' && c != '\'') return fail();
      if (!string(name) || !take(':') || !this->value(item, nesting + 1)) return false;
      value[name.get<std::string>()] = std::move(item);
    }
  }

  bool number_or_name(Json& value) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_name_char(text_[at_]) || text_[at_] == '+')) ++at_;
    if (at_ == text_.size()) return fail(Reading::State::kMore);
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "True" || word == "true") value = true;
    else if (word == "False" || word == "false") value = false;
    else if (word == "None" || word == "null") value = nullptr;
    else value = Json::parse(word, nullptr, false);
    return value.is_discarded() ? fail() : true;
  }

  bool string(Json& value) {
    const std::string three(3, text_[at_]);
    const auto state = begins_with(text_.substr(at_), three);
    if (state == Reading::State::kMore) return fail(state);
    const std::string_view quotes = std::string_view(three).substr(0, state == Reading::State::kFound ? 3 : 1);
    std::string text;
    at_ += quotes.size();
    while (!text_.substr(at_).starts_with(quotes)) {
      if (at_ == text_.size()) return fail(Reading::State::kMore);
      if (text_[at_] != '\\') text += text_[at_++];
      else if (!escape(text)) return false;
    }
    at_ += quotes.size();
    value = std::move(text);
    return true;
  }

  bool escape(std::string& text) {
    constexpr std::string_view kNames = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
    if (at_ + 1 == text_.size()) return fail(Reading::State::kMore);
    const char name = text_[at_ + 1];
    if (name >= '0' && name <= '7') return octal(text);
    at_ += 2;
    const std::size_t n_digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (n_digits > 0) return code_point(n_digits, text);
    const std::size_t known = kNames.find(name);
    if (known != std::string_view::npos) text += kMeanings[known];
    else if (name != '\n') (text += '\\') += name;  // as Python has it
    return true;
  }

  // A backslash and one to three digits.
  bool octal(std::string& text) {
    const std::string_view digits = text_.substr(at_ + 1, 3);
    const std::size_t n = std::min(digits.find_first_not_of("01234567"), digits.size());
    if (n == digits.size() && n < 3) return fail(Reading::State::kMore);
    unsigned point = 0;
    for (const char digit : digits.substr(0, n)) point = point * 8 + static_cast<unsigned>(digit - '0');
    append_utf8(text, static_cast<char32_t>(point));
    at_ += 1 + n;
    return true;
  }

  bool hexadecimal(std::size_t n_digits, unsigned& point) {
    if (text_.size() - at_ < n_digits) return fail(Reading::State::kMore);
    const char* begin = text_.data() + at_;
    if (std::from_chars(begin, begin + n_digits, point, 16).ptr != begin + n_digits) return fail();
    at_ += n_digits;
    return true;
  }

  // What four digits cannot say is a pair of surrogates, as in JSON.
  bool code_point(std::size_t n_digits, std::string& text) {
    unsigned point = 0, low = 0;
    if (!hexadecimal(n_digits, point)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      const auto state = begins_with(text_.substr(at_), "\\u");
      if (state != Reading::State::kFound) return fail(state);
      at_ += 2;
      if (!hexadecimal(4, low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail();
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    if ((point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) return fail();
    append_utf8(text, static_cast<char32_t>(point));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0, n_values_ = 0;
  Reading::State state_ = Reading::State::kNone;
};

// f(a=1, b="x"). Arguments without a name belong to nothing that a schema knows.
bool read_python_call(PythonReader& reader, Tools tools, std::vector<Call>& calls) {
  std::string name;
  if (!reader.word(name)) return false;
  if (find_tool(tools, name) == nullptr && name.ends_with(".call")) name.resize(name.size() - 5);
  if (find_tool(tools, name) == nullptr) return reader.fail();
  if (!reader.take('(')) return false;
  Json arguments = Json::object();
  for (bool ended = false;;) {
    if (!reader.next(')', arguments.empty(), ended)) return false;
    if (ended) break;
    std::string key;
    Json value;
    if (!reader.word(key) || !reader.take('=') || !reader.value(value)) return false;
    arguments[key] = std::move(value);
  }
  calls.push_back({std::move(name), to_text(arguments)});
  return true;
}

}  // namespace

Reading read_python_calls(std::string_view text, Tools tools) {
  PythonReader reader(text);
  Reading reading{Reading::State::kFound};
  if (!text.empty() && text[0] != '[') {
    if (!read_python_call(reader, tools, reading.calls)) return {reader.state()};
    reading.n_bytes = reader.at();
    return reading;
  }
  if (!reader.take('[')) return {reader.state()};
  for (bool ended = false;;) {
    if (!reader.next(']', reading.calls.empty(), ended)) return {reader.state()};
    if (ended) break;
    if (reading.calls.size() == kMostMembers) return Reading::none();
    if (!read_python_call(reader, tools, reading.calls)) return {reader.state()};
  }
  if (reading.calls.empty()) return Reading::none();
  reading.n_bytes = reader.at();
  return reading;
}

}  // namespace sotto::text::tool_calls
