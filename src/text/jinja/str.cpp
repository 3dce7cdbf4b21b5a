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

// The bytes of the first `n_chars` characters, or of all; `n_chars` becomes how many there were.
std::size_t walk_chars(std::string_view text, std::size_t& n_chars) {
  std::size_t at = 0, count = 0;
  for (; at < text.size() && count < n_chars; ++count) {
    at += static_cast<unsigned char>(text[at]) < 0x80 ? 1 : decode_utf8(text.substr(at)).length;
  }
  n_chars = count;
  return at;
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
  if (chars_ == ~0u) {
    heap().burn(size() / 8);
    std::size_t n = ~std::size_t{0};
    walk_chars(bytes_, n);
    chars_ = static_cast<std::uint32_t>(n);
  }
  return chars_;
}

std::size_t Str::byte_offset(std::size_t index) const {
  if (one_byte_chars()) return std::min(index, size());
  heap().burn(std::min(index, size()) / 2);
  return walk_chars(bytes_, index);
}

const Run* Str::run_at(std::size_t byte) const {
  const auto run =
      std::upper_bound(mixed_->begin(), mixed_->end(), byte, [](std::size_t at, const Run& r) { return at < r.end; });
  return &*run;
}

bool Str::trusted_at(std::size_t byte) const {
  if (!mixed_) return trusted_;
  return byte < size() && run_at(byte)->trusted;
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
  const std::size_t total = text.size() * times;
  if (!heap_.burn(total / 32) || !make_room(total)) return;
  if (!text.uniform()) {
    for (; times > 0 && !heap_.exhausted(); --times) append(text);
    return;
  }
  if (text.size() == 1) {
    bytes_.append(times, text.bytes()[0]);
  } else {
    for (; times > 0; --times) bytes_.append(text.bytes());
  }
  if (total > 0) mark(text.trusted_at(0));
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
