#include "text/jinja/str.h"

#include <algorithm>

#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

std::size_t footprint(const std::string& bytes, std::size_t n_runs) {
  const std::size_t inside = std::string().capacity();
  return (bytes.capacity() > inside ? bytes.capacity() + 17 : 0) +
         (n_runs > 1 ? n_runs * sizeof(Run) + sizeof(std::vector<Run>) : 0);
}

std::size_t count_chars(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t n = is_ascii(text[0]) ? 1 : decode_utf8(text).length;
    text.remove_prefix(n);
    ++count;
  }
  return count;
}

}  // namespace

Str::Str(Heap& heap, std::string_view outside, bool trusted)
    : Object(heap, sizeof(Str)), bytes_(outside), trusted_(trusted) {}

Str::Str(Heap& heap, std::string bytes, std::vector<Run> runs)
    : Object(heap, sizeof(Str)), owned_(std::move(bytes)), bytes_(owned_) {
  trusted_ = runs.empty() || runs[0].trusted;
  charge(footprint(owned_, runs.size()), sizeof(Str));
  if (runs.size() > 1) {
    runs.shrink_to_fit();
    mixed_ = std::make_unique<std::vector<Run>>(std::move(runs));
  }
}

std::size_t Str::char_count() const {
  if (chars_ == ~0u) chars_ = static_cast<std::uint32_t>(count_chars(bytes_));
  return chars_;
}

std::size_t Str::byte_offset(std::size_t index) const {
  if (one_byte_chars()) return std::min(index, size());
  std::size_t at = 0;
  for (; index > 0 && at < size(); --index) at += decode_utf8(bytes_.substr(at)).length;
  return at;
}

bool Str::trusted_at(std::size_t byte) const {
  if (!mixed_) return trusted_;
  const auto run = std::upper_bound(mixed_->begin(), mixed_->end(), byte,
                                    [](std::size_t at, const Run& r) { return at < r.end; });
  return run != mixed_->end() && run->trusted;
}

bool TextBuilder::make_room(std::size_t more) {
  if (heap_.exhausted()) return false;
  const std::size_t need = bytes_.size() + more;
  const std::size_t base = charged_ - runs_.capacity() * run_cost_;
  if (need > bytes_.capacity()) {
    const std::size_t grown = std::max(need, bytes_.capacity() + bytes_.capacity() / 2);
    if (!heap_.can_take(grown)) return false;  // the old buffer still counts while it is copied
    bytes_.reserve(grown);
    heap_.take(bytes_.capacity());
    heap_.give_back(base);
    charged_ += bytes_.capacity() - base;
  }
  return need < ~std::uint32_t{0} || !heap_.can_take(~std::size_t{0});
}

void TextBuilder::mark(bool trusted) {
  const auto end = static_cast<std::uint32_t>(bytes_.size());
  if (!runs_.empty() && runs_.back().trusted == trusted) {
    runs_.back().end = end;
    return;
  }
  const std::size_t before = runs_.capacity();
  runs_.push_back({end, trusted});
  if (runs_.capacity() == before) return;
  const std::size_t more = (runs_.capacity() - before) * run_cost_;
  heap_.take(more);
  charged_ += more;
}

void TextBuilder::append(std::string_view text, bool trusted) {
  if (text.empty() || !heap_.burn(1 + text.size() / 32) || !make_room(text.size())) return;
  bytes_.append(text);
  mark(trusted);
}

void TextBuilder::append(const Str& text, std::size_t from, std::size_t to) {
  text.for_runs(from, to, [&](std::string_view part, bool trusted) { append(part, trusted); });
}

void TextBuilder::append_repeated(const Str& text, std::size_t times) {
  if (text.size() == 0) return;
  if (times > heap_.limit_bytes() / text.size()) times = heap_.limit_bytes() / text.size() + 1;
  if (!make_room(text.size() * times)) return;
  for (; times > 0 && !heap_.exhausted(); --times) append(text);
}

void TextBuilder::append_char(char32_t c, bool trusted) {
  std::string encoded;
  append_utf8(encoded, c);
  append(encoded, trusted);
}

void TextBuilder::reserve(std::size_t bytes) {
  if (bytes > bytes_.size()) make_room(bytes - bytes_.size());
}

Ref<Str> TextBuilder::finish() {
  heap_.give_back(charged_);
  charged_ = 0;
  Ref<Str> text = make<Str>(heap_, std::move(bytes_), std::move(runs_));
  bytes_.clear();
  runs_.clear();
  return text;
}

}  // namespace sotto::text::jinja
