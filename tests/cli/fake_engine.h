// An engine that says what a test tells it to, and remembers what it was asked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/open_model.h"

namespace sotto::cli {

struct Script {
  std::vector<std::string> pieces;
  FinishReason finish = FinishReason::kStop;
  Usage usage;
  std::optional<Error> error;
  std::function<void()> after_each_piece;
  std::vector<Request> requests;  // what was asked, in order
  int clears = 0;
};

class FakeSession : public Session {
 public:
  explicit FakeSession(Script& script) : script_(script) {}

  Result<Usage> run(const Request& request, const EventSink& sink) override {
    script_.requests.push_back(request);
    if (script_.error) return Unexpected(*script_.error);
    FinishReason finish = script_.finish;
    for (const std::string& piece : script_.pieces) {
      if (request.cancel != nullptr && *request.cancel) {
        finish = FinishReason::kCancelled;
        break;
      }
      sink(Event{.kind = Event::Kind::kText, .text = piece});
      if (script_.after_each_piece) script_.after_each_piece();
    }
    sink(Event{.kind = Event::Kind::kDone, .finish = finish, .usage = script_.usage});
    return script_.usage;
  }
  Result<std::vector<float>> logits(const std::vector<Token>&) override { return std::vector<float>(); }
  void clear() override { ++script_.clears; }
  Result<void> save(const std::string&, std::string_view) override { return {}; }
  Result<std::string> restore(const std::string&) override { return std::string(); }

 private:
  Script& script_;
};

class FakeEngine : public Engine {
 public:
  FakeEngine(Script& script, ModelInfo info) : script_(script), info_(std::move(info)) {}

  const ModelInfo& info() const override { return info_; }
  Result<std::unique_ptr<Session>> new_session(int) override {
    return std::unique_ptr<Session>(new FakeSession(script_));
  }
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string>) override {
    return std::vector<std::vector<float>>();
  }
  Result<std::vector<Token>> tokenize(std::string_view, bool) const override { return std::vector<Token>(); }
  Result<std::string> prompt_text(const Request& request) const override { return request.prompt; }
  std::string token_text(Token) const override { return ""; }

 private:
  Script& script_;
  ModelInfo info_;
};

inline ModelInfo fake_info(bool has_chat_template = true) {
  ModelInfo info;
  info.name = "Fake 1B";
  info.ctx_tokens = 1000;
  info.train_ctx_tokens = 8000;
  info.has_chat_template = has_chat_template;
  return info;
}

inline OpenModel fake_model(Script& script, const ModelInfo& info) {
  OpenModel model{"fake", "/models/fake.gguf", std::make_unique<FakeEngine>(script, info), nullptr, nullptr};
  model.session = std::move(*model.engine->new_session());
  return model;
}

}  // namespace sotto::cli
