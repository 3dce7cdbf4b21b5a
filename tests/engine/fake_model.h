// A model and a tokenizer small enough to reason about: a token is a byte, and a function of the
// test says which byte follows a text. The model remembers its text in the key and value cache
// alone, so what it answers shows whether the cache was reused rightly.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/language.h"
#include "engine/session.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "text/tokenizer.h"

namespace sotto::engine {

inline constexpr Token kBos = 256, kEos = 257, kTurn = 258;
inline constexpr int kFakeVocab = 259;

inline std::string spell(std::span<const Token> tokens) {
  std::string text;
  for (const Token token : tokens) text += token < 256 ? std::string(1, static_cast<char>(token)) : std::string();
  return text;
}

class FakeModel final : public model::Model {
 public:
  // What follows `text`, the tokens that the cache still holds.
  using Next = std::function<Token(const std::vector<Token>& text)>;

  explicit FakeModel(Next next, int window = 0) : next_(std::move(next)) {
    spec_.architecture = "fake";
    spec_.n_layers = spec_.n_heads = spec_.n_kv_heads = 1;
    spec_.head_dim = 16;
    spec_.n_vocab = kFakeVocab + 5;  // padding rows that no token stands for
    spec_.window = window;
    spec_.windowed = {window > 0};
  }

  const model::DecoderSpec& spec() const override { return spec_; }
  int threads() const override { return 1; }
  std::string arithmetic() const override { return "fake arithmetic"; }
  std::unique_ptr<model::KvCache> new_cache(int ctx_tokens) const override {
    return std::make_unique<model::KvCache>(spec_, KvType::kF16, ctx_tokens, 16);
  }
  std::uint64_t cache_bytes(int ctx_tokens) const override {
    return model::KvCache::bytes_for(spec_, KvType::kF16, ctx_tokens, 16);
  }

  using model::Model::forward;
  void forward(std::span<const model::Part> parts) override {
    calls.push_back(0);
    for (const model::Part& part : parts) calls.back() += part.tokens.size();
    if (during_forward) during_forward();
    for (const auto& [cache, tokens, which, logits] : parts) append(cache, tokens, which, logits);
  }

  std::vector<std::size_t> calls;        // tokens of each forward()
  std::function<void()> during_forward;  // called in each

 private:
  void append(model::KvCache& cache, std::span<const std::int32_t> tokens, model::LogitsFor which,
              std::span<float> logits) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      at(cache, cache.size()) = static_cast<std::uint16_t>(tokens[i]);
      cache.advance(1);
      const bool wanted =
          which == model::LogitsFor::kAll || (which == model::LogitsFor::kLast && i + 1 == tokens.size());
      if (wanted) write_logits(cache, logits.subspan(which == model::LogitsFor::kAll ? i * width() : 0, width()));
    }
  }

  std::size_t width() const { return static_cast<std::size_t>(spec_.n_vocab); }

  static std::uint16_t& at(model::KvCache& cache, int position) {
    const auto& layer = cache.layer(0);
    return reinterpret_cast<std::uint16_t*>(layer.chunks)[static_cast<std::size_t>(position % layer.slots) * 32];
  }

  // 12 for what follows and next to nothing for the rest; the padding rows score highest, and must
  // not be chosen.
  void write_logits(model::KvCache& cache, std::span<float> logits) const {
    std::vector<Token> text;
    const int first = spec_.window > 0 ? std::max(0, cache.size() - spec_.window) : 0;
    for (int p = first; p < cache.size(); ++p) text.push_back(at(cache, p));
    for (std::size_t i = 0; i < logits.size(); ++i)
      logits[i] = i < kFakeVocab ? static_cast<float>(i % 7) * 0.1f : 50.0f;
    logits[static_cast<std::size_t>(next_(text))] = 12.0f;
  }

  model::DecoderSpec spec_;
  Next next_;
};

class FakeTokenizer final : public text::Tokenizer {
 public:
  explicit FakeTokenizer(bool add_bos = true) {
    static const std::vector<std::string> names = [] {
      std::vector<std::string> all;
      for (int byte = 0; byte < 256; ++byte) all.emplace_back(1, static_cast<char>(byte));
      for (const char* control : {"<s>", "</s>", "<|turn|>"}) all.emplace_back(control);
      return all;
    }();
    vocab_.tokens.assign(names.begin(), names.end());
    vocab_.bos = kBos;
    vocab_.eos = kEos;
    vocab_.add_bos = add_bos;
  }

  using text::Tokenizer::decode;
  using text::Tokenizer::encode;

  std::vector<text::TokenId> encode(std::span<const text::Piece> pieces) const override {
    std::vector<Token> tokens;
    for (const text::Piece& piece : pieces)
      for (std::string_view rest = piece.text; !rest.empty();) {
        const Token control = piece.trusted ? control_at(rest) : -1;
        tokens.push_back(control >= 0 ? control : static_cast<unsigned char>(rest[0]));
        rest.remove_prefix(control >= 0 ? name(control).size() : 1);
      }
    return tokens;
  }
  std::string decode(text::TokenId token, bool show_control) const override {
    return is_control(token) && !show_control ? std::string() : std::string(name(token));
  }
  const text::Vocab& vocab() const override { return vocab_; }
  bool is_control(text::TokenId token) const override { return token >= 256; }
  bool ends_generation(text::TokenId token) const override { return token == kEos; }

 private:
  std::string_view name(Token token) const { return vocab_.tokens[static_cast<std::size_t>(token)]; }
  Token control_at(std::string_view text) const {
    for (Token token = 256; token < kFakeVocab; ++token)
      if (text.starts_with(name(token))) return token;
    return -1;
  }

  text::Vocab vocab_;
};

// Continues every prompt with `answer`, then ends. The prompt is what stands before the last ">".
inline FakeModel::Next answers(std::string answer) {
  return [answer = std::move(answer)](const std::vector<Token>& text) -> Token {
    const std::string all = spell(text);
    const std::size_t said = all.size() - (all.rfind('>') + 1);
    return said < answer.size() ? static_cast<unsigned char>(answer[said]) : kEos;
  };
}

// All that a session needs, with a FakeModel inside, and what its events said.
struct Bench {
  explicit Bench(FakeModel::Next next, int ctx_tokens = 256, int window = 0,
                 const SessionTuning& tuning = {.draft_tokens = 0})
      : model(std::move(next), window),
        session(make_session({language, model, batcher, ctx_tokens, 1.5, "Fake", [] { return 7u; }}, tuning)) {}

  Result<Usage> run(const Request& request) {
    text.clear();
    events.clear();
    model.calls.clear();
    return session->run(request, [this](const Event& event) {
      events.push_back(event);
      text += event.text;
      if (on_event) on_event(event);
    });
  }

  FinishReason finish() const { return events.back().finish; }
  std::size_t n_forwarded() const {
    std::size_t n = 0;
    for (const std::size_t tokens : model.calls) n += tokens;
    return n;
  }

  Language language{std::make_unique<FakeTokenizer>(), std::nullopt};
  FakeModel model;
  Batcher batcher{model};
  std::unique_ptr<Session> session;
  std::string text;
  std::vector<Event> events;
  std::function<void(const Event&)> on_event;
};

inline Request greedy(std::string prompt) {
  Request request;
  request.prompt = std::move(prompt);
  request.sampling.temperature = 0;
  return request;
}

}  // namespace sotto::engine
