#include "cli/chat_commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/store.h"
#include "cli/format.h"
#include "cli/line_editor.h"
#include "cli/report.h"
#include "cli/save_load.h"

namespace sotto::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Command {
  const char* name;
  const char* arguments;
  const char* help;
  void (*run)(ChatContext&, std::string_view arguments);
};

std::string effective_value(const Chat& chat, const Parameter& parameter) {
  // How much fits by default is the engine's choice.
  const bool engine_chose = parameter.name == std::string_view("ctx") && chat.settings().ctx_tokens == 0;
  if (engine_chose) return fmt::format("{} (default)", chat.info().ctx_tokens);
  return describe_value(parameter, chat.settings(), uses_template(chat.settings(), chat.info()));
}

// After a change that needs the model opened anew.
void reopen(ChatContext& context, const Settings& settings) {
  Chat& chat = context.chat;
  if (Result<void> done = chat.reopen(chat.model_path(), settings, chat.model_name()); !done) fail(done.error());
}

void set_named_parameter(ChatContext& context, std::string_view name, std::string_view value) {
  const Parameter* parameter = find_parameter(name);
  if (parameter == nullptr || value.empty()) {
    fail(Exit::kUsage, fmt::format("/set {}: expected a parameter and its value; /show parameters lists them", name));
    return;
  }
  Settings settings = context.chat.settings();
  if (Result<void> done = set_parameter(settings, *parameter, value); !done) {
    fail(done.error());
    return;
  }
  if (parameter->reopens) {
    reopen(context, settings);
  } else {
    context.chat.settings() = settings;
  }
  say(context, fmt::format("{} is {}", parameter->name, effective_value(context.chat, *parameter)));
  if (parameter->name != std::string_view("think")) return;
  const std::string thinking = thinking_notice(context.chat.settings(), context.chat.info());
  if (!thinking.empty()) say(context, thinking);
}

void set_stop(ChatContext& context, std::string_view text) {
  std::vector<std::string>& stop = context.chat.settings().stop;
  if (text.empty()) {
    stop.clear();
    say(context, "no stop text is set");
    return;
  }
  stop.emplace_back(text);
  say(context, fmt::format("the answer will end before \"{}\"; /set stop alone clears all stop texts", text));
}

void set_command(ChatContext& context, std::string_view arguments) {
  const Words words = split_first_word(arguments);
  const std::string_view what = words.first;
  if (what == "verbose" || what == "quiet") {
    context.verbose = what == "verbose";
    say(context, context.verbose ? "figures follow each answer" : "figures are off");
  } else if (what == "history" || what == "nohistory") {
    context.editor.keep_history(what == "history");
    say(context, what == "history" ? "what you type is remembered" : "what you type is not remembered");
  } else if (what == "system") {
    context.chat.settings().system = std::string(words.rest);
    say(context, words.rest.empty() ? "no system message is set" : "the system message is set");
  } else if (what == "stop") {
    set_stop(context, words.rest);
  } else if (what == "think" || what == "nothink") {
    set_named_parameter(context, "think", what == "nothink" ? "off" : words.rest.empty() ? "on" : words.rest);
  } else if (what == "parameter") {
    const Words parameter = split_first_word(words.rest);
    set_named_parameter(context, parameter.first, parameter.rest);
  } else {
    set_named_parameter(context, what, words.rest);
  }
}

std::string describe_model(const Chat& chat) {
  const ModelInfo& info = chat.info();
  return format_table(Rows{
      {"model:", chat.model_name()},
      {"title:", info.name},
      {"file:", chat.model_path()},
      {"architecture:", info.architecture},
      {"parameters:", format_count(info.n_params)},
      {"quantization:", info.quantization},
      {"size:", format_bytes(info.file_bytes)},
      {"context:", fmt::format("{} tokens (trained for {}), {} of memory", info.ctx_tokens, info.train_ctx_tokens,
                               format_bytes(info.kv_bytes))},
      {"thinks:", info.thinks ? "yes; /set think, /set nothink" : "no"},
      {"chat template:", info.has_chat_template ? "yes" : "no: it continues text"},
  });
}

