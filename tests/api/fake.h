// An engine that says what a test tells it to, a models folder with files that are none, and a reply that is kept.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/call.h"
#include "api/service.h"
#include "support/temporary_folder.h"

namespace sotto::api {

// What the engines of a test do, and what they were asked. Members are changed before the threads begin.
struct Script {
  std::vector<std::string> pieces = {"Hello", " world"};
  std::string thought;
  FinishReason finish = FinishReason::kStop;
  std::string stop;             // that ended the answer
  std::vector<ToolCall> calls;  // after the pieces; the arguments of each come in two
  std::optional<Error> error;
  std::function<void(const Request&)> during;  // called within run(), after the pieces
  ModelInfo info;
  std::size_t ctx_tokens_of_texts = 1000;  // prompts of more characters do not fit

  std::mutex mutex;
  std::vector<Request> requests;
  std::vector<int> sizes;  // of the sessions, in the order in which they were made
  int n_engines = 0, n_closed = 0;

  Script() {
    info.ctx_tokens = 1000;
    info.train_ctx_tokens = 8000;
    info.kv_bytes = 1000;
    info.has_chat_template = true;
  }
};

class FakeSession : public Session {
 public:
  explicit FakeSession(Script& script) : script_(script) {}

  Result<Usage> run(const Request& request, const EventSink& sink) override {
    std::size_t n = request.prompt.size();
    for (const Message& message : request.messages) n += message.content.size();
    {
      const std::lock_guard lock(script_.mutex);
      script_.requests.push_back(request);
    }
    if (n > script_.ctx_tokens_of_texts) return Unexpected(ErrorCode::kContextFull, "1001 of 1000 tokens");
    if (script_.error) return Unexpected(*script_.error);
    if (!script_.thought.empty()) sink(Event{.kind = Event::Kind::kThought, .text = script_.thought});
    const int n_read = static_cast<int>(n);
    sink(Event{.kind = Event::Kind::kPrefill, .done_tokens = n_read, .total_tokens = n_read});
    bool enough = false;
    for (const std::string& piece : script_.pieces) {
      enough = enough || (request.enough && request.enough());
      if (!enough)
        sink(Event{.kind = Event::Kind::kText, .text = piece, .tokens = tokens_of(piece, request.n_top_logprobs)});
    }
    for (const ToolCall& call : script_.calls) {
      sink(Event{.kind = Event::Kind::kCall, .call = {call.id, call.name, ""}});
      const std::size_t half = call.arguments.size() / 2;
      sink(Event{.kind = Event::Kind::kCallArguments, .text = call.arguments.substr(0, half)});
      sink(Event{.kind = Event::Kind::kCallArguments, .text = call.arguments.substr(half)});
      if (script_.finish == FinishReason::kToolCalls) sink(Event{.kind = Event::Kind::kCallEnd, .call = call});
    }
    if (script_.during) script_.during(request);
    const bool cancelled = request.cancel != nullptr && *request.cancel;
    Usage usage;
    usage.prompt_tokens = static_cast<int>(n);
    usage.completion_tokens = static_cast<int>(script_.pieces.size());
    sink(Event{.kind = Event::Kind::kDone,
               .finish = cancelled ? FinishReason::kCancelled
                         : enough  ? FinishReason::kLength
                                   : script_.finish,
               .usage = usage,
               .stop = script_.stop});
    return usage;
  }
  Result<std::vector<float>> logits(const std::vector<Token>&) override { return std::vector<float>(); }
  void clear() override {}
  Result<void> save(const std::string&, std::string_view) override { return {}; }
  Result<std::string> restore(const std::string&) override { return std::string(); }

 private:
  // Each piece is a token, less likely than each of the alternatives.
  static std::vector<ChosenToken> tokens_of(const std::string& piece, int n_top) {
    if (n_top < 0) return {};
    ChosenToken token{{1, -2.5f, piece}, {}};
    for (int i = 0; i < n_top; ++i)
      token.top.push_back({10 + i, -0.5f - 0.1f * static_cast<float>(i), {char('a' + i)}});
    return {token};
  }

