// A conversation: its model, its settings and what was said. Knows nothing of how lines are typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/answer.h"
#include "cli/open_model.h"

namespace sotto::cli {

// What a saved chat holds.
struct ChatRecord {
  std::string model;  // name or path
  Settings settings;
  std::vector<Message> messages;  // without the system message, which is settings.system
};

class Chat {
 public:
  // `messages`: what was said before.
  Chat(OpenModel model, Settings settings, std::vector<Message> messages = {});

  // Asks the model, with everything said before, and keeps both messages. After an error nothing was said.
  // A model without a chat template continues `text` alone. Errors: those of Session::run; for kContextFull the
  // message also says how to go on.
  Result<Answer> say(std::string_view text, InterruptGuard& interrupt, Output& out);

  // Takes another model or other settings; the conversation goes on. After an error nothing has changed.
  // shown_name: what the chat calls the model; empty: its name.
  Result<void> reopen(const std::string& name_or_path, const Settings& settings, const std::string& shown_name = "");

  void restart();  // forgets what was said
  // Takes over what was saved. False: the file of its model is gone, and the model of this chat goes on with it.
  // Errors: those of open_model; then nothing has changed.
  Result<bool> restore(ChatRecord record);
  ChatRecord record() const;
  Result<void> keep(const std::string& path);  // in a session file; errors: those of Session::save

  const ModelInfo& info() const { return model_.engine->info(); }
  const std::string& model_name() const { return model_.name; }
  const std::string& model_path() const { return model_.path; }
  const std::vector<Message>& messages() const { return messages_; }
  const std::string& last_thought() const { return last_thought_; }  // before the last answer
  const Settings& settings() const { return settings_; }
  Settings& settings() { return settings_; }

 private:
  OpenModel model_;
  Settings settings_;
  std::vector<Message> messages_;
  std::string last_thought_;
};

// Whether a text is answered by the chat template; otherwise it is continued.
bool uses_template(const Settings& settings, const ModelInfo& info);

// A request for one text: with the model's chat template behind what was said before, or, for a model that has none or
// with --raw, as plain text behind the system text. Used by a chat and by `sotto run` alike.
Request request_after(const std::vector<Message>& said, std::string_view text, const Settings& settings,
                      const ModelInfo& info);

// The same as a line for people, once a chat or run: what a model without a chat template does. Empty for others.
std::string plain_text_notice(const Settings& settings, const ModelInfo& info);

// Says when thinking was asked for and cannot be; empty otherwise.
std::string thinking_notice(const Settings& settings, const ModelInfo& info);

// Says that the context is nearly full before it is; empty while there is room.
std::string room_notice(const Answer& answer, const ModelInfo& info);

}  // namespace sotto::cli
