// call:f{city:<|"|>Rome<|"|>,days:2}, as Gemma 4 writes calls, and call:f{city:<escape>Rome<escape>}, as FunctionGemma
// does.
#include "text/tool_calls/reading.h"

namespace sotto::text::tool_calls {
namespace {

constexpr std::string_view kQuotes[] = {"<|\"|>", "<escape>", "\""};

// When a step fails, state() says whether more text could have helped.
class BraceReader {
 public:
  BraceReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  Reading::State state() const { return state_; }
  std::size_t at() const { return at_; }

  bool object(Json& object, int nesting) {
    object = Json::object();
    ++at_;
    for (;;) {
      if (!peek()) return false;
      if (text_[at_] == '}' && object.empty()) break;
      std::string key;
      Json value;
      if (!this->key(key) || !this->value(value, nesting)) return false;
      object[key] = std::move(value);
      if (!peek()) return false;
      if (text_[at_] == '}') break;
      if (text_[at_++] != ',') return fail();
    }
    ++at_;
    return true;
  }

 private:
  bool fail(Reading::State state = Reading::State::kNone) {
    state_ = state;
    return false;
  }

  bool peek() {
    at_ = skip_blanks(text_, at_);
    return at_ < text_.size() || fail(Reading::State::kMore);
  }

  // The quotes that begin here; none where none do. False: one may, when more has come.
  bool quotes(std::string_view& found) {
    found = {};
    for (const std::string_view quotes : kQuotes) {
      const auto state = begins_with(text_.substr(at_), quotes);
      if (state == Reading::State::kMore) return fail(state);
      if (state == Reading::State::kFound) found = quotes;
    }
    return true;
  }

  bool quoted(std::string_view quotes, std::string& text) {
    const std::size_t begin = at_ + quotes.size(), end = text_.find(quotes, begin);
    if (end == std::string_view::npos) return fail(Reading::State::kMore);
    text = text_.substr(begin, end - begin);
    at_ = end + quotes.size();
    return true;
  }

  // What stands without quotes, without the blanks behind it.
  std::string_view bare(std::size_t end) const {
    const std::string_view word = text_.substr(at_, end - at_);
    return word.substr(0, word.find_last_not_of(kBlanks) + 1);
  }

  bool key(std::string& key) {
    std::string_view found;
    if (!quotes(found)) return false;
    if (!found.empty()) {
      if (!quoted(found, key) || !peek()) return false;
      return text_[at_++] == ':' || fail();
    }
    const std::size_t end = text_.find_first_of(":,{}[]", at_);
    if (end == std::string_view::npos) return fail(Reading::State::kMore);
    key = bare(end);
    at_ = end + 1;
    return (text_[end] == ':' && !key.empty()) || fail();
  }

  bool value(Json& value, int nesting) {
    if (nesting > kMostNesting || ++n_values_ > kMostMembers) return fail();
    if (!peek()) return false;
    if (text_[at_] == '{') return object(value, nesting + 1);
    if (text_[at_] == '[') return list(value, nesting);
    std::string_view found;
    std::string text;
    if (!quotes(found)) return false;
    if (!found.empty()) {
      if (!quoted(found, text)) return false;
      value = std::move(text);
      return true;
    }
    const std::size_t end = text_.find_first_of(",{}[]", at_);
    if (end == std::string_view::npos) return fail(Reading::State::kMore);
    const std::string_view word = bare(end);
    if (word.empty()) return fail();
    value = Json::parse(word, nullptr, false);
    if (value.is_discarded()) value = std::string(word);  // quotes that were left out
    at_ = end;
    return true;
  }

  bool list(Json& value, int nesting) {
    value = Json::array();
    ++at_;
    for (;;) {
      if (!peek()) return false;
      if (text_[at_] == ']' && value.empty()) break;
      Json item;
      if (!this->value(item, nesting + 1)) return false;
      value.push_back(std::move(item));
      if (!peek()) return false;
      if (text_[at_] == ']') break;
      if (text_[at_++] != ',') return fail();
    }
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_, n_values_ = 0;
  Reading::State state_ = Reading::State::kNone;
};

}  // namespace

Reading read_brace_call(std::string_view text, Tools tools) {
  constexpr std::string_view kCall = "call:";
  if (const auto state = begins_with(text, kCall); state != Reading::State::kFound) return {state};
  const std::size_t brace = text.find('{');
  const std::string_view name =
      text.substr(kCall.size(), brace == std::string_view::npos ? brace : brace - kCall.size());
  for (const char c : name)
    if (!is_name_char(c)) return Reading::none();
  if (brace == std::string_view::npos) return Reading::more();
  if (find_tool(tools, name) == nullptr) return Reading::none();
  BraceReader reader(text, brace);
  Json arguments;
  if (!reader.object(arguments, 0)) return {reader.state()};
  return {Reading::State::kFound, reader.at(), {{std::string(name), to_text(arguments)}}};
}

}  // namespace sotto::text::tool_calls