  Script& script_;
};

class FakeEngine : public Engine {
 public:
  explicit FakeEngine(Script& script) : script_(script) {
    const std::lock_guard lock(script_.mutex);
    ++script_.n_engines;
  }
  ~FakeEngine() override {
    const std::lock_guard lock(script_.mutex);
    ++script_.n_closed;
  }

  const ModelInfo& info() const override { return script_.info; }
  Result<std::unique_ptr<Session>> new_session(int ctx_tokens) override {
    const std::lock_guard lock(script_.mutex);
    script_.sizes.push_back(ctx_tokens);
    return std::unique_ptr<Session>(new FakeSession(script_));
  }
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts) override {
    if (script_.info.embedding_dim == 0) return Unexpected(ErrorCode::kUnsupported, "no encoder");
    std::vector<std::vector<float>> vectors;
    for (const std::string& text : texts) {
      if (text.size() > static_cast<std::size_t>(script_.info.ctx_tokens))
        return Unexpected(ErrorCode::kContextFull, "too long");
      vectors.push_back({static_cast<float>(text.size()), 0.1f});
    }
    return vectors;
  }
  // A token a byte.
  Result<std::vector<Token>> tokenize(std::string_view text, bool) const override {
    std::vector<Token> tokens;
    for (const char c : text) tokens.push_back(static_cast<unsigned char>(c));
    return tokens;
  }
  // Each message in a line, after its role's number.
  Result<std::string> prompt_text(const Request& request) const override {
    std::string text;
    for (const Message& message : request.messages)
      text += std::to_string(static_cast<int>(message.role)) + message.content + "\n";
    return text;
  }
  std::string token_text(Token token) const override { return std::string(1, static_cast<char>(token)); }

 private:
  Script& script_;
};

inline Models::Opener opener(Script& script) {
  return [&script](const EngineOptions&) -> Result<std::unique_ptr<Engine>> {
    return std::unique_ptr<Engine>(new FakeEngine(script));
  };
}

// A recipe of a file that need not exist.
inline Recipe recipe_of(const std::string& name) {
  Recipe recipe;
  recipe.name = name;
  recipe.engine.model_path = "/no/such/folder/" + name + ".gguf";
  return recipe;
}

// A service over a folder with a file "fake.gguf".
struct FakeService {
  FakeService() {
    folder.write("fake.gguf", "no model");
    ServiceOptions options;
    options.paths.models = folder.path();
    options.paths.running = folder.file("running");
    service = std::make_unique<Service>(std::move(options), opener(script));
  }
  support::TemporaryFolder folder;
  Script script;
  std::unique_ptr<Service> service;
};

struct KeptReply : http::Reply {
  void header(std::string_view name, std::string_view value) override { headers[std::string(name)] = value; }
  void send(int code, std::string_view content_type, std::string_view text) override {
    status = code;
    type = content_type;
    body = text;
  }
  void begin(int code, std::string_view content_type) override {
    status = code;
    type = content_type;
  }
  bool write(std::string_view part) override {
    parts.emplace_back(part);
    return true;
  }
  void finish() override { finished = true; }
  bool begun() const override { return status != 0; }

  std::map<std::string, std::string> headers;
  int status = 0;
  std::string type, body;
  std::vector<std::string> parts;
  bool finished = false;
};

// A call of `handle` with that body, answered in `shape`.
inline KeptReply call_with(const Shape& shape, Service& service, Outcome (*handle)(Service&, Call&),
                           const std::string& body, const std::map<std::string, std::string>& params = {},
                           const std::map<std::string, std::string>& query = {}) {
  const std::atomic<bool> gone{false};
  http::Request request;
  request.method = "POST";
  request.path = "/test";
  request.params = params;
  request.query = query;
  request.body = body;
  request.gone = &gone;
  KeptReply reply;
  as_route(shape, [&](Call& call) { return handle(service, call); }, [](std::string_view) {})(request, reply);
  return reply;
}

}  // namespace sotto::api
