// `sotto run MODEL [PROMPT]`, and what `sotto` alone does.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <set>

#include "catalog/catalog.h"
#include "catalog/store.h"
#include "cli/assistant.h"
#include "cli/chat.h"
#include "cli/commands.h"
#include "cli/kept_session.h"
#include "cli/packed_weights.h"
#include "cli/piped_text.h"
#include "cli/repl.h"
#include "cli/text_file.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kMaxPromptBytes = 64u << 20;
constexpr int kReadingTokensPerS = 10;  // somewhat above the 240 words a minute of a good reader

struct RunOptions {
  std::string model;
  std::vector<std::string> words;  // the prompt
  std::set<std::string> given;     // the flags that stand on the command line
  Settings settings;
  std::string format = "text";
  std::string schema_file, grammar_file;
  std::string bare_value;  // of a flag that may stand alone, as it was read last
  ReplOptions repl;
};

// Keeps what was said, with the new question and answer, where --session asks for it. A text that is only continued is
// no conversation: then the state alone has changed.
Result<void> keep(const RunOptions& options, OpenModel& model, std::vector<Message> said, const std::string& prompt,
                  const Answer& answer) {
  if (options.repl.session.empty()) return {};
  if (uses_template(options.settings, model.engine->info())) {
    said.push_back({Role::kUser, prompt});
    said.push_back({Role::kAssistant, answer.text});
  }
  return keep_session(*model.session, options.repl.session, options.settings.system, said);
}

// What did not fit is said with how it would.
Error with_advice(Error error, const ModelInfo& info) {
  if (error.code == ErrorCode::kContextFull) error.message += "; " + how_to_enlarge(info, Place::kCommand);
  return error;
}

