// `sotto embed MODEL [TEXT…]`: a vector for each text, as JSON, a line each.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <span>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/open_model.h"
#include "cli/output.h"
#include "cli/packed_weights.h"
#include "cli/piped_text.h"
#include "cli/threads_option.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kMostInputBytes = std::size_t{1} << 30;
constexpr std::size_t kGroupTexts = 512;  // whose vectors are in memory at a time

struct EmbedOptions {
  std::string model;
  std::vector<std::string> texts;
  int threads = 0;
};

// An empty line is an empty text, so that line n of the output belongs to line n of the input.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Result<std::unique_ptr<Engine>> open_encoder(const EmbedOptions& options) {
  Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return forward_error(paths);
  Result<catalog::StoredModel> model = catalog::Store(paths->models).resolve(options.model);
  if (!model) return forward_error(model);
  EngineOptions engine_options;
  engine_options.model_path = model->path;
  engine_options.threads = options.threads;
  engine_options.packed_dir = packed_folder(*paths, true);
  return open_engine(std::move(engine_options), model->name);
}

Exit embed(const EmbedOptions& options) {
  warn_of_ignored_isa();
  auto engine = open_encoder(options);
  if (!engine) return fail(engine.error());
  std::vector<std::string> texts = options.texts;
  if (texts.empty()) {
    const Result<std::string> piped = read_standard_input(kMostInputBytes);
    if (!piped) return fail(piped.error());
    texts = lines_of(*piped);
  }
  Output out(1);
  for (std::size_t done = 0; done < texts.size() && out.ok(); done += kGroupTexts) {
    const auto group = std::span<const std::string>(texts).subspan(done, std::min(kGroupTexts, texts.size() - done));
    const auto vectors = (*engine)->embed(group);
    if (!vectors) return fail(vectors.error());
    for (const std::vector<float>& vector : *vectors) out.trusted(fmt::format("[{}]\n", fmt::join(vector, ",")));
  }
  return written(out);
}

}  // namespace

void add_embed_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("embed", "Turn texts into vectors, a JSON array a line");
  const auto options = std::make_shared<EmbedOptions>();
  command->add_option("MODEL", options->model, "an encoder: a name, or the path of a GGUF file")->required();
  command->add_option("TEXT", options->texts, "a text; without any, each line of standard input is one");
  add_threads_option(*command, options->threads);
  command->callback([&action, options] { action = [options] { return embed(*options); }; });
}

}  // namespace sotto::cli
