// Opens a model file and hands out sessions: where the public API meets the layers below.
#include "sotto/engine.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

#include "adapter/adapter.h"
#include "engine/border.h"
#include "engine/embedding.h"
#include "engine/fingerprint.h"
#include "engine/model_info.h"
#include "engine/session.h"
#include "model/families/registry.h"

namespace sotto {
namespace engine {
namespace {

Result<void> check(const EngineOptions& options) {
  if (options.model_path.empty()) return Unexpected(ErrorCode::kBadRequest, "model_path is empty; name a GGUF file");
  if (options.threads < 0 || options.threads > kMostThreads)
    return Unexpected(ErrorCode::kBadRequest, fmt::format("threads is {}; it must be from 1 to {}, or 0 to choose",
                                                          options.threads, kMostThreads));
  return {};
}

Result<void> may_go_on(const EngineOptions& options) {
  if (options.cancel == nullptr || !*options.cancel) return {};
  return Unexpected(ErrorCode::kCancelled, fmt::format("opening {}: stopped", options.model_path));
}

// Past what it was trained for a model writes nonsense: that is an error rather than a surprise.
Result<int> choose_ctx(int wanted, int trained) {
  if (wanted < 0)
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("ctx_tokens is {}; it must be 1 or more, or 0 to choose", wanted));
  if (wanted == 0) return trained > 0 ? std::min(trained, kDefaultCtxTokens) : kDefaultCtxTokens;
  if (trained > 0 && wanted > trained)
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("the context asked for (--ctx) is {} tokens and the model was trained for {}; ask "
                                  "for {} or fewer",
                                  wanted, trained, trained));
  return wanted;
}

Result<void> check_is_model(const gguf::File& file) {
  const auto type = file.string("general.type");
  if (!type || !*type || **type != "adapter") return {};
  return Unexpected(
      ErrorCode::kUnsupported,
      fmt::format("{0}: this is an adapter, not a model; use it with: sotto run MODEL --adapter {0}", file.path()));
}

// A token without a row in the embedding could not be read.
Result<void> check_rows(const gguf::File& file, int n_tokens) {
  const gguf::Tensor* embedding = file.tensor("token_embd.weight");
  if (embedding == nullptr || static_cast<std::uint64_t>(n_tokens) <= embedding->n_rows()) return {};
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: tokenizer.ggml.tokens has {} tokens and the embedding {} rows; expected a row "
                                "for each token. The file is damaged or was converted wrongly.",
                                file.path(), n_tokens, embedding->n_rows()));
}

Result<Language> read_language(const gguf::File& file, const EngineOptions& options) {
  auto language = Language::read(file, options.chat_template);
  if (!language || options.vocabulary_only) return language;
  if (auto rows = check_rows(file, language->tokenizer().size()); !rows) return forward_error(rows);
  return language;
}

// The tokenizer's tables, built on a thread of their own.
class ReadingLanguage {
 public:
  ReadingLanguage(const gguf::File& file, const EngineOptions& options)
      : reading_(std::async(std::launch::async, [&] { return read_language(file, options); })) {}

  // Waits for them.
  Result<Language>& get() {
    if (!language_) language_.emplace(reading_.get());
    return *language_;
  }

 private:
  std::future<Result<Language>> reading_;
  std::optional<Result<Language>> language_;
};

class OpenEngine final : public Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);

  const ModelInfo& info() const override { return info_; }

  Result<std::unique_ptr<Session>> new_session(int ctx_tokens) override {
    if (auto family = model::find_family(file_); encoder_ && !family) return forward_error(family);
    if (!model_)
      return Unexpected(ErrorCode::kUnsupported,
                        fmt::format("{} was opened for its vocabulary only; it cannot generate text", file_.path()));
    const auto size = ctx_tokens == 0 ? info_.ctx_tokens : choose_ctx(ctx_tokens, info_.train_ctx_tokens);
    if (!size) return Unexpected(size.error());
    return at_border([&]() -> Result<std::unique_ptr<Session>> {
      return make_session({*language_, *model_, *batcher_, *size, load_ms_, name_with_adapters(),
                           [this] { return fingerprint(file_, adapters_); }, &*grammars_, &prefixes_});
    });
  }

  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts) override {
    if (auto family = model::find_encoder_family(file_); !family) return forward_error(family);
    if (!encoder_)
      return Unexpected(ErrorCode::kUnsupported,
                        fmt::format("{} was opened for its vocabulary only; it cannot embed texts", file_.path()));
    return at_border([&] { return embed_texts(texts, *language_, *encoder_, turn_, info_.ctx_tokens); });
  }

  Result<std::vector<Token>> tokenize(std::string_view text, bool add_bos) const override {
    return at_border([&]() -> Result<std::vector<Token>> { return language_->tokenize(text, add_bos); });
  }

  Result<std::string> prompt_text(const Request& request) const override {
    return at_border([&] { return language_->prompt_text(request); });
  }

  std::string token_text(Token token) const override {
    const text::Tokenizer& tokenizer = language_->tokenizer();
    return token >= 0 && token < tokenizer.size() ? tokenizer.decode(token, true) : std::string();
  }

 private:
  explicit OpenEngine(gguf::File file) : file_(std::move(file)), info_(describe(file_)) {}
  Result<void> load(const EngineOptions& options);
  Result<void> load_model(const EngineOptions& options, ReadingLanguage& reading);
  Result<void> load_encoder(const model::LoadOptions& options);
  Result<void> read_adapters(const EngineOptions& options);
  std::string name_with_adapters() const;

  gguf::File file_;
  ModelInfo info_;
  std::vector<adapter::Adapter> adapters_;  // without their numbers once the model is loaded
  std::optional<Language> language_;
  std::unique_ptr<model::Model> model_;      // null: an encoder, or vocabulary only
  std::unique_ptr<model::Encoder> encoder_;  // null: a model that writes text, or vocabulary only
  std::optional<Batcher> batcher_;           // of the model
  std::optional<Grammars> grammars_;         // of the vocabulary
  Prefixes prefixes_;                        // of the sessions
  TurnLock turn_;                            // of the encoder
  double load_ms_ = 0;
};

