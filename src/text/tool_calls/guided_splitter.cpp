#include "text/tool_calls/held_text.h"
#include "text/tool_calls/splitter.h"

namespace sotto::text::tool_calls {
namespace {

// Where a JSON object ends, byte by byte.
class ObjectEnd {
 public:
  // How many bytes of `text` belong to the object; fewer than all: it ends there.
  std::size_t follow(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (ends_with(text[i])) return i + 1;
    return text.size();
  }
  bool ended() const { return ended_; }

 private:
  bool ends_with(char c) {
    if (inside_string_) {
      if (escaped_) escaped_ = false;
      else if (c == '\\') escaped_ = true;
      else if (c == '"') inside_string_ = false;
    } else if (c == '"') {
      inside_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      ended_ = --depth_ == 0;
    }
    return ended_;
  }

  int depth_ = 0;
  bool inside_string_ = false, escaped_ = false, ended_ = false;
};

class GuidedSplitter final : public Splitter {
 public:
  explicit GuidedSplitter(const Framing& framing) : framing_(framing) {}

  std::vector<Part> push(std::string_view text) override {
    held_ += text;
    std::vector<Part> parts;
    while (step(parts)) {}
    return parts;
  }

  std::vector<Part> finish() override {
    std::vector<Part> parts;
    // A frame that was cut before the name belongs to no call.
    std::string rest = state_ == State::kHead ? open_ + held_ : state_ == State::kFree ? held_ : std::string();
    if (!rest.empty() && !(n_calls_ > 0 && skip_blanks(rest) == rest.size()))
      parts.push_back({Part::Kind::kText, std::move(rest)});
    held_.clear();
    return parts;
  }

 private:
  enum class State { kFree, kHead, kArguments, kAfter, kDone };

  // Each is true when it should be called again.
  bool step(std::vector<Part>& parts) {
    switch (state_) {
      case State::kFree: return free_text(parts);
      case State::kHead: return head(parts);
      case State::kArguments: return arguments(parts);
      case State::kAfter: return after();
      case State::kDone: return false;
    }
    return false;
  }

  bool free_text(std::vector<Part>& parts) {
    const std::size_t place = held_.find(framing_.open);
    const bool found = place != std::string::npos;
    const std::size_t end = found ? place : held_.size() - possible_mark(held_, framing_.open);
    const std::size_t sure = blanks_.find(std::string_view(held_).substr(0, end));
    if (sure > 0) {
      parts.push_back({Part::Kind::kText, held_.substr(0, sure)});
      blanks_.tell(parts.back().text);
    }
    held_.erase(0, sure);
    if (!found) return false;
    open_ = held_.substr(0, end - sure + framing_.open.size());
    held_.erase(0, open_.size());
    state_ = State::kHead;
    return true;
  }

  bool head(std::vector<Part>& parts) {
    const std::size_t begin = framing_.before.size();
    const std::size_t end = held_.find(framing_.after_name, begin);
    if (end == std::string::npos) return false;
    parts.push_back({Part::Kind::kName, held_.substr(begin, end - begin)});
    held_.erase(0, end + framing_.after_name.size());
    ++n_calls_;
    end_ = {};
    state_ = State::kArguments;
    return true;
  }

  bool arguments(std::vector<Part>& parts) {
    const std::size_t n = end_.follow(held_);
    if (n > 0) parts.push_back({Part::Kind::kArguments, held_.substr(0, n)});
    held_.erase(0, n);
    if (!end_.ended()) return false;
    parts.push_back({Part::Kind::kEnd, {}});
    state_ = State::kAfter;
    return true;
  }

  bool after() {
    const std::string next = std::string(framing_.after).append(framing_.between);
    if (!framing_.between.empty() && held_.starts_with(next)) {
      held_.erase(0, next.size());
      open_ = framing_.between;
      state_ = State::kHead;
      return true;
    }
    const std::string last = std::string(framing_.after).append(framing_.close);
    if (!held_.starts_with(last) || next.starts_with(held_)) return false;
    held_.clear();
    state_ = State::kDone;
    return false;
  }

  const Framing& framing_;
  State state_ = State::kFree;
  std::string held_, open_;  // open_: the mark that began the call, with the blanks before it
  HeldBlanks blanks_;
  ObjectEnd end_;
  int n_calls_ = 0;
};

}  // namespace

std::unique_ptr<Splitter> make_guided_splitter(const Framing& framing) {
  return std::make_unique<GuidedSplitter>(framing);
}

}  // namespace sotto::text::tool_calls