std::string describe_parameters(const Chat& chat) {
  Rows rows = {{"PARAMETER", "VALUE", "MEANING"}};
  for (const Parameter& parameter : parameters()) {
    rows.push_back({parameter.name, effective_value(chat, parameter), parameter.help});
  }
  for (const std::string& stop : chat.settings().stop) rows.push_back({"stop", stop, "the answer ends before it"});
  return format_table(rows);
}

std::string describe_messages(const Chat& chat) {
  std::string text;
  for (const Message& message : chat.messages()) {
    text += (message.role == Role::kUser ? "you: " : "model: ") + message.content + "\n";
  }
  return text.empty() ? "nothing has been said yet" : text;
}

void show_file_part(ChatContext& context, std::string_view what) {
  const catalog::Store store("");
  const Result<catalog::ModelDetails> details = store.show(context.chat.model_path());
  if (!details) {
    fail(details.error());
    return;
  }
  const std::string& text = what == "template" ? details->chat_template : details->license_text;
  say(context, text.empty() ? fmt::format("the model's file has no {}", what) : text);
}

void show_command(ChatContext& context, std::string_view arguments) {
  const std::string_view what = split_first_word(arguments).first;
  const Chat& chat = context.chat;
  if (what.empty() || what == "info") {
    say(context, describe_model(chat));
  } else if (what == "parameters") {
    say(context, describe_parameters(chat));
  } else if (what == "system") {
    const std::string& system = chat.settings().system;
    say(context, system.empty() ? "no system message is set" : system);
  } else if (what == "messages") {
    say(context, describe_messages(chat));
  } else if (what == "thought") {
    say(context, chat.last_thought().empty() ? "no thought stood before the last answer" : chat.last_thought());
  } else if (what == "template" || what == "license") {
    show_file_part(context, what);
  } else {
    fail(Exit::kUsage,
         fmt::format("/show {}: expected info, parameters, system, messages, thought, template or license", what));
  }
}

void save_command(ChatContext& context, std::string_view name) { save_chat_as(context, name, false); }

void save_over_command(ChatContext& context, std::string_view name) { save_chat_as(context, name, true); }

void clear_command(ChatContext& context, std::string_view) {
  context.chat.restart();
  say(context, "the chat starts anew");
}

void bye_command(ChatContext& context, std::string_view) { context.ended = true; }

void help_command(ChatContext& context, std::string_view);

constexpr Command kCommands[] = {
    {"set", "PARAMETER VALUE", "change answers; /show parameters lists them", set_command},
    {"set", "system TEXT", "what the model is told before the chat", set_command},
    {"set", "stop TEXT", "end answers before this text; without TEXT: nowhere", set_command},
    {"set", "verbose | quiet", "show figures after each answer, or not", set_command},
    {"set", "history | nohistory", "remember what you type, or not", set_command},
    {"show", "WHAT", "info, parameters, system, messages, thought, template, license", show_command},
    {"save", "NAME | PATH", "keep this chat; what has a slash is a PATH", save_command},
    {"save!", "NAME | PATH", "the same, in place of another saved chat", save_over_command},
    {"load", "NAME | PATH", "go on with a saved chat, or with another model", load_chat_or_model},
    {"clear", "", "forget what was said", clear_command},
    {"help", "", "this list; also /?", help_command},
    {"bye", "", "end; also Ctrl-D", bye_command},
};

void help_command(ChatContext& context, std::string_view) {
  Rows rows;
  for (const Command& command : kCommands) {
    rows.push_back({fmt::format("/{} {}", command.name, command.arguments), command.help});
  }
  rows.push_back({"\"\"\"", "begin and end a message of several lines"});
  rows.push_back({"Ctrl-C", "stop the answer, or clear the line"});
  say(context, format_table(rows));
}

// Other spellings that people bring along.
std::string_view canonical(std::string_view name) {
  if (name == "?") return "help";
  if (name == "exit" || name == "quit") return "bye";
  return name;
}

}  // namespace

void say(ChatContext& context, const std::string& text) {
  context.out.untrusted(text);
  context.out.end_line();
}

void run_chat_command(ChatContext& context, const ChatInput& input) {
  const std::string_view name = canonical(input.command);
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const Command& command) { return name == command.name; });
  if (found == std::end(kCommands)) {
    fail(Exit::kUsage, fmt::format("/{}: no such command; /help lists them", input.command));
    return;
  }
  found->run(context, input.text);
}

}  // namespace sotto::cli
