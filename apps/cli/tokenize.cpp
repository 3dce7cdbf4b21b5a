// `sotto tokenize MODEL`: text on standard input, token ids on standard output.
#include <fmt/format.h>

#include <memory>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/json_out.h"
#include "cli/output.h"
#include "cli/piped_text.h"
#include "sotto/engine.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 30;

struct TokenizeOptions {
  std::string model;
  bool json = false;
  bool no_bos = false;
};

std::string ids_text(const std::vector<Token>& ids) {
  std::string text;
  for (const Token id : ids) text += fmt::format("{}\n", id);
  return text;
}

Exit tokenize(const TokenizeOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Result<catalog::StoredModel> model = catalog::Store(paths->models).resolve(options.model);
  if (!model) return fail(model.error());
  EngineOptions engine_options;
  engine_options.model_path = model->path;
  engine_options.vocabulary_only = true;
  const Result<std::unique_ptr<Engine>> engine = Engine::open(engine_options);
  if (!engine) return fail(engine.error());
  const Result<std::string> text = read_standard_input(kMaxTextBytes);
  if (!text) return fail(text.error());
  const Result<std::vector<Token>> ids = (*engine)->tokenize(*text, !options.no_bos);
  if (!ids) return fail(ids.error());
  if (options.json) return print_json(*ids);
  Output out(1);
  out.trusted(ids_text(*ids));
  return written(out);
}

}  // namespace

void add_tokenize_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tokenize", "Turn the text on standard input into token ids");
  const auto options = std::make_shared<TokenizeOptions>();
  command->add_option("MODEL", options->model, "a name, or the path of a GGUF file; its vocabulary is enough")
      ->required();
  command->add_flag("--json", options->json, "print one array");
  command->add_flag("--no-bos", options->no_bos, "without the token that begins a text");
  command->callback([&action, options] { action = [options] { return tokenize(*options); }; });
}

}  // namespace sotto::cli
