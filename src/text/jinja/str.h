// A string value whose every byte knows whether it may be trusted, and the builder that makes one.
// Knows nothing of Unicode's characters beyond counting them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/heap.h"

namespace sotto::text::jinja {

// Bytes up to `end` (from the end of the run before) share one provenance.
struct Run {
  std::uint32_t end;
  bool trusted;
};

class Str final : public Object {
 public:
  // A view of bytes that outlive the rendering: the template's own text, the caller's variables.
  Str(Heap& heap, std::string_view outside, bool trusted);
  // `runs`: empty when the text is empty.
  Str(Heap& heap, std::string bytes, std::vector<Run> runs);

  std::string_view bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  // Code points; a byte that is no UTF-8 counts as one.
  std::size_t char_count() const;
  bool one_byte_chars() const { return char_count() == size(); }
  // Where character `index` begins; size() when there are not that many.
  std::size_t byte_offset(std::size_t index) const;
  bool trusted_at(std::size_t byte) const;
  bool uniform() const { return !mixed_; }
  bool wholly_trusted() const { return !mixed_ && trusted_; }

  // Calls fn(bytes, trusted) for each stretch of one provenance in [from, to).
  template <class Fn>
  void for_runs(std::size_t from, std::size_t to, Fn&& fn) const {
    if (from >= to) return;
    if (!mixed_) return fn(bytes_.substr(from, to - from), trusted_);
    for (const Run* run = run_at(from); from < to; ++run) {
      const std::size_t end = run->end < to ? run->end : to;
      fn(bytes_.substr(from, end - from), run->trusted);
      from = end;
    }
  }

  // Made by the `escape` and `safe` filters: adding a plain string to it escapes that string.
  bool markup = false;

 private:
  const Run* run_at(std::size_t byte) const;

  std::string owned_;
  std::string_view bytes_;
  std::unique_ptr<std::vector<Run>> mixed_;  // only when provenance changes within the text
  mutable std::uint32_t chars_ = ~0u;
  bool trusted_;
};

// Grows a text within the heap's limit; once that is passed it takes nothing more.
class TextBuilder {
 public:
  // `run_overhead`: what each run will cost besides, where the text is going to be cut at its runs.
  explicit TextBuilder(Heap& heap, std::size_t run_overhead = 0) : heap_(heap), run_cost_(sizeof(Run) + run_overhead) {}
  ~TextBuilder() { heap_.give_back(charged_); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void append(std::string_view text, bool trusted);
  void append(const Str& text) { append(text, 0, text.size()); }
  void append(const Str& text, std::size_t from, std::size_t to);
  void append_repeated(const Str& text, std::size_t times);
  void append_char(char32_t c, bool trusted);
  void reserve(std::size_t bytes);

  std::string_view bytes() const { return bytes_; }
  const std::vector<Run>& runs() const { return runs_; }
  bool wholly_trusted() const { return runs_.empty() || (runs_.size() == 1 && runs_[0].trusted); }
  // Ends the building; the builder is then empty.
  Ref<Str> finish();

 private:
  bool make_room(std::size_t more);
  void mark(bool trusted);

  Heap& heap_;
  std::size_t run_cost_;
  std::size_t charged_ = 0;
  std::string bytes_;
  std::vector<Run> runs_;
};

}  // namespace sotto::text::jinja
