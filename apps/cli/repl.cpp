#include "cli/repl.h"

#include <fmt/format.h>
#include <unistd.h>

#include "catalog/paths.h"
#include "cli/chat_commands.h"
#include "cli/line_editor.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

void greet(const Chat& chat, Output& out) {
  const Style style(STDOUT_FILENO);
  out.trusted(style.paint(Style::kBold, one_line(chat.model_name())));
  out.trusted(style.paint(Style::kDim, " runs on this machine alone. /help lists the commands, Ctrl-D ends.\n"));
  const std::string plain = plain_text_notice(chat.settings(), chat.info());
  if (!plain.empty()) notice(plain);
  const std::string thinking = thinking_notice(chat.settings(), chat.info());
  if (!thinking.empty()) notice(thinking);
  if (const std::string& greeting = chat.settings().greeting; !greeting.empty() && chat.messages().empty()) {
    out.untrusted(greeting);
    out.end_line();
  }
  const std::size_t n_messages = chat.messages().size();
  if (n_messages > 0) notice(fmt::format("goes on after {} messages; /show messages prints them", n_messages));
}

// One message to the model; what goes wrong is said and the chat goes on.
void ask(ChatContext& context, InterruptGuard& interrupt, const std::string& text) {
  const Result<Answer> answer = context.chat.say(text, interrupt, context.out);
  const bool stopped = interrupt.take();
  if (!answer) {
    fail(answer.error());  // that it was stopped is no error
    return;
  }
  const std::string cut = cut_notice(*answer, context.chat.info(), Place::kChat);
  const std::string room = room_notice(*answer, context.chat.info());
  if (stopped) notice("stopped; the chat goes on");
  if (!cut.empty()) notice(cut);
  if (!room.empty()) notice(room);
  context.out.trusted("\n");
  if (!context.verbose) return;
  write_all(STDERR_FILENO, describe_timings(*answer));
  write_all(STDERR_FILENO, "\n");
}

constexpr const char* kHowToEnd = "Ctrl-D or /bye ends the chat";

// Ctrl-C at the prompt gives up what is typed. Where nothing is, the person may want to leave: said once.
void give_up_line(ChatContext& context, ChatInputReader& reader, const std::string& typed) {
  const bool nothing = typed.empty() && !reader.in_block();
  reader.abandon();
  context.out.trusted("\n");
  if (!nothing || context.told_how_to_end) return;
  context.told_how_to_end = true;
  notice(kHowToEnd);
}

// False when the chat is over.
bool step(ChatContext& context, ChatInputReader& reader, InterruptGuard& interrupt) {
  TypedLine line = context.editor.read(reader.in_block() ? "... " : ">>> ", *interrupt.flag());
  if (line.kind == TypedLine::Kind::kEnd || interrupt.ending()) return false;
  if (line.kind == TypedLine::Kind::kInterrupted) {
    interrupt.take();
    give_up_line(context, reader, line.text);
    return true;
  }
  context.editor.remember(line.text);
  const ChatInput input = reader.feed(line.text);
  if (input.kind == ChatInput::Kind::kMessage && asks_to_leave(input.text)) {
    notice(kHowToEnd);
  } else if (input.kind == ChatInput::Kind::kMessage) {
    ask(context, interrupt, input.text);
  } else if (input.kind == ChatInput::Kind::kCommand) {
    run_chat_command(context, input);
    interrupt.take();  // Ctrl-C meant the command, not the next message
  }
  return !context.ended && !interrupt.ending() && context.out.ok();
}

}  // namespace

Exit run_repl(Chat chat, const ReplOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  InterruptGuard interrupt;
  Output out(STDOUT_FILENO);
  LineEditor editor(options.keep_history ? paths->state + "/history" : "");
  ChatContext context{chat, editor, out, paths->state, options.verbose};
  greet(chat, out);
  ChatInputReader reader;
  while (step(context, reader, interrupt)) {}
  if (!context.ended) out.trusted("\n");
  const Result<void> kept = options.session.empty() ? Result<void>() : chat.keep(options.session);
  if (!kept) return fail(kept.error());
  return written(out);
}

}  // namespace sotto::cli