Result<std::unique_ptr<Engine>> OpenEngine::open(const EngineOptions& options) {
  const auto started = std::chrono::steady_clock::now();
  if (auto valid = check(options); !valid) return forward_error(valid);
  auto file = gguf::File::open(options.model_path);
  if (!file) return forward_error(file);
  if (auto model = check_is_model(*file); !model) return forward_error(model);
  std::unique_ptr<OpenEngine> engine(new OpenEngine(std::move(*file)));
  if (auto loaded = engine->load(options); !loaded) return forward_error(loaded);
  if (auto allowed = may_go_on(options); !allowed) return forward_error(allowed);
  engine->load_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
  return std::unique_ptr<Engine>(std::move(engine));
}

Result<void> OpenEngine::load(const EngineOptions& options) {
  ReadingLanguage reading(file_, options);
  if (!options.vocabulary_only) {
    if (auto loaded = load_model(options, reading); !loaded) return loaded;
  }
  Result<Language>& language = reading.get();
  if (!language) return forward_error(language);
  language_.emplace(std::move(*language));
  grammars_.emplace(language_->tokenizer());
  info_.has_chat_template = language_->has_chat_template();
  info_.thinks = language_->thought_marks() != nullptr;
  info_.fills_gaps = language_->fills_gaps();
  info_.calls_tools = language_->tool_form().native != nullptr;
  if (options.vocabulary_only) info_.n_vocab = language_->tokenizer().size();
  return {};
}

// Packing takes long: it begins when the vocabulary is known to be sound.
Result<void> OpenEngine::load_model(const EngineOptions& options, ReadingLanguage& reading) {
  const auto ctx_tokens = choose_ctx(options.ctx_tokens, info_.train_ctx_tokens);
  if (!ctx_tokens) return Unexpected(ctx_tokens.error());
  info_.ctx_tokens = *ctx_tokens;
  if (auto read = read_adapters(options); !read) return read;
  const auto warn = [this](const std::string& problem) { info_.packed_problem = problem; };
  const auto may_pack = [&reading]() -> Result<void> {
    if (const Result<Language>& language = reading.get(); !language) return Unexpected(language.error());
    return {};
  };
  const model::LoadOptions how{.threads = options.threads,
                               .exact_activations = options.exact_activations,
                               .kv = options.kv,
                               .keep = {.folder = options.packed_dir,
                                        .progress = options.on_packing,
                                        .warn = warn,
                                        .may_pack = may_pack,
                                        .may_go_on = [&options] { return may_go_on(options); }},
                               .adapters = adapters_};
  if (model::is_encoder(file_)) return load_encoder(how);
  auto model = model::Model::load(file_, how);
  if (!model) return forward_error(model);
  model_ = std::move(*model);
  batcher_.emplace(*model_);
  for (adapter::Adapter& adapter : adapters_) adapter.changes.clear();
  info_.n_layers = model_->spec().n_layers;
  info_.kv_bytes = model_->cache_bytes(*ctx_tokens);
  info_.n_vocab = model_->spec().n_vocab;
  return {};
}

Result<void> OpenEngine::read_adapters(const EngineOptions& options) {
  if (options.adapters.empty()) return {};
  if (model::is_encoder(file_))
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("{}: an adapter was given, and encoders take none", file_.path()));
  for (const AdapterOption& option : options.adapters) {
    auto adapter = adapter::read_adapter(option.path, option.scale, file_);
    if (!adapter) return forward_error(adapter);
    adapters_.push_back(std::move(*adapter));
  }
  return {};
}

// For people.
std::string OpenEngine::name_with_adapters() const {
  std::string name = info_.name;
  for (const adapter::Adapter& adapter : adapters_) name += fmt::format(" with {}", adapter.path);
  return name;
}

Result<void> OpenEngine::load_encoder(const model::LoadOptions& options) {
  auto encoder = model::Encoder::load(file_, options);
  if (!encoder) return forward_error(encoder);
  encoder_ = std::move(*encoder);
  info_.n_layers = encoder_->spec().n_layers;
  info_.n_vocab = encoder_->spec().n_vocab;
  info_.embedding_dim = encoder_->spec().embedding_dim();
  return {};
}

}  // namespace
}  // namespace engine

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  return engine::at_border([&] { return engine::OpenEngine::open(options); });
}

}  // namespace sotto
