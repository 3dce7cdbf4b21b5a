// `sotto create` and `sotto edit`: assistants come here, and are changed.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "catalog/files.h"
#include "catalog/names.h"
#include "catalog/paths.h"
#include "cli/assistant.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

using catalog::Store;

Exit print_created(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.untrusted(text);
  out.end_line();
  return written(out);
}

// The assistant of a file, under `name` where one is given.
Result<catalog::KeptAssistant> keep_file(const Store& store, const std::string& path, const std::string& name,
                                         bool replace) {
  auto parsed = read_assistant_file(path);
  if (!parsed) return forward_error(parsed);
  catalog::Assistant& assistant = parsed->assistant;
  if (!name.empty()) assistant.name = name;
  auto normal = catalog::normalize_name(assistant.name);
  if (!normal) return forward_error(normal);
  assistant.name = *normal;
  auto kept = store.keep(assistant, replace);
  if (!kept) return kept;
  for (const std::string& note : parsed->notes) notice(note);
  return kept;
}

struct CreateOptions {
  std::string name, file;
  bool force = false;
};

Exit create(const CreateOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Store store(paths->models);
  const auto kept = keep_file(store, options.file, options.name, options.force);
  if (!kept) return fail(kept.error());
  const catalog::Assistant& assistant = kept->assistant;
  if (!store.locate(assistant.base)) {
    notice(fmt::format("its model {0} is not here yet; sotto run fetches it, or: sotto pull {0}", assistant.base));
  }
  return print_created(
      fmt::format("{0} is here, an assistant of {1}; try it: sotto run {0}", assistant.name, assistant.base));
}

// A file of this user's alone, with `text`. Errors: kIo.
Result<std::string> write_draft(const std::string& name, const std::string& text) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/sotto-{}-XXXXXX{}", folder != nullptr && *folder != '\0' ? folder : "/tmp", name,
                                 catalog::kAssistantEnding);
  const catalog::Descriptor file(::mkstemps(path.data(), static_cast<int>(catalog::kAssistantEnding.size())));
  if (!file) return Unexpected(catalog::system_error("cannot create", path));
  if (auto done = catalog::write_at(file.get(), text, 0, path); !done) return forward_error(done);
  return path;
}

// Runs the editor on the terminal and waits for its end; its exit code, or -1.
int run_editor(const char* editor, const std::string& path) {
  // As git does: the variable may hold arguments.
  const std::string command = std::string(editor) + " \"$@\"";
  const auto interrupt = std::signal(SIGINT, SIG_IGN);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), editor, path.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  std::signal(SIGINT, interrupt);
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const char* editor_command() {
  for (const char* variable : {"VISUAL", "EDITOR"}) {
    const char* editor = std::getenv(variable);
    if (editor != nullptr && *editor != '\0') return editor;
  }
  return "vi";
}

Exit keep_draft(const Store& store, const catalog::Assistant& before, const std::string& draft) {
  const auto text = catalog::read_small_file(draft, catalog::kMaxAssistantBytes);
  if (text && *text == to_toml(before)) {
    catalog::delete_file(draft);
    notice("nothing was changed");
    return Exit::kOk;
  }
  const auto parsed = read_assistant_file(draft);
  const bool renamed = parsed && !parsed->assistant.name.empty() && parsed->assistant.name != before.name;
  auto kept = renamed
                  ? Result<catalog::KeptAssistant>(Unexpected(
                        ErrorCode::kBadRequest, fmt::format("{}: the name is \"{}\", expected {}; sotto create gives "
                                                            "a copy another name",
                                                            draft, parsed->assistant.name, before.name)))
                  : keep_file(store, draft, before.name, true);
  if (!kept) {
    kept.error().message += fmt::format("; {} is as it was, and what you wrote stands in {}", before.name, draft);
    return fail(kept.error());
  }
  catalog::delete_file(draft);
  return print_created(fmt::format("{} is changed", before.name));
}

Exit edit(const std::string& name) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Store store(paths->models);
  const auto kept = store.assistant(name);
  if (!kept) return fail(kept.error());
  if (!*kept) {
    return fail(Exit::kNotFound, fmt::format("no assistant is called \"{}\"; sotto list shows those there are, sotto "
                                             "create makes one",
                                             name));
  }
  const catalog::Assistant& assistant = (*kept)->assistant;
  std::string safe = assistant.name;
  std::replace(safe.begin(), safe.end(), ':', '-');
  const auto draft = write_draft(safe, to_toml(assistant));
  if (!draft) return fail(draft.error());
  const char* editor = editor_command();
  if (const int code = run_editor(editor, *draft); code != 0) {
    return fail(Exit::kFailure, fmt::format("the editor \"{}\" ended with {}; {} is as it was, and the text stands in "
                                            "{}; EDITOR names another editor",
                                            editor, code, assistant.name, *draft));
  }
  return keep_draft(store, assistant, *draft);
}

}  // namespace

void add_create_commands(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("create", "Make an assistant of a file: a model with instructions");
  const auto options = std::make_shared<CreateOptions>();
  command->add_option("NAME", options->name, "what to call it")->required();
  command->add_option("-f,--file", options->file, "an assistant.toml, or a Modelfile")->required()->type_name("FILE");
  command->add_flag("--force", options->force, "replace an assistant of that name");
  command->callback([&action, options] { action = [options] { return create(*options); }; });

  CLI::App* edit_command = app.add_subcommand("edit", "Change an assistant in your editor");
  const auto name = std::make_shared<std::string>();
  edit_command->add_option("NAME", *name, "an assistant, as sotto list shows it")->required();
  edit_command->callback([&action, name] { action = [name] { return edit(*name); }; });
}

}  // namespace sotto::cli
