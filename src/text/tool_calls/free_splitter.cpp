#include <algorithm>

#include "text/tool_calls/held_text.h"
#include "text/tool_calls/splitter.h"

namespace sotto::text::tool_calls {
namespace {

constexpr std::size_t kMostHeldBytes = 512 << 10;
// So much that is held is read again with each piece that comes. More only when a sixteenth of it has come: otherwise
// the time would be quadratic in the length.
constexpr std::size_t kFewBytes = 4096;
// After so many openings that began no call, the rest of an answer is text.
constexpr int kMostRefused = 256;

class FreeSplitter final : public Splitter {
 public:
  FreeSplitter(const Format& format, Tools tools) : format_(format), tools_(tools) {}

  std::vector<Part> push(std::string_view text) override {
    held_ += text;
    return split(false);
  }

  std::vector<Part> finish() override {
    auto parts = split(true);
    const bool behind_call = called_ && beginning_;
    if (!behind_call || skip_blanks(held_, at_) < held_.size()) add_text(parts, held_.size());
    held_.clear();
    at_ = 0;
    return parts;
  }

 private:
  // The next place where a call may begin; held_.size(): there is none.
  std::size_t find_open(const Open*& found) const {
    std::size_t best = held_.size();
    const std::size_t first = skip_blanks(held_, at_);
    for (const Open& open : format_.opens) {
      std::size_t place = open.anywhere ? held_.find(open.mark, at_) : std::string::npos;
      if (!open.anywhere && beginning_ && std::string_view(held_).substr(first).starts_with(open.mark)) place = first;
      if (place >= best) continue;  // npos too
      best = place;
      found = &open;
    }
    return best;
  }

  std::vector<Part> split(bool ended) {
    std::vector<Part> parts;
    if (!ended && held_.size() < next_try_) return parts;
    next_try_ = 0;
    while (n_refused_ < kMostRefused) {
      const Open* open = nullptr;
      const std::size_t place = find_open(open);
      if (open == nullptr) break;
      add_text(parts, before_blanks(place));
      auto reading = read_calls(format_, *open, std::string_view(held_).substr(place), tools_);
      const bool more = reading.state == Reading::State::kMore;
      if (more && !ended && held_.size() - place <= kMostHeldBytes) {
        next_try_ = held_.size() - place < kFewBytes ? 0 : held_.size() + (held_.size() - place) / 16;
        drop_told();
        return parts;
      }
      if (more && ended && read_cut_calls(*open, place, reading)) {
        add_calls(parts, reading, place);
      } else if (reading.state != Reading::State::kFound || reading.n_bytes > kMostHeldBytes) {
        ++n_refused_;
        add_text(parts, place + open->mark.size());
      } else {
        add_calls(parts, reading, place);
      }
    }
    if (!ended) add_text(parts, sure_until());
    drop_told();
    return parts;
  }

  // Reads calls of which only the mark behind them was cut, when the text has ended.
  bool read_cut_calls(const Open& open, std::size_t place, Reading& reading) const {
    Format unclosed{format_.shown, format_.opens, {}, {}, format_.framing};
    reading = read_calls(unclosed, open, std::string_view(held_).substr(place), tools_);
    if (reading.state != Reading::State::kFound) return false;
    reading.n_bytes = held_.size() - place;
    return true;
  }

  void add_text(std::vector<Part>& parts, std::size_t end) {
    if (end <= at_) return;
    std::string text = held_.substr(at_, end - at_);
    beginning_ = beginning_ && skip_blanks(text) == text.size();
    blanks_.tell(text);
    at_ = end;
    if (!parts.empty() && parts.back().kind == Part::Kind::kText) parts.back().text += text;
    else parts.push_back({Part::Kind::kText, std::move(text)});
  }

  void add_calls(std::vector<Part>& parts, Reading& reading, std::size_t place) {
    for (Call& call : reading.calls) {
      parts.push_back({Part::Kind::kName, std::move(call.name)});
      parts.push_back({Part::Kind::kArguments, std::move(call.arguments)});
      parts.push_back({Part::Kind::kEnd, {}});
    }
    at_ = place + reading.n_bytes;
    called_ = beginning_ = true;
    blanks_.tell_call();
  }

  std::size_t before_blanks(std::size_t end) const {
    return at_ + blanks_.find(std::string_view(held_).substr(at_, end - at_));
  }

  // Up to here nothing can become a call any more.
  std::size_t sure_until() const {
    if (n_refused_ >= kMostRefused) return held_.size();
    std::size_t possible = 0;
    for (const Open& open : format_.opens)
      if (open.anywhere) possible = std::max(possible, possible_mark(std::string_view(held_).substr(at_), open.mark));
    return before_blanks(held_.size() - possible);
  }

  void drop_told() {
    held_.erase(0, at_);
    next_try_ -= std::min(next_try_, at_);
    at_ = 0;
  }

  const Format& format_;
  const Tools tools_;
  std::string held_;
  std::size_t at_ = 0;        // of held_: what stands before it was told
  std::size_t next_try_ = 0;  // held_ is read again once it has so many bytes
  int n_refused_ = 0;
  HeldBlanks blanks_;
  bool beginning_ = true, called_ = false;
};

}  // namespace

std::unique_ptr<Splitter> make_free_splitter(const Format& format, Tools tools) {
  return std::make_unique<FreeSplitter>(format, tools);
}

}  // namespace sotto::text::tool_calls
