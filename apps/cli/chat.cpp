#include "cli/chat.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/kept_session.h"

namespace sotto::cli {

namespace {

constexpr double kNearlyFull = 0.9;

}  // namespace

bool uses_template(const Settings& settings, const ModelInfo& info) { return info.has_chat_template && !settings.raw; }

Request request_after(const std::vector<Message>& said, std::string_view text, const Settings& settings,
                      const ModelInfo& info) {
  const bool chat = uses_template(settings, info);
  Request request = request_for(settings, chat);
  if (chat) {
    if (!settings.system.empty()) request.messages.push_back({Role::kSystem, settings.system});
    request.messages.insert(request.messages.end(), settings.examples.begin(), settings.examples.end());
    request.messages.insert(request.messages.end(), said.begin(), said.end());
    request.messages.push_back({Role::kUser, std::string(text)});
    return request;
  }
  request.raw = true;
  if (!settings.system.empty()) request.prompt = settings.system + "\n\n";
  request.prompt += text;
  return request;
}

std::string plain_text_notice(const Settings& settings, const ModelInfo& info) {
  const char* examples = settings.examples.empty() ? "" : "; the assistant's examples are left out";
  if (settings.raw) return *examples ? std::string("text is continued without a chat template") + examples : "";
  if (info.has_chat_template) return "";
  return fmt::format(
      "{} has no chat template: it continues the text it is given, each on its own, and does not "
      "answer as an assistant would (--raw says that this is meant){}",
      info.name, examples);
}

std::string thinking_notice(const Settings& settings, const ModelInfo& info) {
  if (settings.thinking.mode != Thinking::Mode::kOn || (info.thinks && uses_template(settings, info))) return "";
  return fmt::format("{} does not think before it answers{}", info.name,
                     info.thinks ? " without its chat template" : "; sotto models thinking lists models that do");
}

std::string room_notice(const Answer& answer, const ModelInfo& info) {
  const int used = answer.usage.prompt_tokens + answer.usage.completion_tokens;
  if (answer.finish == FinishReason::kContextFull || used < kNearlyFull * info.ctx_tokens) return "";
  return fmt::format("{} of the {} tokens of the context are used; {}", used, info.ctx_tokens,
                     how_to_enlarge(info, Place::kChat));
}

Chat::Chat(OpenModel model, Settings settings, std::vector<Message> messages)
    : model_(std::move(model)), settings_(std::move(settings)), messages_(std::move(messages)) {}

Result<Answer> Chat::say(std::string_view text, InterruptGuard& interrupt, Output& out) {
  Result<Answer> answer = stream_answer(*model_.session, request_after(messages_, text, settings_, info()), interrupt,
                                        &out, settings_.eco_tokens_per_s);
  if (!answer) {
    if (answer.error().code == ErrorCode::kContextFull)
      answer.error().message += "; " + how_to_enlarge(info(), Place::kChat);
    return answer;
  }
  messages_.push_back({Role::kUser, std::string(text)});
  messages_.push_back({Role::kAssistant, answer->text});
  last_thought_ = answer->thought;
  return answer;
}

Result<void> Chat::reopen(const std::string& name_or_path, const Settings& settings, const std::string& shown_name) {
  Result<OpenModel> next = open_model(name_or_path, settings);
  if (!next) return forward_error(next);
  model_.session.reset();
  model_ = std::move(*next);
  if (!shown_name.empty()) model_.name = shown_name;
  settings_ = settings;
  return {};
}

void Chat::restart() {
  messages_.clear();
  last_thought_.clear();
  model_.session->clear();
}

Result<bool> Chat::restore(ChatRecord record) {
  Result<void> opened = reopen(record.model, record.settings);
  const bool model_is_gone = !opened && opened.error().code == ErrorCode::kNotFound;
  if (model_is_gone) opened = reopen(model_.path, record.settings);
  if (!opened) return forward_error(opened);
  messages_ = std::move(record.messages);
  return !model_is_gone;
}

ChatRecord Chat::record() const {
  // A chat may be loaded from another folder.
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(model_.path, error);
  return {error ? model_.path : path.lexically_normal().string(), settings_, messages_};
}

Result<void> Chat::keep(const std::string& path) {
  return keep_session(*model_.session, path, settings_.system, messages_);
}

}  // namespace sotto::cli
