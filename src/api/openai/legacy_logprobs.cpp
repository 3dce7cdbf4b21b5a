#include "api/openai/legacy_logprobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/utf8.h"

namespace sotto::api::openai {
namespace {

std::string spelled(const std::string& text) {
  if (text::find_invalid_utf8(text) == text.size()) return text;
  std::string bytes = "bytes:";
  for (const char c : text) bytes += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return bytes;
}

// The alternatives, and the token itself, which need not be one of them.
Json top_of(const ChosenToken& token) {
  Json top = Json::object();
  for (const TokenLogprob& other : token.top) top[spelled(other.text)] = finite_logprob(other.logprob);
  top[spelled(token.chosen.text)] = finite_logprob(token.chosen.logprob);
  return top;
}

// A part of a character counts where it begins one.
std::int64_t n_characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

Json legacy_logprobs(std::span<const ChosenToken> tokens, std::int64_t& offset) {
  Json texts = Json::array(), logprobs = Json::array(), tops = Json::array(), offsets = Json::array();
  for (const ChosenToken& token : tokens) {
    texts.push_back(spelled(token.chosen.text));
    logprobs.push_back(finite_logprob(token.chosen.logprob));
    tops.push_back(top_of(token));
    offsets.push_back(offset);
    offset += n_characters(token.chosen.text);
  }
  return {{"tokens", std::move(texts)},
          {"token_logprobs", std::move(logprobs)},
          {"top_logprobs", std::move(tops)},
          {"text_offset", std::move(offsets)}};
}

}  // namespace sotto::api::openai