Exit answer_once(const RunOptions& options, OpenModel model, const std::vector<Message>& said,
                 const std::string& prompt) {
  const bool json = options.format == "json";
  const std::string plain = plain_text_notice(options.settings, model.engine->info());
  if (!plain.empty()) notice(plain);
  const std::string thinking = thinking_notice(options.settings, model.engine->info());
  if (!thinking.empty()) notice(thinking);
  InterruptGuard interrupt;
  Output out(STDOUT_FILENO);
  const Request request = request_after(said, prompt, options.settings, model.engine->info());
  const Result<Answer> answer =
      stream_answer(*model.session, request, interrupt, json ? nullptr : &out, options.settings.eco_tokens_per_s);
  const Result<void> kept = answer ? keep(options, model, said, prompt, *answer) : Result<void>();
  if (!out.ok()) return written(out);
  if (!answer) return fail(with_advice(answer.error(), model.engine->info()));
  if (json) out.trusted(answer_json(*answer, model.name));
  const std::string cut = cut_notice(*answer, model.engine->info(), Place::kCommand);
  if (!cut.empty()) notice(cut);
  if (options.repl.verbose) write_all(STDERR_FILENO, describe_timings(*answer));
  if (!out.ok()) return written(out);
  if (!kept) return fail(kept.error());
  return answer->finish == FinishReason::kCancelled ? Exit::kInterrupted : Exit::kOk;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What the file of --session brings along; nothing without that flag.
Result<std::vector<Message>> said_before(RunOptions& options, Session& session) {
  if (options.repl.session.empty()) return std::vector<Message>();
  return take_up_session(session, options.repl.session, options.settings);
}

// The schema or grammar that answers must follow.
Result<void> read_form(RunOptions& options) {
  constexpr const char* kAnyObject = R"({"type": "object"})";
  if (options.schema_file == "json") {
    options.settings.json_schema = kAnyObject;
  } else {
    auto schema = read_text_or(options.schema_file, "");
    if (!schema) return forward_error(schema);
    options.settings.json_schema = std::move(*schema);
  }
  auto grammar = read_text_or(options.grammar_file, "");
  if (!grammar) return forward_error(grammar);
  options.settings.grammar = std::move(*grammar);
  return {};
}

// The model, or that of the assistant, whose settings come with it.
Result<OpenModel> open_named(RunOptions& options) {
  if (auto form = read_form(options); !form) return forward_error(form);
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return Unexpected(paths.error());
  std::string model = options.model;
  const auto assistant = take_assistant(catalog::Store(paths->models), model, options.given, options.settings);
  if (!assistant) return Unexpected(assistant.error());
  Result<OpenModel> opened = open_model(model, options.settings);
  if (opened && !assistant->empty()) opened->name = *assistant;
  return opened;
}

void add_form_flags(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  CLI::Option* schema = command
                            .add_option("--schema", options->schema_file,
                                        "the answer is JSON, and valid under this JSON Schema; json: any JSON object")
                            ->type_name("FILE|json")
                            ->group("Answer");
  command.add_option("--grammar", options->grammar_file, "the answer follows this grammar, in GBNF")
      ->type_name("FILE")
      ->excludes(schema)
      ->group("Answer");
}

Exit run(RunOptions options) {
  std::string prompt = join_words(options.words);
  const bool piped = standard_input_is_piped();
  const bool terminal = !piped && ::isatty(STDOUT_FILENO) == 1;
  const bool chat = options.words.empty() && terminal && options.format == "text";
  if (piped || (options.words.empty() && !chat)) {
    if (!piped) notice("reading the prompt from the terminal; Ctrl-D ends it");
    Result<std::string> text = read_standard_input(kMaxPromptBytes);
    if (!text) return fail(text.error());
    prompt = join_prompt(prompt, std::move(*text));
  }
  if (!chat && prompt.empty() && !options.settings.raw) {
    return fail(Exit::kUsage, fmt::format("running {}: there is no prompt; give one after the model's name, or pipe "
                                          "a text in",
                                          options.model));
  }
  Result<OpenModel> model = open_named(options);
  if (!model) return fail(model.error());
  Result<std::vector<Message>> said = said_before(options, *model->session);
  if (!said) return fail(said.error());
  if (chat) return run_repl(Chat(std::move(*model), options.settings, std::move(*said)), options.repl);
  return answer_once(options, std::move(*model), *said, prompt);
}

void add_parameter_flags(CLI::App& command, const std::shared_ptr<RunOptions>& options) {
  for (const Parameter& parameter : parameters()) {
    const auto set = [options, &parameter](const std::string& value) {
      const Result<void> done = set_parameter(options->settings, parameter, value);
      if (!done) throw CLI::ValidationError(flag_name(parameter), done.error().message);
    };
    const std::string name = flag_name(parameter), bare = parameter.bare;
    if (bare.empty()) {
      command.add_option_function<std::string>(name, set, parameter.help)
          ->type_name(parameter.value)
          ->default_str(describe_default(parameter))
          ->group("Answer");
    } else {
      command.add_flag(fmt::format("{}{{{}}}", name, bare), options->bare_value, parameter.help)
          ->check([options, &parameter](const std::string& value) {  // names the flag by itself
            const Result<void> done = set_parameter(options->settings, parameter, value);
            return done ? std::string() : done.error().message;
          })
          ->group("Answer");
    }
  }
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Chat with a model, or have it answer once");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("MODEL", options->model, "a model or assistant (sotto list --all), or the path of a GGUF file")
      ->required();
  command->add_option("PROMPT", options->words, "what to answer; without it, a chat begins");
  add_parameter_flags(*command, options);
  command->add_option("--system", options->settings.system, "what the model is told first")->group("Answer");
  command->add_option("--stop", options->settings.stop, "end the answer before this text (may be repeated)")
      ->allow_extra_args(false)
      ->check([](const std::string& text) { return text.empty() ? "no answer ends before an empty text" : ""; })
      ->type_name("TEXT")
      ->group("Answer");
  command->add_flag("--raw", options->settings.raw, "continue the prompt as it is, without the chat template")
      ->group("Answer");
  command->add_flag("--ignore-eos", options->settings.ignore_eos, "go on when the model would end")->group("Answer");
  command
      ->add_flag(fmt::format("--eco{{{}}}", kReadingTokensPerS), options->settings.eco_tokens_per_s,
                 "save energy: one efficient core, and answers at reading speed (--eco=N: N tokens a second)")
      ->check(CLI::Range(1.0, 1000.0));
  command
      ->add_flag_callback(
          "--no-speculate", [options] { options->settings.speculate = false; },
          "never guess ahead where the text repeats: the same answer, seldom as soon")
      ->group("Answer");
  command->add_option("--format", options->format, "text, or json: one object with text, usage and timings")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  add_form_flags(*command, options);
  add_packed_cache_flag(*command, options->settings.packed_cache);
  command->add_flag("--verbose", options->repl.verbose, "print load, prefill and decode figures");
  command
      ->add_option("--session", options->repl.session,
                   "go on where the conversation in this file ended, and keep it there; the file is made if missing")
      ->type_name("FILE")
      ->check([](const std::string& file) { return file.empty() ? "a session needs the name of a file" : ""; });
  command->add_flag_callback(
      "--no-history", [options] { options->repl.keep_history = false; }, "keep nothing of what is typed into the chat");
  command
      ->add_option_function<std::vector<std::string>>(
          "--adapter",
          [options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const Result<AdapterOption> adapter = parse_adapter(text);
              if (!adapter) throw CLI::ValidationError("--adapter", adapter.error().message);
              options->settings.adapters.push_back(*adapter);
            }
          },
          "add a LoRA adapter: a GGUF file or a PEFT folder, with =SCALE for how strongly (may be repeated)")
      ->allow_extra_args(false)
      ->type_name("PATH[=SCALE]")
      ->group("Answer");
  command->callback([&action, options, command] {
    for (const CLI::Option* option : command->get_options([](const CLI::Option* o) { return o->count() > 0; })) {
      for (const std::string& name : option->get_lnames()) options->given.insert(name);
    }
    action = [options] { return run(*options); };
  });
}

Exit run_default() {
  RunOptions options;
  options.model = catalog::kDefaultModel;
  return run(options);
}

}  // namespace sotto::cli
