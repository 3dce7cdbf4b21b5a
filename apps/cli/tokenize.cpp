// `sotto tokenize MODEL`: text on standard input, token ids on standard output, a line each or, of many texts, a line a
// text.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

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
  bool null = false;
};

// Each text that a NUL ends, or the end of the input.
Result<std::vector<std::vector<Token>>> tokenize_each(const Engine& engine, std::string_view texts, bool add_bos) {
  std::vector<std::vector<Token>> all;
  while (!texts.empty()) {
    const std::size_t end = std::min(texts.find('\0'), texts.size());
    Result<std::vector<Token>> ids = engine.tokenize(texts.substr(0, end), add_bos);
    if (!ids) return forward_error(ids);
    all.push_back(std::move(*ids));
    texts.remove_prefix(std::min(end + 1, texts.size()));
  }
  return all;
}

std::string lines_of(const std::vector<std::vector<Token>>& texts) {
  std::string lines;
  for (const std::vector<Token>& ids : texts) lines += fmt::format("{}\n", fmt::join(ids, " "));
  return lines;
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
  Output out(STDOUT_FILENO);
  if (options.null) {
    const auto texts = tokenize_each(**engine, *text, !options.no_bos);
    if (!texts) return fail(texts.error());
    if (options.json) return print_json(*texts);
    out.trusted(lines_of(*texts));
    return written(out);
  }
  const Result<std::vector<Token>> ids = (*engine)->tokenize(*text, !options.no_bos);
  if (!ids) return fail(ids.error());
  if (options.json) return print_json(*ids);
  if (!ids->empty()) out.trusted(fmt::format("{}\n", fmt::join(*ids, "\n")));
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
  command->add_flag("-0,--null", options->null,
                    "the input is many texts, each ended by a NUL byte: one line of ids, or one array, for each");
  command->callback([&action, options] { action = [options] { return tokenize(*options); }; });
}

}  // namespace sotto::cli
