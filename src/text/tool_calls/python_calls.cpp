// [f(city="Rome", days=2), g()], as Llama 3.2 and LFM2 write calls, and f.call(city="Rome"), as Llama 3.1 writes those
// of tools that it knows by itself.
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
      if (!this->value(item, nesting + 1)) return false;
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
    return value.is_discarded() || value.is_string() ? fail() : true;
  }

  bool string(Json& value) {
    const char quote = text_[at_++];
    std::string text;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        if (!escape(text)) return false;
      } else {
        text += text_[at_++];
      }
    }
    if (at_ == text_.size()) return fail(Reading::State::kMore);
    ++at_;
    value = std::move(text);
    return true;
  }

  bool escape(std::string& text) {
    constexpr std::string_view kNames = "ntrbf0", kMeanings = "\n\t\r\b\f\0";
    if (at_ + 1 == text_.size()) return fail(Reading::State::kMore);
    const char name = text_[at_ + 1];
    at_ += 2;
    if (name == 'u' || name == 'x') return code_point(name == 'u' ? 4 : 2, text);
    const std::size_t known = kNames.find(name);
    if (known != std::string_view::npos) text += known == 5 ? '\0' : kMeanings[known];
    else if (std::string_view("\\'\"").find(name) != std::string_view::npos) text += name;
    else if (name != '\n') (text += '\\') += name;  // as Python has it
    return true;
  }

  bool code_point(std::size_t n_digits, std::string& text) {
    if (text_.size() - at_ < n_digits) return fail(Reading::State::kMore);
    unsigned point = 0;
    const char* end = text_.data() + at_ + n_digits;
    if (std::from_chars(text_.data() + at_, end, point, 16).ptr != end || (point >= 0xD800 && point < 0xE000))
      return fail();
    append_utf8(text, static_cast<char32_t>(point));
    at_ += n_digits;
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
  Reading reading{Reading::State::kCalls};
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
