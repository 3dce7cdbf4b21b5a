#include "engine/session.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "engine/border.h"
#include "engine/logprob_report.h"
#include "engine/session_file.h"

namespace sotto::engine {
namespace {

class SessionOfOneEngine final : public Session {
 public:
  SessionOfOneEngine(const Shared& shared, const SessionTuning& tuning)
      : shared_(shared),
        chunk_tokens_(tuning.chunk_tokens),
        gate_(tuning.draft_tokens),
        own_grammars_(shared.language.tokenizer()),
        grammars_(shared.grammars != nullptr ? *shared.grammars : own_grammars_),
        sequence_(shared.model, shared.batcher, shared.ctx_tokens, shared.prefixes) {}

  Result<Usage> run(const Request& request, const EventSink& sink) override {
    return at_border([&]() -> Result<Usage> {
      if (auto valid = check_logprobs(request); !valid) return forward_error(valid);
      auto guide = guide_for(request);
      if (!guide) return forward_error(guide);
      // A forced call's control token is put before it, unless a thought comes first.
      const bool led = guide->plan.forced && shared_.language.thought_marks() == nullptr;
      auto prompt = shared_.language.prompt(request, led ? guide->plan.format->framing.lead : std::string_view());
      if (!prompt) return forward_error(prompt);
      std::optional<LogprobReport> logprobs;
      if (request.n_top_logprobs >= 0) logprobs.emplace(request.n_top_logprobs, shared_.language.tokenizer(), sink);
      const EventSink& told = logprobs ? logprobs->sink() : sink;
      RunSettings settings = settings_for(request, *guide, *prompt);
      settings.logprobs = logprobs ? &*logprobs : nullptr;
      auto generation =
          Generation::prepare(request, std::move(*prompt), sequence_, shared_.language.tokenizer(), told, settings);
      if (!generation) return forward_error(generation);
      return generation->run();
    });
  }

  Result<std::vector<float>> logits(const std::vector<Token>& tokens) override {
    return at_border([&]() -> Result<std::vector<float>> {
      if (auto fit = check(tokens); !fit) return forward_error(fit);
      sequence_.clear();
      const auto n_vocab = static_cast<std::size_t>(sequence_.n_vocab());
      std::vector<float> logits(tokens.size() * n_vocab);
      const auto chunk_tokens = static_cast<std::size_t>(chunk_tokens_);
      for (std::size_t done = 0; done < tokens.size(); done += chunk_tokens) {
        const auto chunk = std::span(tokens).subspan(done, std::min(chunk_tokens, tokens.size() - done));
        sequence_.append(chunk, model::LogitsFor::kAll,
                         std::span(logits).subspan(done * n_vocab, chunk.size() * n_vocab));
      }
      return logits;
    });
  }

  void clear() override { sequence_.clear(); }

  Result<void> save(const std::string& path, std::string_view note) override {
    return at_border([&]() -> Result<void> {
      if (on_disk_.holds(path, sequence_.tokens(), note)) return {};
      auto written = write_session(path, owner(), sequence_.tokens(), note, sequence_.cache());
      if (written) on_disk_ = OnDisk::of(path, {sequence_.tokens(), std::string(note)});
      return written;
    });
  }

  Result<std::string> restore(const std::string& path) override {
    return at_border([&]() -> Result<std::string> {
      std::string note;
      auto read = sequence_.refill([&](model::KvCache& cache) -> Result<std::vector<Token>> {
        auto kept = read_session(path, owner(), sequence_.n_vocab(), cache);
        if (!kept) return forward_error(kept);
        note = std::move(kept->note);
        return std::move(kept->tokens);
      });
      if (!read) return forward_error(read);
      on_disk_ = OnDisk::of(path, {sequence_.tokens(), note});
      return note;
    });
  }

 private:
  // What an answer must follow, and may call.
  struct Guide {
    ToolPlan plan;
    std::shared_ptr<grammar::TokenGrammar> grammar;
  };

  Result<Guide> guide_for(const Request& request) {
    const text::Tokenizer& tokenizer = shared_.language.tokenizer();
    auto plan = plan_tools(request, shared_.language.tool_form().format());
    if (!plan) return forward_error(plan);
    auto grammar = plan->active() ? guide_calls(*plan, tokenizer, grammars_) : grammars_.find(request);
    if (!grammar) return forward_error(grammar);
    return Guide{std::move(*plan), std::move(*grammar)};
  }

  // Valid as long as `guide` is.
  RunSettings settings_for(const Request& request, const Guide& guide, const std::vector<Token>& prompt) {
    const bool messages = !request.raw && !request.gap && request.prompt.empty();
    return {.chunk_tokens = chunk_tokens_,
            .load_ms = shared_.load_ms,
            .gate = request.speculate ? &gate_ : nullptr,
            .marks = messages ? shared_.language.thought_marks() : nullptr,
            .within_thought = messages && shared_.language.ends_within_thought(prompt),
            .grammar = guide.grammar,
            .tools = guide.plan.active() ? &guide.plan : nullptr};
  }

  // What the file at `path` holds, when this session wrote or read it last.
  struct OnDisk {
    std::string path;
    KeptSession kept;
    std::optional<base::FileId> file;

    static OnDisk of(const std::string& path, KeptSession kept) { return {path, std::move(kept), file_at(path)}; }
    static std::optional<base::FileId> file_at(const std::string& path) {
      struct stat status;
      if (::stat(path.c_str(), &status) != 0) return std::nullopt;
      return base::file_id(status);
    }
    bool holds(const std::string& at, const std::vector<Token>& tokens, std::string_view note) const {
      return path == at && kept.tokens == tokens && kept.note == note && file && file == file_at(at);
    }
  };

  SessionOwner owner() {
    return {shared_.model_name, shared_.fingerprint(), shared_.model.arithmetic(), sequence_.cache().layout(),
            shared_.ctx_tokens};
  }

  static Result<void> check_logprobs(const Request& request) {
    if (request.n_top_logprobs >= -1 && request.n_top_logprobs <= kMostTopLogprobs) return {};
    return Unexpected(ErrorCode::kBadRequest, fmt::format("n_top_logprobs is {}; it must be 0 to {}, or -1 for none",
                                                          request.n_top_logprobs, kMostTopLogprobs));
  }

  Result<void> check(const std::vector<Token>& tokens) const {
    if (tokens.size() > static_cast<std::size_t>(sequence_.capacity()))
      return Unexpected(ErrorCode::kContextFull,
                        fmt::format("{} tokens were given and the context holds {}; give fewer or open the model with "
                                    "a larger context (--ctx)",
                                    tokens.size(), sequence_.capacity()));
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if (tokens[i] < 0 || tokens[i] >= sequence_.n_vocab())
        return Unexpected(ErrorCode::kBadRequest, fmt::format("tokens[{}] is {}; it must be from 0 to {}", i, tokens[i],
                                                              sequence_.n_vocab() - 1));
    return {};
  }

  const Shared shared_;
  const int chunk_tokens_;
  DraftGate gate_;
  Grammars own_grammars_;
  Grammars& grammars_;
  Sequence sequence_;
  OnDisk on_disk_;
};

}  // namespace

std::unique_ptr<Session> make_session(const Shared& shared, const SessionTuning& tuning) {
  return std::make_unique<SessionOfOneEngine>(shared, tuning);
}

}  // namespace sotto::engine
